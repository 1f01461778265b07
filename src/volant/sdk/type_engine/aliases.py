"""Other names of a type, and what stands where a type should but is none."""

import typing
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.transformer import Find, Transformer, preview

_FORM = type(typing.Final)
_WHOLE = (typing.Union, typing.Literal, typing.Annotated)
_FIXES = {
    "Final": "write the type alone: inputs and outputs are never assigned twice",
    "ClassVar": "write the type alone",
    "Never": "annotate -> None, if it returns nothing",
    "NoReturn": "annotate -> None, if it returns nothing",
    "Optional": "write int | None or the like",
    "Union": "write int | str or the like",
    "Literal": 'write Literal["a", "b"] or the like',
    "Self": "write the class's name",
}
_STANDS_FOR_ANY = (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple)


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of what a `NewType` or a `type X = …` stands for; None for others.

    Raises:
        ConversionError: It is no type that values can be of.
    """
    if isinstance(hint, type):
        return None
    if isinstance(hint, typing.NewType):
        return find(hint.__supertype__)
    if hint is typing.LiteralString:
        return find(str)
    if _is_alias(typing.get_origin(hint) or hint):
        with once(hint):
            return find(_meaning(hint))
    _refuse(hint)
    return None


def _is_alias(hint: Any) -> bool:
    # By name: on Python 3.11 only typing_extensions has the class, and that need not be there.
    return type(hint).__name__ == "TypeAliasType"


def _meaning(hint: Any) -> Any:
    alias = typing.get_origin(hint)
    if alias is None:
        return hint.__value__
    filled = dict(zip(alias.__type_params__, typing.get_args(hint), strict=True))
    wanted = getattr(alias.__value__, "__parameters__", ())
    return alias.__value__[tuple(filled[each] for each in wanted)] if wanted else alias.__value__


_open: ContextVar[tuple[Any, ...]] = ContextVar("volant_being_found", default=())


@contextmanager
def once(hint: Any) -> Iterator[None]:
    """Refuse a type within itself, where it would have no end on the wire.

    Raises:
        ConversionError: Its transformer is being looked for already.
    """
    token = _open.set((*(known := _open.get()), hint))
    try:
        if hint in known:  # not by its hash, which some have none of
            told = f"the type {show_type(hint)} is made of itself"
            raise ConversionError(told, fix="use a dataclass, which may hold itself")
        yield
    finally:
        _open.reset(token)


def _refuse(hint: Any) -> None:
    if isinstance(hint, _STANDS_FOR_ANY):
        raise ConversionError(
            f"{hint.__name__} stands for any type, and values need one of their own",
            fix=f"write the type itself instead of {hint.__name__}",
        )
    if isinstance(hint, str | typing.ForwardRef):
        name = hint if isinstance(hint, str) else hint.__forward_arg__
        raise ConversionError(f"{name!r} is the name of a type, not a type", fix=f"write {name} without quotes")
    form = typing.get_origin(hint) or hint
    if isinstance(form, _FORM) and not (form in _WHOLE and typing.get_args(hint)):
        name = show_type(form)
        fix = _FIXES.get(name, "annotate the type of the value itself")
        raise ConversionError(f"{show_type(hint)} is no type of values", fix=fix)
    if isinstance(hint, bool | int | float | bytes | list | tuple | dict | set) or hint is ...:
        raise ConversionError(f"{preview(hint)} is a value, not a type", fix="write list[int], int | str or the like")
