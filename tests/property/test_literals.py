"""Generated types and values of them: what goes onto the wire comes back, and its bytes depend on nothing else."""

import dataclasses
import datetime as dt
import enum
import itertools
import subprocess
import sys
import typing
from types import GenericAlias
from typing import Any, Literal, NamedTuple, NewType

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from volant.idl import pb
from volant.idl.literal_types import castable
from volant.idl.literals import literal_type_of
from volant.idl.type_names import show_type
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.guess import guess
from volant.sdk.type_engine.raw_data import RawData

RAW = RawData()
EXAMPLES = settings(max_examples=150, deadline=None)
_numbers = itertools.count()


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Number(enum.Enum):
    ONE = 1
    TWO = 2


Metres = NewType("Metres", int)


class Typed(NamedTuple):
    """A type, values of it, and which kind of plain value they are inside a document."""

    hint: Any
    values: st.SearchStrategy[Any]
    plain: str


INTS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
MOMENTS = st.datetimes(timezones=st.just(dt.UTC))
SPANS = st.timedeltas(dt.timedelta(days=-3_652_000), dt.timedelta(days=3_652_000))
LEAVES = [
    Typed(int, INTS, "int"),
    Typed(Metres, INTS, "int"),
    Typed(float, st.floats(allow_nan=False), "float"),
    Typed(str, TEXTS, "str"),
    Typed(bool, st.booleans(), "bool"),
    Typed(bytes, st.binary(max_size=8), "bytes"),
    Typed(None, st.none(), "none"),
    Typed(dt.datetime, MOMENTS, "str"),
    Typed(dt.date, st.dates(), "str"),
    # Whole seconds: inside a document they are a float of seconds, which has no room for years and microseconds.
    Typed(dt.timedelta, SPANS.map(lambda span: dt.timedelta(seconds=span // dt.timedelta(seconds=1))), "float"),
    Typed(Colour, st.sampled_from(Colour), "str"),
    Typed(Number, st.sampled_from(Number), "int"),
    Typed(Literal["a", "b"], st.sampled_from(["a", "b"]), "str"),
    Typed(Literal[1, 2], st.sampled_from([1, 2]), "int"),
]


def _lists(inner: Typed) -> Typed:
    return Typed(GenericAlias(list, (inner.hint,)), st.lists(inner.values, max_size=3), "list")


def _maps(inner: Typed) -> Typed:
    hint = GenericAlias(dict, (str, inner.hint))
    return Typed(hint, st.dictionaries(TEXTS, inner.values, max_size=3), "dict")


def _keyed(inner: Typed) -> Typed:
    return Typed(GenericAlias(dict, (int, inner.hint)), st.dictionaries(INTS, inner.values, max_size=3), "dict")


def _unions(inner: list[Typed]) -> Typed:
    """Of variants that a document can tell apart: there it is not said which one a value is of."""
    parts = list({each.plain: each for each in inner}.values())
    hint = typing.Union[tuple(each.hint for each in parts)]  # noqa: UP007 - of a tuple
    return Typed(hint, st.one_of([each.values for each in parts]), "+".join(sorted(each.plain for each in parts)))


def _classes(inner: list[Typed]) -> Typed:
    fields = [(f"f{at}", each.hint) for at, each in enumerate(inner)]
    made = dataclasses.make_dataclass(f"Made{next(_numbers)}", fields)
    return Typed(made, st.builds(made, *(each.values for each in inner)), "dict")


def _wider(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    several = st.lists(inner, min_size=1, max_size=3)
    flat = several.map(lambda found: [each for each in found if "+" not in each.plain]).filter(bool)
    return st.one_of(
        inner.map(_lists), inner.map(_maps), inner.map(_keyed), flat.map(_unions), several.map(_classes)
    )  # fmt: skip


TYPES = st.recursive(st.sampled_from(LEAVES), _wider, max_leaves=6)


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Any, Any]:
    found = draw(TYPES)
    return found.hint, draw(found.values)


def _sent(literal: pb.Literal) -> Any:
    return pb.Literal.FromString(literal.SerializeToString(deterministic=True))


@EXAMPLES
@given(typed_values())
def test_a_value_comes_back_from_its_literal_as_it_went(case: tuple[Any, Any]) -> None:
    hint, value = case
    kind = transformer(hint)
    back = kind.from_literal(_sent(kind.to_literal(value, RAW)))
    assert back == value
    assert type(back) is type(value)


@EXAMPLES
@given(typed_values())
def test_a_value_comes_back_from_its_plain_form_as_it_went(case: tuple[Any, Any]) -> None:
    hint, value = case
    kind = transformer(hint)
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(kind.pack(value, RAW)), strict=False)
    assert kind.unpack(plain) == value
    document = pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=msgspec.msgpack.encode(plain), tag="msgpack")))
    assert kind.from_literal(document) == value


@EXAMPLES
@given(typed_values())
@example((list[list[list[int]]], [[[]], [[1]]]))
@example((dict[str, list[list[int]]], {"a": [[]], "b": [[1]], "c": []}))
def test_the_type_of_a_literal_may_go_where_its_value_may(case: tuple[Any, Any]) -> None:
    hint, value = case
    kind = transformer(hint)
    found, wanted = literal_type_of(kind.to_literal(value, RAW)), kind.literal_type()
    assert castable(wanted, wanted), show_type(wanted)
    assert castable(found, wanted), f"{show_type(found)} to {show_type(wanted)}"


@EXAMPLES
@given(typed_values(), st.randoms(use_true_random=False))
def test_the_order_in_which_dicts_were_filled_does_not_show(case: tuple[Any, Any], random: Any) -> None:
    hint, value = case
    kind = transformer(hint)
    other = _refilled(value, random)
    assert other == value
    first, second = (kind.to_literal(each, RAW).SerializeToString(deterministic=True) for each in (value, other))
    assert first == second


def _refilled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        items = [(key, _refilled(each, random)) for key, each in value.items()]
        random.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return [_refilled(each, random) for each in value]
    if dataclasses.is_dataclass(value):
        fields = {each.name: _refilled(getattr(value, each.name), random) for each in dataclasses.fields(value)}
        return type(value)(**fields)
    return value


@EXAMPLES
@given(typed_values())
@example((dict[int, Number | bool], {0: True}))
@example((dict[int, dt.timedelta | int], {0: 0}))
def test_what_is_guessed_of_a_type_reads_its_literals_and_writes_them_again(case: tuple[Any, Any]) -> None:
    hint, value = case
    theirs = transformer(hint)
    ours = transformer(guess(theirs.literal_type()))
    read = ours.from_literal(_sent(theirs.to_literal(value, RAW)))
    assert theirs.from_literal(_sent(ours.to_literal(read, RAW))) == value


HASHED = """
import hashlib, random
from dataclasses import dataclass
from volant.idl import pb
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

@dataclass
class Inner:
    tags: set[str]
    by_name: dict[str, set[int]]
@dataclass
class Outer:
    inner: Inner
    loose: dict
    either: set[str] | dict[str, int] | None

draw = random.Random(7)
words = [f"w{at}" for at in range(20)]
digest = hashlib.sha256(transformer(Outer | Inner).literal_type().SerializeToString(deterministic=True))
for _ in range(50):
    one, two = draw.sample(words, 5), draw.sample(words, 5)
    inner = Inner(set(one), {name: {len(name), 2, 2**40} for name in set(two)})
    outer = Outer(inner, {name: dict.fromkeys(set(one)) for name in set(two)}, draw.choice([set(two), None]))
    for hint, value in ((Outer, outer), (list[Outer | Inner], [inner, outer]), (dict[str, Inner], {"a": inner})):
        digest.update(transformer(hint).to_literal(value, RawData()).SerializeToString(deterministic=True))
print(digest.hexdigest())
"""


def test_a_process_leaves_no_mark_on_the_bytes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", HASHED], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1
