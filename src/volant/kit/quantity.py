"""Kubernetes quantities: "500m", "1Gi", "2e3". Source: apimachinery `pkg/api/resource/quantity.go`."""

import math
import re
from decimal import Decimal

from volant.base.errors import UserError

_QUANTITY = re.compile(r"(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE])?)")
_SCALES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"),
    "k": Decimal(10) ** 3, "M": Decimal(10) ** 6, "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12, "P": Decimal(10) ** 15, "E": Decimal(10) ** 18,
    "Ki": Decimal(2) ** 10, "Mi": Decimal(2) ** 20, "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40, "Pi": Decimal(2) ** 50, "Ei": Decimal(2) ** 60,
}  # fmt: skip


def parse_quantity(text: str) -> Decimal:
    """The number a quantity means: cores for cpu, bytes for memory; never negative.

    Raises:
        UserError: It is no quantity.
    """
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise UserError(f"{text!r} is not an amount", fix="write 2 or 500m for cores, 512Mi or 2G for bytes")
    number, exponent, suffix = found.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent or 0)) * _SCALES.get(suffix or "", Decimal(1))


def round_up(amount: Decimal) -> int:
    """The next whole number, as Kubernetes rounds bytes."""
    return math.ceil(amount)
