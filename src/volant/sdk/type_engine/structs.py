"""Dataclasses: msgpack documents with the type's fields beside them."""

import dataclasses
import functools
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import (
    Find,
    Transformer,
    document,
    document_type,
    mismatch,
    within,
    wrong_literal,
)


class DataclassTransformer(Transformer):
    """A dataclass, nested as deep as one likes, also within itself.

    Fields that `__init__` does not take are made anew by `__post_init__`. An instance of a subclass is
    refused: what it adds would be lost.

    Source: flytekit `DataclassTransformer`; msgpack since 1.14.
    """

    name = "Object-Dataclass-Transformer"

    def __init__(self, hint: Any, find: Find) -> None:
        super().__init__(hint)
        self._find = find

    @functools.cached_property
    def fields(self) -> Mapping[str, Transformer]:
        """Transformers by name of field, in the class's order; found late, for a class may hold itself."""
        hints = typing.get_type_hints(self.hint, include_extras=True)
        return {each.name: within(f".{each.name}", self._find, hints[each.name]) for each in self._init}

    @functools.cached_property
    def _init(self) -> list[dataclasses.Field[Any]]:
        return [each for each in dataclasses.fields(self.hint) if each.init]

    def literal_type(self) -> pb.LiteralType:
        """A struct with the JSON schema, and the fields' types."""
        metadata = pb.ParseDict(self.schema(), pb.Struct())
        with _inside(self) as known:
            if known:
                return document_type()
            fields = {name: each.literal_type() for name, each in self.fields.items()}
        return document_type(metadata=metadata, structure=pb.TypeStructure(dataclass_type=fields))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A msgpack document."""
        return document(self.pack(value, raw))

    def take(self, literal: pb.Literal) -> Any:
        """From Flyte's older Struct form, where all numbers are floats."""
        if literal.scalar.WhichOneof("value") != "generic":
            raise wrong_literal(literal, self.hint)
        return self.unpack(pb.MessageToDict(literal.scalar.generic))

    def pack(self, value: Any, raw: RawData) -> dict[str, Any]:
        """A dict of plain forms, in the order of the fields."""
        if type(value) is not self.hint:
            is_more = isinstance(value, self.hint)
            raise mismatch(value, self.hint, fix="what a subclass adds would be lost" if is_more else "")
        return {name: within(f".{name}", each.pack, getattr(value, name), raw) for name, each in self.fields.items()}

    def unpack(self, plain: Any) -> Any:
        """An instance; fields that are missing get their defaults, others are ignored."""
        if not isinstance(plain, dict):
            raise mismatch(plain, self.hint)
        return self._make(
            {name: within(f".{name}", each.unpack, plain[name]) for name, each in self.fields.items() if name in plain}
        )

    def read(self, plain: Any, base: str) -> Any:
        """An instance; a field the class does not have is an error."""
        if not isinstance(plain, dict):
            raise mismatch(plain, self.hint)
        unknown = [name for name in plain if name not in self.fields]
        if unknown:
            fix = f"its fields are {', '.join(self.fields)}"
            raise ConversionError(f"{show_type(self.hint)} has no field {unknown[0]!r}", fix=fix)
        return self._make(
            {name: within(f".{name}", self.fields[name].read, each, base) for name, each in plain.items()}
        )

    def schema(self) -> dict[str, Any]:
        """An object; a class within itself is only named."""
        with _inside(self, "schema") as known:
            if known:
                return {"type": "object", "title": self.hint.__name__}
            properties = {name: each.schema() for name, each in self.fields.items()}
        required = [each.name for each in self._init if not _has_default(each)]
        return {
            "type": "object",
            "title": self.hint.__name__,
            "properties": properties,
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }

    def fits(self, value: Any) -> bool:
        """Instances of the very class."""
        return type(value) is self.hint

    def example(self) -> str:
        """A JSON object."""
        return f'{{"{next(iter(self.fields), "field")}": …}}'

    def _make(self, values: Mapping[str, Any]) -> Any:
        missing = [each.name for each in self._init if each.name not in values and not _has_default(each)]
        if missing:
            raise ConversionError(f"{show_type(self.hint)} lacks the field {missing[0]!r}")
        try:
            return self.hint(**values)
        except Exception as error:
            raise ConversionError(
                f"{show_type(self.hint)} could not be made: {type(error).__name__}: {error}"
            ) from error


_open: ContextVar[frozenset[tuple[Any, str]]] = ContextVar("volant_described", default=frozenset())


@contextmanager
def _inside(transformer: DataclassTransformer, what: str = "type") -> Iterator[bool]:
    """Whether this class is being described already, so that one within itself comes to an end."""
    mark = (transformer.hint, what)
    token = _open.set((known := _open.get()) | {mark})
    try:
        yield mark in known
    finally:
        _open.reset(token)


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a dataclass; None for others."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return DataclassTransformer(hint, find)
    return None


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
