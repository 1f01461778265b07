"""The text of literals in commands: engine spec 11.3."""

import datetime as dt

import msgspec
import pytest

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.literals import collection, none_literal, primitive
from volant.kit.literal_text import float_text, literal_text


def msgpack(value, tag="msgpack"):
    return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=msgspec.msgpack.encode(value), tag=tag)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (True, "true"),
        (False, "false"),
        ("two words", "two words"),
        (0.5, "0.5"),
        (dt.datetime(2013, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2013-01-02T03:04:05Z"),
        (dt.datetime(2013, 1, 2, 3, 4, 5, 60_000, tzinfo=dt.UTC), "2013-01-02T03:04:05.060Z"),
    ],
)
def test_a_plain_value_is_its_plain_text(value, text):
    assert literal_text(primitive(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-0.1, "-0.1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (2.5e-7, "2.5e-07"),
        (0.0, "0"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        (float("nan"), "NaN"),
    ],
)
def test_a_float_is_printed_as_flyte_prints_it(value, text):
    assert float_text(value) == text


def test_a_file_is_its_uri():
    blob = pb.Literal(scalar=pb.Scalar(blob=pb.Blob(uri="file:///data/a.csv")))
    schema = pb.Literal(scalar=pb.Scalar(schema=pb.Schema(uri="s3://bucket/a")))

    assert (literal_text(blob), literal_text(schema)) == ("file:///data/a.csv", "s3://bucket/a")


def test_a_list_is_its_elements_in_brackets():
    nested = collection([primitive(1), collection([primitive("a"), primitive(True)]), collection([])])

    assert literal_text(nested) == "[1,[a,true],[]]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (2.0, "2"),
        (True, "true"),
        (7, "7"),
        (None, "null"),
        ({"a": [1, 2]}, '{"a":[1,2]}'),
    ],
)
def test_msgpack_is_decoded(value, text):
    assert literal_text(msgpack(value)) == text


@pytest.mark.parametrize(
    ("literal", "named"),
    [
        (none_literal(), "none_type"),
        (pb.Literal(), "empty"),
        (pb.Literal(map=pb.LiteralMap()), "map"),
        (primitive(dt.timedelta(seconds=1)), "duration"),
        (pb.Literal(scalar=pb.Scalar(structured_dataset=pb.StructuredDataset())), "structured_dataset"),
        (msgpack(1, tag="cbor"), "cbor"),
        (pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=b"\xc1", tag="msgpack"))), "msgpack"),
    ],
)
def test_everything_else_is_refused_by_its_kind(literal, named):
    with pytest.raises(UserError, match=named):
        literal_text(literal)
