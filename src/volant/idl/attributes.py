"""Attribute paths: `promise[0]["key"].field`, followed inside a literal.

A path first goes through maps and lists of literals, then into one msgpack or JSON value.
Source: flytepropeller pkg/controller/nodes/attr_path_resolver.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from volant.idl import pb
from volant.idl.literals import none_literal, primitive
from volant.idl.preview import show

Step: TypeAlias = str | int
_MSGPACK = "msgpack"
_MAX_INTEGER = 2**63


def follow(literal: pb.Literal, steps: Sequence[Step], *, convert: bool = True) -> pb.Literal:
    """What is at the end of a path.

    Args:
        literal: Where the path starts; not offloaded.
        steps: Keys of maps, dataclasses and JSON objects; indexes of lists.
        convert: Whether a msgpack or JSON value at the end becomes a plain literal where it can.

    Raises:
        LookupError: Its only argument says how far the path went, why it ends there and what is there.
    """
    for done, step in enumerate(steps):
        if literal.WhichOneof("value") not in ("map", "collection"):
            return _within(literal, steps, done)
        literal = _into_literal(literal, step, steps[:done])
    return _within(literal, steps, len(steps)) if convert else literal


def _into_literal(literal: pb.Literal, step: Step, done: Sequence[Step]) -> Any:
    if literal.WhichOneof("value") == "map":
        return _pick(literal.map.literals, step, done)
    return _pick(literal.collection.literals, step, done)


def _within(literal: pb.Literal, steps: Sequence[Step], done: int) -> Any:
    """The rest of the path, inside a scalar."""
    kind = literal.scalar.WhichOneof("value") if literal.WhichOneof("value") == "scalar" else None
    if kind == "binary":
        value = _walk(_unpack(literal.scalar.binary, steps[:done]), steps, done)
        return _from_msgpack(value, literal.scalar.binary.tag, steps)
    if kind == "generic":
        return _from_json(_walk(pb.MessageToDict(literal.scalar.generic), steps, done))
    if done == len(steps):
        return literal
    what = {"union": "a Union, which paths do not look into", None: "nothing"}.get(kind, show(literal, 60))
    raise LookupError(f"{written(steps[:done])}: cannot take {written(steps[done : done + 1])} of {what}")


def _walk(value: Any, steps: Sequence[Step], done: int) -> Any:
    for at in range(done, len(steps)):
        value = _pick(value, steps[at], steps[:at])
    return value


def _pick(value: Any, step: Step, done: Sequence[Step]) -> Any:
    """One step into a mapping or a sequence, of literals or of plain values."""
    where = written(done)
    if isinstance(value, Mapping) and isinstance(step, str):
        if step in value:
            return value[step]
        raise LookupError(f"{where}: no key {step!r}; there are {_few(value)}")
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and isinstance(step, int):
        if 0 <= step < len(value):
            return value[step]
        raise LookupError(f"{where}: index {step} is outside a list of {len(value)}")
    raise LookupError(f"{where}: cannot take {written([step])} of {_kind(value)}")


def _few(keys: Mapping[Any, Any]) -> str:
    names = sorted(map(repr, keys))
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "") if names else "none"


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a map, which has keys"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "a list, which has indexes"
    return f"{type(value).__name__} {repr(value)[:60]}"


def written(steps: Sequence[Step]) -> str:
    """A path as people write it: `[0].name`."""
    return "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps)


def _unpack(binary: pb.Binary, done: Sequence[Step]) -> Any:
    if binary.tag != _MSGPACK:
        raise LookupError(f"{written(done)}: bytes of {binary.tag or 'no tag'!r}; only 'msgpack' can be looked into")
    try:
        return msgspec.msgpack.decode(binary.value)
    except msgspec.DecodeError as error:
        raise LookupError(f"{written(done)}: not valid msgpack ({error})") from None


def _from_msgpack(value: Any, tag: str, steps: Sequence[Step]) -> Any:
    match value:
        case list():
            items = [_packed(each, tag) for each in value]
            return pb.Literal(collection=pb.LiteralCollection(literals=items))
        case bool() | float() | str():
            return primitive(value)
        case int():
            if value >= _MAX_INTEGER:
                raise LookupError(f"{written(steps)}: the integer {value} does not fit into 63 bits")
            return primitive(value)
    return _packed(value, tag)


def _packed(value: Any, tag: str) -> Any:
    return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=msgspec.msgpack.encode(value), tag=tag)))


def _from_json(value: Any) -> Any:
    match value:
        case None:
            return none_literal()
        case dict():
            return pb.Literal(scalar=pb.Scalar(generic=pb.ParseDict(value, pb.Struct())))
        case list():
            return pb.Literal(collection=pb.LiteralCollection(literals=map(_from_json, value)))
        case bool() | str():
            return primitive(value)
    return primitive(float(value))  # a Struct has no integers
