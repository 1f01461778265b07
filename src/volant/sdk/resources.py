"""What a task asks of the machine."""

import re
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from volant.sdk.checked import complain, shown

_CPU = r"\d+(\.\d+)?m?|\.\d+"
_BYTES = r"\d+(\.\d+)?([eE]\d+|[kKMGTPE]i?)?"
_WHOLE = r"\d+"
_MOST_BITS = 64

Amount: TypeAlias = str | int | float
Pair: TypeAlias = tuple[Amount, Amount] | list[Amount]


@dataclass(frozen=True)
class Resources:
    """What a task needs, as requests (what limits how much runs at once) or limits (what is enforced).

    In `@task(resources=Resources(...))` one amount is a request, and a pair is a request and a limit:
    `Resources(cpu=("1", "2"), mem="1Gi")`.

    Attributes:
        cpu: Cores: "1", "0.5", "500m", 2; None leaves it to the settings.
        mem: Bytes, or with a unit: "512Mi", "1Gi", "2G"; None leaves it to the settings.
        gpu: Devices: 1, "2". A run on this machine does not count them.
        ephemeral_storage: Bytes of scratch disk, as `mem`. A run on this machine does not count them.

    Raises:
        AuthoringError: A quantity that cannot be read.

    Source: flytekit `Resources` (core/resources.py); quantities are Kubernetes'.
    """

    cpu: Amount | Pair | None = None
    mem: str | int | Pair | None = None
    gpu: str | int | Pair | None = None
    ephemeral_storage: str | int | Pair | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        for each in fields(self):
            given = getattr(self, each.name)
            value = tuple(given) if isinstance(given, list) else given
            if why := _why_not(each.name, value):
                complain(self, f"{each.name}={shown(given)} {why[0]}", why[1])
                value = None
            object.__setattr__(self, each.name, value)

    @property
    def has_pairs(self) -> bool:
        """Whether an amount is a request and a limit."""
        return any(isinstance(value, tuple) for value in self.amounts.values())

    @property
    def amounts(self) -> dict[str, Amount | tuple[Amount, Amount]]:
        """What is said, by field."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    def split(self) -> "tuple[Resources, Resources]":
        """(requests, limits); one amount is a request."""
        pairs = {name: value if isinstance(value, tuple) else (value, None) for name, value in self.amounts.items()}
        requests = {name: request for name, (request, _) in pairs.items()}
        limits = {name: limit for name, (_, limit) in pairs.items()}
        return Resources(**requests), Resources(**limits)  # type: ignore[arg-type]


def is_size(text: str) -> bool:
    """Whether a text is an amount of bytes, e.g. "512Mi"."""
    return re.fullmatch(_BYTES, text, re.ASCII) is not None


_SAY_BYTES = 'write bytes as "512Mi" or "1Gi"'
_READABLE = {
    "cpu": (_CPU, 'write cores as "1", "0.5" or "500m"'),
    "mem": (_BYTES, _SAY_BYTES),
    "gpu": (_WHOLE, "write how many: 1"),
    "ephemeral_storage": (_BYTES, _SAY_BYTES),
}


def _why_not(name: str, value: Any) -> tuple[str, str] | None:
    """What is wrong with an amount or a pair of them, and what to write; None for nothing."""
    pattern, fix = _READABLE[name]
    if isinstance(value, tuple) and len(value) != 2:
        return "is not a request and a limit", 'write two amounts, e.g. ("1", "2")'
    amounts = value if isinstance(value, tuple) else (value,)
    return None if value is None or all(_is_amount(each, pattern) for each in amounts) else ("is not a quantity", fix)


def _is_amount(value: object, pattern: str) -> bool:
    if isinstance(value, int) and (isinstance(value, bool) or value.bit_length() >= _MOST_BITS):
        return False
    return isinstance(value, str | int | float) and re.fullmatch(pattern, str(value), re.ASCII) is not None
