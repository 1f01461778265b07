"""Which transformer a Python type has."""

from typing import Any

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine import (
    aliases,
    annotated,
    arrays,
    binaries,
    blobs,
    bound,
    choices,
    documents,
    enums,
    failures,
    frames,
    iterators,
    lists,
    maps,
    numeric,
    pickles,
    protos,
    pydantic_models,
    scalars,
    sets,
    spans,
    structs,
    times,
    tuples,
    typed_dicts,
    unions,
)
from volant.sdk.type_engine.transformer import KNOWN, Transformer

# In this order: a StrEnum is an enum before it is anything else, a WorkflowError no mere dataclass.
_FAMILIES = (
    annotated, aliases, scalars, numeric, binaries, times, spans, enums, choices, lists, maps, documents, tuples, sets,
    unions, blobs, failures, bound, typed_dicts, protos, pydantic_models, structs, frames, arrays, iterators, pickles,
)  # fmt: skip
_MOST_KNOWN = 4096


def transformer(hint: Any) -> Transformer:
    """The transformer of a Python type.

    Raises:
        ConversionError: There is no way to pass such values.
    """
    found = KNOWN.get(id(hint))
    return found[1] if found else _learn(hint)


def _learn(hint: Any) -> Transformer:
    """Find it, and remember it by the very object: equal is not enough, for `int | str` equals `str | int`."""
    found = _build(hint)
    if len(KNOWN) >= _MOST_KNOWN:
        KNOWN.clear()
    KNOWN[id(hint)] = hint, found
    return found


def _build(hint: Any) -> Transformer:
    for family in _FAMILIES:
        found: Transformer | None = family.build(hint, transformer)
        if found is not None:
            return found
    raise ConversionError(
        f"values of {show_type(hint)} cannot be passed between tasks",
        fix="annotate a class, or a type of classes",
    )
