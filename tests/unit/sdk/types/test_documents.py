"""Dicts that are documents, and how values are shown that do not fit."""

import datetime as dt
import enum
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

RAW = RawData()


class Size(enum.IntEnum):
    SMALL = 1


class Text(str):
    __slots__ = ()


PLAIN: list[tuple[Any, Any, Any]] = [
    (dict, {"b": (1, (2,)), "a": [True]}, {"a": [True], "b": [1, [2]]}),
    (dict, {"a": Text("x"), "b": Size.SMALL, "c": b"y"}, {"a": "x", "b": 1, "c": b"y"}),
    (dict, {"loss": np.float32(0.5), "step": np.int64(3), "best": np.bool_(True)},
     {"best": True, "loss": 0.5, "step": 3}),
    (dict, {2: "b", "a": 2**64 - 1, (1, "x"): 0.5, ("x", 1): None},
     {2: "b", "a": 2**64 - 1, (1, "x"): 0.5, ("x", 1): None}),
    (dict[tuple[int, str], int], {(2, "a"): 1, (1, "b"): 2}, {(1, "b"): 2, (2, "a"): 1}),
    (dict[frozenset[int], int], {frozenset({2, 1}): 1}, {frozenset({1, 2}): 1}),
    (dict[dt.date, Any], {dt.date(2024, 1, 31): (1,)}, {dt.date(2024, 1, 31): [1]}),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "value", "back"), PLAIN, ids=range(len(PLAIN)))
def test_a_document_holds_plain_values_and_texts_numbers_and_tuples_as_keys(hint: Any, value: Any, back: Any) -> None:
    found = transformer(hint).from_literal(transformer(hint).to_literal(value, RAW))
    assert found == back
    assert [type(each) for each in found.values()] == [type(back[key]) for key in found]


ENDLESS: dict[str, Any] = {}
ENDLESS["a"] = ENDLESS
NOT_PLAIN: list[tuple[Any, str, str]] = [
    ({"a": 2**64}, "at ['a']: 18446744073709551616 does not fit into 64 bits", "pass it as a str"),
    ({"a": ["\ud800"]}, "at ['a'][0]: '\\ud800' is no valid Unicode: surrogates not allowed",
     "pass it as bytes, or write text.encode(errors='replace').decode()"),
    ({frozenset(): 1}, "at (a key): expected a plain value, got frozenset() of type frozenset",
     "use texts, numbers, or tuples of them as keys"),
    ({"a": {1}}, "at ['a']: expected a plain value, got {1} of type set",
     "a dict without types holds plain values only: write dict[str, …] or use a dataclass"),
    (ENDLESS, "a value of dict is nested too deeply, or holds itself",
     "pass a list of its parts, each naming the next"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message", "fix"), NOT_PLAIN, ids=range(len(NOT_PLAIN)))
def test_what_is_not_plain_is_in_no_document(value: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(dict).to_literal(value, RAW)
    assert (str(caught.value), caught.value.fix) == (message, fix)


@pytest.mark.parametrize("data", [b"\x91", b"\xa1\xf5", b"\xc1", b"\x81\x80\x80"])
def test_what_is_no_msgpack_is_told(data: bytes) -> None:
    literal = pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=data, tag="msgpack")))
    with pytest.raises(ConversionError, match=r"^a broken msgpack document: "):
        transformer(dict).from_literal(literal)


def test_an_older_document_of_what_json_does_not_have_is_told() -> None:
    older = pb.Literal(scalar=pb.Scalar(generic=pb.Struct(fields={"a": pb.Value(number_value=math.inf)})))
    with pytest.raises(ConversionError, match=r"^expected dict, got a Struct that JSON cannot say: "):
        transformer(dict).from_literal(older)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (pd.DataFrame({"a": [1]}), "pandas.DataFrame"),
        (pl.DataFrame({"a": [1]}), "polars.DataFrame"),
        (pa.table({"a": [1]}), "pyarrow.Table"),
    ],
    ids=["pandas", "polars", "pyarrow"],
)
def test_a_table_is_told_by_its_class(table: Any, name: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(int).to_literal(table, RAW)
    assert str(caught.value) == f"expected int, got a {name}"
