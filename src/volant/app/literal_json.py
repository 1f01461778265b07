"""Literals as JSON values, for programs that read our output."""

from typing import Any

import msgspec

from volant.idl import pb
from volant.idl.preview import show


def literal_json(literal: pb.Literal) -> Any:
    """What JSON can say of a literal.

    Numbers, texts, lists, maps and dataclasses are themselves; dates and durations are texts; files and frames
    are their URIs; whatever has no JSON is its preview.
    """
    match literal.WhichOneof("value"):
        case "scalar":
            return _scalar(literal.scalar)
        case "collection":
            return [literal_json(each) for each in literal.collection.literals]
        case "map":
            return map_json(literal.map)
    return show(literal)


def map_json(literals: pb.LiteralMap) -> dict[str, Any]:
    """The same for a LiteralMap, by name, sorted."""
    return {name: literal_json(literals.literals[name]) for name in sorted(literals.literals)}


def _scalar(scalar: pb.Scalar) -> Any:
    match scalar.WhichOneof("value"):
        case "primitive":
            return _primitive(scalar.primitive)
        case "union":
            return literal_json(scalar.union.value)
        case "none_type":
            return None
        case "binary":
            return _binary(scalar.binary)
        case "generic":
            return pb.MessageToDict(scalar.generic)
        case "blob" | "schema" | "structured_dataset" as kind:
            return getattr(scalar, kind).uri
    return show(pb.Literal(scalar=scalar))


def _primitive(value: pb.Primitive) -> Any:
    kind = value.WhichOneof("value")
    if kind in ("integer", "float_value", "string_value", "boolean"):
        return getattr(value, kind)
    return show(pb.Literal(scalar=pb.Scalar(primitive=value)))


def _binary(value: pb.Binary) -> Any:
    try:
        # Through JSON and back: what msgpack can say and JSON cannot becomes a text.
        return msgspec.json.decode(msgspec.json.encode(msgspec.msgpack.decode(value.value)))
    except (msgspec.MsgspecError, TypeError, ValueError):
        return show(pb.Literal(scalar=pb.Scalar(binary=value)))
