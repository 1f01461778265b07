"""Digests: the reference's vectors, and the quick walk against the definition."""

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volant.idl import pb
from volant.idl.digest import (
    base64_text,
    message_digest,
    number_digest,
    object_digest,
    pbhash,
    sha256_hex,
    text_digest,
)
from volant.idl.literals import collection, literal_map, none_literal, primitive

INTEGER = pb.Variable(type=pb.LiteralType(simple=pb.SimpleType.INTEGER))


def sha(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def test_the_reference_s_interface_vectors_hold():
    assert pbhash(pb.VariableMap())[:8] == "GKw-c0Pw"
    assert pbhash(pb.VariableMap(variables={"1": INTEGER, "2": INTEGER}))[:8] == "UxVtPm0k"


def test_the_reference_s_literal_map_vector_holds():
    literals = literal_map({"1": primitive(1), "2": primitive(2)})
    assert pbhash(literals) == "GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8"


@pytest.mark.parametrize(
    ("number", "normal"),
    [
        (0, "+0:"),
        (-0.0, "+0:"),
        (1, "+0:1"),
        (-1, "-0:1"),
        (2, "+1:1"),
        (0.5, "+-1:1"),
        (0.75, "+0:011"),
        (3, "+2:011"),
        (-10, "-4:0101"),
    ],
)
def test_numbers_are_written_in_the_reference_s_normal_form(number, normal):
    assert number_digest(number) == sha(b"f" + normal.encode())


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_the_normal_form_is_that_of_halving_and_doubling(number):
    assert number_digest(number) == sha(b"f" + by_the_book(number).encode())


def by_the_book(x: float) -> str:
    """objecthash's own algorithm, step by step."""
    if x == 0:
        return "+0:"
    text, exponent, x = ("-" if x < 0 else "+"), 0, abs(x)
    while x > 1:
        x, exponent = x / 2, exponent + 1
    while x <= 0.5:
        x, exponent = x * 2, exponent - 1
    text += f"{exponent}:"
    while x != 0:
        bit = x >= 1
        text += "1" if bit else "0"
        x = (x - bit) * 2
    return text


def test_every_json_value_has_a_digest_of_its_kind():
    assert object_digest(None) == sha(b"n")
    assert object_digest(True) == sha(b"b1")
    assert object_digest(1) == number_digest(1.0)
    assert object_digest(["a"]) == sha(b"l" + text_digest("a"))
    assert object_digest({"k": "v"}) == sha(b"d" + text_digest("k") + text_digest("v"))


def test_composed_and_decomposed_text_are_the_same():
    assert text_digest("é") == text_digest("e\u0301")


MESSAGES = [
    primitive(True),
    primitive(False),
    primitive(0),
    primitive(0.0),
    primitive(math.inf),
    primitive(-math.inf),
    primitive(math.nan),
    primitive(""),
    none_literal(),
    collection([]),
    collection([primitive("a"), primitive(1.5)]),
    pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=b"\x00\xff", tag="msgpack"))),
    pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(datetime=pb.Timestamp(seconds=5, nanos=5_000)))),
    pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(duration=pb.Duration(seconds=-3)))),
    pb.Literal(scalar=pb.Scalar(generic=pb.ParseDict({"a": [1, None, {"b": True}]}, pb.Struct()))),
    pb.Literal(metadata={"k": "v"}, hash="h"),
    pb.LiteralType(simple=pb.SimpleType.NONE),
    pb.LiteralType(simple=77),
    pb.LiteralType(blob=pb.BlobType(format="csv", dimensionality=1)),
    pb.LiteralType(enum_type=pb.EnumType(values=["a", "b"])),
    pb.TaskMetadata(retries=pb.RetryStrategy(retries=3), interruptible=False),
    pb.ArrayNode(min_success_ratio=0.1, parallelism=3),
    pb.Struct(),
    pb.Timestamp(seconds=1),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_s_digest_is_that_of_its_json(message):
    assert message_digest(message) == object_digest(pb.MessageToDict(message))


def test_digests_are_written_without_padding():
    assert base64_text(b"\xff" * 32) == "__________________________________________8"
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
