"""What lies below a value: the types of its fields and items, as far as annotations say them."""

import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

from volant.sdk.interface import Unknown, show_type

Step: TypeAlias = str | int


class NoSuchStepError(LookupError):
    """There is nothing of that name or number.

    Attributes:
        why: The reason; "" where the type itself says it.
        fix: What to do; "" where there is nothing to do with the value here.
    """

    def __init__(self, why: str = "", fix: str = "") -> None:
        super().__init__(why)
        self.why, self.fix = why, fix


def below(hint: Any, step: Step) -> Any:
    """The type of a field or item.

    Args:
        hint: The type of the value; None in it does not count.
        step: Name of a field, key of a dict, or index of a list.

    Raises:
        NoSuchStepError: Values of this type have none such.
    """
    hint = _bare(hint)
    if hint is Any or hint is Unknown or hint is dict:
        return hint if hint is not dict else Any
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin in (list, tuple):
        return _item(origin, args, step)
    if origin is dict and isinstance(step, str) and args[0] in (str, Any):
        return args[1]
    named = _named(origin)
    if named is None or not isinstance(step, str):
        raise NoSuchStepError
    return _filled(_field(named, show_type(origin), step), origin, args)


def is_list(hint: Any) -> bool:
    """Whether values of this type are lists, or None."""
    return typing.get_origin(_bare(hint)) is list


def _bare(hint: Any) -> Any:
    """The type without its notes, its other names, and without None."""
    if typing.get_origin(hint) is typing.Annotated:
        return _bare(typing.get_args(hint)[0])
    if isinstance(hint, typing.NewType):
        return _bare(hint.__supertype__)
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    variants = [each for each in typing.get_args(hint) if each is not types.NoneType]
    return _bare(variants[0]) if len(variants) == 1 else hint


def _item(origin: Any, args: tuple[Any, ...], step: Step) -> Any:
    if not isinstance(step, int) or not args:
        raise NoSuchStepError
    if step < 0:
        raise NoSuchStepError("where the end is, is known only when the list is there", "count from 0")
    if origin is list or args[-1] is ...:
        return args[0]
    if step >= len(args):
        raise NoSuchStepError(f"it has {len(args)} items", "count from 0")
    return args[step]


def _named(owner: Any) -> Mapping[str, Any] | None:
    """Types of the fields of a class, by name; None for a class that has none."""
    if is_dataclass(owner):
        hints = typing.get_type_hints(owner, include_extras=True)
        return {each.name: hints[each.name] for each in fields(owner)}
    if typing.is_typeddict(owner):
        return typing.get_type_hints(owner)
    if isinstance(known := getattr(owner, "model_fields", None), dict):  # pydantic's
        return {name: each.annotation for name, each in known.items()}
    return None


def _field(named: Mapping[str, Any], owner: str, step: str) -> Any:
    if step in named:
        return named[step]
    close = difflib.get_close_matches(step, named, 1)
    fix = f"did you mean {close[0]!r}?" if close else f"its fields are {', '.join(named) or 'none'}"
    raise NoSuchStepError(f"{owner} has no field {step!r}", fix)


def _filled(hint: Any, origin: Any, args: tuple[Any, ...]) -> Any:
    """The type of a field of a generic class, what the class is of filled in."""
    known = dict(zip(getattr(origin, "__parameters__", ()), args, strict=False))
    if not known:
        return hint
    if hint in known:
        return known[hint]
    wanted = getattr(hint, "__parameters__", ())
    return hint[tuple(known.get(each, Any) for each in wanted)] if wanted else hint
