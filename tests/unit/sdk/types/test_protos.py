"""Protobuf messages: in Flyte's older Struct form, named by their class."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from google.protobuf import any_pb2, struct_pb2, timestamp_pb2, wrappers_pb2

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

BLOB = pb.BlobType(format="csv", dimensionality=1)
ENTRY = pb.Resources.ResourceEntry(name=1, value="2")


@dataclass
class Holder:
    blob: pb.BlobType
    entries: list[pb.Resources.ResourceEntry]


def _struct(**fields: Any) -> struct_pb2.Struct:
    return pb.ParseDict(fields, struct_pb2.Struct())


VALUES: list[tuple[Any, Any]] = [
    (pb.BlobType, BLOB),
    (pb.BlobType, pb.BlobType()),
    (pb.Resources, pb.Resources(requests=[ENTRY])),
    (pb.Literal, pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(integer=2**60)))),
    (pb.Literal, pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(float_value=0.1)))),
    (pb.Binary, pb.Binary(value=b"\x00\xff")),
    (struct_pb2.Struct, _struct(a=1, b=[1.5, {"c": None}])),
    (pb.LiteralMap, pb.LiteralMap(literals={"b": pb.Literal(), "a": pb.Literal()})),
    (Holder, Holder(BLOB, [ENTRY])),
    (list[pb.BlobType], [BLOB]),
    (pb.BlobType | None, BLOB),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=lambda each: str(each)[:30])
def test_a_message_comes_back_as_it_went(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    assert kind.from_literal(kind.to_literal(value, RawData())) == value


def test_a_message_is_a_struct_that_names_its_class() -> None:
    kind = transformer(pb.BlobType)
    assert pb.MessageToDict(kind.literal_type().metadata) == {"pb_type": "flyteidl.core.types_pb2.BlobType"}
    literal = kind.to_literal(BLOB, RawData())
    assert pb.MessageToDict(literal.scalar.generic) == {"format": "csv", "dimensionality": "MULTIPART"}


def test_both_forms_of_a_message_are_read() -> None:
    plain = {"format": "csv", "dimensionality": "MULTIPART", "later": 1}
    packed = pb.Literal(scalar=pb.Scalar(binary=pb.Binary(tag="msgpack", value=msgspec.msgpack.encode(plain))))
    assert transformer(pb.BlobType).from_literal(packed) == BLOB


WRONG: list[tuple[Any, Any, str, str]] = [
    (pb.BlobType, ENTRY, 'expected BlobType, got name: CPU value: "2" of type Resources.ResourceEntry', ""),
    (pb.BlobType, {"format": "x"}, "expected BlobType, got {'format': 'x'} of type dict", ""),
]


@pytest.mark.parametrize(("hint", "value", "problem", "fix"), WRONG, ids=lambda each: str(each)[:30])
def test_a_value_that_is_no_such_message_is_refused(hint: Any, value: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RawData())
    assert (str(caught.value), caught.value.fix) == (problem, fix)


def test_a_person_may_not_name_a_field_that_is_not_there() -> None:
    assert transformer(pb.BlobType).parse('{"format": "csv", "dimensionality": 1}', ".") == BLOB
    with pytest.raises(ConversionError) as caught:
        transformer(pb.BlobType).parse('{"from": "csv"}', ".")
    assert str(caught.value).startswith("{'from': 'csv'} is no BlobType: ")
    assert caught.value.fix == "its fields are format, dimensionality"


@pytest.mark.parametrize(
    ("hint", "name", "instead"),
    [
        (timestamp_pb2.Timestamp, "Timestamp", "datetime"),
        (wrappers_pb2.BoolValue, "BoolValue", "the plain Python type"),
        (struct_pb2.ListValue, "ListValue", "list[str] or the like"),
    ],
)
def test_messages_that_are_no_objects_have_a_python_type_instead(hint: Any, name: str, instead: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint)
    assert (str(caught.value), caught.value.fix) == (f"a google.protobuf.{name} cannot be passed", f"use {instead}")


def test_a_message_without_a_json_form_is_refused() -> None:
    unknown = any_pb2.Any(type_url="type.googleapis.com/no.such.Message", value=b"x")
    with pytest.raises(ConversionError, match="has no JSON form: "):
        transformer(any_pb2.Any).to_literal(unknown, RawData())
