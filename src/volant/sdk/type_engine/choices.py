"""Literal: one of a few values that are written in the type."""

import enum
import typing
from typing import Any

from volant.idl import pb
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_plain import json_form
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch
from volant.sdk.type_engine.unions import UnionTransformer

_NOTED = (str, int, bool)


class LiteralTransformer(Transformer):
    """A `typing.Literal` of values of one type. A value it does not list is refused, which flytekit lets pass.

    Source: flytekit `LiteralTypeTransformer`.
    """

    name = "LiteralTypeTransformer"

    def __init__(self, hint: Any, inner: Transformer) -> None:
        super().__init__(hint)
        self.values = typing.get_args(hint)
        self.inner = inner

    def literal_type(self) -> pb.LiteralType:
        """The type of its values, annotated with them."""
        kind = self.inner.literal_type()
        if isinstance(self.values[0], _NOTED) and not isinstance(self.values[0], enum.Enum):
            note = pb.ParseDict({"literal_values": list(self.values)}, pb.Struct())
            kind.annotation.CopyFrom(pb.TypeAnnotation(annotations=note))
        return kind

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """The value itself."""
        return self.inner.to_literal(self._checked(value), raw)

    def take(self, literal: pb.Literal) -> Any:
        """The value itself, checked."""
        return self._checked(self.inner.take(literal))

    def pack(self, value: Any, raw: RawData) -> Any:
        """The value itself, checked."""
        return self.inner.pack(self._checked(value), raw)

    def unpack(self, plain: Any) -> Any:
        """The value itself, checked."""
        return self._checked(self.inner.unpack(plain))

    def schema(self) -> dict[str, Any]:
        """The values."""
        return {"enum": [json_form(self.inner.pack(each, RawData())) for each in self.values]}

    def fits(self, value: Any) -> bool:
        """One of the values."""
        return any(value == each and type(value) is type(each) for each in self.values)

    def read(self, plain: Any, base: str) -> Any:
        """One of the values."""
        return self._checked(self.inner.read(plain, base))

    def parse(self, text: str, base: str) -> Any:
        """One of the values."""
        return self._checked(self.inner.parse(text, base))

    def example(self) -> str:
        """The first of them."""
        return str(self.inner.pack(self.values[0], RawData()))

    def _checked(self, value: Any) -> Any:
        if not self.fits(value):
            raise mismatch(value, self.hint, fix=f"use one of {', '.join(map(_shown, self.values))}")
        return value


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a Literal; None for others.

    One of values of several types is a union of Literals of one type each: ours, flytekit refuses it.
    """
    if typing.get_origin(hint) is not typing.Literal:
        return None
    by_kind: dict[type, list[Any]] = {}
    for each in typing.get_args(hint):
        by_kind.setdefault(type(each), []).append(each)
    if len(by_kind) > 1:
        return UnionTransformer(hint, tuple(find(_literal(kind, values)) for kind, values in by_kind.items()))
    kind = next(iter(by_kind))
    return find(None) if kind is type(None) else LiteralTransformer(hint, find(kind))


def _literal(kind: type, values: list[Any]) -> Any:
    return None if kind is type(None) else typing.Literal[tuple(values)]


def _shown(value: Any) -> str:
    return f"{show_type(type(value))}.{value.name}" if isinstance(value, enum.Enum) else repr(value)
