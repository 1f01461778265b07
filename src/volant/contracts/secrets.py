"""Where secrets come from. Values are handed to the one who needs them and stored nowhere."""

from typing import Protocol


class SecretSource(Protocol):
    """Finds a secret's value by Flyte's names. Source: flyteidl core/security.proto `Secret`."""

    def find(self, group: str, key: str, version: str = "") -> str | None:
        """The value, or None where this source has none."""
        ...
