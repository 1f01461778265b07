"""What to do about a value that does not fit, in a sentence."""

from typing import Any

from volant.idl import pb
from volant.idl.literal_types import alike, castable, is_none, is_optional, kind_of
from volant.idl.type_names import show_type

_INTEGER, _FLOAT = pb.SimpleType.INTEGER, pb.SimpleType.FLOAT


def constant_fix(source: pb.LiteralType, target: pb.LiteralType) -> str:
    """What to do about a constant of type `source` where a `target` is taken."""
    if _is_int_for_float(source, target):
        return "write it with a decimal point: an int is not taken for a float"
    if is_none(source):
        return f"leave it out if it has a default, or let the input be Optional: it takes {show_type(target)} only"
    return f"write a value of type {show_type(target)}"


def promise_fix(source: pb.LiteralType, target: pb.LiteralType) -> str:
    """What to do about an output of type `source` where a `target` is taken."""
    if _is_int_for_float(source, target):
        return "an int is not taken for a float: let the output be a float, or the input an int"
    if is_optional(source) and _fits_without_none(source, target):
        return "it may be None: let the input be Optional, or give None a meaning in a task between them"
    if kind_of(target) == "collection_type" and castable(source, target.collection_type):
        return "put it into a list: […]"
    if kind_of(source) == "collection_type" and castable(source.collection_type, target):
        return "take one element of it: […][0], or run the task for each with map_task"
    if show_type(source) == show_type(target):
        return "two classes have this name, with different fields: share one, or convert the value between them"
    return "change one of the two types, or convert the value in a task between them"


def _is_int_for_float(source: Any, target: Any) -> bool:
    return (
        kind_of(source) == kind_of(target) == "simple"
        and bool(source.simple == _INTEGER)
        and bool(target.simple == _FLOAT)
    )


def _fits_without_none(source: Any, target: Any) -> bool:
    variants = source.union_type.variants
    return all(is_none(each) or alike(each, target) or castable(each, target) for each in variants)
