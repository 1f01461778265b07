"""What a class holds, as the wire sees it: dataclasses, msgspec Structs and pydantic models alike.

pydantic is never imported: a model is known by the methods it has.
"""

import collections.abc
import dataclasses
import datetime as dt
import enum
import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import msgspec

from volant.base.errors import UserError

NO_DEFAULT: Final = msgspec.NODEFAULT
"""The default of a field that must be given."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth or bytes; `choices` are the only ones where there are any."""

    type: type
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A member of an enum, which travels by its name."""

    type: type[enum.Enum]


@dataclass(frozen=True, slots=True)
class Span:
    """A timedelta, as `google.protobuf.Duration`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware datetime, as `google.protobuf.Timestamp`."""


@dataclass(frozen=True, slots=True)
class Many:
    """Several of a kind, in order; `make` makes what the class wants of a list."""

    item: "Kind"
    make: Callable[[Any], Any] = list


@dataclass(frozen=True, slots=True)
class Table:
    """Values of a kind by text."""

    item: "Kind"


@dataclass(frozen=True, slots=True)
class Nested:
    """An instance of a class with fields."""

    type: type


@dataclass(frozen=True, slots=True)
class Maybe:
    """A kind, or None."""

    item: "Kind"


@dataclass(frozen=True, slots=True)
class Plain:
    """Whatever JSON the class's own library makes of it."""

    hint: Any


Kind: TypeAlias = Scalar | Choice | Span | Moment | Many | Table | Nested | Maybe | Plain


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a class.

    Attributes:
        name: As in Python.
        json: Its key in JSON.
        key: What its class's constructor or validator calls it.
        kind: What it holds.
        make_default: Gives its default, `NO_DEFAULT` where it must be given.
    """

    name: str
    json: str
    key: str
    kind: Kind
    make_default: Callable[[], Any]


def is_model(kind: object) -> bool:
    """Whether it is a class whose fields are known."""
    return isinstance(kind, type) and (
        dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct) or is_pydantic(kind)
    )


def is_pydantic(kind: type) -> bool:
    """Whether it is a model of pydantic 2."""
    return hasattr(kind, "model_validate") and hasattr(kind, "model_dump") and hasattr(kind, "model_fields")


@functools.lru_cache(maxsize=1024)
def members(kind: type) -> tuple[Member, ...]:
    """The fields of a class, in their order.

    Raises:
        UserError: It has no fields, or an annotation names what does not exist.
    """
    if not is_model(kind):
        raise UserError(
            f"{kind.__qualname__} is no class with fields",
            fix="make it a dataclass, a msgspec Struct or a pydantic model",
        )
    if is_pydantic(kind):
        return tuple(_of_pydantic(kind))
    return tuple(_of_struct(kind) if issubclass(kind, msgspec.Struct) else _of_dataclass(kind))


def _hints(kind: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except (NameError, TypeError) as error:
        raise UserError(
            f"{kind.__qualname__}: an annotation cannot be read: {error}",
            fix="define or import what it names at the top level of its module",
        ) from error


def _of_dataclass(kind: Any) -> Iterator[Member]:
    hints = _hints(kind)
    for field in dataclasses.fields(kind):
        if field.init:
            default = field.default if field.default is not dataclasses.MISSING else NO_DEFAULT
            factory = field.default_factory
            make = factory if factory is not dataclasses.MISSING else functools.partial(_same, default)
            yield Member(field.name, field.name, field.name, kind_of(hints[field.name]), make)


def _of_struct(kind: type[msgspec.Struct]) -> Iterator[Member]:
    hints = _hints(kind)
    for field in msgspec.structs.fields(kind):
        factory = field.default_factory
        make = factory if factory is not msgspec.NODEFAULT else functools.partial(_same, field.default)
        yield Member(field.name, field.encode_name, field.name, kind_of(hints[field.name]), make)


def _of_pydantic(kind: Any) -> Iterator[Member]:
    for name, field in kind.model_fields.items():
        read = next((each for each in (field.validation_alias, field.alias) if isinstance(each, str)), name)
        make = functools.partial(_pydantic_default, field)
        json = field.serialization_alias or field.alias or name
        yield Member(name, json, read, kind_of(field.annotation), make)


def _pydantic_default(field: Any) -> Any:
    return NO_DEFAULT if field.is_required() else field.get_default(call_default_factory=True)


def _same(value: Any) -> Any:
    return value


_SCALARS = {str, bool, int, float, bytes}
_LISTS: dict[Any, Callable[[Any], Any]] = {
    list: list, set: set, frozenset: frozenset,
    collections.abc.Sequence: list, collections.abc.MutableSequence: list, collections.abc.Iterable: list,
    collections.abc.Collection: list, collections.abc.Set: frozenset, collections.abc.MutableSet: set,
}  # fmt: skip
_TABLES = {dict, Mapping, collections.abc.MutableMapping}


def kind_of(hint: Any) -> Kind:
    """What an annotation holds."""
    if isinstance(hint, typing.NewType):
        return kind_of(hint.__supertype__)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return kind_of(arguments[0])
    if origin is Literal:
        return _literal(hint, arguments)
    if origin in (Union, types.UnionType):
        return _union(hint, arguments)
    return _several(hint, origin, arguments) if origin is not None else _simple(hint)


def _simple(hint: Any) -> Kind:
    if not isinstance(hint, type):
        return Plain(hint)
    if hint in _SCALARS:
        return Scalar(hint)
    if issubclass(hint, enum.Enum) and not issubclass(hint, enum.Flag):
        return Choice(hint)
    if hint is dt.timedelta:
        return Span()
    if hint is dt.datetime:
        return Moment()
    return Nested(hint) if is_model(hint) else Plain(hint)


def _several(hint: Any, origin: Any, arguments: tuple[Any, ...]) -> Kind:
    if origin in _LISTS and len(arguments) == 1:
        return Many(kind_of(arguments[0]), _LISTS[origin])
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return Many(kind_of(arguments[0]), tuple)
    if origin in _TABLES and arguments[0] is str and arguments[1] not in (Any, object):
        return Table(kind_of(arguments[1]))
    return Plain(hint)


def _literal(hint: Any, choices: tuple[Any, ...]) -> Kind:
    found = {type(each) for each in choices}
    return Scalar(found.pop(), choices) if len(found) == 1 and found <= {str, int} else Plain(hint)


def _union(hint: Any, arguments: tuple[Any, ...]) -> Kind:
    rest = [each for each in arguments if each is not type(None)]
    return Maybe(kind_of(rest[0])) if len(rest) == 1 and len(arguments) == 2 else Plain(hint)
