"""The typed inputs and outputs of a Python function, as its signature says them."""

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from volant.sdk.caller import place_of
from volant.sdk.errors import AuthoringError
from volant.sdk.problems import collecting, is_collecting, report

REQUIRED: Final = inspect.Parameter.empty
"""The default of an input that has none."""


class Unknown:
    """Stands for a type or a value that an author's mistake leaves open; the mistake was told, nothing else is."""


@dataclass(frozen=True)
class Input:
    """One input.

    Attributes:
        hint: Its Python type, as annotated.
        default: Its default, or `REQUIRED`.
    """

    hint: Any
    default: Any = REQUIRED


@dataclass(frozen=True)
class Interface:
    """What goes in and comes out.

    Attributes:
        inputs: By name, in the signature's order.
        outputs: Python types by name, in order: "o0", "o1" … where the author gave no names.
        names: The NamedTuple that names the outputs, or None.
        many: Whether outputs come as a tuple, be it of one.
        fixed: Values of further inputs, which a launch plan sets once and for all.
        problems: What its author got wrong, where somebody collects mistakes; types are `Unknown` then.
    """

    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    names: type | None = None
    many: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[AuthoringError, ...] = field(default=(), compare=False, repr=False)


def interface_of(function: Callable[..., Any], owner: str) -> Interface:
    """The interface of a function.

    Args:
        function: With every parameter annotated; without a return annotation it has no outputs.
        owner: Who is spoken of in errors, e.g. "task flights.load".

    Raises:
        AuthoringError: A parameter without a type, `*args`, or an annotation that cannot be resolved. Where mistakes
            are collected they are in its `problems`, for whoever uses the interface to tell.
    """
    if not is_collecting():
        return _read(function, owner)
    with collecting() as found:
        interface = _read(function, owner)
    return replace(interface, problems=tuple(found))


def _read(function: Callable[..., Any], owner: str) -> Interface:
    place = place_of(function.__code__)
    hints = _hints(function, owner, place)
    parameters = inspect.signature(function).parameters.values()
    inputs = {each.name: _input(each, hints, owner, place) for each in parameters if _is_input(each, owner, place)}
    return with_outputs(inputs, hints.get("return"), owner, place)


def _hints(function: Callable[..., Any], owner: str, place: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:  # noqa: BLE001 - an annotation may be any code; one by one they say which
        annotations = function.__annotations__
        return {name: _hint(function, name, annotations[name], owner, place) for name in annotations}


def _hint(function: Callable[..., Any], name: str, annotation: Any, owner: str, place: str) -> Any:
    alone: Any = types.SimpleNamespace(__annotations__={name: annotation})
    try:
        return typing.get_type_hints(alone, function.__globals__, include_extras=True)[name]
    except NameError as error:
        report(_undefined(error, owner, place))
    except Exception as error:  # noqa: BLE001 - as above
        of = "what it returns" if name == "return" else repr(name)
        told = f"{owner}: the annotation of {of} is no type: {type(error).__name__}: {error}"
        report(AuthoringError(told, fix="annotate a class, or a type made of classes, e.g. list[int]", place=place))
    return Unknown


def _undefined(error: NameError, owner: str, place: str) -> AuthoringError:
    return AuthoringError(
        f"{owner}: the annotation names {error.name!r}, which its module does not have",
        fix=f"import or define {error.name!r} at the top level of the module",
        place=place,
    )


def _is_input(parameter: inspect.Parameter, owner: str, place: str) -> bool:
    if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        return True
    if parameter.kind is parameter.POSITIONAL_ONLY:
        told = f"{owner}: the parameter {parameter.name!r} can be passed by position only, and inputs have names"
        report(AuthoringError(told, fix="leave out the / behind it", place=place))
        return True
    told = f"{owner}: the parameter {str(parameter)!r} has no name of its own to bind"
    report(AuthoringError(told, fix="give every input a name, and pass a list or a dict for many", place=place))
    return False


def _input(parameter: inspect.Parameter, hints: Mapping[str, Any], owner: str, place: str) -> Input:
    name = parameter.name
    if name not in hints:
        told = f"{owner}: the parameter {name!r} has no type"
        report(AuthoringError(told, fix=f"annotate it, e.g. {name}: int", place=place))
    return Input(hints.get(name, Unknown), parameter.default)


def with_outputs(inputs: Mapping[str, Input], returned: Any, owner: str, place: str) -> Interface:
    """An interface of these inputs, with the outputs a return annotation means.

    Raises:
        AuthoringError: A tuple without a fixed length, or a namedtuple without types.
    """
    if returned is None or returned is types.NoneType:
        return Interface(inputs)
    if is_named_tuple(returned):
        return Interface(inputs, _fields(returned, owner, place), returned, many=True)
    if not (returned is tuple or isinstance(returned, tuple) or typing.get_origin(returned) is tuple):
        return Interface(inputs, {"o0": returned})
    parts = returned if isinstance(returned, tuple) else typing.get_args(returned)
    if not parts or Ellipsis in parts:
        told = f"{owner}: it returns a tuple of unknown length"
        report(AuthoringError(told, fix="return a list, or name each output: tuple[int, str]", place=place))
        return Interface(inputs, {"o0": Unknown})
    return Interface(inputs, {f"o{index}": part for index, part in enumerate(parts)}, many=True)


def _fields(names: Any, owner: str, place: str) -> dict[str, Any]:
    try:
        fields = typing.get_type_hints(names, include_extras=True)
    except NameError as error:
        report(_undefined(error, owner, place))
        return dict.fromkeys(names._fields, Unknown)
    if set(fields) != set(names._fields):
        told = f"{owner}: it returns {names.__qualname__}, whose fields have no types"
        fix = f"write it as class {names.__name__}(NamedTuple), with a type for each field"
        report(AuthoringError(told, fix=fix, place=place))
    return {name: fields.get(name, Unknown) for name in names._fields}


def is_named_tuple(hint: Any) -> bool:
    """Whether this is a `typing.NamedTuple` class."""
    return isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")


def show_type(hint: Any) -> str:
    """A type as people write it: `list[int]`, `int | None`, `Config`."""
    if hint is None or hint is types.NoneType:
        return "None"
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return show_type(args[0])
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(show_type, args))
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin is not None and args:
        return f"{show_type(origin)}[{', '.join('...' if each is ... else show_type(each) for each in args)}]"
    return getattr(hint, "__qualname__", None) or str(hint).removeprefix("typing.")


def named(outputs: Sequence[str]) -> str:
    """Names of outputs for people: "o0", "total and mean"."""
    return " and ".join([", ".join(outputs[:-1]), outputs[-1]] if len(outputs) > 1 else outputs)
