"""Tuples, with names or without: inside documents only, for Flyte has no type for them."""

import typing
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import is_named_tuple, show_type
from volant.sdk.type_engine.aliases import once
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_generics import field_hints
from volant.sdk.type_engine.struct_plain import json_form
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, within, wrong_literal


class TupleTransformer(Transformer):
    """A tuple, inside documents only. As flytekit writes it there: a list."""

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
        if literal.WhichOneof("value") != "collection":
            raise wrong_literal(literal, self.hint)
        found = list(literal.collection.literals)
        return self.make([within(step, part.from_literal, each) for step, part, each in self._pairs(found)])

    def pack(self, value: Any, raw: RawData) -> list[Any]:
        """A list."""
        if not self.is_one(value):
            raise mismatch(value, self.hint, fix="write tuple(…) around it" if isinstance(value, list) else "")
        return [within(step, part.pack, each, raw) for step, part, each in self._pairs(value)]

    def unpack(self, plain: Any) -> Any:
        """From a list."""
        if not isinstance(plain, list | tuple):
            raise mismatch(plain, self.hint)
        return self.make([within(step, part.unpack, each) for step, part, each in self._pairs(plain)])

    def schema(self) -> dict[str, Any]:
        """An array; of just these parts, if they are known."""
        if self.endless:
            return {"type": "array", "items": self.parts[0].schema()}
        parts = [part.schema() for part in self.parts]
        size = len(parts)
        return {"type": "array", "prefixItems": parts, "minItems": size, "maxItems": size}

    def fits(self, value: Any) -> bool:
        """A tuple whose members fit."""
        return (
            self.is_one(value)
            and (self.endless or len(value) == len(self.parts))
            and all(part.fits(each) for _, part, each in self._pairs(value))
        )

    def read(self, plain: Any, base: str) -> Any:
        """From a list."""
        if not isinstance(plain, list):
            raise mismatch(plain, self.hint, fix=f"write a list, e.g. {self.example()}")
        return self.make([within(step, part.read, each, base) for step, part, each in self._pairs(plain)])

    def example(self) -> str:
        """A JSON array."""
        return "[…]"

    def is_one(self, value: Any) -> bool:
        """Whether it is a tuple."""
        return isinstance(value, tuple)

    def make(self, members: list[Any]) -> Any:
        """A tuple of these."""
        return tuple(members)

    def _pairs(self, values: Any) -> list[tuple[str, Transformer, Any]]:
        parts = self.parts * len(values) if self.endless else self.parts
        if len(parts) != len(values):
            raise self._wrong_size(values)
        steps = [f"[{index}]" for index in range(len(parts))]
        return list(zip(steps, parts, values, strict=True))

    def _wrong_size(self, values: Any) -> ConversionError:
        return mismatch(values, self.hint, fix=f"it has {len(self.parts)} members, not {len(values)}")

    def _refusal(self) -> ConversionError:
        return ConversionError(
            f"{show_type(self.hint)} cannot be an input or a single output: Flyte has no such type",
            fix="use a list, or a dataclass",
        )


class NamedTupleTransformer(TupleTransformer):
    """A NamedTuple, inside documents only. One that is shorter than the class gets the class's defaults."""

    def __init__(self, hint: Any, parts: tuple[Transformer, ...]) -> None:
        super().__init__(hint, parts, endless=False)
        self.origin = typing.get_origin(hint) or hint

    def schema(self) -> dict[str, Any]:
        """An array of just these parts, with their defaults."""
        found = super().schema()
        for part, schema, name in zip(self.parts, found["prefixItems"], self.origin._fields, strict=True):
            if name in self.origin._field_defaults:
                schema["default"] = json_form(part.pack(self.origin._field_defaults[name], RawData()))
        return found

    def read(self, plain: Any, base: str) -> Any:
        """From a list, or from an object with the fields' names."""
        if not isinstance(plain, dict):
            return super().read(plain, base)
        self._refuse(next((each for each in plain if each not in self.origin._fields), None), "has no")
        needed = [each for each in self.origin._fields if each not in self.origin._field_defaults]
        self._refuse(next((each for each in needed if each not in plain), None), "lacks the")
        parts = dict(zip(self.origin._fields, self.parts, strict=True))
        return self.origin(**{name: within(f".{name}", parts[name].read, each, base) for name, each in plain.items()})

    def is_one(self, value: Any) -> bool:
        """Whether it is an instance."""
        return isinstance(value, self.origin)

    def make(self, members: list[Any]) -> Any:
        """An instance."""
        return self.origin(*members)

    def _refuse(self, name: str | None, verb: str) -> None:
        if name is not None:
            listed = f"its fields are {', '.join(self.origin._fields)}"
            raise ConversionError(f"{show_type(self.hint)} {verb} field {name!r}", fix=listed)

    def _pairs(self, values: Any) -> list[tuple[str, Transformer, Any]]:
        least = len(self.parts) - len(self.origin._field_defaults)
        if not least <= len(values) <= len(self.parts):
            raise self._wrong_size(values)
        steps = [f".{name}" for name in self.origin._fields]
        return list(zip(steps, self.parts, values, strict=False))


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a tuple or NamedTuple; None for others.

    Raises:
        ConversionError: A tuple of unknown parts.
    """
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if is_named_tuple(origin):
        return _named(hint, origin, find)
    if origin is not tuple:
        return None
    if not args and hint is not tuple[()]:
        raise ConversionError("tuple does not say of what", fix="write tuple[int, str] or the like")
    parts = tuple(find(each) for each in args if each is not ...)
    return TupleTransformer(hint, parts, endless=... in args)


def _named(hint: Any, origin: Any, find: Find) -> Transformer:
    hints = field_hints(hint)
    with once(hint):
        parts = tuple(within(f".{each}", find, hints.get(each, Any)) for each in origin._fields)
    return NamedTupleTransformer(hint, parts)
