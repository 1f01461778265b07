"""Dataclasses, Structs and pydantic models in a task's custom part."""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import pydantic
import pytest

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.messages import from_custom, to_custom


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Driver:
    cores: int = 1
    memory: str | None = None


@dataclass
class Crate:
    name: str
    weight_g: int
    share: float = 0.0
    fragile: bool = False
    seal: bytes = b""
    color: Color = Color.RED
    size: Literal["small", "large"] = "small"
    driver: Driver = field(default_factory=Driver)
    stops: list[str] = field(default_factory=list)
    drivers: dict[str, Driver] = field(default_factory=dict)
    pairs: tuple[int, ...] = ()
    wait: dt.timedelta = dt.timedelta(0)
    due: dt.datetime | None = None
    extra: dict[str, object] = field(default_factory=dict)


class Parcel(msgspec.Struct, frozen=True, rename="camel"):
    weight_g: int
    color: Color = Color.BLUE
    wait: dt.timedelta | None = None


class Letter(pydantic.BaseModel):
    to: str = pydantic.Field(alias="recipient")
    pages: int = pydantic.Field(default=1, gt=0)
    site: pydantic.HttpUrl | None = None
    color: Color = Color.BLUE


NOON = dt.datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=dt.UTC)
CRATE = Crate(
    "apples", 2**62 + 1, 0.5, True, b"\0\xff", Color.BLUE, "large", Driver(2, "1Gi"), ["a", "b"],
    {"x": Driver(3)}, (1, 2), dt.timedelta(milliseconds=1500), NOON, {"deep": [1.5, {"a": None}]},
)  # fmt: skip


def task(custom):
    template = pb.TaskTemplate(type="crates", custom=custom)
    template.id.name = "port.load"
    return template


@pytest.mark.parametrize(
    "value",
    [
        CRATE,
        Crate("", -(2**63), float("inf")),
        Driver(),
        Parcel(2**53 + 1, wait=dt.timedelta(days=-1, microseconds=1)),
        Letter(recipient="Ada", site="https://volant.example/a"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_instance_comes_back_as_it_went_in(value):
    wire = pb.Struct.FromString(to_custom(value).SerializeToString())

    assert from_custom(task(wire), type(value)) == value


def test_it_travels_in_proto3_json_form():
    assert pb.MessageToDict(to_custom(CRATE)) == {
        "name": "apples", "weight_g": "4611686018427387905", "share": 0.5, "fragile": True, "seal": "AP8=",
        "color": "BLUE", "size": "large", "driver": {"cores": "2", "memory": "1Gi"}, "stops": ["a", "b"],
        "drivers": {"x": {"cores": "3"}}, "pairs": ["1", "2"], "wait": "1.500s", "due": "2026-01-31T12:00:00.250Z",
        "extra": {"deep": [1.5, {"a": None}]},
    }  # fmt: skip
    assert pb.MessageToDict(to_custom(Parcel(5))) == {"weightG": "5", "color": "BLUE"}
    assert pb.MessageToDict(to_custom(Letter(recipient="Ada"))) == {
        "recipient": "Ada",
        "pages": "1",
        "color": "BLUE",
    }


def test_numbers_are_read_as_well_as_their_texts():
    custom = pb.Struct()
    custom.update({"cores": 3})

    assert from_custom(task(custom), Driver) == Driver(3)


def test_what_a_message_leaves_out_is_empty_or_the_default():
    @dataclass
    class Tour:
        stops: list[str]
        seats: dict[str, int]
        guide: str | None
        length: int = 3

    assert from_custom(task(None), Tour) == Tour([], {}, None, 3)


def test_keys_that_are_numbers_travel_as_texts_and_come_back_as_numbers():
    @dataclass
    class Seats:
        by_row: dict[int, str]

    assert from_custom(task(to_custom(Seats({3: "a"}))), Seats) == Seats({3: "a"})


def test_a_secret_is_refused_and_does_not_travel_as_stars():
    class Login(pydantic.BaseModel):
        token: pydantic.SecretStr

    with pytest.raises(UserError, match=r"Login\.token: a secret has no place in a task") as caught:
        to_custom(Login(token="s3cret"))

    assert "s3cret" not in str(caught.value)
    assert "ctx.secrets" in caught.value.fix


@pytest.mark.parametrize(
    "moment", [dt.timedelta(days=4_000_000), dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))]
)
def test_a_time_that_does_not_fit_is_refused_with_its_field(moment):
    @dataclass
    class Trip:
        since: type(moment)

    with pytest.raises(UserError, match=r"Trip\.since: .* is beyond what travels"):
        to_custom(Trip(moment))


def test_none_is_told_from_the_default():
    @dataclass
    class Limit:
        seats: int | None = 4

    assert from_custom(task(to_custom(Limit(None))), Limit) == Limit(None)


@pytest.mark.parametrize(
    ("custom", "kind", "says", "fix"),
    [
        (
            {"driver": {"cores": "two"}, "name": "a", "weight_g": 1},
            Crate,
            "is not a Crate: driver.cores: expected a whole number, got 'two' of type str",
            "write it as get_custom() would, or change the field's annotation",
        ),
        (
            {"name": "a", "weight_g": 1, "pairs": [1, 2.5]},
            Crate,
            "is not a Crate: pairs[1]: expected a whole number, got 2.5 of type float",
            "write it as get_custom() would, or change the field's annotation",
        ),
        (
            {"name": "a", "wieght_g": 1},
            Crate,
            "is not a Crate: wieght_g: Crate has no such field",
            "did you mean 'weight_g'?",
        ),
        (
            {"name": "a"},
            Crate,
            "is not a Crate: weight_g: Crate needs it",
            "set it where the task is made, or give it a default",
        ),
        (
            {"weightG": 1, "color": "GREEN"},
            Parcel,
            "is not a Parcel: color: expected a name of Color, got 'GREEN' of type str",
            "write one of RED, BLUE",
        ),
        (
            {"weightG": 2.0**60},
            Parcel,
            "is not a Parcel: weightG: 1.152921504606847e+18 may have lost digits: numbers travel as doubles",
            "write it as a text",
        ),
        (
            {"weightG": "1", "wait": "soon"},
            Parcel,
            "is not a Parcel: wait: expected a duration such as '1.5s', got 'soon' of type str",
            "write it as get_custom() would, or change the field's annotation",
        ),
        (
            {"name": "a", "weight_g": "1", "size": "huge"},
            Crate,
            "is not a Crate: size: expected one of 'small', 'large', got 'huge' of type str",
            "write one of them",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_task_field_value_and_fix(custom, kind, says, fix):
    struct = pb.Struct()
    struct.update(custom)

    with pytest.raises(UserError) as caught:
        from_custom(task(struct), kind)

    assert str(caught.value) == f"task 'port.load' of type 'crates': its custom part {says}"
    assert caught.value.fix == fix


def test_what_the_class_itself_refuses_is_told_in_its_words():
    struct = pb.Struct()
    struct.update({"recipient": "Ada", "pages": 0})

    with pytest.raises(UserError, match=r"is not a Letter: Letter refuses .*'pages': 0.*greater than 0"):
        from_custom(task(struct), Letter)


@pytest.mark.parametrize(
    ("value", "says", "fix"),
    [
        (
            Driver(cores="2"),
            "Driver.cores: expected int, got '2' of type str",
            "give it a whole number, or change its annotation",
        ),
        (Driver(cores=2**63), "Driver.cores: 9223372036854775808 does not fit 64 bits", "make the field a str"),
        (
            Crate("a", 1, due=NOON.replace(tzinfo=None)),
            "Crate.due: datetime.datetime(2026, 1, 31, 12, 0, 0, 250000) has no time zone",
            "write datetime(…, tzinfo=UTC)",
        ),
        (
            Crate("a", 1, extra={"big": 2**53 + 1}),
            "Crate.extra.big: 9007199254740993 would lose digits: numbers travel as doubles",
            "annotate it as int, or write a text",
        ),
        (
            Crate("a", 1, drivers={"x": "fast"}),
            "Crate.drivers['x']: expected a Driver, got 'fast' of type str",
            "give it a Driver",
        ),
        (
            "apples",
            "'apples' is no message for a task's custom part",
            "give it a protobuf message, or an instance of a dataclass, a msgspec Struct or a pydantic model",
        ),
        (
            pb.Duration(seconds=3),
            "google.protobuf.Duration: its JSON form is '3s', and a custom part is an object",
            "put it in a message of your own",
        ),
    ],
)
def test_what_cannot_travel_is_told_with_field_value_and_fix(value, says, fix):
    with pytest.raises(UserError) as caught:
        to_custom(value)

    assert (str(caught.value), caught.value.fix) == (says, fix)
