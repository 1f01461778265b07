"""Previews: what a person sees of a value."""

import datetime as dt

import msgspec
import pytest

from volant.idl import pb
from volant.idl.literals import collection, literal_map, none_literal, primitive
from volant.idl.preview import show


def scalar(**fields) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(**fields))


def struct(**fields) -> pb.Literal:
    return scalar(generic=pb.ParseDict(fields, pb.Struct()))


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        (primitive(3), "3"),
        (primitive(False), "False"),
        (primitive("it's"), '"it\'s"'),
        (primitive(dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC)), "2024-02-29T01:02:03+00:00"),
        (primitive(dt.timedelta(minutes=90)), "1:30:00"),
        (none_literal(), "None"),
        (collection([primitive(1), none_literal()]), "[1, None]"),
        (pb.Literal(map=literal_map({"b": primitive(2), "a": primitive(1)})), "{'a': 1, 'b': 2}"),
        (scalar(union=pb.Union(value=primitive(1))), "1"),
        (scalar(binary=pb.Binary(value=msgspec.msgpack.encode({"x": [1]}), tag="msgpack")), "{'x': [1]}"),
        (scalar(binary=pb.Binary(value=b"\xc1", tag="msgpack")), "<1 bytes of msgpack>"),
        (scalar(binary=pb.Binary(value=b"12")), "<2 bytes>"),
        (struct(b=["é"], a=1.5), '{"a": 1.5, "b": ["é"]}'),
        (scalar(blob=pb.Blob(uri="s3://b/k")), "s3://b/k"),
        (scalar(structured_dataset=pb.StructuredDataset(uri="/d")), "/d"),
        (scalar(blob=pb.Blob(uri="https://me:pw@h/k?sig=x")), "https://[secret]@h/k?sig=[secret]"),
        (scalar(error=pb.Error(message="it\nbroke")), "it broke"),
        (pb.Literal(), "<empty>"),
        (pb.Literal(scalar=pb.Scalar()), "<empty>"),
        (scalar(primitive=pb.Primitive()), "<empty>"),
        (
            pb.Literal(offloaded_metadata=pb.LiteralOffloadedMetadata(uri="s3://x", size_bytes=12_345)),
            "<12,345 bytes at s3://x>",
        ),
        (scalar(primitive=pb.Primitive(datetime=pb.Timestamp(seconds=10**15))), f"<{10**15} s since 1970>"),
        (scalar(primitive=pb.Primitive(duration=pb.Duration(seconds=10**15))), f"<{10**15} s>"),
    ],
)
def test_a_value_is_shown_as_a_person_writes_it(literal, shown):
    assert show(literal) == shown


@pytest.mark.parametrize("limit", [0, 1, 2, 10])
def test_a_preview_is_never_longer_than_asked(limit):
    huge = collection([primitive("x" * 10_000)] * 1_000)
    assert len(show(huge, limit)) == limit
    assert show(huge, limit).endswith("…") or limit == 0


def test_a_huge_binary_and_a_huge_struct_are_shown_by_their_size():
    packed = msgspec.msgpack.encode(b"x" * 100_000)
    assert "bytes of msgpack" in show(scalar(binary=pb.Binary(value=packed, tag="msgpack")))
    assert "JSON object of" in show(struct(a="x" * 100_000))


def test_a_struct_with_what_json_cannot_say_is_shown_by_its_size():
    value = pb.Struct(fields={"a": pb.Value(number_value=float("nan"))})
    assert show(scalar(generic=value)).startswith("<JSON object of")
