"""Instances of dataclasses, Structs and pydantic models to proto3 JSON; the form: `volant.idl.proto_json`."""

import base64
import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from volant.idl import pb
from volant.idl.proto_json import EXACT, INT64, MismatchError, below, check_choice, is_plain, shown, wanted
from volant.idl.shapes import (
    NO_DEFAULT,
    Choice,
    Kind,
    Many,
    Maybe,
    Member,
    Moment,
    Nested,
    Plain,
    Scalar,
    Span,
    Table,
    is_pydantic,
    members,
)

_WORDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    bytes: "bytes in base64",
}


def write(value: Any, kind: type | None = None, path: str = "") -> dict[str, Any]:
    """The JSON form of an instance; of `kind`, where it is of a subclass.

    Raises:
        MismatchError: A field holds what its annotation does not say.
        UserError: Its class cannot be read.
    """
    found = {}
    for member in members(kind or type(value)):
        held = getattr(value, member.name)
        if held is not None or not isinstance(member.kind, Maybe) or member.make_default() not in (None, NO_DEFAULT):
            place = below(path, member.name)
            found[member.json] = _written(_dumped(value, member, held, place), member.kind, place)
    return found


def _dumped(value: Any, member: Member, held: Any, path: str) -> Any:
    """What pydantic alone can write, such as its URLs, as pydantic writes it; of a secret that would be stars."""
    if hasattr(held, "get_secret_value"):
        fix = "carry the secret's name, and let the plugin ask ctx.secrets for it"
        raise MismatchError(path, "a secret has no place in a task, which everybody may read", fix)
    if not is_pydantic(type(value)) or not is_plain(member.kind):
        return held
    return value.model_dump(mode="json", include={member.name}).get(member.name)


def _written(value: Any, kind: Kind, path: str) -> Any:
    match kind:
        case Scalar():
            return _scalar_out(value, kind, path)
        case Choice() if isinstance(value, kind.type):
            return value.name
        case Choice():
            raise wanted(f"a {kind.type.__qualname__}", value, path, f"write {kind.type.__qualname__}.{_first(kind)}")
        case Span():
            return _span_out(value, path)
        case Moment():
            return _moment_out(value, path)
        case Many():
            return _many_out(value, kind, path)
        case Table():
            return _table_out(value, kind, path)
        case Nested() if isinstance(value, kind.type):
            return write(value, kind.type, path)
        case Nested():
            raise wanted(f"a {kind.type.__qualname__}", value, path, f"give it a {kind.type.__qualname__}")
        case Maybe():
            return None if value is None else _written(value, kind.item, path)
        case Plain():
            return _plain_out(value, path)


def _first(kind: Choice) -> str:
    return next(iter(kind.type)).name


def _scalar_out(value: Any, kind: Scalar, path: str) -> Any:
    fits = isinstance(value, int | float if kind.type is float else kind.type)
    if not fits or (kind.type is not bool and isinstance(value, bool)):
        raise wanted(kind.type.__name__, value, path, f"give it {_WORDS[kind.type]}, or change its annotation")
    check_choice(value, kind, path)
    return _SCALAR_OUT[kind.type](value, path)


def _int_out(value: int, path: str) -> str:
    if value not in INT64:
        raise MismatchError(path, f"{value} does not fit 64 bits", "make the field a str")
    return str(int(value))


def _float_out(value: float, path: str) -> float | str:
    del path
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


_SCALAR_OUT: dict[type, Callable[[Any, str], Any]] = {
    str: lambda value, _: str(value),
    bool: lambda value, _: value,
    int: _int_out,
    float: _float_out,
    bytes: lambda value, _: base64.b64encode(value).decode(),
}


def _span_out(value: Any, path: str) -> str:
    if not isinstance(value, dt.timedelta):
        raise wanted("a timedelta", value, path, "write timedelta(seconds=…)")
    return _time_out(pb.Duration.FromTimedelta, pb.Duration(), value, path)


def _moment_out(value: Any, path: str) -> str:
    if not isinstance(value, dt.datetime):
        raise wanted("a datetime", value, path, "write datetime(…, tzinfo=UTC)")
    if value.tzinfo is None:
        raise MismatchError(path, f"{value!r} has no time zone", "write datetime(…, tzinfo=UTC)")
    return _time_out(pb.Timestamp.FromDatetime, pb.Timestamp(), value, path)


def _time_out(fill: Callable[[Any, Any], None], found: Any, value: Any, path: str) -> str:
    try:
        fill(found, value)
        text: str = found.ToJsonString()
    except (ValueError, OverflowError) as error:
        raise MismatchError(
            path, f"{shown(value)} is beyond what travels: {error}", "write one that is nearer"
        ) from None
    return text


def _many_out(value: Any, kind: Many, path: str) -> list[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise wanted("a list", value, path, "put it in a list")
    found = [_written(each, kind.item, f"{path}[{index}]") for index, each in enumerate(value)]
    return sorted(found, key=repr) if isinstance(value, set | frozenset) else found


def _table_out(value: Any, kind: Table, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise wanted("a dict", value, path, "write {name: value}")
    for key in value:
        if not isinstance(key, str):
            raise wanted("texts as keys", key, path, "write its keys as texts")
    return {key: _written(each, kind.item, f"{path}[{key!r}]") for key, each in value.items()}


def _plain_out(value: Any, path: str) -> Any:
    try:
        found = value.model_dump(mode="json") if is_pydantic(type(value)) else msgspec.to_builtins(value, str_keys=True)
    except Exception as error:
        raise MismatchError(path, f"{shown(value)} has no JSON form: {error}", "make the field a str") from error
    _check_exact(found, path)
    return found


def _check_exact(value: Any, path: str) -> None:
    """A Struct keeps numbers as doubles; what would lose digits is refused."""
    if isinstance(value, int) and abs(value) > EXACT:
        raise MismatchError(
            path, f"{value} would lose digits: numbers travel as doubles", "annotate it as int, or write a text"
        )
    if isinstance(value, dict):
        for key, each in value.items():
            _check_exact(each, below(path, str(key)))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _check_exact(each, f"{path}[{index}]")
