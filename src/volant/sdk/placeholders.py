"""A literal of any type: stands where an author's mistake was, so that what is right around it can be compiled."""

from collections.abc import Mapping
from typing import Any, Final

from volant.idl import pb

_EMPTY_DOCUMENT: Final = b"\x80"
_PRIMITIVES: Final[Mapping[int, Any]] = {
    pb.SimpleType.INTEGER: {"integer": 0},
    pb.SimpleType.FLOAT: {"float_value": 0.0},
    pb.SimpleType.STRING: {"string_value": ""},
    pb.SimpleType.BOOLEAN: {"boolean": False},
    pb.SimpleType.DATETIME: {"datetime": {}},
    pb.SimpleType.DURATION: {"duration": {}},
}
_SCALARS: Final[Mapping[int, Any]] = {
    pb.SimpleType.NONE: {"none_type": {}},
    pb.SimpleType.BINARY: {"binary": {}},
    pb.SimpleType.ERROR: {"error": {}},
    pb.SimpleType.STRUCT: {"binary": {"value": _EMPTY_DOCUMENT, "tag": "msgpack"}},
}


def placeholder(kind: pb.LiteralType) -> pb.Literal:
    """A literal of this type that says nothing."""
    match kind.WhichOneof("type"):
        case "collection_type":
            return pb.Literal(collection=pb.LiteralCollection())
        case "map_value_type":
            return pb.Literal(map=pb.LiteralMap())
        case "simple" if kind.simple in _PRIMITIVES:
            return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(**_PRIMITIVES[kind.simple])))
    return pb.Literal(scalar=_scalar(kind))


def _scalar(kind: pb.LiteralType) -> pb.Scalar:
    match kind.WhichOneof("type"):
        case "enum_type":
            return pb.Scalar(primitive=pb.Primitive(string_value=next(iter(kind.enum_type.values), "")))
        case "blob":
            return pb.Scalar(blob=pb.Blob(metadata=pb.BlobMetadata(type=kind.blob)))
        case "schema":
            return pb.Scalar(schema=pb.Schema(type=kind.schema))
        case "structured_dataset_type":
            metadata = pb.StructuredDatasetMetadata(structured_dataset_type=kind.structured_dataset_type)
            return pb.Scalar(structured_dataset=pb.StructuredDataset(metadata=metadata))
        case "union_type":
            first = kind.union_type.variants[0]
            return pb.Scalar(union=pb.Union(value=placeholder(first), type=first))
    return pb.Scalar(**_SCALARS.get(kind.simple, {"none_type": {}}))
