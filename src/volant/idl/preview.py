"""Short previews of literals for people: what a value is, never more than so many characters."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from volant.base.redacted import redacted_uri
from volant.idl import pb

_MOST_BYTES_DECODED = 64 * 1024
_MOST_CHARACTERS = 2_000


def show(literal: pb.Literal, limit: int = 80) -> str:
    """What a literal holds, as a person would write it, in at most `limit` characters on one line.

    Of URIs the credentials are hidden.

    Cut short it ends in "…". Only as much of the value is looked at as is shown, at most 2,000 characters of
    any one text.
    """
    text = ""
    for piece in _pieces(literal):
        text += piece
        if len(text) > limit:
            return text[: max(limit - 1, 0)] + "…" if limit > 0 else ""
    return text


def _pieces(literal: pb.Literal) -> Iterator[str]:
    match literal.WhichOneof("value"):
        case "scalar":
            yield from _scalar(literal.scalar)
        case "collection":
            yield from _list(literal.collection.literals)
        case "map":
            yield from _dict(literal.map.literals)
        case "offloaded_metadata":
            yield f"<{literal.offloaded_metadata.size_bytes:,} bytes at {literal.offloaded_metadata.uri}>"
        case _:
            yield "<empty>"


def _list(literals: Any) -> Iterator[str]:
    yield "["
    for position, literal in enumerate(literals):
        yield ", " if position else ""
        yield from _pieces(literal)
    yield "]"


def _dict(literals: Any) -> Iterator[str]:
    yield "{"
    for position, key in enumerate(sorted(literals)):
        yield f"{', ' if position else ''}{_quoted(key)}: "
        yield from _pieces(literals[key])
    yield "}"


def _scalar(scalar: pb.Scalar) -> Iterator[str]:
    kind = scalar.WhichOneof("value")
    if kind == "union":
        yield from _pieces(scalar.union.value)
    elif kind in _SCALARS:
        yield _SCALARS[kind](getattr(scalar, kind))
    else:
        yield "<empty>"


def _primitive(value: pb.Primitive) -> str:
    match value.WhichOneof("value"):
        case "string_value":
            return _quoted(value.string_value)
        case "datetime":
            return _moment(value.datetime)
        case "duration":
            return _length(value.duration)
        case None:
            return "<empty>"
        case kind:
            return str(getattr(value, kind))


def _quoted(text: str) -> str:
    return repr(text[:_MOST_CHARACTERS])


def _line(text: str) -> str:
    return " ".join(text[:_MOST_CHARACTERS].split())


def _moment(value: pb.Timestamp) -> str:
    try:
        second = dt.datetime.fromtimestamp(value.seconds, dt.UTC)
        return second.replace(microsecond=value.nanos // 1000).isoformat()
    except (OverflowError, ValueError, OSError):
        return f"<{value.seconds} s since 1970>"


def _length(value: pb.Duration) -> str:
    try:
        return str(dt.timedelta(seconds=value.seconds, microseconds=value.nanos // 1000))
    except OverflowError:
        return f"<{value.seconds} s>"


def _binary(value: pb.Binary) -> str:
    size = len(value.value)
    if value.tag == "msgpack" and size <= _MOST_BYTES_DECODED:
        try:
            return repr(msgspec.msgpack.decode(value.value))
        except (msgspec.DecodeError, TypeError, ValueError):
            pass  # a preview never fails; the size says enough
    return f"<{size:,} bytes of {value.tag}>" if value.tag else f"<{size:,} bytes>"


def _generic(value: pb.Struct) -> str:
    if value.ByteSize() > _MOST_BYTES_DECODED:
        return f"<JSON object of {value.ByteSize():,} bytes>"
    try:
        return json.dumps(pb.MessageToDict(value), ensure_ascii=False, sort_keys=True)
    except ValueError:  # NaN and infinity have no JSON
        return f"<JSON object of {value.ByteSize():,} bytes>"


def _uri(value: Any) -> str:
    return redacted_uri(_line(value.uri))


_SCALARS: dict[str, Callable[[Any], str]] = {
    "primitive": _primitive,
    "none_type": lambda _: "None",
    "binary": _binary,
    "generic": _generic,
    "blob": _uri,
    "schema": _uri,
    "structured_dataset": _uri,
    "error": lambda value: _line(value.message),
}
