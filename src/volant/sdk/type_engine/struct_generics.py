"""The annotations of a class, with what its type variables stand for, through all of its bases."""

import inspect
import sys
import typing
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type

_QUALIFIERS = ("Required", "NotRequired", "ReadOnly")


def field_hints(hint: Any) -> dict[str, Any]:
    """Types by name, of a class's own annotations and of its bases'.

    A type variable becomes what the class is parametrised with: `Box[int]`, or `class Ints(Box[int])`; else its
    default, its bound, one of its constraints, or `Any`. `Required`, `NotRequired` and `ReadOnly` are taken off.

    Args:
        hint: A class, or one with its arguments: `Box[int]`.

    Raises:
        ConversionError: An annotation is no type, or names what its module does not have.
    """
    origin = typing.get_origin(hint) or hint
    return {name: _bare(each) for name, each in _hints(origin, typing.get_args(hint)).items()}


def _hints(origin: Any, args: tuple[Any, ...]) -> dict[str, Any]:
    filled = dict(zip(getattr(origin, "__parameters__", ()), args, strict=False))
    found: dict[str, Any] = {}
    for base in reversed(origin.__dict__.get("__orig_bases__", origin.__bases__)):
        parent = typing.get_origin(base) or base
        if isinstance(parent, type):
            found |= _hints(parent, tuple(fill(each, filled) for each in typing.get_args(base)))
    own: Iterable[str] = inspect.get_annotations(origin)
    if typing.is_typeddict(origin):  # its annotations are those of its bases too
        own = [name for name in own if name not in found]
    if own:
        known = _resolved(origin)
        found |= {name: fill(known[name], filled) for name in own}
    return found


def _resolved(origin: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(origin, include_extras=True)
    except NameError:
        pass
    except Exception as error:  # an annotation may be any code
        raise _no_type(origin, error) from error
    try:  # a class inside a function may at least name itself
        return typing.get_type_hints(origin, localns={origin.__name__: origin}, include_extras=True)
    except NameError as error:
        _refuse(origin, error.name)
    except Exception as error:
        raise _no_type(origin, error) from error


def _refuse(origin: type, name: str | None) -> NoReturn:
    here = sys.modules.get(origin.__module__)
    owner = getattr(here, "__name__", origin.__module__)
    raise ConversionError(
        f"an annotation of {show_type(origin)} names {name!r}, which the module {owner} does not have",
        fix=f"import or define {name!r} at the top level of the module",
    ) from None


def _no_type(origin: type, error: Exception) -> ConversionError:
    return ConversionError(
        f"an annotation of {show_type(origin)} is no type: {type(error).__name__}: {error}",
        fix="annotate a class, or a type made of classes, e.g. list[int]",
    )


def fill(hint: Any, filled: Mapping[Any, Any]) -> Any:
    """A type with its type variables filled in, those that are not known by what they may be at most."""
    if isinstance(hint, typing.TypeVar):
        return filled[hint] if hint in filled else _unfilled(hint)
    wanted = () if isinstance(hint, type) else getattr(hint, "__parameters__", ())
    return hint[tuple(fill(each, filled) for each in wanted)] if wanted else hint


def _unfilled(variable: Any) -> Any:
    if getattr(variable, "has_default", bool)():  # before Python 3.13 only typing_extensions has them
        return variable.__default__
    if variable.__constraints__:
        return typing.Union[variable.__constraints__]  # noqa: UP007 - there is no other way to write it of a tuple
    bound = variable.__bound__
    return Any if bound is None or isinstance(bound, typing.ForwardRef) else bound


def _bare(hint: Any) -> Any:
    # By name: typing_extensions has its own, for Pythons that lack one.
    while getattr(typing.get_origin(hint), "_name", "") in _QUALIFIERS:
        hint = typing.get_args(hint)[0]
    return hint
