"""Dataclasses, and what only has a place within them: on the wire, back, and what is said of mistakes."""

import dataclasses
import datetime as dt
import decimal
import enum
import ipaddress
import subprocess
import sys
import uuid
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import msgspec
import pytest

from volant.idl import pb
from volant.idl.literal_types import castable
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

T = TypeVar("T")
K = TypeVar("K")
B = TypeVar("B", bound=int)
C = TypeVar("C", int, str)
S = pb.SimpleType


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Point(NamedTuple):
    x: int
    y: float = 0.5


@dataclass
class Inner:
    a: int
    b: str = "x"


@dataclass
class More(Inner):
    c: int = 0


@dataclass
class Box(Generic[T]):
    x: T
    more: list[T] = field(default_factory=list)


@dataclass
class Pair(Box[K], Generic[K, T]):
    y: T | None = None


@dataclass
class Ints(Pair[int, str]):
    name: str = ""


@dataclass
class Node(Generic[T]):
    value: T
    next: "Node[T] | None" = None


@dataclass
class Bounded(Generic[B, C]):
    b: B
    c: C


@dataclass
class Tree:
    value: int
    children: list["Tree"] = field(default_factory=list)
    parent: "Tree | None" = None


@dataclass
class Left:
    right: "Right | None" = None


@dataclass
class Right:
    left: Left | None = None


@dataclass(frozen=True)
class Counted:
    a: int
    count: int = field(init=False, default=0)
    seen: bool = field(init=False, repr=False)


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
class Constants:
    kind: ClassVar[int] = 3
    a: int = 1
    scale: dataclasses.InitVar[int] = 2


@dataclass
class NeedsScale:
    scale: dataclasses.InitVar[int]
    a: int = 1


@dataclass
class Mixed:
    colour: Colour
    level: Level
    word: Literal["a", 1]
    point: Point
    pair: tuple[int, str]
    many: tuple[Inner, ...]
    numbers: set[int]
    words: frozenset[str]
    keyed: dict[int, Inner]
    raw: bytes
    time: dt.time
    id: uuid.UUID
    price: decimal.Decimal
    host: ipaddress.IPv4Address
    whatever: Any
    document: dict[str, Any]
    maybe: Inner | int | None = None


@dataclass
class Lost:
    a: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


@dataclass
class Strict:
    a: int

    def __post_init__(self) -> None:
        if self.a < 0:
            raise ValueError("a is below 0")


@dataclass
class Empty:
    pass


MIXED = Mixed(
    Colour.RED,
    Level.LOW,
    1,
    Point(1, 2.0),
    (1, "a"),
    (Inner(1),),
    {3, 1},
    frozenset({"b", "a"}),
    {2: Inner(2), 1: Inner(1)},
    b"\x00\xff",
    dt.time(1, 2, 3, 4),
    uuid.UUID(int=3),
    decimal.Decimal("1.50"),
    ipaddress.IPv4Address("1.2.3.4"),
    {"a": [1, None]},
    {"k": 1.5},
    Inner(4),
)


def _changed() -> Counted:
    made = Counted(1)
    object.__setattr__(made, "count", 7)
    object.__setattr__(made, "seen", True)
    return made


VALUES: list[tuple[Any, Any]] = [
    (More, More(1, "y", 2)),
    (Box[int], Box(1, [2])),
    (Box[list[Inner]], Box([Inner(1)], [[]])),
    (Pair[int, str], Pair(1, [2], "y")),
    (Ints, Ints(1, [2], "y", "n")),
    (Node[int], Node(1, Node(2, Node(3)))),
    (Bounded[int, str], Bounded(1, "c")),
    (Bounded, Bounded(1, "c")),
    (Box, Box({"a": 1}, [None, "x"])),
    (Tree, Tree(1, [Tree(2, [], Tree(3))])),
    (Left, Left(Right(Left()))),
    (Counted, _changed()),
    (Slots, Slots(a=1, b=2)),
    (Keywords, Keywords(1, b=2)),
    (Constants, Constants()),
    (Mixed, MIXED),
    (Empty, Empty()),
    (Box[int] | Box[str], Box("x", ["y"])),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=lambda each: str(each)[:30])
def test_a_dataclass_comes_back_as_it_went(hint: Any, value: Any) -> None:
    kind = transformer(hint)
    back = kind.from_literal(pb.Literal.FromString(kind.to_literal(value, RawData()).SerializeToString()))
    assert back == value
    assert type(back) is type(value)
    assert castable(kind.literal_type(), kind.literal_type())


def test_type_variables_are_filled_in_through_bases_and_arguments() -> None:
    fields = transformer(Ints).literal_type().structure.dataclass_type
    assert fields["x"] == pb.LiteralType(simple=S.INTEGER)
    assert fields["more"].collection_type == pb.LiteralType(simple=S.INTEGER)
    assert fields["y"].union_type.variants[0].simple == S.STRING
    assert transformer(Box[str]).schema()["properties"]["x"] == {"type": "string"}
    assert transformer(Box[str]).schema()["title"] == "Box"


def test_a_type_variable_nobody_fills_in_is_its_bound_or_anything() -> None:
    assert transformer(Bounded).schema()["properties"] == {
        "b": {"type": "integer"},
        "c": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    }
    assert transformer(Box).schema()["properties"]["x"] == {}


def test_a_class_within_itself_is_described_to_an_end_and_the_same_each_time() -> None:
    first, again = transformer(Left).literal_type(), transformer(Left).literal_type()
    assert first == again
    inner = first.structure.dataclass_type["right"].union_type.variants[0]
    assert pb.MessageToDict(inner.metadata)["title"] == "Right"
    properties = transformer(Tree).schema()["properties"]
    assert properties["children"] == {"type": "array", "items": {"type": "object"}}


def test_a_type_that_was_handed_out_may_be_changed_without_harm() -> None:
    transformer(Inner).literal_type().structure.tag = "changed"
    assert transformer(Inner).literal_type().structure.tag == ""


def test_what_flyte_has_no_type_for_is_left_out_of_the_fields_types_alone() -> None:
    kind = transformer(Mixed).literal_type()
    assert {"pair", "many", "point"}.isdisjoint(kind.structure.dataclass_type)
    assert pb.MessageToDict(kind.metadata)["properties"]["point"]["prefixItems"] == [
        {"type": "integer"},
        {"type": "number", "default": 0.5},
    ]


def test_fields_that_init_does_not_take_are_kept_and_told_to_readers_of_paths() -> None:
    kind = transformer(Counted)
    packed = kind.pack(_changed(), RawData())
    assert packed == {"a": 1, "count": 7, "seen": True}
    assert set(kind.literal_type().structure.dataclass_type) == {"a", "count", "seen"}
    assert list(kind.schema()["properties"]) == ["a"]
    assert kind.unpack({"a": 1}).count == 0


def test_a_class_inside_a_function_may_hold_itself() -> None:
    @dataclass
    class Local:
        next: "Local | None" = None

    value = Local(Local())
    assert transformer(Local).unpack(transformer(Local).pack(value, RawData())) == value


def test_an_older_document_is_read_by_a_newer_class_and_the_other_way_round() -> None:
    assert transformer(Inner).unpack({"a": 1}) == Inner(1)
    assert transformer(Inner).unpack({"a": 1, "b": "y", "c": 3}) == Inner(1, "y")
    assert transformer(Box[Point]).unpack({"x": [1]}) == Box(Point(1))


def test_flytes_older_struct_form_is_read_with_its_floats_and_texts_for_keys() -> None:
    plain = {"x": {"1": 2, "3": 4}, "more": [{"5": 6}]}
    literal = pb.Literal(scalar=pb.Scalar(generic=pb.ParseDict(plain, pb.Struct())))
    assert transformer(Box[dict[int, int]]).from_literal(literal) == Box({1: 2, 3: 4}, [{5: 6}])
    keyed = pb.Literal(scalar=pb.Scalar(generic=pb.ParseDict({"1": {"a": 2}}, pb.Struct())))
    assert transformer(dict[int, Inner]).from_literal(keyed) == {1: Inner(2)}
    assert repr(transformer(dict).from_literal(keyed)) == "{'1': {'a': 2}}"


def test_a_path_into_a_document_gives_what_was_there() -> None:
    def part(plain: Any) -> pb.Literal:
        return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(tag="msgpack", value=msgspec.msgpack.encode(plain))))

    assert transformer(Any).from_literal(part({"a": [1]})) == {"a": [1]}
    one = pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(integer=1)))
    none = pb.Literal(scalar=pb.Scalar(none_type=pb.Void()))
    several = pb.Literal(collection=pb.LiteralCollection(literals=[one, part({"a": 1}), none]))
    assert transformer(Any).from_literal(several) == [1, {"a": 1}, None]
    assert transformer(Any).from_literal(pb.Literal(map=pb.LiteralMap(literals={"k": one}))) == {"k": 1}
    assert transformer(Any).from_literal(pb.Literal(scalar=pb.Scalar(generic=pb.Struct()))) == {}


def test_the_order_dicts_and_sets_were_filled_in_leaves_no_trace() -> None:
    kind = transformer(Mixed)
    other = dataclasses.replace(
        MIXED, keyed={1: Inner(1), 2: Inner(2)}, numbers={1, 3}, words=frozenset(["a", "b"]), document={"k": 1.5}
    )
    assert kind.to_literal(other, RawData()) == kind.to_literal(MIXED, RawData())


_HASHED = """
import hashlib
from dataclasses import dataclass
import pydantic
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
class Model(pydantic.BaseModel):
    words: set[str]; inner: dict[str, frozenset[str]]
@dataclass
class Data:
    words: frozenset[str]; by_word: dict[str, set[str]]; any: object
words = set("the quick brown fox jumps over a lazy dog".split())
by_word = {each: words for each in words}
values = [(set[str], words), (Data, Data(frozenset(words), by_word, None)), (Model, Model(words=words, inner=by_word)),
          (dict[str, set[str]], by_word)]
print([hashlib.md5(transformer(hint).to_literal(value, RawData()).SerializeToString(deterministic=True)).hexdigest()
       for hint, value in values])
""".replace("any: object", "any: None")


def test_the_seed_of_pythons_hashes_leaves_no_trace() -> None:
    seen = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", _HASHED], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        seen.add(done.stdout)
    assert len(seen) == 1


WRONG: list[tuple[Any, Any, str, str]] = [
    (Inner, More(1), "expected Inner, got More(a=1, b='x', c=0) of type More", "what a subclass adds would be lost"),
    (Inner, {"a": 1}, "expected Inner, got {'a': 1} of type dict", "write Inner(**…) around it"),
    (Inner, 3, "expected Inner, got 3 of type int", ""),
    (Box[int], Box(1, [2, "x"]), "at .more[1]: expected int, got 'x' of type str", ""),
    (Counted, Counted(1), "the field 'seen' of Counted has no value", "set it in __post_init__"),
    (Box[Point], Box((1, 2.0)), "at .x: expected Point, got (1, 2.0) of type tuple", ""),
    (
        Box[tuple[int, str]],
        Box((1,)),
        "at .x: expected tuple[int, str], got (1,) of type tuple",
        "it has 2 members, not 1",
    ),
    (
        Box[tuple[int, ...]],
        Box([1]),
        "at .x: expected tuple[int, ...], got [1] of type list",
        "write tuple(…) around it",
    ),
    (Box[set[int]], Box([1]), "at .x: expected set[int], got [1] of type list", "write set(…) around it"),
    (
        Box,
        Box(Inner(1)),
        "at .x: expected a plain value, got Inner(a=1, b='x') of type Inner",
        "Any holds plain values only, inside a document: write the class itself",
    ),
    (Box[uuid.UUID], Box("x"), "at .x: expected UUID, got 'x' of type str", ""),
]


@pytest.mark.parametrize(("hint", "value", "problem", "fix"), WRONG, ids=lambda each: str(each)[:30])
def test_a_value_that_does_not_fit_is_told_with_its_place(hint: Any, value: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RawData())
    assert (str(caught.value), caught.value.fix) == (problem, fix)


UNREADABLE: list[tuple[Any, Any, str, str]] = [
    (Inner, {}, "Inner lacks the field 'a'", "give it a value, or a default in the class"),
    (Inner, [], "expected Inner, got [] of type list", ""),
    (Box[Inner], {"x": {"a": "1"}}, "at .x.a: expected int, got '1' of type str", ""),
    (Strict, {"a": -1}, "Strict could not be made: ValueError: a is below 0", ""),
    (Box[Point], {"x": []}, "at .x: expected Point, got [] of type list", "it has 2 members, not 0"),
    (Box[dt.time], {"x": "noon"}, "at .x: expected time, got 'noon' of type str", ""),
    (Box[decimal.Decimal], {"x": "1,5"}, "at .x: expected Decimal, got '1,5' of type str", ""),
    (Box[set[int]], {"x": [1, "a"]}, "at .x(a member): expected int, got 'a' of type str", ""),
    (
        Box[set[Inner]],
        {"x": [{"a": 1}]},
        "at .x: no set can hold them: unhashable type: 'Inner'",
        "pass a list of them, or make their class frozen",
    ),
    (dict[int, Inner], {"x": {"a": 1}}, "at (a key): expected int, got 'x' of type str", "write a number"),
]


@pytest.mark.parametrize(("hint", "plain", "problem", "fix"), UNREADABLE, ids=lambda each: str(each)[:30])
def test_a_document_that_does_not_fit_is_told_with_its_place(hint: Any, plain: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).unpack(plain)
    assert (str(caught.value), caught.value.fix) == (problem, fix)


@dataclass
class Chain:
    rest: "Chain | None" = None


@dataclass
class Growing(Generic[T]):
    rest: "Growing[list[T]] | None" = None


@dataclass
class Noted(Generic[T]):
    x: T


Unwritten = dataclasses.make_dataclass("Unwritten", [("x", "list[")])


@dataclass
class Odd:
    x: "dt.moment"  # type: ignore[name-defined]


class Endless(NamedTuple):
    rest: "Endless | None" = None


@dataclass(frozen=True)
class Key:
    x: int


UNTYPED: list[tuple[Any, str, str]] = [
    (
        NeedsScale,
        "NeedsScale needs 'scale' to be made, and an InitVar is not kept",
        "give it a default, or make it a field",
    ),
    (
        Lost,
        f"an annotation of Lost names 'Nowhere', which the module {__name__} does not have",
        "import or define 'Nowhere' at the top level of the module",
    ),
    (
        Unwritten,
        "an annotation of Unwritten is no type: SyntaxError: Forward reference must be an expression -- got 'list['",
        "annotate a class, or a type made of classes, e.g. list[int]",
    ),
    (
        Odd,
        "an annotation of Odd is no type: AttributeError: module 'datetime' has no attribute 'moment'",
        "annotate a class, or a type made of classes, e.g. list[int]",
    ),
    (Box[Endless], "at .x.rest: the type Endless is made of itself", "use a dataclass, which may hold itself"),
    (
        dict[Key, int],
        "dict[Key, int] has documents as keys, which no document can hold",
        "use texts, numbers, or tuples of them as keys",
    ),
    (Box[list], "at .x: list does not say of what", "write list[int] or the like"),
    (
        tuple[int, str],
        "tuple[int, str] cannot be an input or a single output: Flyte has no such type",
        "use a list, or a dataclass",
    ),
]


@pytest.mark.parametrize(("hint", "problem", "fix"), UNTYPED, ids=lambda each: str(each)[:30])
def test_a_class_that_cannot_be_passed_says_why_before_any_value(hint: Any, problem: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).literal_type()
    assert (str(caught.value), caught.value.fix) == (problem, fix)


def test_a_class_of_the_same_name_is_not_the_same_class() -> None:
    namesake = dataclasses.make_dataclass("Inner", [("a", int)])
    namesake.__qualname__ = "Inner"
    with pytest.raises(ConversionError) as caught:
        transformer(Inner).pack(namesake(1), RawData())
    assert caught.value.fix == "it is of another class of the same name: import both from one module"


def test_what_can_be_written_however_deep_can_be_read() -> None:
    # given the deepest value that is not refused
    kind, deepest = transformer(Chain), Chain()
    while _written(Chain(deepest)):
        deepest = Chain(deepest)
    literal = _written(deepest)
    assert literal is not None

    # when it is read
    found = kind.from_literal(literal)

    # then it is the same
    while deepest.rest and found.rest:
        deepest, found = deepest.rest, found.rest
    assert deepest == found == Chain()


def _written(value: Any) -> pb.Literal | None:
    try:
        return transformer(type(value)).to_literal(value, RawData())
    except ConversionError:
        return None


def test_a_document_that_is_too_deep_is_refused() -> None:
    for data in (b"\x91" * 10_000, b"\x81\xa4rest" * 400 + b"\x80"):
        literal = pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=data, tag="msgpack")))
        with pytest.raises(ConversionError, match="nested too deeply to be read"):
            transformer(Chain).from_literal(literal)


def test_classes_nested_deeper_than_protobuf_reads_are_refused() -> None:
    kind: Any = int
    for number in range(40):
        kind = dataclasses.make_dataclass(f"Level{number}", [("x", kind)])
    for each, name in ((kind, "Level39"), (Growing[int], "Growing")):
        with pytest.raises(ConversionError) as caught:
            transformer(each).literal_type()
        assert (str(caught.value), caught.value.fix) == (
            f"{name} is nested too deeply: its type on the wire could not be read",
            "nest fewer classes, or declare the inner ones as dict",
        )


def test_notes_that_have_no_hash_do_no_harm() -> None:
    noted = transformer(Noted[Annotated[int, ["mm"]]])
    assert noted.from_literal(noted.to_literal(Noted(3), RawData())) == Noted(3)


def test_a_value_that_holds_itself_is_refused() -> None:
    endless = Tree(1)
    endless.children.append(endless)
    with pytest.raises(ConversionError) as caught:
        transformer(Tree).to_literal(endless, RawData())
    assert (str(caught.value), caught.value.fix) == (
        "a value of Tree is nested too deeply, or holds itself",
        "pass a list of its parts, each naming the next",
    )


def test_what_a_person_wrote_may_not_name_what_is_not_there() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Box[Inner]).parse('{"x": {"a": 1, "z": 2}}', ".")
    assert (str(caught.value), caught.value.fix) == ("at .x: Inner has no field 'z'", "its fields are a, b")
    with pytest.raises(ConversionError) as caught:
        transformer(Empty).parse('{"z": 2}', ".")
    assert (str(caught.value), caught.value.fix) == ("Empty has no field 'z'", "it has no fields")
    with pytest.raises(ConversionError) as caught:
        transformer(Point).parse('{"y": 2}', ".")
    assert (str(caught.value), caught.value.fix) == ("Point lacks the field 'x'", "its fields are x, y")


def test_a_person_writes_named_tuples_by_name_or_by_place() -> None:
    assert transformer(Box[Point]).parse('{"x": {"x": 1}}', ".") == Box(Point(1))
    assert transformer(Box[Point]).parse('{"x": [1, 2]}', ".") == Box(Point(1, 2.0))
