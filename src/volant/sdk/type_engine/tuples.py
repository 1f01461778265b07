"""Tuples, inside dataclasses only."""

import typing
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, within


class TupleTransformer(Transformer):
    """A tuple, inside dataclasses only: Flyte has no type for it."""

    name = "Tuple"

    def __init__(self, hint: Any, parts: tuple[Transformer, ...], *, endless: bool) -> None:
        super().__init__(hint)
        self.parts = parts
        self.endless = endless

    def literal_type(self) -> pb.LiteralType:
        """None."""
        raise self._refusal()

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """None."""
        del value, raw
        raise self._refusal()

    def take(self, literal: pb.Literal) -> Any:
        """From a collection: what is left of one that a path reached."""
        found = literal.collection.literals
        return tuple(within(step, part.from_literal, each) for step, part, each in self._pairs(list(found)))

    def pack(self, value: Any, raw: RawData) -> list[Any]:
        """A list."""
        if not isinstance(value, tuple):
            raise mismatch(value, self.hint)
        return [within(step, part.pack, each, raw) for step, part, each in self._pairs(value)]

    def unpack(self, plain: Any) -> tuple[Any, ...]:
        """From a list."""
        if not isinstance(plain, list | tuple):
            raise mismatch(plain, self.hint)
        return tuple(within(step, part.unpack, each) for step, part, each in self._pairs(plain))

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array"}

    def read(self, plain: Any, base: str) -> tuple[Any, ...]:
        """From a list."""
        if not isinstance(plain, list):
            raise mismatch(plain, self.hint)
        return tuple(within(step, part.read, each, base) for step, part, each in self._pairs(plain))

    def _pairs(self, values: Any) -> list[tuple[str, Transformer, Any]]:
        parts = self.parts * len(values) if self.endless else self.parts
        if len(parts) != len(values):
            raise mismatch(values, self.hint)
        steps = [f"[{index}]" for index in range(len(parts))]
        return list(zip(steps, parts, values, strict=True))

    def _refusal(self) -> ConversionError:
        return ConversionError(
            f"{show_type(self.hint)} cannot be an input or a single output: Flyte has no such type",
            fix="use a list, or a dataclass",
        )


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a tuple; None for others.

    Raises:
        ConversionError: A tuple of unknown parts.
    """
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is not tuple:
        return None
    if not args:
        raise ConversionError("tuple does not say of what", fix="write tuple[int, str] or the like")
    parts = tuple(find(each) for each in args if each is not ...)
    return TupleTransformer(hint, parts, endless=... in args)
