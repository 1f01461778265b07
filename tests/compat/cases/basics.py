"""Plain values: numbers, texts, times, nothing, unions, lists, dicts, enums, choices, dataclasses."""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Any, Literal, Optional, Union

from world import case

UTC = dt.UTC
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))

case("int", int, 0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63))
case("float", float, 0.0, -0.0, 1.5, 1e300, -1e-300, float("inf"), float("-inf"), float("nan"))
case("float from an int", float, 3)
case("str", str, "", "a", "grüße 🌍", "line\nline", "\0", "x" * 2000)
case("bool", bool, True, False)
case("none", type(None), None)
case("date", dt.date, dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31))
case("datetime with a zone", dt.datetime, dt.datetime(2024, 2, 29, 12, 30, 1, 5, UTC),
     dt.datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), dt.datetime(2024, 6, 1, 9, 0, tzinfo=EAST))  # fmt: skip
case("datetime without a zone", dt.datetime, dt.datetime(2024, 2, 29, 12, 30))
case("timedelta", dt.timedelta, dt.timedelta(0), dt.timedelta(days=400, seconds=1, microseconds=1),
     dt.timedelta(seconds=-1.5), dt.timedelta(microseconds=-1))  # fmt: skip
case("bytes", bytes, b"", b"\0\xff", b"plain")

case("optional int", Optional[int], None, 3)
case("optional in the new spelling", int | None, None, 3)
case("nothing first", None | int, None, 3)
case("int or str", Union[int, str], 3, "three", "3")
case("str or int", Union[str, int], 3, "3")
case("int, float or bool", Union[int, float, bool], 3, 3.5, True)
case("optional list", Optional[list[int]], None, [], [1])
case("list or dict", Union[list[int], dict[str, int]], [1], {"a": 1})
case("list of unions", list[Union[int, str]], [1, "a"])
case("optional date", Optional[dt.date], None, dt.date(2024, 1, 1))
case("union of times", Union[dt.timedelta, dt.datetime], dt.timedelta(1), dt.datetime(2024, 1, 1, tzinfo=UTC))
case("a union in an optional", Optional[Union[int, str]], None, 1, "a")

case("list of int", list[int], [], [1], [1, 2, 3])
case("list of str", list[str], ["", "a"])
case("list of float", list[float], [1.0, 2.5])
case("list of bool", list[bool], [True, False])
case("list of datetime", list[dt.datetime], [dt.datetime(2024, 1, 1, tzinfo=UTC)])
case("list of lists", list[list[int]], [], [[]], [[1], [2, 3]])
case("list of optional", list[Optional[str]], [None, "a"])
case("a list four deep", list[list[list[list[int]]]], [[[[1]], []]])
case("dict of int", dict[str, int], {}, {"a": 1}, {"b": 2, "a": 1})
case("dict of lists", dict[str, list[float]], {"a": [1.0], "b": []})
case("dict of dicts", dict[str, dict[str, str]], {"a": {"b": "c"}, "": {}})
case("list of dicts", list[dict[str, bool]], [{"a": True}, {}])
case("dict of optional", dict[str, Optional[int]], {"a": None, "b": 1})
case("dict of unions", dict[str, Union[int, list[int]]], {"a": 1, "b": [1]})
case("dict of timedelta", dict[str, dt.timedelta], {"a": dt.timedelta(1)})
case("a plain dict", dict, {}, {"a": 1}, {"a": [1, 2.5, None, "x", True], "b": {"c": {}}})
case("dict with int keys", dict[int, str], {}, {1: "a", 2: "b"})
case("dict of any", dict[str, Any], {"a": 1})


class Color(enum.Enum):
    """Texts as values."""

    RED = "red"
    GREEN = "green"


class Mood(enum.StrEnum):
    """Members are texts."""

    GOOD = "good"
    BAD = "bad"


class Alias(enum.Enum):
    """Two names of one value."""

    FIRST = "1"
    ALSO_FIRST = "1"
    SECOND = "2"


case("enum", Color, Color.RED, Color.GREEN)
case("str enum", Mood, Mood.GOOD)
case("enum with an alias", Alias, Alias.ALSO_FIRST, Alias.SECOND)
case("list of enums", list[Color], [Color.RED, Color.GREEN])
case("dict of enums", dict[str, Color], {"a": Color.RED})
case("optional enum", Optional[Color], None, Color.RED)
case("choice of texts", Literal["a", "b"], "a", "b")
case("choice of one", Literal["only"], "only")
case("list of choices", list[Literal["a", "b"]], ["a", "b"])
case("optional choice", Optional[Literal["a", "b"]], None, "b")
case("choice of numbers", Literal[1, 2], 1, 2)


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Everything:
    whole: int = 1
    real: float = 1.0
    text: str = "a"
    flag: bool = True
    maybe: Optional[int] = None
    many: list[int] = field(default_factory=list)
    named: dict[str, float] = field(default_factory=dict)
    color: Color = Color.RED
    moment: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=UTC)
    span: dt.timedelta = dt.timedelta(seconds=90)
    day: dt.date = dt.date(2024, 1, 1)


@dataclass
class Line:
    start: Point
    end: Point
    inner: list[Point] = field(default_factory=list)
    by_name: dict[str, Point] = field(default_factory=dict)


@dataclass(frozen=True)
class Frozen:
    a: str


@dataclass
class Derived(Point):
    z: Optional[int] = None


@dataclass
class Either:
    value: Union[int, str]
    other: Union[str, list[int], None] = None


@dataclass
class Empty:
    pass


case("dataclass", Point, Point(1), Point(2, 3.5))
case("dataclass with an int in a float", Point, Point(1, 2))
case("dataclass of everything", Everything, Everything(), Everything(maybe=3, many=[1, 2], named={"b": 1.0, "a": 2.0}))
case("nested dataclass", Line, Line(Point(1), Point(2)), Line(Point(1), Point(2), [Point(3)], {"a": Point(4)}))
case("frozen dataclass", Frozen, Frozen("a"))
case("inherited dataclass", Derived, Derived(1, 2.0, 3), Derived(1))
case("dataclass with unions", Either, Either(1), Either("a", "b"), Either("1", [1]))
case("empty dataclass", Empty, Empty())
case("list of dataclasses", list[Point], [], [Point(1), Point(2)])
case("dict of dataclasses", dict[str, Point], {"a": Point(1)})
case("optional dataclass", Optional[Point], None, Point(1))
case("dataclass or int", Union[Point, int], Point(1), 1)
case("dataclass or another", Union[Point, Frozen], Point(1), Frozen("a"))
