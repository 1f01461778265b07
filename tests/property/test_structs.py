"""Generated classes and values: Python to Literal to Python is identity, whatever is nested in what."""

import dataclasses
import datetime as dt
import enum
import typing
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volant.idl import pb
from volant.idl.literal_types import castable
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

Pair = tuple[Any, st.SearchStrategy[Any]]
"""A type, and values of it."""


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    x: int
    y: str = ""


_INTS = st.integers(-(2**63), 2**63 - 1)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_FLOATS = st.floats(allow_nan=False)
_KEYS: list[Pair] = [(int, _INTS), (str, _TEXTS), (Colour, st.sampled_from(Colour)), (bool, st.booleans())]
_LEAVES: list[Pair] = [
    *_KEYS,
    (float, _FLOATS),
    (bytes, st.binary(max_size=8)),
    (None, st.none()),
    (dt.datetime, st.datetimes(timezones=st.just(dt.UTC))),
    (dt.date, st.dates()),
    (dt.timedelta, st.timedeltas(dt.timedelta(days=-9), dt.timedelta(days=9))),
    (dt.time, st.times()),
    (Point, st.builds(Point, _INTS, _TEXTS)),
    (dict, st.dictionaries(_TEXTS, st.one_of(_INTS, _TEXTS, st.none(), st.lists(_FLOATS, max_size=2)), max_size=3)),
]


@st.composite
def _collections(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    hint, values = draw(inner)
    key, keys = draw(st.sampled_from(_KEYS))
    return draw(
        st.sampled_from(
            [
                (list[hint], st.lists(values, max_size=3)),
                (dict[key, hint], st.dictionaries(keys, values, max_size=3)),
                (tuple[hint, ...], st.lists(values, max_size=3).map(tuple)),
                (tuple[hint, key], st.tuples(values, keys)),
                (set[key], st.sets(keys, max_size=3)),
                (frozenset[key], st.frozensets(keys, max_size=3)),
                (typing.Optional[hint], st.one_of(st.none(), values)),  # noqa: UP045 - the hint may be None
            ]
        )
    )


@st.composite
def _classes(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    fields = draw(st.lists(inner, min_size=1, max_size=4))
    names = [f"f{index}" for index in range(len(fields))]
    kind = dataclasses.make_dataclass(
        f"Made{draw(st.integers(0, 99))}",
        [(name, hint) for name, (hint, _) in zip(names, fields, strict=True)],
        frozen=draw(st.booleans()),
        slots=draw(st.booleans()),
        kw_only=draw(st.booleans()),
    )
    return kind, st.builds(kind, **{name: values for name, (_, values) in zip(names, fields, strict=True)})


@st.composite
def _typed_dicts(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    fields = {f"k{index}": pair for index, pair in enumerate(draw(st.lists(inner, min_size=1, max_size=3)))}
    optional = set(draw(st.sets(st.sampled_from(sorted(fields)))))
    hints = {name: typing.NotRequired[hint] if name in optional else hint for name, (hint, _) in fields.items()}
    kind = typing.TypedDict("Made", hints)  # type: ignore[operator]
    return kind, st.fixed_dictionaries(
        {name: values for name, (_, values) in fields.items() if name not in optional},
        optional={name: values for name, (_, values) in fields.items() if name in optional},
    )


_ANY = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: st.one_of(_collections(inner), _classes(inner), _typed_dicts(inner)),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_value_of_a_generated_class_comes_back_as_it_went(data: st.DataObject) -> None:
    hint, values = data.draw(st.one_of(_classes(_ANY), _typed_dicts(_ANY)))
    value = data.draw(values)
    kind = transformer(hint)
    literal = kind.to_literal(value, RawData())
    back = kind.from_literal(pb.Literal.FromString(literal.SerializeToString()))
    assert back == value
    assert kind.to_literal(back, RawData()) == literal
    assert castable(kind.literal_type(), kind.literal_type())
