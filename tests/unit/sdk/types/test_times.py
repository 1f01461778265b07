"""Times and other values that Python, or Flyte, cannot hold."""

import datetime as dt
import math
from typing import Any

import pytest

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

RAW = RawData()
MOMENT = dt.datetime(2024, 1, 31, 8, tzinfo=dt.UTC)


def held(**value: Any) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(**value)))


FOREIGN: list[tuple[Any, pb.Literal, str]] = [
    (dt.datetime, held(datetime=pb.Timestamp(seconds=10**12)),
     "a moment 1000000000000 s after 1970 is outside the years 1 to 9999"),
    (dt.date, held(datetime=pb.Timestamp(seconds=-(10**12))),
     "a moment -1000000000000 s after 1970 is outside the years 1 to 9999"),
    (dt.timedelta, held(duration=pb.Duration(seconds=10**17)),
     "a duration of 100000000000000000 s is longer than a timedelta can be"),
    (dt.timedelta, held(float_value=math.inf), "expected timedelta, got inf of type float"),
    (dt.timedelta, held(float_value=math.nan), "expected timedelta, got nan of type float"),
    (tuple[int, ...], held(integer=1), "expected tuple[int, ...], got a literal that holds integer"),
    (tuple[int, int], held(integer=1), "expected tuple[int, int], got a literal that holds integer"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "literal", "message"), FOREIGN, ids=range(len(FOREIGN)))
def test_a_literal_python_cannot_hold_is_refused_in_these_words(hint: Any, literal: pb.Literal, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).from_literal(literal)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["999999999999d", "9" * 400 + "d", "1y", ""])
def test_a_text_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConversionError, match=r"^expected a duration, got ") as caught:
        transformer(dt.timedelta).parse(text, "/")
    assert caught.value.fix == "write it like 1h30m or 90s"


class Vague(dt.tzinfo):
    def utcoffset(self, _: dt.datetime | None) -> None:
        return None

    dst = tzname = utcoffset


def test_a_datetime_whose_timezone_says_nothing_is_taken_for_utc() -> None:
    literal = transformer(dt.datetime).to_literal(MOMENT.replace(tzinfo=Vague()), RAW)
    assert literal == transformer(dt.datetime).to_literal(MOMENT, RAW)
