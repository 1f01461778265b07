"""Enum and Literal: one of a few values."""

import enum
import typing
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal


class EnumTransformer(Transformer):
    """An Enum whose values are texts. Source: flytekit `EnumTransformer`."""

    name = "DefaultEnumTransformer"

    def literal_type(self) -> pb.LiteralType:
        """An enum of the members' values."""
        return pb.LiteralType(enum_type=pb.EnumType(values=[each.value for each in self.hint]))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """The member's value as a string."""
        return _text(self.pack(value, raw))

    def take(self, literal: pb.Literal) -> Any:
        """The member of that value."""
        if literal.scalar.primitive.WhichOneof("value") != "string_value":
            raise wrong_literal(literal, self.hint)
        return self.unpack(literal.scalar.primitive.string_value)

    def pack(self, value: Any, raw: RawData) -> Any:  # noqa: ARG002 - a text needs no file
        """The member's value."""
        if not isinstance(value, self.hint):
            raise mismatch(value, self.hint, fix=f"use one of {self._listed()}")
        return value.value

    def unpack(self, plain: Any) -> Any:
        """The member of that value."""
        try:
            return self.hint(plain)
        except ValueError:
            raise mismatch(plain, self.hint, fix=f"use one of {self._listed()}") from None

    def schema(self) -> dict[str, Any]:
        """The values."""
        return {"enum": [each.value for each in self.hint]}

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - a text holds no path
        """The member of that name or value."""
        return self.hint[plain] if plain in self.hint.__members__ else self.unpack(plain)

    def parse(self, text: str, base: str) -> Any:
        """The member of that name or value."""
        return self.read(text, base)

    def _listed(self) -> str:
        return ", ".join(f"{show_type(self.hint)}.{each.name}" for each in self.hint)


class LiteralTransformer(Transformer):
    """A `typing.Literal`: texts, or whole numbers, or bools. Source: flytekit `LiteralTypeTransformer`."""

    name = "LiteralTypeTransformer"

    def __init__(self, hint: Any, inner: Transformer) -> None:
        super().__init__(hint)
        self.values = typing.get_args(hint)
        self.inner = inner

    def literal_type(self) -> pb.LiteralType:
        """An enum of texts; otherwise the type of its values."""
        if isinstance(self.values[0], str):
            return pb.LiteralType(enum_type=pb.EnumType(values=self.values))
        return self.inner.literal_type()

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """The value itself."""
        return self.inner.to_literal(self.pack(value, raw), raw)

    def take(self, literal: pb.Literal) -> Any:
        """The value itself, checked."""
        return self.unpack(self.inner.take(literal))

    def pack(self, value: Any, raw: RawData) -> Any:  # noqa: ARG002 - a scalar needs no file
        """The value itself, checked."""
        if not any(value == each and type(value) is type(each) for each in self.values):
            raise mismatch(value, self.hint, fix=f"use one of {', '.join(map(repr, self.values))}")
        return value

    def unpack(self, plain: Any) -> Any:
        """The value itself, checked."""
        return self.pack(plain, RawData())

    def schema(self) -> dict[str, Any]:
        """The values."""
        return {"enum": list(self.values)}

    def parse(self, text: str, base: str) -> Any:
        """One of the values."""
        return self.unpack(self.inner.parse(text, base))


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of an Enum or Literal; None for others.

    Raises:
        ConversionError: Its values are of types that have no enum on the wire.
    """
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        if not all(isinstance(each.value, str) for each in hint):
            raise ConversionError(
                f"the values of the enum {show_type(hint)} are not texts",
                fix='give every member a text: RED = "red"',
            )
        return EnumTransformer(hint)
    if typing.get_origin(hint) is typing.Literal:
        kinds = {type(each) for each in typing.get_args(hint)}
        if len(kinds) != 1 or not kinds <= {str, int, bool}:
            raise ConversionError(
                f"{show_type(hint)} mixes types", fix="use texts alone, or whole numbers alone, or an Enum"
            )
        return LiteralTransformer(hint, find(kinds.pop()))
    return None


def _text(value: str) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(string_value=value)))
