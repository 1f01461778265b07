"""A literal as the text that stands for it in a command.

Source: flyteplugins `pluginmachinery/core/template/template.go` `serializeLiteral`; our one difference: a
msgpack value that is no plain value is written as JSON, not in Go's notation.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from volant.base.errors import UserError
from volant.idl import pb

_MSGPACK = "msgpack"
_EXPONENT_FROM, _EXPONENT_BELOW = 21, -4


def literal_text(literal: pb.Literal) -> str:
    """The text of a literal; a list is `[a,b,c]`, its elements as they are alone.

    Raises:
        UserError: A literal of a kind that has no text: a dictionary, a DataFrame, a union, a duration, None.
    """
    kind = literal.WhichOneof("value")
    if kind == "collection":
        return f"[{','.join(literal_text(item) for item in literal.collection.literals)}]"
    if kind == "scalar":
        return _scalar_text(literal.scalar)
    raise _no_text(kind or "empty")


def float_text(value: float) -> str:
    """The shortest decimal that reads back as `value`, as Go prints it: 3, 0.1, 1e+21, 1e-05, +Inf, NaN."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
    number = Decimal(repr(value))
    exponent = number.adjusted()
    if value and not _EXPONENT_BELOW <= exponent < _EXPONENT_FROM:
        digits = f"{number.scaleb(-exponent):f}".rstrip("0").rstrip(".")
        return f"{digits}e{exponent:+03d}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scalar_text(scalar: pb.Scalar) -> str:
    match scalar.WhichOneof("value"):
        case "primitive":
            return _primitive_text(scalar.primitive)
        case "blob":
            return str(scalar.blob.uri)
        case "schema":
            return str(scalar.schema.uri)
        case "binary":
            return _binary_text(scalar.binary)
        case kind:
            raise _no_text(kind or "empty")


def _primitive_text(primitive: pb.Primitive) -> str:
    kind = primitive.WhichOneof("value")
    if kind == "datetime":
        return str(primitive.datetime.ToJsonString())
    if text := _PLAIN.get(kind or ""):
        return text(getattr(primitive, kind))
    raise _no_text(kind or "empty")


def _binary_text(binary: pb.Binary) -> str:
    if binary.tag != _MSGPACK:
        raise _no_text(f"binary with the tag {binary.tag!r}")
    try:
        value = msgspec.msgpack.decode(binary.value)
        text: Callable[[Any], str] = _BY_TYPE.get(type(value), _json)
        return text(value)
    except (ValueError, TypeError) as problem:  # the latter: JSON has no such thing
        raise UserError(f"its msgpack has no text: {problem}") from problem


def _bool_text(value: bool) -> str:
    return "true" if value else "false"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_PLAIN: dict[str, Callable[[Any], str]] = {
    "integer": str,
    "float_value": float_text,
    "string_value": str,
    "boolean": _bool_text,
}
_BY_TYPE: dict[type, Callable[[Any], str]] = {str: str, int: str, float: float_text, bool: _bool_text}


def _no_text(kind: str) -> UserError:
    return UserError(
        f"a literal of kind {kind} has no text that could stand in a command",
        fix="pass a str, int, float, bool, datetime, file or list, or let the program read {{.input}}",
    )
