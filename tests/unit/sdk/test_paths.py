"""Fields and items of values that are not there yet: their types."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, NewType, Optional, TypedDict, TypeVar

import pydantic
import pytest

from volant.sdk.interface import Unknown
from volant.sdk.paths import NoSuchStepError, Step, below

T = TypeVar("T")
Rate = NewType("Rate", float)


@dataclass
class Box(Generic[T]):
    it: T
    many: list[T]
    plain: int


class Model(pydantic.BaseModel):
    name: str
    parts: list[int]


class Row(TypedDict):
    year: int
    tags: dict[str, str]


@dataclass
class Outer:
    model: Model
    row: Row
    pair: tuple[int, str]
    all: tuple[float, ...]
    box: Box[int] | None


Boxes = NewType("Boxes", list[Box[int]])  # type: ignore[valid-newtype]


@pytest.mark.parametrize(
    ("hint", "step", "expected"),
    [
        (Outer, "model", Model),
        (Model, "name", str),
        (Model, "parts", list[int]),
        (Row, "year", int),
        (Row, "tags", dict[str, str]),
        (tuple[int, str], 1, str),
        (tuple[float, ...], 7, float),
        (Box[int], "it", int),
        (Box[int], "many", list[int]),
        (Box[int], "plain", int),
        (list[Box[str]], 0, Box[str]),
        (dict[str, Row], "any", Row),
        (dict, "any", Any),
        (dict[str, Any], "any", Any),
        (Any, 3, Any),
        (Unknown, 3, Unknown),
        (Optional[list[int]], 0, int),  # noqa: UP045 - the old spelling too
        (Box[int] | None, "it", int),
        (Annotated[list[int], "note"], 0, int),
        (Annotated[Outer | None, "note"], "row", Row),
        (Boxes, 0, Box[int]),
    ],
)
def test_the_type_of_a_part_is_what_its_whole_says(hint: Any, step: Step, expected: Any) -> None:
    assert below(hint, step) == expected


@pytest.mark.parametrize(
    ("hint", "step", "why", "fix"),
    [
        (Model, "nam", "Model has no field 'nam'", "did you mean 'name'?"),
        (Row, "x", "Row has no field 'x'", "its fields are year, tags"),
        (Box[int], "of", "Box has no field 'of'", "its fields are it, many, plain"),
        (tuple[int, str], 2, "it has 2 items", "count from 0"),
        (list[int], -1, "where the end is, is known only when the list is there", "count from 0"),
        (list[int], "a", "", ""),
        (dict[str, int], 0, "", ""),
        (dict[int, int], "a", "", ""),
        (int | str, "real", "", ""),
        (Rate, "real", "", ""),
        (Outer, 0, "", ""),
    ],
)
def test_a_part_that_is_not_there_is_refused(hint: Any, step: Step, why: str, fix: str) -> None:
    with pytest.raises(NoSuchStepError) as caught:
        below(hint, step)
    assert (caught.value.why, caught.value.fix) == (why, fix)
