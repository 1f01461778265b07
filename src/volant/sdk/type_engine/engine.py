"""Which transformer a Python type has."""

import functools
from typing import Any

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine import (
    annotated,
    arrays,
    blobs,
    bound,
    containers,
    documents,
    enums,
    failures,
    frames,
    iterators,
    models,
    pickles,
    protos,
    scalars,
    sets,
    structs,
    times,
    tuples,
    typed_dicts,
    unions,
)
from volant.sdk.type_engine.transformer import Transformer

# In this order: a StrEnum is an enum before it is anything else, a WorkflowError no mere dataclass.
_FAMILIES = (
    annotated, scalars, times, enums, containers, documents, tuples, sets, unions, blobs, failures, bound, typed_dicts,
    protos, models, structs, frames, arrays, iterators, pickles,
)  # fmt: skip


def transformer(hint: Any) -> Transformer:
    """The transformer of a Python type; the same one for the same type.

    Raises:
        ConversionError: There is no way to pass such values.
    """
    if type(hint) is type:  # the short way for plain classes
        return _of_class(hint)
    # `int | str` and `str | int` are equal, yet not the same type on the wire: the text tells them apart.
    return _cached(_Key(hint, repr(hint)))


class _Key:
    """A type as a key: unhashable notes and the order of variants do not confuse it."""

    __slots__ = ("hint", "text")

    def __init__(self, hint: Any, text: str) -> None:
        self.hint = hint
        self.text = text

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.text == other.text and self.hint == other.hint


@functools.lru_cache(maxsize=4096)
def _of_class(hint: Any) -> Transformer:
    return _build(hint)


@functools.lru_cache(maxsize=4096)
def _cached(key: _Key) -> Transformer:
    return _build(key.hint)


def _build(hint: Any) -> Transformer:
    for family in _FAMILIES:
        found: Transformer | None = family.build(hint, transformer)
        if found is not None:
            return found
    raise ConversionError(
        f"values of {show_type(hint)} cannot be passed between tasks",
        fix="annotate a class, or a type of classes",
    )
