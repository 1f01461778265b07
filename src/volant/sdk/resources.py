"""What a task asks of the machine."""

import re
from dataclasses import dataclass

from volant.sdk.errors import AuthoringError

_CPU = re.compile(r"\d+(\.\d+)?m?|\.\d+")
_MEMORY = re.compile(r"\d+(\.\d+)?([eE]\d+|[kKMGTPE]i?)?")


@dataclass(frozen=True)
class Resources:
    """Cores and memory, as requests (what limits how much runs at once) or limits (what is enforced).

    Attributes:
        cpu: Cores: "1", "0.5", "500m", 2; None leaves it to the settings.
        mem: Bytes, or with a unit: "512Mi", "1Gi", "2G"; None leaves it to the settings.

    Raises:
        AuthoringError: A quantity that cannot be read.

    Source: flytekit `Resources` (core/resources.py); quantities are Kubernetes'.
    """

    cpu: str | int | float | None = None
    mem: str | int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        _check("cpu", self.cpu, _CPU, 'write cores as "1", "0.5" or "500m"')
        _check("mem", self.mem, _MEMORY, 'write bytes as "512Mi" or "1Gi"')


def _check(name: str, value: object, pattern: re.Pattern[str], fix: str) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not pattern.fullmatch(str(value)):
        raise AuthoringError(f"Resources: {name}={value!r} is not a quantity", fix=fix)
