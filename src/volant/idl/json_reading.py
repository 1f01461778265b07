"""Instances of dataclasses, Structs and pydantic models from proto3 JSON; the form: `volant.idl.proto_json`."""

import base64
import binascii
import datetime as dt
import difflib
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

_FLOAT_NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def read(data: Mapping[str, Any], kind: type, path: str = "") -> Any:
    """An instance of a class from its JSON form.

    Fields that are absent get their default; lists and tables without one are empty then, and what may be None is.

    Raises:
        MismatchError: A value does not fit its field, one is missing or too many, or the class refuses it.
        UserError: The class cannot be read.
    """
    known = {member.json: member for member in members(kind)}
    for key in data:
        if key not in known:
            raise MismatchError(below(path, key), f"{kind.__qualname__} has no such field", _nearest(key, known))
    values = {}
    for member in known.values():
        if member.json in data and is_pydantic(kind) and is_plain(member.kind):
            values[member.key] = data[member.json]
        elif member.json in data:
            values[member.key] = _read(data[member.json], member.kind, below(path, member.json))
        elif member.make_default() is NO_DEFAULT:
            values[member.key] = _absent(member, kind, path)
    return _make(kind, values, path)


def _nearest(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"its fields are {', '.join(known) or 'none'}"


def _absent(member: Member, kind: type, path: str) -> Any:
    match member.kind:
        case Many(make=make):
            return make(())
        case Table():
            return {}
        case Maybe():
            return None
    raise MismatchError(
        below(path, member.json),
        f"{kind.__qualname__} needs it",
        "set it where the task is made, or give it a default",
    )


def _make(kind: Any, values: dict[str, Any], path: str) -> Any:
    try:
        if is_pydantic(kind):
            return kind.model_validate(values)
        made = kind(**values)
        if isinstance(made, msgspec.Struct):  # its constructor does not look at constraints, only its reader does
            msgspec.convert(msgspec.to_builtins(made), kind)
        return made
    except Exception as error:
        text = " ".join(str(error).split())
        raise MismatchError(
            path, f"{kind.__qualname__} refuses {shown(values)}: {text}", "set what it allows"
        ) from error


def _read(data: Any, kind: Kind, path: str) -> Any:
    match kind:
        case Scalar():
            value = _SCALAR_IN[kind.type](data, path)
            check_choice(value, kind, path)
            return value
        case Choice():
            return _choice_in(data, kind, path)
        case Span():
            return _time_in(data, pb.Duration(), "a duration such as '1.5s'", path).ToTimedelta()
        case Moment():
            found = _time_in(data, pb.Timestamp(), "a time such as '2026-01-31T06:00:00Z'", path)
            return found.ToDatetime(tzinfo=dt.UTC)
        case Many():
            return kind.make(_many_in(data, kind, path))
        case Table():
            return {key: _read(each, kind.item, f"{path}[{key!r}]") for key, each in _object(data, path).items()}
        case Nested():
            return read(_object(data, path), kind.type, path)
        case Maybe():
            return None if data is None else _read(data, kind.item, path)
        case Plain():
            return _plain_in(data, kind, path)


def _misread(what: str, data: Any, path: str) -> MismatchError:
    return wanted(what, data, path, "write it as get_custom() would, or change the field's annotation")


def _str_in(data: Any, path: str) -> str:
    if not isinstance(data, str):
        raise _misread("a text", data, path)
    return data


def _bool_in(data: Any, path: str) -> bool:
    if not isinstance(data, bool):
        raise _misread("true or false", data, path)
    return data


def _int_in(data: Any, path: str) -> int:
    try:
        if isinstance(data, bool) or (isinstance(data, float) and not data.is_integer()):
            raise ValueError
        found = int(data)
    except (ValueError, TypeError, OverflowError):
        raise _misread("a whole number", data, path) from None
    if found not in INT64:
        raise MismatchError(path, f"{found} does not fit 64 bits", "make the field a str")
    if isinstance(data, float) and abs(found) > EXACT:
        raise MismatchError(path, f"{data!r} may have lost digits: numbers travel as doubles", "write it as a text")
    return found


def _float_in(data: Any, path: str) -> float:
    try:
        if isinstance(data, bool):
            raise ValueError
        return _FLOAT_NAMES[data] if isinstance(data, str) and data in _FLOAT_NAMES else float(data)
    except (ValueError, TypeError, OverflowError):
        raise _misread("a number", data, path) from None


def _bytes_in(data: Any, path: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise _misread("bytes in base64", data, path) from None


_SCALAR_IN: dict[type, Callable[[Any, str], Any]] = {
    str: _str_in, bool: _bool_in, int: _int_in, float: _float_in, bytes: _bytes_in,
}  # fmt: skip


def _choice_in(data: Any, kind: Choice, path: str) -> Any:
    if not isinstance(data, str) or data not in kind.type.__members__:
        names = ", ".join(each.name for each in kind.type)
        raise wanted(f"a name of {kind.type.__qualname__}", data, path, f"write one of {names}")
    return kind.type[data]


def _time_in(data: Any, found: Any, what: str, path: str) -> Any:
    try:
        found.FromJsonString(data)
    except (ValueError, TypeError, AttributeError):
        raise _misread(what, data, path) from None
    return found


def _many_in(data: Any, kind: Many, path: str) -> list[Any]:
    if not isinstance(data, list | tuple):
        raise _misread("a list", data, path)
    return [_read(each, kind.item, f"{path}[{index}]") for index, each in enumerate(data)]


def _object(data: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise _misread("an object", data, path)
    return data


def _plain_in(data: Any, kind: Plain, path: str) -> Any:
    """As msgspec reads it; what msgspec has no reader for is left to the class."""
    try:
        return msgspec.convert(data, kind.hint, strict=False, str_keys=True)
    except msgspec.ValidationError as error:
        raise MismatchError(path, f"{shown(data)} does not fit: {error}", "write what its annotation says") from error
    except TypeError:
        return data
