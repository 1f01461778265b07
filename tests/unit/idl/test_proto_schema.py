"""The `.proto` of a class: what it says, that numbers stay, and that both sides read the same custom part."""

import datetime as dt
import enum
import importlib.util
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pydantic
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.messages import from_custom, to_custom
from volant.idl.proto_schema import SchemaError, schema
from volant.idl.proto_text import parse, text


class Speed(enum.Enum):
    SLOW = "slow"
    FAST = "fast"


@dataclass(frozen=True)
class Line:
    """One article."""

    item: str = ""
    amount: int = 1


class Money(msgspec.Struct, frozen=True, rename="camel"):
    minor_units: int = 0
    currency_code: str = "EUR"


class Note(pydantic.BaseModel):
    body: str = pydantic.Field(default="", alias="text")
    stars: int | None = None


@dataclass(frozen=True)
class Order:
    """What a shop sends.

    This is for its authors.
    """

    customer_name: str
    first: Line | None = None
    lines: list[Line] = field(default_factory=list)
    by_name: dict[str, Money] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    tries: int = 0
    limit: int | None = None
    share: float = 0.5
    gift: bool = True
    seal: bytes = b""
    speed: Speed = Speed.SLOW
    back: Speed = Speed.FAST
    wait: dt.timedelta = dt.timedelta(seconds=2)
    due: dt.datetime | None = None
    note: Note = field(default_factory=Note)
    extra: dict[str, Any] = field(default_factory=dict)


ORDER_PROTO = """\
// Written by `volant idl proto`, which keeps the numbers: change the class, not this file.
syntax = "proto3";

package shop;

import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";

// What a shop sends.
message Order {
  optional string customer_name = 1 [json_name = "customer_name"];
  Line first = 2;
  repeated Line lines = 3;
  map<string, Money> by_name = 4 [json_name = "by_name"];
  repeated int64 numbers = 5;
  int64 tries = 6;
  optional int64 limit = 7;
  optional double share = 8;
  optional bool gift = 9;
  bytes seal = 10;
  Speed speed = 11;
  optional Speed back = 12;
  google.protobuf.Duration wait = 13;
  google.protobuf.Timestamp due = 14;
  Note note = 15;
  google.protobuf.Struct extra = 16;
}

// One article.
message Line {
  string item = 1;
  optional int64 amount = 2;
}

message Money {
  int64 minor_units = 1;
  optional string currency_code = 2;
}

enum Speed {
  SLOW = 0;
  FAST = 1;
}

message Note {
  string body = 1 [json_name = "text"];
  optional int64 stars = 2;
}
"""


def written(kind, old=""):
    return text(schema(kind, "shop", parse(old, "shop.proto") if old else None, "shop.proto"))


def problems(kind, old=""):
    with pytest.raises(SchemaError) as caught:
        written(kind, old)
    return [(each.message, each.fix) for each in caught.value.problems]


def test_a_class_says_its_message():
    assert written(Order) == ORDER_PROTO


def test_writing_again_changes_nothing():
    assert written(Order, ORDER_PROTO) == ORDER_PROTO


def classes(**bodies):
    """Dataclasses and enums, by their source."""
    space = {"dataclass": dataclass, "field": field, "Enum": enum.Enum, "Any": Any, "__name__": "shop"}
    for name, body in bodies.items():
        head = f"class {name}(Enum):" if body.startswith("=") else f"@dataclass\nclass {name}:"
        exec(head + "\n " + body.lstrip("=").replace("; ", "\n "), space)
    return space


def test_numbers_stay_and_new_fields_get_numbers_nobody_had():
    old = written(classes(Box="a: str = ''; b: int = 0; c: bool = False")["Box"])

    without = written(classes(Box="a: str = ''; c: bool = False")["Box"], old)
    again = written(classes(Box="d: str = ''; c: bool = False; a: str = ''")["Box"], without)

    assert without.partition("message")[2].splitlines() == [
        " Box {", "  reserved 2;", '  reserved "b";', "", "  string a = 1;", "  bool c = 3;", "}",
    ]  # fmt: skip
    assert again.partition("message")[2].splitlines() == [
        " Box {", "  reserved 2;", '  reserved "b";', "", "  string a = 1;", "  bool c = 3;", "  string d = 4;", "}",
    ]  # fmt: skip


def test_values_of_enums_keep_their_numbers_too():
    old = written(classes(Size="=S = 1; M = 2; L = 3", Box="size: Size = None")["Box"])

    new = written(classes(Size="=S = 1; L = 3; XL = 4", Box="size: Size = None")["Box"], old)

    assert new.partition("enum")[2].splitlines() == [
        " Size {", "  reserved 1;", '  reserved "M";', "", "  S = 0;", "  L = 2;", "  XL = 3;", "}",
    ]  # fmt: skip


def test_everything_that_would_change_a_number_is_told_at_once():
    old = written(classes(Box="a: str = ''; b: int = 0; gone: int = 0; c: int = 0")["Box"])
    old = written(classes(Box="a: str = ''; b: int = 0; c: int = 0")["Box"], old)

    assert problems(
        classes(Box="a: int = 0; b: list[int] = field(default_factory=list); gone: int = 0")["Box"], old
    ) == [
        (
            "shop.proto:6: Box.a was string and would be int64, which tasks that exist could not be read with",
            "leave it, and add a field of another name; without a in the class its number 1 is reserved",
        ),
        (
            "shop.proto:6: Box.b was int64 and would be repeated int64, which tasks that exist could not be read with",
            "leave it, and add a field of another name; without b in the class its number 2 is reserved",
        ),
        ("shop.proto:6: Box.gone was removed before, and its name is reserved", "choose another name"),
    ]


def test_another_name_in_json_is_told():
    class Box(msgspec.Struct):
        a: int = 0

    class Renamed(msgspec.Struct, rename={"a": "b"}):
        a: int = 0

    Renamed.__name__ = "Box"

    assert problems(Renamed, written(Box))[0][0] == (
        "shop.proto:6: Box.a was in JSON a and would be in JSON b, which tasks that exist could not be read with"
    )


def test_the_zero_of_an_enum_must_stay():
    old = written(classes(Size="=S = 1; M = 2", Box="size: Size = None")["Box"])

    assert problems(classes(Size="=M = 2; L = 3", Box="size: Size = None")["Box"], old) == [
        ("shop.proto:10: Size.S is number 0, which an enum must have", "keep S in the enum")
    ]


ANY = "use str, int, float, bool, bytes, timedelta, datetime, an enum, a dataclass, or list and dict[str, …] of them"


@pytest.mark.parametrize(
    ("body", "message", "fix"),
    [
        ("a: list[list[int]] = field(default_factory=list)", "protobuf has no lists or dicts of that",
         "put the inner one in a dataclass, and hold a list of those"),
        ("a: list[int] | None = None", "a list or dict is never None in protobuf",
         "leave None out, and let it be empty"),
        ("a: int | None = 3", "None is its default in protobuf, not 3",
         "let None be its default, or leave None out"),
        ("a: tuple[int, ...] = (1,)", "a list or dict is empty by default in protobuf, not (1,)",
         "let it be empty by default"),
        ("a: int | str = 3", "protobuf has no type for int | str", ANY),
        ("a: complex = 3j", "protobuf has no type for complex", ANY),
        ("ä: int = 0", "protobuf's names are of ASCII letters, digits and _", "rename the field"),
    ],
)  # fmt: skip
def test_what_has_no_place_in_a_message_is_told_with_its_field(body, message, fix):
    assert problems(classes(Box=body)["Box"]) == [(f"Box.{body.partition(':')[0]}: {message}", fix)]


def test_enums_that_share_a_value_are_told():
    found = classes(Size="=S = 1; M = 2", Speed="=S = 3; F = 4")
    exec("@dataclass\nclass Box:\n  size: Size = Size.S\n  speed: Speed = Speed.S", found)

    assert problems(found["Box"]) == [
        (
            "enums Size and Speed both have S, which protobuf has in one scope",
            "rename one, for example to SPEED_S",
        )
    ]


def test_a_file_of_another_hand_is_left_alone():
    with pytest.raises(UserError) as caught:
        parse('syntax = "proto3";\nmessage Box {\n  oneof it { int32 a = 1; }\n}\n', "box.proto")

    assert str(caught.value) == (
        "box.proto:3: 'oneof it { int32 a = 1; }' is nothing `volant idl proto` writes, so its numbers cannot be kept"
    )


@pytest.fixture(scope="module")
def message(tmp_path_factory):
    """The compiled message of `Order`."""
    pytest.importorskip("grpc_tools")
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.proto").write_text(ORDER_PROTO)
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--python_out=.", "shop.proto"], cwd=folder, check=True
    )
    spec = importlib.util.spec_from_file_location("shop_pb2", folder / "shop_pb2.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Order


INT = st.integers(-(2**63), 2**63 - 1)
LINE = st.builds(Line, st.text(), INT)
NOTE = st.builds(lambda text, stars: Note(text=text, stars=stars), st.text(), st.none() | INT)
MOMENT = st.timedeltas(dt.timedelta(0), dt.timedelta(days=3_000_000)).map(dt.datetime(1, 1, 1, tzinfo=dt.UTC).__add__)
SPAN = st.timedeltas(dt.timedelta(days=-100_000), dt.timedelta(days=100_000))
FREE = st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists)
ORDER = st.builds(
    Order, st.text(), st.none() | LINE, st.lists(LINE), st.dictionaries(st.text(), st.builds(Money, INT, st.text())),
    st.lists(INT).map(tuple), INT, st.none() | INT, st.floats(allow_nan=False), st.booleans(), st.binary(),
    st.sampled_from(Speed), st.sampled_from(Speed), SPAN, st.none() | MOMENT, NOTE, st.dictionaries(st.text(), FREE),
)  # fmt: skip


def task(custom):
    return pb.TaskTemplate(type="shop", custom=custom)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=ORDER)
def test_class_and_message_read_and_write_the_same_custom_part(message, order):
    custom = to_custom(order)

    read = from_custom(task(custom), message)

    assert ParseDict(MessageToDict(read, always_print_fields_with_no_presence=True), pb.Struct()) == custom
    assert from_custom(task(to_custom(read)), Order) == order


def test_what_a_message_leaves_unset_is_the_default_of_the_class(message):
    custom = to_custom(message(customer_name="", gift=False))

    assert from_custom(task(custom), Order) == Order("", gift=False)


def test_what_must_be_given_must_be_given_in_the_message_too(message):
    with pytest.raises(UserError, match="customer_name: Order needs it"):
        from_custom(task(to_custom(message(tries=3))), Order)
