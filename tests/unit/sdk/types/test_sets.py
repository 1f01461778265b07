"""Sets: collections in a fixed order."""

import datetime as dt
import enum
import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.pickles import PickleTransformer
from volant.sdk.type_engine.raw_data import RawData

UTC = dt.UTC


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


VALUES: list[tuple[Any, Any]] = [
    (set[int], {3, -1, 2}),
    (frozenset[str], frozenset({"b", "a"})),
    (set[float], {0.5, math.inf, -1.0}),
    (set[Colour], {Colour.RED, Colour.BLUE}),
    (set[Point], {Point(2), Point(1, 3), Point(1)}),
    (set[dt.datetime], {dt.datetime(2024, 1, 2, tzinfo=UTC), dt.datetime(2024, 1, 1, tzinfo=UTC)}),
    (set[dt.timedelta], {dt.timedelta(seconds=2), dt.timedelta(seconds=1)}),
    (set[int | str], {1, "a", 2}),
    (set[frozenset[int]], {frozenset({2, 1}), frozenset()}),
    (set[int], set()),
    (dict[str, set[int]], {"a": {1}}),
    (AbstractSet[int], {1, 2}),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=range(len(VALUES)))
def test_a_set_comes_back_as_it_went(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    back = kind.from_literal(kind.to_literal(value, RawData()))
    assert back == value
    assert type(back) is type(value)
    assert kind.unpack(kind.pack(value, RawData())) == value


def test_a_set_is_a_collection_in_the_order_of_its_members() -> None:
    kind = transformer(set[int])
    assert kind.literal_type() == pb.LiteralType(collection_type=pb.LiteralType(simple=pb.SimpleType.INTEGER))
    literals = kind.to_literal({30, -1, 2}, RawData()).collection.literals
    assert [each.scalar.primitive.integer for each in literals] == [-1, 2, 30]
    assert kind.pack({30, -1, 2}, RawData()) == [-1, 2, 30]
    assert kind.schema() == {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}


def test_sets_of_what_has_no_order_have_one_all_the_same() -> None:
    kind = transformer(set[Point])
    up, down = {Point(each) for each in range(20)}, {Point(each) for each in range(19, -1, -1)}
    assert kind.to_literal(up, RawData()) == kind.to_literal(down, RawData())
    strange = transformer(set[float])
    assert len(strange.to_literal({math.nan, 1.0}, RawData()).collection.literals) == 2
    assert strange.pack({math.nan, 1.0}, RawData())[0] == 1.0


def test_a_set_pickled_by_flytekit_is_read(tmp_path: Path) -> None:
    pickled = PickleTransformer(set[int]).to_literal({1, 2}, RawData(tmp_path.as_uri()))
    assert transformer(set[int]).from_literal(pickled) == {1, 2}


def test_a_bare_set_says_nothing_of_its_members_and_is_a_pickle() -> None:
    assert transformer(set).literal_type().blob.format == "PythonPickle"


WRONG: list[tuple[Any, Any, str, str]] = [
    (set[int], [1], "expected set[int], got [1] of type list", "write set(…) around it"),
    (frozenset[int], {1}, "expected frozenset[int], got {1} of type set", "write frozenset(…) around it"),
    (set[int], 1, "expected set[int], got 1 of type int", ""),
    (set[str], {1}, "at (a member): expected str, got 1 of type int", "write str(…) around it"),
]


@pytest.mark.parametrize(("hint", "value", "problem", "fix"), WRONG, ids=range(len(WRONG)))
def test_a_set_that_does_not_fit_is_refused(hint: Any, value: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RawData())
    assert (str(caught.value), caught.value.fix) == (problem, fix)


def test_a_person_writes_a_list() -> None:
    assert transformer(set[int]).parse("[2, 1, 1]", ".") == {1, 2}
    with pytest.raises(ConversionError) as caught:
        transformer(set[str]).parse('{"a": 1}', ".")
    assert (str(caught.value), caught.value.fix) == (
        "expected set[str], got {'a': 1} of type dict",
        'write a list, e.g. ["text"]',
    )
