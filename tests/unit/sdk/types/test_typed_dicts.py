"""TypedDicts: documents whose keys are known."""

from dataclasses import dataclass
from typing import Any, Generic, NotRequired, Required, TypedDict, TypeVar

import pytest

from volant.idl import pb
from volant.idl.literal_types import castable
from volant.idl.type_names import show_type
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

T = TypeVar("T")
S = pb.SimpleType


class Person(TypedDict):
    name: str
    age: NotRequired[int]


class Movie(TypedDict, total=False):
    year: int
    title: Required[str]
    director: Person
    sequel: "Movie"


class Remake(Movie):
    of: str


class Boxed(TypedDict, Generic[T]):
    x: T


class Held(Boxed[int]):
    y: list[int]


@dataclass
class Shelf:
    movies: list[Movie]


VALUES: list[tuple[Any, Any]] = [
    (Movie, {"title": "M"}),
    (Movie, {"title": "M", "year": 1931, "director": {"name": "Lang"}, "sequel": {"title": "N"}}),
    (Remake, {"title": "M", "of": "M"}),
    (Boxed[str], {"x": "a"}),
    (Held, {"x": 1, "y": [2]}),
    (Shelf, Shelf([{"title": "M"}])),
    (list[Movie], [{"title": "M"}]),
    (Movie | None, {"title": "M"}),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=lambda each: str(each)[:30])
def test_a_typed_dict_comes_back_as_it_went(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    assert kind.from_literal(kind.to_literal(value, RawData())) == value
    assert castable(kind.literal_type(), kind.literal_type())


def test_a_typed_dict_says_its_name_its_fields_and_what_must_be_there() -> None:
    kind = transformer(Remake).literal_type()
    assert show_type(kind) == "Remake"
    assert kind.structure.dataclass_type["year"] == pb.LiteralType(simple=S.INTEGER)
    assert transformer(Remake).schema()["required"] == ["of", "title"]
    assert "title" not in transformer(Movie).schema()  # within another it is a dict, as mashumaro has it


def test_the_order_a_typed_dict_was_filled_in_leaves_no_trace() -> None:
    kind = transformer(Movie)
    one, other = {"title": "M", "year": 1931}, {"year": 1931, "title": "M"}
    assert kind.to_literal(one, RawData()) == kind.to_literal(other, RawData())


WRONG: list[tuple[Any, str, str]] = [
    ([], "expected Movie, got [] of type list", "write a dict"),
    ({"year": 1}, "Movie lacks the key 'title'", "give it a value, or mark it NotRequired"),
    ({"title": "M", "yaer": 1}, "Movie has no key 'yaer'", "its keys are title, year, director, sequel"),
    ({"title": 3}, "at ['title']: expected str, got 3 of type int", "write str(…) around it"),
    (
        {"title": "M", "director": {"age": 3}},
        "at ['director']: Person lacks the key 'name'",
        "give it a value, or mark it NotRequired",
    ),
]


@pytest.mark.parametrize(("value", "problem", "fix"), WRONG, ids=lambda each: str(each)[:30])
def test_a_dict_that_does_not_fit_is_told_with_its_place(value: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Movie).to_literal(value, RawData())
    assert (str(caught.value), caught.value.fix) == (problem, fix)


def test_keys_a_document_has_besides_are_left_out() -> None:
    assert transformer(Movie).unpack({"title": "M", "rating": 5}) == {"title": "M"}
    with pytest.raises(ConversionError, match="Movie has no key 'rating'"):
        transformer(Movie).parse('{"title": "M", "rating": 5}', ".")
