"""datetime, date and timedelta."""

import datetime as dt
import re
from typing import Any, ClassVar, NoReturn

from volant.idl import pb
from volant.idl.literals import primitive
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w)")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_UNITS = {
    "us": dt.timedelta(microseconds=1),
    "ms": dt.timedelta(milliseconds=1),
    "s": dt.timedelta(seconds=1),
    "m": dt.timedelta(minutes=1),
    "h": dt.timedelta(hours=1),
    "d": dt.timedelta(days=1),
    "w": dt.timedelta(weeks=1),
}


class _TimeTransformer(Transformer):
    simple: int
    json_schema: ClassVar[dict[str, Any]]
    sample: str

    def literal_type(self) -> pb.LiteralType:
        """A simple type."""
        return pb.LiteralType(simple=self.simple)

    def schema(self) -> dict[str, Any]:
        """As mashumaro writes it."""
        return dict(self.json_schema)

    def take(self, literal: pb.Literal) -> Any:
        """What the primitive holds; a text or number is the plain form, from inside a document."""
        found = literal.scalar.primitive
        match found.WhichOneof("value"):
            case "datetime" if self.simple == pb.SimpleType.DATETIME:
                return self.of_moment(_moment(found.datetime))
            case "duration" if self.simple == pb.SimpleType.DURATION:
                return found.duration.ToTimedelta()
            case "string_value":
                return self.unpack(found.string_value)
            case "float_value":
                return self.unpack(found.float_value)
            case "integer":
                return self.unpack(found.integer)
        raise wrong_literal(literal, self.hint)

    def of_moment(self, moment: dt.datetime) -> Any:
        """The value of a timestamp, which is UTC."""
        return moment

    def parse(self, text: str, base: str) -> Any:
        """The plain form, as it is."""
        return self.read(text, base)

    def example(self) -> str:
        """A value as a person would type it."""
        return self.sample

    def refuse(self, value: Any) -> NoReturn:
        """Say what is wanted."""
        raise mismatch(value, self.hint, fix=f"write it like {self.sample}")


class DatetimeTransformer(_TimeTransformer):
    """datetime: aware, UTC when read; one without a timezone is taken for UTC. To the microsecond.

    Source: flytekit `DatetimeTransformer`.
    """

    name = "datetime"
    simple = pb.SimpleType.DATETIME
    json_schema: ClassVar[dict[str, Any]] = {"type": "string", "format": "date-time"}
    sample = "2024-01-31T08:00:00Z"

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:  # noqa: ARG002 - a scalar needs no file
        """A timestamp."""
        return primitive(self._checked(value))

    def pack(self, value: Any, raw: RawData) -> str:  # noqa: ARG002 - a scalar needs no file
        """ISO 8601."""
        return self._checked(value).isoformat()

    def unpack(self, plain: Any) -> dt.datetime:
        """From ISO 8601."""
        if isinstance(plain, dt.datetime):  # YAML has them
            return _aware(plain)
        if not isinstance(plain, str):
            self.refuse(plain)
        try:
            return _aware(dt.datetime.fromisoformat(plain))
        except ValueError:
            self.refuse(plain)

    def _checked(self, value: Any) -> dt.datetime:
        if not isinstance(value, dt.datetime):
            self.refuse(value)
        return _aware(value)


class DateTransformer(_TimeTransformer):
    """date; midnight UTC on the wire. Source: flytekit `DateTransformer`."""

    name = "date"
    simple = pb.SimpleType.DATETIME
    json_schema: ClassVar[dict[str, Any]] = {"type": "string", "format": "date"}
    sample = "2024-01-31"

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A timestamp."""
        self.pack(value, raw)
        return primitive(dt.datetime.combine(value, dt.time(), dt.UTC))

    def of_moment(self, moment: dt.datetime) -> dt.date:
        """Its day."""
        return moment.date()

    def pack(self, value: Any, raw: RawData) -> str:  # noqa: ARG002 - a scalar needs no file
        """ISO 8601."""
        if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
            fix = "write .date() behind it" if isinstance(value, dt.datetime) else ""
            raise mismatch(value, self.hint, fix=fix)
        return value.isoformat()

    def unpack(self, plain: Any) -> dt.date:
        """From ISO 8601."""
        if isinstance(plain, dt.date) and not isinstance(plain, dt.datetime):  # YAML has them
            return plain
        if not isinstance(plain, str):
            self.refuse(plain)
        try:
            return dt.date.fromisoformat(plain)
        except ValueError:
            self.refuse(plain)


class TimedeltaTransformer(_TimeTransformer):
    """timedelta, to the microsecond; plain, it is seconds. Source: flytekit `TimedeltaTransformer`."""

    name = "timedelta"
    simple = pb.SimpleType.DURATION
    json_schema: ClassVar[dict[str, Any]] = {"type": "number", "format": "time-delta"}
    sample = "1h30m"

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A duration."""
        self.pack(value, raw)
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
        return dt.timedelta(seconds=plain)

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
    if not parts or "".join(map("".join, parts)) != body:
        raise ConversionError(f"expected a duration, got {text!r}", fix="write it like 1h30m or 90s")
    return sign * sum((float(number) * _UNITS[unit] for number, unit in parts), dt.timedelta())


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of a type of time; None for others."""
    kinds: dict[Any, type[Transformer]] = {
        dt.datetime: DatetimeTransformer,
        dt.date: DateTransformer,
        dt.timedelta: TimedeltaTransformer,
    }
    kind = kinds.get(hint) if isinstance(hint, type) else None
    return kind(hint) if kind else None


def _aware(value: dt.datetime) -> dt.datetime:
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def _moment(stamp: pb.Timestamp) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
