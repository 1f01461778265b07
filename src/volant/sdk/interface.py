"""The typed inputs and outputs of a Python function, as its signature says them."""

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from volant.sdk.caller import place_of
from volant.sdk.errors import AuthoringError

REQUIRED: Final = inspect.Parameter.empty
"""The default of an input that has none."""


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
    """

    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    names: type | None = None
    many: bool = False


def interface_of(function: Callable[..., Any], owner: str) -> Interface:
    """The interface of a function.

    Args:
        function: With every parameter annotated; without a return annotation it has no outputs.
        owner: Who is spoken of in errors, e.g. "task flights.load".

    Raises:
        AuthoringError: A parameter without a type, `*args`, or an annotation that cannot be resolved.
    """
    place = place_of(function.__code__)
    hints = _hints(function, owner, place)
    inputs = {each.name: _input(each, hints, owner, place) for each in inspect.signature(function).parameters.values()}
    return with_outputs(inputs, hints.get("return"), owner, place)


def _hints(function: Callable[..., Any], owner: str, place: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise AuthoringError(
            f"{owner}: the annotation names {error.name!r}, which its module does not have",
            fix=f"import or define {error.name!r} at the top level of the module",
            place=place,
        ) from None
    except TypeError as error:
        raise AuthoringError(f"{owner}: an annotation is no type: {error}", place=place) from None


def _input(parameter: inspect.Parameter, hints: Mapping[str, Any], owner: str, place: str) -> Input:
    name = parameter.name
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise AuthoringError(
            f"{owner}: the parameter {str(parameter)!r} has no name of its own to bind",
            fix="give every input a name, and pass a list or a dict for many",
            place=place,
        )
    if name not in hints:
        raise AuthoringError(
            f"{owner}: the parameter {name!r} has no type", fix=f"annotate it, e.g. {name}: int", place=place
        )
    return Input(hints[name], parameter.default)


def with_outputs(inputs: Mapping[str, Input], returned: Any, owner: str, place: str) -> Interface:
    """An interface of these inputs, with the outputs a return annotation means.

    Raises:
        AuthoringError: A tuple without a fixed length.
    """
    if returned is None or returned is types.NoneType:
        return Interface(inputs)
    if is_named_tuple(returned):
        fields = typing.get_type_hints(returned, include_extras=True)
        return Interface(inputs, fields, returned, many=True)
    if returned is tuple or typing.get_origin(returned) is tuple:
        parts = typing.get_args(returned)
        if not parts or Ellipsis in parts:
            raise AuthoringError(
                f"{owner}: it returns a tuple of unknown length",
                fix="return a list, or name each output: tuple[int, str]",
                place=place,
            )
        return Interface(inputs, {f"o{index}": part for index, part in enumerate(parts)}, many=True)
    return Interface(inputs, {"o0": returned})


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
