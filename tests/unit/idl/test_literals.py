"""Literals: built from Python values, read back, and typed."""

import datetime as dt
import re

import pytest

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.literals import (
    collection,
    literal_map,
    literal_type_of,
    none_literal,
    parse_literal_map,
    primitive,
    wire,
)
from volant.idl.type_names import show_type


def packed(data: bytes = b"\x80", tag: str = "msgpack") -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=data, tag=tag)))


def union_of(value: pb.Literal, simple: int) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(union=pb.Union(value=value, type=pb.LiteralType(simple=simple))))


ONE = union_of(primitive(1), pb.SimpleType.INTEGER)
SOME_TEXT = union_of(primitive("a"), pb.SimpleType.STRING)


@pytest.mark.parametrize(
    ("value", "field", "on_the_wire"),
    [
        (True, "boolean", True),
        (-(2**63), "integer", -(2**63)),
        (1.5, "float_value", 1.5),
        ("ä", "string_value", "ä"),
    ],
)
def test_a_plain_value_is_kept_in_the_field_of_its_kind(value, field, on_the_wire):
    made = primitive(value).scalar.primitive
    assert made.WhichOneof("value") == field
    assert getattr(made, field) == on_the_wire


def test_an_integer_beyond_64_bits_is_refused_with_the_number():
    with pytest.raises(UserError, match=str(2**63)):
        primitive(2**63)


def test_an_integer_of_thousands_of_digits_is_refused_without_them():
    with pytest.raises(UserError, match="the integer of 16610 bits does not fit into 64 bits"):
        primitive(10**5000)


def test_a_value_of_another_type_is_refused():
    with pytest.raises(UserError, match="bytes"):
        primitive(b"x")


@pytest.mark.parametrize("year", [1, 1969, 1970, 9999])
def test_a_datetime_keeps_its_microseconds_however_long_ago(year):
    moment = dt.datetime(year, 6, 1, 12, 0, 0, 123_456, tzinfo=dt.UTC)
    stamp = primitive(moment).scalar.primitive.datetime
    assert stamp.ToDatetime(dt.UTC) == moment


def test_a_datetime_without_timezone_is_taken_as_utc():
    assert (
        primitive(dt.datetime(1970, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)).scalar.primitive.datetime
        == pb.Timestamp()
    )


@pytest.mark.parametrize("duration", [dt.timedelta(seconds=-1, microseconds=500), dt.timedelta(days=3)])
def test_a_duration_survives(duration):
    assert primitive(duration).scalar.primitive.duration.ToTimedelta() == duration


def test_equal_maps_have_equal_bytes_whatever_the_order_of_making():
    one = literal_map({"a": primitive(1), "b": primitive(2)})
    other = literal_map({"b": primitive(2), "a": primitive(1)})
    assert wire(one) == wire(other)
    assert parse_literal_map(wire(one)) == one


def test_bytes_that_are_no_literal_map_are_refused():
    with pytest.raises(UserError, match="3 bytes"):
        parse_literal_map(b"\xff\xff\xff")


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        (primitive(1), "int"),
        (primitive(True), "bool"),
        (primitive(dt.timedelta(1)), "timedelta"),
        (none_literal(), "None"),
        (packed(), "struct"),
        (packed(tag="other"), "bytes"),
        (pb.Literal(scalar=pb.Scalar(generic=pb.Struct())), "struct"),
        (pb.Literal(scalar=pb.Scalar(error=pb.Error())), "FlyteError"),
        (pb.Literal(scalar=pb.Scalar(schema=pb.Schema())), "Schema"),
        (pb.Literal(scalar=pb.Scalar(blob=pb.Blob(uri="x"))), "an unknown type"),
        (
            pb.Literal(scalar=pb.Scalar(blob=pb.Blob(metadata=pb.BlobMetadata(type=pb.BlobType(format="csv"))))),
            "File[csv]",
        ),
        (pb.Literal(scalar=pb.Scalar(structured_dataset=pb.StructuredDataset())), "StructuredDataset"),
        (union_of(primitive(1), pb.SimpleType.INTEGER), "Union[int]"),
        (collection([]), "list[None]"),
        (collection([primitive(1), primitive(2)]), "list[int]"),
        (collection([primitive("a"), primitive(2)]), "list[Union[int, str]]"),
        (collection([collection([]), collection([primitive(1)])]), "list[list[int]]"),
        (collection([collection([]), collection([])]), "list[list[None]]"),
        (
            collection([union_of(primitive(1), pb.SimpleType.INTEGER), union_of(none_literal(), 0)]),
            "list[Union[int, None]]",
        ),
        # Lists and dicts of unions are one list, or dict, of one union: so they fit where one is asked for.
        (collection([collection([ONE]), collection([SOME_TEXT])]), "list[list[Union[int, str]]]"),
        (
            collection([collection([collection([ONE])]), collection([collection([SOME_TEXT])])]),
            "list[list[list[Union[int, str]]]]",
        ),
        (
            collection([pb.Literal(map=literal_map({"a": ONE})), pb.Literal(map=literal_map({"a": SOME_TEXT}))]),
            "list[dict[str, Union[int, str]]]",
        ),
        (collection([collection([ONE]), collection([primitive(2)])]), "list[list[Union[int]]]"),
        (
            collection([collection([primitive(1)]), collection([primitive("a")])]),
            "list[Union[list[int], list[str]]]",
        ),
        (collection([collection([ONE]), primitive(2)]), "list[Union[list[Union[int]], int]]"),
        # What is empty says nothing beside what is not, but only beside its like.
        (
            collection([pb.Literal(map=literal_map({})), pb.Literal(map=literal_map({"a": ONE}))]),
            "list[dict[str, Union[int]]]",
        ),
        (collection([collection([]), primitive(1)]), "list[Union[list[None], int]]"),
        (pb.Literal(map=literal_map({"a": collection([]), "b": collection([primitive(1)])})), "dict[str, list[int]]"),
        (pb.Literal(map=literal_map({})), "dict[str, None]"),
        (pb.Literal(map=literal_map({"a": primitive(1.0)})), "dict[str, float]"),
        (pb.Literal(), "an unknown type"),
        (
            pb.Literal(
                offloaded_metadata=pb.LiteralOffloadedMetadata(
                    inferred_type=pb.LiteralType(simple=pb.SimpleType.STRING)
                )
            ),
            "str",
        ),
    ],
)
def test_a_literal_tells_its_type(literal, shown):
    assert _words(show_type(literal_type_of(literal))) == _words(shown)


def test_a_union_of_element_types_does_not_depend_on_the_order_of_elements():
    one = literal_type_of(collection([primitive("a"), primitive(2), primitive(0.5)]))
    other = literal_type_of(collection([primitive(0.5), primitive(2), primitive("a")]))
    assert one == other


def _words(shown: str) -> list[str]:
    """The words of a type in any order: a union's variants are sorted by their wire text."""
    return sorted(re.findall(r"\w+|[\[\]]", shown))
