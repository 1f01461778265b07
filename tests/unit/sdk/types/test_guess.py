"""From a type on the wire to a Python type that reads its literals."""

import dataclasses
import datetime as dt
import enum
import typing
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Optional

import pandas as pd
import pytest

from volant.idl import pb
from volant.idl.interfaces import strip
from volant.sdk.datasets import StructuredDataset
from volant.sdk.errors import ConversionError, WorkflowError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.guess import guess
from volant.sdk.type_engine.raw_data import RawData

RAW = RawData()
S = pb.SimpleType
MOMENT = dt.datetime(2024, 1, 31, 8, tzinfo=dt.UTC)


class Colour(enum.Enum):
    RED = "red"
    DEEP_BLUE = "deep blue"


class Number(enum.Enum):
    ONE = 1


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Scene:
    title: str
    where: Point
    when: dt.datetime
    colour: Colour
    number: Number
    day: dt.date = dt.date(2024, 1, 1)
    span: dt.timedelta = dt.timedelta(seconds=1.5)
    corner: tuple[int, str] = (1, "a")
    labels: set[str] = field(default_factory=set)
    points: dict[str, list[Point]] = field(default_factory=dict)
    by_day: dict[int, dt.date] = field(default_factory=dict)
    maybe: Optional[Point] = None  # noqa: UP045 - the older way must work too
    either: int | str = "x"
    mode: Literal["fast", "slow"] = "fast"
    level: Literal[1, 2] = 2
    raw: bytes = b"\x00"
    loose: dict = field(default_factory=dict)  # type: ignore[type-arg]


@dataclass
class Tree:
    value: int
    children: list["Tree"] = field(default_factory=list)


SAME = [
    int, float, str, bool, bytes, dt.datetime, dt.timedelta, WorkflowError, dict, File, Directory, StructuredDataset,
    Any, list[int], dict[str, list[float]], int | None, dt.date | dt.datetime, Literal["a", "b"], Literal[1, 2],
    list[Literal[1, 2] | None], Annotated[File, "csv"], Annotated[Directory, "x"],
]  # fmt: skip


@pytest.mark.parametrize("hint", SAME, ids=str)
def test_these_are_guessed_exactly(hint: Any) -> None:
    assert guess(transformer(hint).literal_type()) == hint


@pytest.mark.parametrize(
    ("hint", "guessed"),
    [
        (dt.date, dt.datetime),
        (None, None),
        (pd.DataFrame, StructuredDataset),
        (dict[int, str], dict),
        (dict[str, Any], dict),
        (Number, None),
    ],
    ids=str,
)
def test_these_are_guessed_as_what_reads_them(hint: Any, guessed: Any) -> None:
    found = guess(transformer(hint).literal_type())
    assert found == guessed or issubclass(found, enum.Enum)


def test_an_enum_is_made_of_its_texts() -> None:
    kind = transformer(Colour)
    found = guess(kind.literal_type())
    assert [each.value for each in found] == ["red", "deep blue"]
    assert transformer(found).from_literal(kind.to_literal(Colour.DEEP_BLUE, RAW)).value == "deep blue"


def test_equal_types_give_the_very_same_class() -> None:
    assert guess(transformer(Point).literal_type()) is guess(transformer(Point).literal_type())
    inner = typing.get_type_hints(guess(transformer(Scene).literal_type()))["where"]
    assert inner is not Point
    assert dataclasses.is_dataclass(inner)


def test_a_dataclass_is_made_of_its_schema_and_the_types_of_its_fields() -> None:
    found = guess(transformer(Scene).literal_type())
    hints = typing.get_type_hints(found)
    assert found.__name__ == "Scene"
    assert [each.name for each in dataclasses.fields(found)] == [
        "title", "where", "when", "colour", "number", "by_day", "corner", "day", "either", "labels", "level", "loose",
        "maybe", "mode", "points", "raw", "span",
    ]  # fmt: skip
    point = hints.pop("where")
    assert [(each.name, each.type) for each in dataclasses.fields(point)] == [("x", int), ("y", float)]
    assert [each.value for each in hints.pop("colour")] == ["red", "deep blue"]
    assert hints == {
        "title": str,
        "when": dt.datetime,
        "number": Literal[1],
        "day": dt.date,
        "span": dt.timedelta,
        "corner": tuple[int, str],
        "labels": set[str],
        "points": dict[str, list[point]],  # type: ignore[valid-type]
        "by_day": dict[int, dt.date],
        "maybe": point | None,
        "either": int | str,
        "mode": Literal["fast", "slow"],
        "level": Literal[1, 2],
        "raw": bytes,
        "loose": dict,
    }


def test_what_was_guessed_reads_and_writes_as_the_authors_type_does() -> None:
    theirs = transformer(Scene)
    ours = transformer(guess(theirs.literal_type()))
    scene = Scene("a", Point(1), MOMENT, Colour.RED, Number.ONE, labels={"b", "a"}, points={"p": [Point(2, 3.0)]},
                  by_day={1: dt.date(2024, 1, 2)}, maybe=Point(4), either=5, loose={"k": [1]})  # fmt: skip
    read = ours.from_literal(theirs.to_literal(scene, RAW))
    assert (read.when, read.day, read.points["p"][0].y, read.by_day) == (MOMENT, scene.day, 3.0, scene.by_day)
    assert theirs.from_literal(ours.to_literal(read, RAW)) == scene


def test_the_defaults_of_a_class_are_kept() -> None:
    found = guess(transformer(Point).literal_type())
    assert (found(x=1).y, transformer(found).schema()) == (0.5, transformer(Point).schema())


def test_a_class_within_itself_is_a_dict_further_down() -> None:
    kind = transformer(Tree)
    found = transformer(guess(kind.literal_type()))
    tree = Tree(1, [Tree(2, [Tree(3)])])
    assert kind.from_literal(found.to_literal(found.from_literal(kind.to_literal(tree, RAW)), RAW)) == tree


def _stripped(kind: pb.LiteralType) -> pb.LiteralType:
    variables = pb.VariableMap(variables={"x": pb.Variable(type=kind)})
    return strip(pb.TypedInterface(inputs=variables)).inputs.variables["x"].type


@pytest.mark.parametrize("hint", [*SAME, Point, Tree, list[Point | None], dict[str, Colour]], ids=str)
def test_the_type_of_what_was_guessed_is_the_type_it_was_guessed_from(hint: Any) -> None:
    kind = transformer(hint).literal_type()
    assert _stripped(transformer(guess(kind)).literal_type()) == _stripped(kind)


PYDANTIC = {
    "type": "object",
    "title": "Order",
    "properties": {
        "item": {"$ref": "#/$defs/Item"},
        "colour": {"$ref": "#/$defs/Colour", "default": "red"},
        "next": {"anyOf": [{"$ref": "#/$defs/Order"}, {"type": "null"}], "default": None},
        "took": {"type": "string", "format": "duration", "title": "Took"},
    },
    "required": ["item", "took"],
    "$defs": {
        "Item": {"type": "object", "title": "Item", "properties": {"count": {"type": "integer"}}},
        "Colour": {"enum": ["red", "blue"], "title": "Colour", "type": "string"},
        "Order": {"type": "object", "title": "Order", "properties": {"next": {"$ref": "#/$defs/Order"}}},
    },
}
MARSHMALLOW = {
    "$ref": "#/definitions/PairSchema",
    "definitions": {
        "PairSchema": {
            "type": "object",
            "properties": {
                "left": {"type": "number", "format": "integer", "title": "left"},
                "right": {"type": ["number", "null"], "title": "right"},
            },
        }
    },
}


def _document(schema: dict[str, Any]) -> pb.LiteralType:
    return pb.LiteralType(simple=S.STRUCT, metadata=pb.ParseDict(schema, pb.Struct()))


def test_the_schemas_of_pydantic_are_read() -> None:
    hints = typing.get_type_hints(guess(_document(PYDANTIC)))
    assert typing.get_type_hints(hints.pop("item")) == {"count": int}
    assert typing.get_type_hints(typing.get_args(hints.pop("next"))[0]) == {"next": dict}
    assert hints == {"colour": Literal["red", "blue"], "took": str}


def test_the_older_schemas_of_marshmallow_are_read() -> None:
    assert typing.get_type_hints(guess(_document(MARSHMALLOW))) == {"left": int, "right": Optional[float]}  # noqa: UP045


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "object", "title": "Odd", "properties": {"a-b": {"type": "integer"}}},
        {"type": "object", "title": "Odd", "properties": {"class": {"type": "integer"}}},
        {"pb_type": "not.loaded.Message"},
    ],
)
def test_a_document_of_which_too_little_is_known_is_a_dict(schema: dict[str, Any]) -> None:
    assert guess(_document(schema)) is dict


def test_a_protobuf_message_is_guessed_if_its_class_is_loaded() -> None:
    assert guess(_document({"pb_type": f"{pb.Duration.__module__}.Duration"})) is pb.Duration


def test_a_class_without_fields_is_one() -> None:
    @dataclass
    class Nothing:
        pass

    found = guess(transformer(Nothing).literal_type())
    assert (found.__name__, dataclasses.fields(found)) == ("Nothing", ())


def noted(**notes: Any) -> pb.LiteralType:
    struct = pb.ParseDict(notes, pb.Struct())
    return pb.LiteralType(simple=pb.SimpleType.INTEGER, annotation=pb.TypeAnnotation(annotations=struct))


def described(**schema: Any) -> pb.LiteralType:
    return pb.LiteralType(simple=pb.SimpleType.STRUCT, metadata=pb.ParseDict(schema, pb.Struct()))


@pytest.mark.parametrize(
    "kind",
    [
        pb.LiteralType(union_type=pb.UnionType()),
        noted(literal_values=True),
        noted(literal_values=["a"]),
        noted(literal_values=[[1]]),
        described(properties={"a": 3}),
        described(properties={"a": {"anyOf": []}}),
        described(properties=[1]),
    ],
    ids=range(7),
)
def test_a_type_that_makes_no_sense_is_refused(kind: pb.LiteralType) -> None:
    with pytest.raises(ConversionError, match=r"^a type on the wire that makes no sense: ") as caught:
        guess(kind)
    assert caught.value.fix == "name the Python type"


def test_a_type_that_says_nothing_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        guess(pb.LiteralType())
    assert (str(caught.value), caught.value.fix) == ("a type on the wire that says nothing", "name the Python type")
