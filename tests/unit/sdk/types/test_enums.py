"""Enum and Literal: one of a few values."""

import enum
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

RAW = RawData()


ODD = Literal["a", 1, True, None]  # noqa: PYI061 - people write it
NOTHING = Literal[None]  # noqa: PYI061 - people write it


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Number(enum.Enum):
    ONE = 1
    UNO = 1  # noqa: PIE796 - an alias
    TWO = 2


class Level(enum.IntEnum):
    LOW = 1


class Mixed(enum.Enum):
    TEXT = "text"
    PAIR = (1, 2)


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Nothing(enum.Enum):
    pass


class Strict(enum.Enum):
    ONE = "one"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return cls[value.upper()]  # type: ignore[attr-defined]


class Flat(enum.Enum):
    ONE = 1
    HALF = 0.5
    TEXT = "text"


@dataclass
class Holder:
    number: Number
    right: Right


@dataclass
class Shapes:
    mixed: Mixed = Mixed.PAIR
    choice: Literal[b"x"] = b"x"


def text_of(literal: pb.Literal) -> str:
    return str(literal.scalar.primitive.string_value)


@pytest.mark.parametrize(
    ("member", "texts", "text"),
    [
        (Colour.BLUE, ["red", "blue"], "blue"),
        (Number.UNO, ["ONE", "TWO"], "ONE"),
        (Level.LOW, ["LOW"], "LOW"),
        (Mixed.PAIR, ["TEXT", "PAIR"], "PAIR"),
    ],
)
def test_an_enum_is_its_values_where_they_are_texts_and_its_names_where_not(
    member: Any, texts: list[str], text: str
) -> None:
    kind = transformer(type(member))
    assert list(kind.literal_type().enum_type.values) == texts
    assert text_of(kind.to_literal(member, RAW)) == text
    assert kind.from_literal(kind.to_literal(member, RAW)) is member


def test_the_text_of_a_member_may_stand_for_it() -> None:
    assert text_of(transformer(Colour).to_literal("red", RAW)) == "red"
    assert text_of(transformer(Number).to_literal("TWO", RAW)) == "TWO"


def test_inside_a_document_an_enum_is_its_value() -> None:
    kind = transformer(Holder)
    value = Holder(Number.TWO, Right.READ | Right.WRITE)
    assert kind.pack(value, RAW) == {"number": 2, "right": 3}
    assert kind.from_literal(kind.to_literal(value, RAW)) == value


def test_inside_a_document_an_enum_of_other_values_is_its_names() -> None:
    kind = transformer(Shapes)
    for value in (Shapes(), Shapes(Mixed.TEXT)):
        assert kind.from_literal(kind.to_literal(value, RAW)) == value
    assert kind.pack(Shapes(), RAW)["mixed"] == "PAIR"
    assert kind.schema()["properties"]["mixed"] == {"enum": ["TEXT", "PAIR"], "default": "PAIR"}
    assert kind.schema()["properties"]["choice"] == {"enum": ["eA==\n"], "default": "eA==\n"}


@pytest.mark.parametrize(
    ("plain", "member"), [(1, Flat.ONE), (1.0, Flat.ONE), (0.5, Flat.HALF), ("text", Flat.TEXT), ("ONE", Flat.ONE)]
)
def test_a_path_into_a_document_arrives_as_the_plain_form(plain: Any, member: Flat) -> None:
    reached = transformer(type(plain)).to_literal(plain, RAW)
    assert transformer(Flat).from_literal(reached) is member


@pytest.mark.parametrize(
    ("hint", "plain"), [(Number, True), (Number, 3), (Strict, 3), (Strict, "two"), (Mixed, [1, 2])]
)
def test_a_plain_form_of_no_member_is_refused(hint: Any, plain: Any) -> None:
    with pytest.raises(ConversionError, match=f"^expected {hint.__name__}, got "):
        transformer(hint).unpack(plain)


@pytest.mark.parametrize(
    ("hint", "text", "member"),
    [(Colour, "RED", Colour.RED), (Colour, "red", Colour.RED), (Number, "TWO", Number.TWO), (Number, "2", Number.TWO)],
)
def test_a_person_types_a_name_or_a_value(hint: Any, text: str, member: Any) -> None:
    assert transformer(hint).parse(text, "/") is member


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (Literal["a", "b"], "b"),
        (Literal[1, 2], 2),
        (Literal[True], True),
        (Literal[b"x"], b"x"),
        (Literal[Colour.RED], Colour.RED),
        (NOTHING, None),
        (ODD, "a"),
        (ODD, 1),
        (ODD, True),
        (ODD, None),
    ],
)
def test_a_choice_comes_back_as_it_went(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    for back in (kind.from_literal(kind.to_literal(value, RAW)), kind.unpack(kind.pack(value, RAW))):
        assert back == value
        assert type(back) is type(value)


def test_a_choice_of_several_types_is_a_union_of_choices() -> None:
    kind = transformer(Literal["a", 1]).literal_type()
    assert kind == transformer(Literal["a", 1]).literal_type()  # type: ignore[operator]


MESSAGES: list[tuple[Any, Any, str, str]] = [
    (Colour, "green", "expected Colour, got 'green' of type str", "use one of Colour.RED, Colour.BLUE"),
    (Colour, Level.LOW, "expected Colour, got <Level.LOW: 1> of type Level", "use one of Colour.RED, Colour.BLUE"),
    (Colour, None, "expected Colour, got None", "use one of Colour.RED, Colour.BLUE"),
    (Number, 2, "expected Number, got 2 of type int", "use one of Number.ONE, Number.TWO"),
    (Literal["a", "b"], "c", "expected Literal['a', 'b'], got 'c' of type str", "use one of 'a', 'b'"),
    (Literal[1, 2], True, "expected Literal[1, 2], got True of type bool", "use one of 1, 2"),
    (Literal[Colour.RED], Colour.BLUE,
     "expected Literal[<Colour.RED: 'red'>], got <Colour.BLUE: 'blue'> of type Colour", "use one of Colour.RED"),
    (Literal["a", 1], 2, "expected Literal['a', 1], got 2 of type int", ""),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "value", "message", "fix"), MESSAGES)
def test_a_value_that_is_none_of_them_is_refused_in_these_words(hint: Any, value: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RAW)
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_a_text_that_is_none_of_them_is_refused_on_the_way_in() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Colour).from_literal(transformer(str).to_literal("green", RAW))
    assert str(caught.value) == "expected Colour, got 'green' of type str"
    assert caught.value.fix == "use one of Colour.RED, Colour.BLUE"


def test_an_enum_without_members_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Nothing)
    assert str(caught.value) == "the enum Nothing has no members"
    assert caught.value.fix == 'give it at least one: RED = "red"'


def test_flags_stand_alone_nowhere() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Right).literal_type()
    assert str(caught.value) == "the flags of Right combine, and an enum on the wire is one of a few texts"
    assert caught.value.fix == "pass a list of an Enum, or the int"
