"""Unions, enums and choices at their edges; nesting; times and numbers at their limits; what stands for a type."""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Dict, List, Literal, NewType, Optional, Union

from world import case

UTC = dt.UTC
WEST = dt.timezone(dt.timedelta(hours=-9, minutes=-30))


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Shade(str, enum.Enum):
    DARK = "dark"
    LIGHT = "light"


class Twice(enum.Enum):
    ONE = "1"
    UNO = "1"
    TWO = "2"


class Odd(enum.Enum):
    EMPTY = ""
    SPACED = "a b"
    ACCENT = "é"


class Number(enum.Enum):
    ONE = 1
    TWO = 2


@dataclass
class Point:
    x: int
    y: int = 0


@dataclass
class Name:
    text: str


@dataclass
class Numbered:
    number: Number
    colour: Colour = Colour.RED


@dataclass
class Choices:
    level: Literal[1, 2]
    mode: Literal["fast", "slow"] = "slow"
    maybe: Optional[Literal["a"]] = None


@dataclass
class Deep:
    either: Union[int, str]
    points: dict[str, list[Point]] = field(default_factory=dict)
    perhaps: Optional[Point] = None
    moments: list[dt.datetime] = field(default_factory=list)
    day: Optional[dt.date] = None
    span: Optional[dt.timedelta] = None


MOMENT = dt.datetime(2024, 2, 29, 23, 59, 59, 999999, UTC)

# Numbers, texts and times at their limits.
case("the least and the largest int", int, -(2**63), 2**63 - 1)
case("ints beyond what a float holds", int, 2**53 + 1, -(2**53) - 1)
case("the least float above nothing", float, 5e-324, -5e-324, 1.7976931348623157e308)
case("list of odd floats", list[float], [float("nan"), float("inf"), float("-inf"), -0.0])
case("texts of every plane", str, "\u00e9", "e\u0301", "\U0010ffff", "\u202eright to left", "\ufeff")
case("the first and the last moment", dt.datetime, dt.datetime(1, 1, 1, tzinfo=UTC),
     dt.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC))  # fmt: skip
case("a moment far west", dt.datetime, dt.datetime(2024, 12, 31, 23, 0, tzinfo=WEST))
case("microseconds before 1970", dt.datetime, dt.datetime(1969, 12, 31, 23, 59, 59, 1, UTC))
case("leap days", dt.date, dt.date(2000, 2, 29), dt.date(1600, 2, 29))
case("short and long durations", dt.timedelta, dt.timedelta(microseconds=1), dt.timedelta(days=-1, microseconds=5),
     dt.timedelta(days=3_652_500))  # fmt: skip

# Enums and choices.
case("enum by member", Colour, Colour.RED, Colour.BLUE)
case("enum by its text", Colour, "red")
case("enum that is a str", Shade, Shade.DARK, "light")
case("enum with an alias", Twice, Twice.ONE, Twice.UNO, Twice.TWO)
case("enum with odd texts", Odd, Odd.EMPTY, Odd.SPACED, Odd.ACCENT)
case("list of enums", list[Colour], [], [Colour.RED, Colour.BLUE])
case("dict of enums", dict[str, Colour], {"a": Colour.RED})
case("dict keyed by enum", dict[Colour, int], {Colour.RED: 1})
case("optional enum", Optional[Colour], None, Colour.RED, "red")
case("str or enum", Union[str, Colour], "red", "green", Colour.RED)
case("enum or str", Union[Colour, str], "green", Colour.BLUE)
case("two enums", Union[Colour, Shade], Colour.RED, Shade.DARK)
case("choice of ints", Literal[1, 2, 3], 1, 3)
case("choice of bools", Literal[True, False], True, False)
case("a choice of one", Literal["only"], "only")
case("choice or int", Union[Literal["auto"], int], "auto", 3)
case("dict of choices", dict[str, Literal[1, 2]], {"a": 1})
case("optional choice of ints", Optional[Literal[1, 2]], None, 2)
case("enum of ints in a dataclass", Numbered, Numbered(Number.TWO), Numbered(Number.ONE, Colour.BLUE))
case("choices in a dataclass", Choices, Choices(1), Choices(2, "fast", "a"))

# Unions.
case("bool or int", Union[bool, int], True, 1, 0)
case("float or int", Union[float, int], 1.0, 1)
case("float or bool", Union[float, bool], 1.0, True)
case("datetime or date", Union[dt.datetime, dt.date], MOMENT, dt.date(2024, 1, 1))
case("date or datetime", Union[dt.date, dt.datetime], MOMENT, dt.date(2024, 1, 1))
case("timedelta or float", Union[dt.timedelta, float], dt.timedelta(seconds=1), 1.0)
case("lists of either", Union[list[int], list[str]], [1], ["a"])
case("list of lists of either", list[list[Union[int, str]]], [[1, "a"], []])
case("union of dicts", Union[dict[str, int], dict[str, str]], {"a": 1}, {"a": "b"})
case("five variants", Union[int, str, bool, float, None], 1, "a", True, 1.5, None)
case("nested optionals are one", Optional[Union[int, Optional[str]]], None, 1, "a")  # noqa: PYI016 - people write it
case("a union of one", Union[int], 1)
case("an optional nothing", Optional[None], None)  # noqa: PYI016 - people write it
case("unions in both spellings", Union[int | str, None], None, 1, "a")
case("point or name", Union[Point, Name], Point(1, 2), Name("a"))
case("optional list of optional points", Optional[list[Optional[Point]]], None, [None, Point(1)])
case("dict of point or int", dict[str, Union[Point, int]], {"a": Point(1), "b": 2})
case("dict or nothing", Optional[dict], None, {"a": 1})
case("dict of ints or nothing", Optional[dict[int, str]], None, {1: "a"})
case("list of dicts or str", Union[list[dict[str, int]], str], [{"a": 1}], "a")

# Nesting.
case("a dataclass with everything inside", Deep, Deep(1),
     Deep("x", {"a": [Point(1)]}, Point(2, 3), [MOMENT], dt.date(2024, 1, 1), dt.timedelta(minutes=1)))  # fmt: skip
case("a dataclass with another timezone", Deep, Deep(1, moments=[dt.datetime(2024, 6, 1, 9, 0, tzinfo=WEST)]))
case("a dataclass with no timezone", Deep, Deep(1, moments=[dt.datetime(2024, 6, 1, 9, 0)]))
case("dict of dicts of lists", dict[str, dict[str, list[int]]], {"a": {"b": [1]}, "c": {}})
case("list of plain dicts", list[dict], [{}, {"a": {"b": [None]}}])
case("dict of dicts with int keys", dict[str, dict[int, int]], {"a": {1: 2}})
case("dict of dates by int", dict[int, dt.date], {1: dt.date(2024, 1, 1)})
case("older spellings", Dict[str, List[int]], {"a": [1]})
case("dict of nothing", dict[str, None], {})
case("keys of all kinds of text", dict[str, int], {"": 1, " ": 2, "a.b": 3, "é": 4})


# What a dict without types takes for plain.
class Text(str):
    __slots__ = ()


class Rank(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    RED = "red"


case("tuples in a dict", dict, {"a": (1, (2, "b")), "b": []})
case("classes of texts and numbers in a dict", dict, {"a": Text("x"), "b": Rank.LOW, "c": Word.RED})
case("bytes in a dict", dict, {"a": b"x"})
case("a set in a dict", dict, {"a": {1}})
case("dict with enums as keys", dict[Word, int], {Word.RED: 1})
case("dict with ranks as keys", dict[Rank, int], {Rank.LOW: 1})
case("dict with bools as keys", dict[bool, int], {False: 1, True: 2})
case("dict with floats as keys", dict[float, int], {0.5: 1})

# Notes.
case("annotated", Annotated[int, "a note"], 1)
case("list of annotated", list[Annotated[int, "a note"]], [1])
case("annotated optional", Annotated[Optional[int], "a note"], None, 1)
case("optional annotated", Optional[Annotated[int, "a note"]], None, 1)

# Where flytekit pickles, or fails, and Volant does not: see DEVIATIONS.
Metres = NewType("Metres", int)
case("a new type", Metres, Metres(3))
case("enum of ints", Number, Number.ONE)
case("choice of several types", Literal["auto", 1], "auto", 1)
case("list of nothing", list[None], [None])
case("an empty list of either", Union[list[int], list[str]], [])
case("nothing, written None", None, None)
case("dict of objects", dict[str, object], {"a": 1})
case("dict of any in a list", list[dict[str, Any]], [{"a": 1}])
