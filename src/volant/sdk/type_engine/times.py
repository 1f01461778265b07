"""datetime and date, and what is the same of all kinds of time."""

import datetime as dt
from typing import Any, ClassVar, NoReturn

from volant.idl import pb
from volant.idl.literals import primitive
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview, wrong_literal

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NO_MOMENT = "annotate datetime | None, and pass None where there is no moment"


class TimeTransformer(Transformer):
    """A kind of time.

    Attributes:
        simple: The type on the wire.
        json_schema: That of its plain form.
        sample: A value as a person would type it.
    """

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
                return _duration(found.duration)
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


class DatetimeTransformer(TimeTransformer):
    """datetime: aware, UTC when read; one without a timezone is taken for UTC. To the microsecond.

    Source: flytekit `DatetimeTransformer`.
    """

    name = "datetime"
    simple = pb.SimpleType.DATETIME
    json_schema: ClassVar[dict[str, Any]] = {"type": "string", "format": "date-time"}
    sample = "2024-01-31T08:00:00Z"

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:  # noqa: ARG002 - a scalar needs no file
        """A timestamp."""
        return primitive(self._utc(self._checked(value)))

    def from_literal(self, literal: pb.Literal) -> dt.datetime:
        """UTC, be it a timestamp or a part of a document."""
        return self._utc(super().from_literal(literal))

    def pack(self, value: Any, raw: RawData) -> str:  # noqa: ARG002 - a scalar needs no file
        """ISO 8601, with the timezone it has, or none."""
        return self._checked(value).isoformat()

    def unpack(self, plain: Any) -> dt.datetime:
        """From ISO 8601, with the timezone it has, or none."""
        if isinstance(plain, dt.datetime):  # YAML has them
            return plain
        if not isinstance(plain, str):
            self.refuse(plain)
        try:
            return dt.datetime.fromisoformat(plain)
        except ValueError:
            self.refuse(plain)

    def fits(self, value: Any) -> bool:
        """A moment."""
        return isinstance(value, dt.datetime)

    def read(self, plain: Any, base: str) -> dt.datetime:  # noqa: ARG002 - a time holds no path
        """From ISO 8601; UTC."""
        return self._utc(self.unpack(plain))

    def _checked(self, value: Any) -> dt.datetime:
        if not isinstance(value, dt.datetime):
            self.refuse(value)
        if value != value:  # as pandas's NaT does, which says that it is a datetime
            raise ConversionError(f"expected datetime, got {preview(value)}, which is no moment", fix=_NO_MOMENT)
        return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value

    def _utc(self, value: dt.datetime) -> dt.datetime:
        try:
            is_aware = value.utcoffset() is not None
            return (value if is_aware else value.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        except OverflowError:
            raise ConversionError(f"{value.isoformat()} is outside the years 1 to 9999 in UTC") from None


class DateTransformer(TimeTransformer):
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

    def fits(self, value: Any) -> bool:
        """A day; a moment is none, though Python says so."""
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)

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


_KINDS: dict[Any, type[Transformer]] = {dt.datetime: DatetimeTransformer, dt.date: DateTransformer}


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of datetime or date; None for others."""
    kind = _KINDS.get(hint) if isinstance(hint, type) else None
    return kind(hint) if kind else None


def _moment(stamp: pb.Timestamp) -> dt.datetime:
    try:
        return _EPOCH + dt.timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError:
        raise ConversionError(f"a moment {stamp.seconds} s after 1970 is outside the years 1 to 9999") from None


def _duration(found: pb.Duration) -> dt.timedelta:
    try:
        return found.ToTimedelta()
    except (OverflowError, ValueError):  # beyond Python's, or beyond protobuf's own
        raise ConversionError(f"a duration of {found.seconds} s is longer than a timedelta can be") from None
