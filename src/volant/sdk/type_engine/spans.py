"""timedelta."""

import datetime as dt
import re
from typing import Any, ClassVar

from volant.idl import pb
from volant.idl.literals import primitive
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.times import TimeTransformer
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w)")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_LONGEST = dt.timedelta(seconds=315_576_000_000)
_UNITS = {
    "us": dt.timedelta(microseconds=1),
    "ms": dt.timedelta(milliseconds=1),
    "s": dt.timedelta(seconds=1),
    "m": dt.timedelta(minutes=1),
    "h": dt.timedelta(hours=1),
    "d": dt.timedelta(days=1),
    "w": dt.timedelta(weeks=1),
}


class TimedeltaTransformer(TimeTransformer):
    """timedelta, to the microsecond; plain, it is seconds. Source: flytekit `TimedeltaTransformer`."""

    name = "timedelta"
    simple = pb.SimpleType.DURATION
    json_schema: ClassVar[dict[str, Any]] = {"type": "number", "format": "time-delta"}
    sample = "1h30m"

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A duration."""
        self.pack(value, raw)
        if abs(value) > _LONGEST:
            raise ConversionError(
                f"the duration {value} is longer than 10,000 years, which Flyte's messages do not hold",
                fix="pass it as a float of seconds",
            )
        return primitive(value)

    def pack(self, value: Any, raw: RawData) -> float:  # noqa: ARG002 - a scalar needs no file
        """Seconds."""
        if not isinstance(value, dt.timedelta):
            raise mismatch(value, self.hint, fix="write timedelta(seconds=…)")
        return value.total_seconds()

    def unpack(self, plain: Any) -> dt.timedelta:
        """From seconds."""
        if isinstance(plain, bool) or not isinstance(plain, int | float):
            self.refuse(plain)
        try:
            return dt.timedelta(seconds=plain)
        except (OverflowError, ValueError):  # more than it holds; nan
            self.refuse(plain)

    def fits(self, value: Any) -> bool:
        """A duration."""
        return isinstance(value, dt.timedelta)

    def read(self, plain: Any, base: str) -> dt.timedelta:  # noqa: ARG002 - a time holds no path
        """From a text like 1h30m, or seconds."""
        return span(plain) if isinstance(plain, str) else self.unpack(plain)


def span(text: str) -> dt.timedelta:
    """The duration of a text like "1h30m", "90s", "1.5d" or "90" (seconds); units us, ms, s, m, h, d, w.

    Raises:
        ConversionError: It is none.
    """
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text)
    body = f"{body}s" if _NUMBER.fullmatch(body) else body
    parts = _SPAN.findall(body)
    try:
        if parts and "".join(map("".join, parts)) == body:
            return sign * sum((float(number) * _UNITS[unit] for number, unit in parts), dt.timedelta())
    except OverflowError:  # more than a timedelta holds
        pass
    raise ConversionError(f"expected a duration, got {preview(text)}", fix="write it like 1h30m or 90s")


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of timedelta; None for others."""
    return TimedeltaTransformer(hint) if hint is dt.timedelta else None
