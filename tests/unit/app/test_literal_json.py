"""Outputs as JSON, for programs."""

import datetime as dt
import json

import msgspec
import pytest

from volant.app.literal_json import literal_json, map_json
from volant.idl import pb
from volant.idl.literals import collection, literal_map, none_literal, primitive


def msgpack(value):
    return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=msgspec.msgpack.encode(value), tag="msgpack")))


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (primitive(3), 3),
        (primitive(0.5), 0.5),
        (primitive("a"), "a"),
        (primitive(True), True),
        (none_literal(), None),
        (primitive(dt.datetime(2024, 1, 2, tzinfo=dt.UTC)), "2024-01-02T00:00:00+00:00"),
        (primitive(dt.timedelta(hours=1)), "1:00:00"),
        (collection([primitive(1), primitive(2)]), [1, 2]),
        (pb.Literal(map=literal_map({"b": primitive(1), "a": primitive(2)})), {"a": 2, "b": 1}),
        (msgpack({"rate": 0.5, "names": ["x"]}), {"rate": 0.5, "names": ["x"]}),
        (msgpack({1: b"\xff"}), {"1": "/w=="}),
        (pb.Literal(scalar=pb.Scalar(blob=pb.Blob(uri="file:///a"))), "file:///a"),
        (pb.Literal(scalar=pb.Scalar(union=pb.Union(value=primitive(7)))), 7),
        (pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=b"\xc1", tag="other"))), "<1 bytes of other>"),
        (pb.Literal(), "<empty>"),
    ],
)
def test_a_literal_is_what_json_can_say_of_it(literal, expected):
    found = literal_json(literal)

    assert found == expected
    json.dumps(found)


def test_a_map_is_sorted_by_name():
    assert list(map_json(literal_map({"b": primitive(1), "a": primitive(2)}))) == ["a", "b"]
