"""Secrets in a life: which of them the plugin has read, and whether one of them came to be in the log."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_ROOT = logging.getLogger("volant")


class KitSecrets:
    """Has what a suite gives, by "group/key". Implements `contracts.secrets.SecretSource`.

    Attributes:
        read: Values that were handed out, in order.
        logged: Lines of the log that have one of them.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self.read: list[str] = []
        self.logged: list[str] = []
        self._values = values

    def find(self, group: str, key: str, version: str = "") -> str | None:
        """The value, or None."""
        found = self._values.get(f"{group}/{key}")
        if found and found not in self.read:
            self.read.append(found)
        return found

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to the log while the body lasts, as far as a deployment would write it down."""
        if not self._values:
            yield
            return
        ear, level = _Ear(self), _ROOT.level
        _ROOT.addHandler(ear)
        _ROOT.setLevel(logging.INFO)
        try:
            yield
        finally:
            _ROOT.setLevel(level)
            _ROOT.removeHandler(ear)


class _Ear(logging.Handler):
    def __init__(self, secrets: KitSecrets) -> None:
        super().__init__(logging.INFO)
        self._secrets = secrets

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line if it tells a secret."""
        line = self.format(record)
        if any(secret in line for secret in self._secrets.read):
            self._secrets.logged.append(line)
