"""Instances of dataclasses, Structs and pydantic models as proto3 JSON: what writing and reading it share.

The form is that of the message `volant idl proto` writes for the class: whole numbers are texts (a Struct knows
doubles only), enums are names, bytes are base64, times are those of Duration and Timestamp. Fields that are None
by default and None are left out; all others are written.
"""

from typing import Any

from volant.idl.shapes import Kind, Maybe, Plain, Scalar

INT64 = range(-(2**63), 2**63)
EXACT = 2**53
"""Doubles hold whole numbers up to this one."""
_SHOWN = 200


class MismatchError(Exception):
    """A value is not what its field holds.

    Attributes:
        path: Its field, e.g. "driver.cores" or "queries[2]"; "" for the whole.
        message: What was wanted and what is there.
        fix: What to do.
    """

    def __init__(self, path: str, message: str, fix: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path, self.message, self.fix = path, message, fix


def is_plain(kind: Kind) -> bool:
    """Whether the class's own library reads and writes it."""
    return isinstance(kind.item if isinstance(kind, Maybe) else kind, Plain)


def below(path: str, name: str) -> str:
    """The path of a field of what is at `path`."""
    return f"{path}.{name}" if path else name


def shown(value: object) -> str:
    """A value as its author wrote it; a long one is cut at its end."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def wanted(what: str, value: object, path: str, fix: str) -> MismatchError:
    """What is said where a value is of another type."""
    return MismatchError(path, f"expected {what}, got {shown(value)} of type {type(value).__name__}", fix)


def check_choice(value: Any, kind: Scalar, path: str) -> None:
    """Refuse what is not one of a Literal's.

    Raises:
        MismatchError: It is not.
    """
    if kind.choices and value not in kind.choices:
        raise wanted(f"one of {', '.join(map(repr, kind.choices))}", value, path, "write one of them")
