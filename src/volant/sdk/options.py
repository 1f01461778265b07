"""The options of a task and of a node, checked where they are written."""

import datetime as dt
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from volant.sdk.errors import AuthoringError
from volant.sdk.resources import Resources

Isolation = Literal["reuse", "fresh"]
_NOTHING: Final = dt.timedelta(0)


@dataclass(frozen=True, kw_only=True)
class TaskOptions:
    """How a task runs; every field is a keyword of `@task`.

    Attributes:
        retries: Further tries after any exception but `NonRecoverableError`; at least 0.
        timeout: How long one try may take; zero for ever.
        cache: Whether outputs are kept and found again by inputs.
        cache_version: Changed by the author when the same inputs shall give something new.
        cache_serialize: Whether equal calls at the same time wait for the first.
        cache_ignore_input_vars: Inputs that do not count.
        interruptible: Whether it may run where it can be taken away; None leaves it to the workflow.
        requests: What it needs at least.
        limits: What it must not exceed.
        environment: Variables of its process.
        isolation: "reuse" shares a warm process with other tasks of its run, "fresh" gets one of its own.
    """

    retries: int = 0
    timeout: dt.timedelta = _NOTHING
    cache: bool = False
    cache_version: str = ""
    cache_serialize: bool = False
    cache_ignore_input_vars: tuple[str, ...] = ()
    interruptible: bool | None = None
    requests: Resources | None = None
    limits: Resources | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    isolation: Isolation = "reuse"


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What one node does differently from its task; None leaves it. See `with_overrides`."""

    node_name: str | None = None
    name: str | None = None
    retries: int | None = None
    timeout: dt.timedelta | None = None
    interruptible: bool | None = None
    requests: Resources | None = None
    limits: Resources | None = None
    cache: bool | None = None
    cache_version: str | None = None
    cache_serialize: bool | None = None


def task_options(owner: str, given: Mapping[str, Any]) -> TaskOptions:
    """The options of a task, from the keywords its author wrote.

    Args:
        owner: Who is spoken of in errors, e.g. "task flights.load".
        given: Keywords of `@task`.

    Raises:
        AuthoringError: An option that does not exist, or a value that it cannot have.
    """
    options = TaskOptions(**_checked(owner, given, TaskOptions))
    if options.cache and not options.cache_version.strip():
        raise AuthoringError(
            f"{owner}: cache=True needs a cache_version",
            fix='write cache_version="1" and change it when the same inputs shall give something new',
        )
    for name in ("cache_version", "cache_serialize", "cache_ignore_input_vars"):
        if getattr(options, name) and not options.cache:
            raise AuthoringError(
                f"{owner}: {name}={given[name]!r} does nothing without cache=True", fix="add cache=True"
            )
    return options


def node_overrides(owner: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked overrides among `given`, by field of `Overrides`.

    Raises:
        AuthoringError: As in `task_options`.
    """
    return _checked(owner, {name: value for name, value in given.items() if value is not None}, Overrides)


def _checked(owner: str, given: Mapping[str, Any], into: type) -> dict[str, Any]:
    known = [each.name for each in fields(into)]
    return {name: _check(owner, name, value, known) for name, value in given.items()}


def _check(owner: str, name: str, value: Any, known: list[str]) -> Any:
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        raise AuthoringError(
            f"{owner}: there is no option {name!r}",
            fix=f"did you mean {close[0]!r}?" if close else f"the options are {', '.join(known)}",
        )
    check, fix = _CHECKS[name]
    try:
        return check(value)
    except (TypeError, ValueError, OverflowError):
        raise AuthoringError(f"{owner}: {name}={value!r} is not possible", fix=fix) from None


def _need(holds: bool, value: Any) -> Any:
    if not holds:
        raise ValueError(value)
    return value


def _count(value: Any) -> int:
    return int(_need(type(value) is int and 0 <= value < 2**32, value))


def _flag(value: Any) -> bool:
    return bool(_need(isinstance(value, bool), value))


def _maybe_flag(value: Any) -> bool | None:
    return None if value is None else _flag(value)


def _text(value: Any) -> str:
    return str(_need(isinstance(value, str), value))


def _some_text(value: Any) -> str:
    return _text(_need(bool(value), value))


def _node_name(value: Any) -> str:
    text = _some_text(value)
    plain = text.isascii() and text.replace("-", "").isalnum() and text[0].isalpha()
    return str(_need(plain and text == text.lower() and len(text) <= 63, value))


def _duration(value: Any) -> dt.timedelta:
    known = isinstance(value, dt.timedelta) or (isinstance(value, int | float) and not isinstance(value, bool))
    _need(known, value)
    span = value if isinstance(value, dt.timedelta) else dt.timedelta(seconds=value)
    _need(span >= _NOTHING, value)
    return span


def _names(value: Any) -> tuple[str, ...]:
    return tuple(_need(not isinstance(value, str) and all(isinstance(each, str) for each in value), value))


def _resources(value: Any) -> Any:
    return _need(value is None or isinstance(value, Resources), value)


def _environment(value: Any) -> dict[str, str]:
    pairs = dict(value or {})
    texts = all(isinstance(each, str) for pair in pairs.items() for each in pair)
    return dict(_need(texts and all(pairs), pairs))


def _isolation(value: Any) -> Any:
    return _need(value in ("reuse", "fresh"), value)


_SAY_FLAG = "write True or False"
_SAY_RESOURCES = 'write Resources(cpu="1", mem="1Gi")'
_CHECKS: Final[Mapping[str, tuple[Callable[[Any], Any], str]]] = {
    "retries": (_count, "write a whole number, 0 for none"),
    "timeout": (_duration, "write a timedelta, or seconds as a number; 0 for no limit"),
    "cache": (_flag, _SAY_FLAG),
    "cache_version": (_text, 'write a text, e.g. "1"'),
    "cache_serialize": (_flag, _SAY_FLAG),
    "cache_ignore_input_vars": (_names, 'write names of inputs, e.g. ("seed",)'),
    "interruptible": (_maybe_flag, _SAY_FLAG),
    "requests": (_resources, _SAY_RESOURCES),
    "limits": (_resources, _SAY_RESOURCES),
    "environment": (_environment, 'write texts by name, e.g. {"MODE": "fast"}'),
    "isolation": (_isolation, 'write "reuse" or "fresh"'),
    "node_name": (_node_name, "write up to 63 of a-z, 0-9 and '-', beginning with a letter"),
    "name": (_some_text, "write a text"),
}
