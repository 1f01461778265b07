"""Literals: values on the wire. Built from Python, read, and typed.

Builders copy what they are given; readers never change it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.preview import show

__all__ = [
    "PlainValue", "collection", "common_type", "literal_map", "literal_type_of", "none_literal", "parse_literal_map",
    "primitive", "show", "wire",
]  # fmt: skip

PlainValue: TypeAlias = bool | int | float | str | dt.datetime | dt.timedelta

_MAX_INTEGER = 2**63
_MOST_SHOWN_BITS = 256
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def wire(message: pb.Message) -> bytes:
    """The serialized message; equal messages give equal bytes within one version of protobuf."""
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def literal_map(literals: Mapping[str, pb.Literal]) -> pb.LiteralMap:
    """A LiteralMap of these literals, copied."""
    return pb.LiteralMap(literals=literals)


def collection(literals: Iterable[pb.Literal]) -> pb.Literal:
    """A literal that is a list of these, copied, in order; an empty list is a list too."""
    return pb.Literal(collection=pb.LiteralCollection(literals=literals))


def none_literal() -> pb.Literal:
    """The literal of None."""
    return pb.Literal(scalar=pb.Scalar(none_type=pb.Void()))


def primitive(value: PlainValue) -> pb.Literal:
    """The literal of a plain Python value.

    A datetime without a timezone is taken as UTC; microseconds are kept.

    Raises:
        UserError: An integer beyond 64 bits, or a value of no plain type.
    """
    return pb.Literal(scalar=pb.Scalar(primitive=_primitive(value)))


def _primitive(value: PlainValue) -> pb.Primitive:
    match value:
        case bool():
            return pb.Primitive(boolean=value)
        case int():
            return pb.Primitive(integer=_checked(value))
        case float():
            return pb.Primitive(float_value=value)
        case str():
            return pb.Primitive(string_value=value)
        case dt.datetime():
            return pb.Primitive(datetime=_timestamp(value))
        case dt.timedelta():
            return pb.Primitive(duration=_duration(value))
    raise UserError(f"{value!r} of type {type(value).__name__} is not a plain value")


def _checked(value: int) -> int:
    if -_MAX_INTEGER <= value < _MAX_INTEGER:
        return value
    shown = value if value.bit_length() < _MOST_SHOWN_BITS else f"of {value.bit_length()} bits"
    raise UserError(f"the integer {shown} does not fit into 64 bits", fix="pass it as a str or a float")


def _timestamp(value: dt.datetime) -> pb.Timestamp:
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    seconds, micros = divmod((aware - _EPOCH) // _MICROSECOND, 1_000_000)
    return pb.Timestamp(seconds=seconds, nanos=micros * 1000)


def _duration(value: dt.timedelta) -> pb.Duration:
    message = pb.Duration()
    message.FromTimedelta(value)  # seconds and nanos must agree in sign, which is not divmod's way
    return message


def parse_literal_map(data: bytes) -> pb.LiteralMap:
    """The LiteralMap these bytes are.

    Raises:
        UserError: They are no LiteralMap.
    """
    try:
        return pb.LiteralMap.FromString(data)
    except pb.DecodeError as error:
        raise UserError(f"{len(data)} bytes that should be a serialized LiteralMap are not one") from error


_PRIMITIVES: dict[str, Any] = {
    "integer": pb.LiteralType(simple=pb.SimpleType.INTEGER),
    "float_value": pb.LiteralType(simple=pb.SimpleType.FLOAT),
    "string_value": pb.LiteralType(simple=pb.SimpleType.STRING),
    "boolean": pb.LiteralType(simple=pb.SimpleType.BOOLEAN),
    "datetime": pb.LiteralType(simple=pb.SimpleType.DATETIME),
    "duration": pb.LiteralType(simple=pb.SimpleType.DURATION),
}
_NONE = pb.LiteralType(simple=pb.SimpleType.NONE)
_ERROR = pb.LiteralType(simple=pb.SimpleType.ERROR)
_STRUCT = pb.LiteralType(simple=pb.SimpleType.STRUCT)
_BINARY = pb.LiteralType(simple=pb.SimpleType.BINARY)
_UNKNOWN = pb.LiteralType()


def literal_type_of(literal: pb.Literal) -> pb.LiteralType:
    """The type of a value as far as the value tells; read it, do not change it.

    Elements of a list or dict have their `common_type`. A literal that tells nothing gives a LiteralType
    without a type.

    Source: flytepropeller pkg/compiler/validators/utils.go `LiteralTypeForLiteral`.
    """
    match literal.WhichOneof("value"):
        case "scalar":
            return _of_scalar(literal.scalar)
        case "collection":
            return pb.LiteralType(collection_type=_elements(literal.collection.literals))
        case "map":
            return pb.LiteralType(map_value_type=_elements(literal.map.literals.values()))
        case "offloaded_metadata":
            return literal.offloaded_metadata.inferred_type
    return _UNKNOWN


def _elements(literals: Iterable[pb.Literal]) -> pb.LiteralType:
    return common_type(map(literal_type_of, literals))


def scalar_type(scalar: pb.Scalar) -> pb.LiteralType:
    """The type of a scalar, as `literal_type_of` says it."""
    return _of_scalar(scalar)


def _of_scalar(scalar: pb.Scalar) -> pb.LiteralType:
    match scalar.WhichOneof("value"):
        case "primitive":
            return _PRIMITIVES.get(scalar.primitive.WhichOneof("value"), _UNKNOWN)
        case "union":
            return pb.LiteralType(union_type=pb.UnionType(variants=[scalar.union.type]))
        case "binary":
            return _STRUCT if scalar.binary.tag == "msgpack" else _BINARY
        case "structured_dataset":
            found = scalar.structured_dataset.metadata.structured_dataset_type
            return pb.LiteralType(structured_dataset_type=found)
        case "schema":
            return pb.LiteralType(schema=scalar.schema.type)
        case "blob":
            if not scalar.blob.HasField("metadata"):
                return _UNKNOWN
            return pb.LiteralType(blob=scalar.blob.metadata.type)
        case "none_type":
            return _NONE
        case "generic":
            return _STRUCT
        case "error":
            return _ERROR
    return _UNKNOWN


def common_type(kinds: Iterable[pb.LiteralType]) -> pb.LiteralType:
    """The type of the elements of a list or dict whose elements have these types: NONE where there are none.

    Types that differ make a union, sorted. An empty list beside other lists says nothing, nor does an empty dict
    beside other dicts. Lists, or dicts, that end in unions or in empty ones become one list, or dict, of one type.

    Source: flytepropeller pkg/compiler/validators/utils.go `literalTypeForLiterals`, `buildMultipleTypeUnion`.
    """
    found = _distinct(kinds)
    if len(found) > 1:
        found = _without_empty(found)
    if len(found) > 1:
        return _joined(found)
    return found[0] if found else _NONE


_CONTAINERS = ("collection_type", "map_value_type")


def _without_empty(kinds: list[Any]) -> list[Any]:
    of_kind = Counter(kind.WhichOneof("type") for kind in kinds)
    return [kind for kind in kinds if not (_is_empty_container(kind) and of_kind[kind.WhichOneof("type")] > 1)]


def _is_empty_container(kind: Any) -> bool:
    name = kind.WhichOneof("type")
    return name in _CONTAINERS and bool(getattr(kind, name) == _NONE)


def _joined(kinds: list[Any]) -> pb.LiteralType:
    name, *others = {kind.WhichOneof("type") for kind in kinds}
    if name in _CONTAINERS and not others and any(_is_open(kind) for kind in kinds):
        return pb.LiteralType(**{name: common_type(getattr(kind, name) for kind in kinds)})
    variants = _distinct(variant for kind in kinds for variant in _variants(kind))
    return pb.LiteralType(union_type=pb.UnionType(variants=sorted(variants, key=str)))


def _is_open(kind: Any) -> bool:
    """Whether a list or dict ends, however deep inside, in a union, or in one that is empty and so says nothing."""
    while kind.WhichOneof("type") in _CONTAINERS:
        kind = getattr(kind, kind.WhichOneof("type"))
    return bool(kind.WhichOneof("type") == "union_type" or kind == _NONE)


def _distinct(kinds: Iterable[pb.LiteralType]) -> list[Any]:
    found: dict[int, Any] = {}
    by_text: dict[bytes, Any] = {}
    for kind in kinds:
        # Plain values share their type object, so a long list of them is told apart without serializing.
        if id(kind) not in found:
            found[id(kind)] = kind
            by_text.setdefault(kind.SerializeToString(deterministic=True), kind)
    return list(by_text.values())


def _variants(kind: pb.LiteralType) -> Iterable[Any]:
    return kind.union_type.variants if kind.WhichOneof("type") == "union_type" else (kind,)
