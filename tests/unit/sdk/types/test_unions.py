"""Optional and Union: which variant a value is of, and which one a literal is read as."""

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Optional, TypedDict, TypeVar, Union

import msgspec
import pytest

from volant.idl import pb
from volant.sdk.annotations import HashMethod
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

RAW = RawData()
T = TypeVar("T")
MOMENT = dt.datetime(2024, 1, 31, 8, tzinfo=dt.UTC)


class Colour(enum.Enum):
    RED = "red"


class Shade(enum.StrEnum):
    DARK = "dark"


@dataclass
class Point:
    x: int


@dataclass
class Pixel:
    x: int


@dataclass
class Name:
    text: str = ""


CHOSEN: list[tuple[Any, Any, str]] = [
    (bool | int, True, "bool"),
    (int | bool, True, "bool"),
    (int | bool, 1, "int"),
    (float | int, 1, "int"),
    (float | str, 1, "float"),
    (str | Colour, "red", "str"),
    (int | Colour, "red", "DefaultEnumTransformer"),
    (str | Shade, Shade.DARK, "DefaultEnumTransformer"),
    (dt.date | dt.datetime, MOMENT, "datetime"),
    (dt.datetime | dt.date, MOMENT.date(), "date"),
    (list[int] | list[str], [], "Typed List"),
    (int | None, None, "none"),
    (Optional[Union[int, str]], "a", "str"),  # noqa: UP007, UP045 - the older way must work too
]


@pytest.mark.parametrize(("hint", "value", "tag"), CHOSEN)
def test_a_value_is_of_the_variant_it_is_as_it_is_else_of_the_first_it_converts_to(
    hint: Any, value: Any, tag: str
) -> None:
    literal = transformer(hint).to_literal(value, RAW)
    assert literal.scalar.union.type.structure == pb.TypeStructure(tag=tag)


def test_classes_with_the_same_fields_are_told_apart_by_their_class() -> None:
    kind = transformer(Point | Pixel)
    for value in (Point(1), Pixel(1)):
        assert kind.from_literal(kind.to_literal(value, RAW)) == value


def test_the_structure_of_a_variant_is_its_tag_alone() -> None:
    variant = transformer(Point | None).literal_type().union_type.variants[0]
    assert variant.structure == pb.TypeStructure(tag="Object-Dataclass-Transformer")
    assert variant.metadata == transformer(Point).literal_type().metadata


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (float | int, 4),
        (int | float, 4.0),
        (dt.timedelta | int, 0),
        (int | dt.timedelta, dt.timedelta(seconds=4)),
        (Name | Point, Point(3)),
        (Point | Name, Name("a")),
        (Name | Point | None, None),
        (dt.datetime | str, MOMENT),
        (list[int] | dict[str, int], {"a": 1}),
    ],
)
def test_inside_a_document_a_variant_is_found_by_what_is_written(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    back = kind.unpack(msgspec.msgpack.decode(msgspec.msgpack.encode(kind.pack(value, RAW))))
    assert back == value
    assert type(back) is type(value)


def test_a_variant_of_another_world_is_read_as_what_can_read_it() -> None:
    foreign = transformer(int | str).to_literal(4, RAW)
    assert transformer(float | None).from_literal(foreign) == 4.0


def test_unions_within_unions_are_one() -> None:
    assert transformer(Union[int, Optional[str]]).literal_type() == transformer(int | str | None).literal_type()  # noqa: UP007, UP045


class Step(TypedDict):
    weight: float
    rest: "Step | str | None"


@dataclass
class Box(Generic[T]):
    x: T
    rest: "Box[T] | None" = None


@pytest.mark.parametrize("kind", [Step, Box[int], Box[float]])
def test_a_choice_within_a_choice_is_not_made_again_on_every_level(kind: Any) -> None:
    # given as many choices within each other that doubling the work with each would never end
    value: Any = None
    for number in range(60):
        value = {"weight": number, "rest": value} if kind is Step else Box(number, value)

    # when it goes there and back
    found = transformer(kind).from_literal(transformer(kind).to_literal(value, RAW))

    # then it is the same
    assert found == value


def test_the_hash_of_a_variant_is_dropped_as_flytekit_drops_it() -> None:
    literal = transformer(Annotated[int, HashMethod(str)] | None).to_literal(5, RAW)
    assert literal == transformer(int | None).to_literal(5, RAW)


MESSAGES: list[tuple[Any, Any, str, str]] = [
    (int | str, 1.5, "expected int | str, got 1.5 of type float", ""),
    (int | None, "x", "expected int, got 'x' of type str", ""),
    (int | None, 2**63, "9223372036854775808 does not fit into 64 bits", "pass it as a str"),
    (list[int] | None, [1, "x"], "at [1]: expected int, got 'x' of type str", ""),
    (list[int] | list[str], [1, "x"], "expected list[int] | list[str], got [1, 'x'] of type list", ""),
    (Point | Name, 3, "expected Point | Name, got 3 of type int", ""),
    (int | str, None, "expected int | str, got None", ""),
]


@pytest.mark.parametrize(("hint", "value", "message", "fix"), MESSAGES)
def test_a_value_of_no_variant_is_refused_in_these_words(hint: Any, value: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RAW)
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_a_literal_of_no_variant_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(int | bool).from_literal(transformer(str).to_literal("a", RAW))
    assert str(caught.value) == "expected int | bool, got a literal that holds string_value"
