"""Dataclasses, pydantic models, TypedDicts, protobuf messages, sets and tuples.

flytekit leaves dicts and sets in the order they were filled; the values here are in order already.
"""

import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import uuid
import zoneinfo
from dataclasses import KW_ONLY, dataclass, field
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    TypeVar,
    Union,
)

import pydantic
from flyteidl.core import tasks_pb2, types_pb2
from google.protobuf import struct_pb2
from world import Directory, File, case

T = TypeVar("T")
B = TypeVar("B", bound=int)
MOMENT = dt.datetime(2024, 1, 31, 8, 0, 0, 123456, dt.UTC)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    x: int
    y: float = 0.5


@dataclass
class Scalars:
    i: int
    f: float
    s: str
    b: bool


@dataclass
class Inner:
    a: int
    b: str = "x"


@dataclass
class Outer:
    inner: Inner
    inners: list[Inner]
    by_name: dict[str, Inner]
    by_number: dict[int, Inner]
    deep: list[list[Inner]]


@dataclass
class Optionals:
    number: int | None
    either: Union[int, str]
    none: Optional[int] = None
    inner: Inner | None = None
    listed: list[int | None] = field(default_factory=list)


@dataclass
class Collections:
    numbers: list[int]
    texts: dict[str, str]
    keyed: dict[int, float]
    nested: dict[str, list[int]]
    document: dict


@dataclass
class Choices:
    colour: Colour
    word: Literal["a", "b"]
    number: Literal[1, 2] = 2
    flag: Literal[True] = True
    default: Colour = Colour.BLUE
    maybe: Colour | None = None


@dataclass
class Times:
    moment: dt.datetime
    day: dt.date
    span: dt.timedelta
    default: dt.date = dt.date(2024, 2, 29)


@dataclass
class Computed:
    a: int
    double: int = field(init=False)

    def __post_init__(self) -> None:
        self.double = 2 * self.a


@dataclass
class Sub(Inner):
    z: int = 0


@dataclass(frozen=True)
class Frozen:
    a: int


@dataclass(kw_only=True, slots=True)
class Slots:
    a: int = 0
    b: int


@dataclass
class Keywords:
    a: int
    _: KW_ONLY
    b: int = 3


@dataclass
class Defaults:
    i: int = 3
    f: float = 0.5
    s: str = "q"
    b: bool = True
    numbers: list[int] = field(default_factory=lambda: [1])
    inner: Inner = field(default_factory=lambda: Inner(1))
    maybe: str | None = "z"


@dataclass
class Forward:
    later: "Later"
    many: "list[Later]"


@dataclass
class Later:
    a: int


@dataclass
class Noted:
    a: Annotated[int, "a note"]


@dataclass
class Nothing:
    n: None = None


@dataclass
class Empty:
    pass


@dataclass
class Loose:
    document: dict
    documents: list[dict]


@dataclass
class Anything:
    a: Any
    more: list[Any]


@dataclass
class Pairs:
    pair: tuple[int, str]
    many: tuple[int, ...]
    point: Point
    points: list[Point]


@dataclass
class Located:
    file: File
    directory: Directory


@dataclass
class Box(Generic[T]):
    x: T
    more: list[T] = field(default_factory=list)


@dataclass
class Ints(Box[int]):
    name: str = ""


@dataclass
class Bounded(Generic[B]):
    x: B


@dataclass
class HoldsBox:
    box: Box[int]


@dataclass
class Raw:
    data: bytes = b"\x00\xff"


@dataclass
class Sets:
    numbers: set[int]
    words: frozenset[str]


@dataclass
class Texts:
    time: dt.time
    id: uuid.UUID
    price: decimal.Decimal
    part: fractions.Fraction
    zone: zoneinfo.ZoneInfo
    host: ipaddress.IPv4Address


class Movie(TypedDict, total=False):
    year: int
    title: Required[str]
    cast: NotRequired[list[str]]


@dataclass
class HoldsMovie:
    movie: Movie


@dataclass
class Constants:
    kind: ClassVar[int] = 3
    a: int = 1
    scale: dataclasses.InitVar[int] = 2


class Model(pydantic.BaseModel):
    a: int
    b: str = "x"


class Team(pydantic.BaseModel):
    lead: Model
    members: list[Model]
    by_name: dict[str, Model] = {}
    maybe: Model | None = None
    either: Model | int = 3


class Wide(pydantic.BaseModel):
    i: int
    f: float
    s: str
    flag: bool = False
    maybe: int | None = None
    colour: Colour = Colour.RED
    moment: dt.datetime = MOMENT
    span: dt.timedelta = dt.timedelta(seconds=90)
    day: dt.date = dt.date(2024, 1, 1)
    pair: tuple[int, str] = (1, "a")
    word: Literal["a", "b"] = "a"
    keyed: dict[int, str] = {}


class GenericModel(pydantic.BaseModel, Generic[T]):
    x: T


class Aliased(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(populate_by_name=True)
    a: int = pydantic.Field(alias="A", ge=3, description="how many")


class FrozenModel(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, title="Other")
    a: Annotated[int, pydantic.Field(gt=0)]


class Validated(pydantic.BaseModel):
    name: str

    @pydantic.field_validator("name")
    @classmethod
    def _lower(cls, name: str) -> str:
        return name.lower()


class Extra(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    a: int


class WithComputed(pydantic.BaseModel):
    a: int

    @pydantic.computed_field
    @property
    def double(self) -> int:
        return 2 * self.a


class Listed(pydantic.RootModel[list[int]]):
    pass


class Record(pydantic.BaseModel):
    inner: Inner


class Report(pydantic.BaseModel):
    file: File
    parts: list[Directory] = []


@pydantic.dataclasses.dataclass
class PydanticData:
    a: int = pydantic.Field(default=3, ge=1)
    numbers: list[int] = pydantic.Field(default_factory=list)


def _struct() -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update({"a": 1, "b": [1, {"c": None}], "d": "x"})
    return found


ENTRY = tasks_pb2.Resources.ResourceEntry(name=1, value="2")

case("scalars in a dataclass", Scalars, Scalars(1, 2.0, "s", True), Scalars(-(2**40), -0.0, "é", False))
case("nested dataclasses", Outer, Outer(Inner(1), [Inner(2, "y")], {"k": Inner(3)}, {4: Inner(5)}, [[Inner(6)], []]))
case("optional fields", Optionals, Optionals(None, "x"), Optionals(1, 2, 3, Inner(1), [None, 1]))
case("collections", Collections, Collections([1], {"a": "b"}, {1: 0.5, 2: 1.5}, {"n": [1]}, {"a": [1, {"b": None}]}))
case(
    "enum and literal fields",
    Choices,
    Choices(Colour.RED, "a"),
    Choices(Colour.BLUE, "b", 1, True, Colour.RED, Colour.RED),
)
case("times in a dataclass", Times, Times(MOMENT, dt.date(2024, 2, 3), dt.timedelta(seconds=1.5)))
case("a field that init does not take", Computed, Computed(2))
case("an inherited dataclass", Sub, Sub(1), Sub(1, "y", 2))
case("a frozen dataclass", Frozen, Frozen(1))
case("slots and keywords alone", Slots, Slots(b=1), Slots(a=2, b=3))
case("keywords behind a mark", Keywords, Keywords(1), Keywords(1, b=2))
case("defaults of every kind", Defaults, Defaults(), Defaults(maybe=None))
case("forward references", Forward, Forward(Later(1), [Later(2)]))
case("a note on a field", Noted, Noted(1))
case("a field of None", Nothing, Nothing())
case("an empty dataclass", Empty, Empty())
case("documents within", Loose, Loose({"a": 1, "b": {"c": [True]}}, [{}, {"x": None}]))
case("Any within", Anything, Anything(1, ["a", None]), Anything({"a": [1.5]}, []))
case("tuples within", Pairs, Pairs((1, "a"), (1, 2, 3), Point(1, 2.0), [Point(1)]), Pairs((0, ""), (), Point(1), []))
case("a generic class of no type", Box, Box(1, ["a"]))
case("a type variable with a bound", Bounded, Bounded(1))
case("a class of Box[int]", Ints, Ints(1, [2], "n"))
case("a box of ints within", HoldsBox, HoldsBox(Box(1, [2])))
case("bytes within", Raw, Raw(), Raw(b"abc"))
case("sets within", Sets, Sets({1, 2, 3}, frozenset({"a"})))
case("texts of other classes", Texts, Texts(
    dt.time(1, 2, 3, 4), uuid.UUID(int=3), decimal.Decimal("1.50"), fractions.Fraction(1, 3),
    zoneinfo.ZoneInfo("Europe/Berlin"), ipaddress.IPv4Address("1.2.3.4"),
))  # fmt: skip
case(
    "a typed dict within",
    HoldsMovie,
    HoldsMovie({"title": "M"}),
    HoldsMovie({"title": "M", "year": 1931, "cast": ["P"]}),
)
case("what is no field", Constants, Constants())
case("a list of dataclasses", list[Inner], [], [Inner(1), Inner(2, "y")])
case("a dict of dataclasses", dict[str, Inner], {"a": Inner(1)})
case("a dict of dataclasses by number", dict[int, Inner], {1: Inner(1)})
case("a dataclass or None", Inner | None, Inner(1), None)
case("a dataclass or a number", Inner | int, Inner(1), 3)


@case
def files_within(folder):
    (folder / "d").mkdir()
    (folder / "d" / "b.txt").write_text("b")
    (folder / "a.txt").write_text("a")
    return Located, Located(File(str(folder / "a.txt")), Directory(str(folder / "d")))


@case
def files_in_a_model(folder):
    (folder / "d").mkdir()
    (folder / "d" / "b.txt").write_text("b")
    (folder / "a.txt").write_text("a")
    return Report, Report(file=File(str(folder / "a.txt")), parts=[Directory(str(folder / "d"))])


case("a pydantic model", Model, Model(a=1), Model(a=-1, b="é"))
case("nested models", Team, Team(lead=Model(a=1), members=[Model(a=2)], by_name={"k": Model(a=3)}, maybe=Model(a=4)))
case("a model of many types", Wide, Wide(i=1, f=2, s="x"), Wide(i=1, f=0.5, s="x", maybe=2, keyed={1: "a"}))
case("a generic model", GenericModel[int], GenericModel[int](x=1))
case("a generic model of no type", GenericModel, GenericModel(x=1))
case("aliases", Aliased, Aliased(a=4))
case("a frozen model with a title", FrozenModel, FrozenModel(a=1))
case("a model with a validator", Validated, Validated(name="ABC"))
case("a model with more than its fields", Extra, Extra(a=1, q=3))
case("a model with a computed field", WithComputed, WithComputed(a=1))
case("a root model", Listed, Listed([1, 2]))
case("a dataclass in a model", Record, Record(inner=Inner(1)))
case("a list of models", list[Model], [Model(a=1)])
case("a model or None", Model | None, Model(a=1), None)
case("a pydantic dataclass", PydanticData, PydanticData(), PydanticData(a=4, numbers=[1]))
case("a message", types_pb2.BlobType, types_pb2.BlobType(), types_pb2.BlobType(format="csv", dimensionality=1))
case("a message of messages", tasks_pb2.Resources, tasks_pb2.Resources(requests=[ENTRY]))
case("a message within a message's name", tasks_pb2.Resources.ResourceEntry, ENTRY)
case("a Struct", struct_pb2.Struct, struct_pb2.Struct(), _struct())
case("a list of messages", list[types_pb2.BlobType], [types_pb2.BlobType(format="x")])
case("a message or None", types_pb2.BlobType | None, types_pb2.BlobType(format="x"), None)
