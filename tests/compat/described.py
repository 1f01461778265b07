"""Types and values described in JSON, so that two processes can build the same ones.

A type is its name ("int") or a list: ["list", T], ["dict", T], ["optional", T], ["union", T, …],
["enum", value, …], ["choice", text, …], ["dataclass", [field, T], …], ["model", [field, T], …] of pydantic.
A value is JSON for it: times as ISO texts, spans in microseconds, a member by its value, a dataclass by its fields,
a variant as [index, value].
"""

import dataclasses
import datetime as dt
import enum
import functools
import json
import operator
import sys
import types
from typing import Any, Literal

PLAIN = {
    "int": int, "float": float, "str": str, "bool": bool, "datetime": dt.datetime, "date": dt.date,
    "timedelta": dt.timedelta,
}  # fmt: skip
_HOME = sys.modules.setdefault("described_types", types.ModuleType("described_types"))


def hint_of(described: Any) -> Any:
    """The Python type; the same one for the same description."""
    return _hint(json.dumps(described))


@functools.cache
def _hint(text: str) -> Any:
    described = json.loads(text)
    if isinstance(described, str):
        return PLAIN[described]
    kind, *rest = described
    return _MAKE[kind](rest)


def _enum(values: list[Any]) -> Any:
    return _at_home(enum.Enum(_name("Enum"), {f"M{n}": each for n, each in enumerate(values)}))


def _dataclass(fields: list[Any]) -> Any:
    return _at_home(dataclasses.make_dataclass(_name("Data"), [(name, hint_of(each)) for name, each in fields]))


def _model(fields: list[Any]) -> Any:
    import pydantic

    typed: dict[str, Any] = {name: (hint_of(each), ...) for name, each in fields}
    return _at_home(pydantic.create_model(_name("Model"), **typed))


def _at_home(made: Any) -> Any:
    """A class that can be found where it says it is."""
    made.__module__ = _HOME.__name__
    setattr(_HOME, made.__name__, made)
    return made


def _name(kind: str) -> str:
    _HOME.count = getattr(_HOME, "count", 0) + 1  # type: ignore[attr-defined]
    return f"{kind}{_HOME.count}"


_MAKE = {
    "list": lambda rest: list[hint_of(rest[0])],
    "dict": lambda rest: dict[str, hint_of(rest[0])],
    "optional": lambda rest: hint_of(rest[0]) | None,
    "union": lambda rest: functools.reduce(operator.or_, map(hint_of, rest)),
    "enum": _enum,
    "choice": lambda rest: Literal[tuple(rest)],
    "dataclass": _dataclass,
    "model": _model,
}


def value_of(described: Any, plain: Any) -> Any:
    """The Python value that JSON means; dicts are filled in the order of their keys."""
    if isinstance(described, str):
        return _PLAIN_VALUE.get(described, lambda it: it)(plain)
    kind, *rest = described
    return _VALUE[kind](described, rest, plain)


_PLAIN_VALUE = {
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "timedelta": lambda it: dt.timedelta(microseconds=it),
}
_VALUE = {
    "list": lambda _, rest, plain: [value_of(rest[0], each) for each in plain],
    "dict": lambda _, rest, plain: {key: value_of(rest[0], plain[key]) for key in sorted(plain)},
    "optional": lambda _, rest, plain: None if plain is None else value_of(rest[0], plain),
    "union": lambda _, rest, plain: value_of(rest[plain[0]], plain[1]),
    "enum": lambda described, _, plain: hint_of(described)(plain),
    "choice": lambda _, __, plain: plain,
    "dataclass": lambda described, rest, plain: hint_of(described)(**_fields(rest, plain)),
    "model": lambda described, rest, plain: hint_of(described)(**_fields(rest, plain)),
}


def _fields(rest: list[Any], plain: Any) -> dict[str, Any]:
    return {name: value_of(each, plain[name]) for name, each in rest}
