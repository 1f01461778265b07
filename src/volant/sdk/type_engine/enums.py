"""Enum: one of a few values that have names."""

import enum
from typing import Any

from volant.idl import pb
from volant.idl.literals import primitive
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal


class EnumTransformer(Transformer):
    """An Enum: its members' values where they are texts; their names where they are not, which is ours alone.

    The text of a member may stand for it. Inside a document it is the value where all are texts or numbers.

    Source: flytekit `EnumTransformer`.
    """

    name = "DefaultEnumTransformer"

    def __init__(self, hint: Any) -> None:
        super().__init__(hint)
        self.by_value = all(isinstance(each.value, str) for each in hint)
        self.is_plain = all(isinstance(each.value, str | int | float) for each in hint)
        self._members = {str(each.value) if self.by_value else each.name: each for each in hint}

    def literal_type(self) -> pb.LiteralType:
        """An enum of the members' texts.

        Raises:
            ConversionError: A Flag, whose members combine to more values than an enum has.
        """
        if issubclass(self.hint, enum.Flag):
            raise ConversionError(
                f"the flags of {show_type(self.hint)} combine, and an enum on the wire is one of a few texts",
                fix="pass a list of an Enum, or the int",
            )
        return pb.LiteralType(enum_type=pb.EnumType(values=self._members))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:  # noqa: ARG002 - a text needs no file
        """The member's text."""
        member = self._member(value)
        return primitive(member.value if self.by_value else member.name)

    def take(self, literal: pb.Literal) -> Any:
        """The member of that text; a number is the plain form, from inside a document."""
        found = literal.scalar.primitive
        kind = found.WhichOneof("value")
        if kind is None:
            raise wrong_literal(literal, self.hint)
        held = getattr(found, kind)
        return self._members[held] if kind == "string_value" and held in self._members else self.unpack(held)

    def pack(self, value: Any, raw: RawData) -> Any:  # noqa: ARG002 - a text needs no file
        """The member's value, or its name where some member's value is neither text nor number."""
        return self._plain(self._member(value))

    def unpack(self, plain: Any) -> Any:
        """The member of that value, or of that name."""
        return self._of_value(plain) if self.is_plain else self._member(plain)

    def schema(self) -> dict[str, Any]:
        """The plain forms."""
        return {"enum": list(map(self._plain, self.hint))}

    def fits(self, value: Any) -> bool:
        """Its members alone."""
        return isinstance(value, self.hint)

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - a text holds no path
        """The member of that name or value."""
        known = isinstance(plain, str) and plain in self.hint.__members__
        return self.hint[plain] if known else self.unpack(plain)

    def parse(self, text: str, base: str) -> Any:
        """The member of that name or value."""
        texts = {str(each.value): each for each in self.hint}
        return texts[text] if text in texts and not self.by_value else self.read(text, base)

    def example(self) -> str:
        """The first of them."""
        return str(next(iter(self._members)))

    def _plain(self, member: Any) -> Any:
        return member.value if self.is_plain else member.name

    def _of_value(self, plain: Any) -> Any:
        try:
            member = self.hint(plain)
        except Exception:  # noqa: BLE001 - `_missing_` is the author's code
            return self._member(plain)
        if isinstance(plain, bool) != isinstance(member.value, bool):  # to Python, True is 1
            return self._member(plain)
        return member

    def _member(self, value: Any) -> Any:
        if isinstance(value, self.hint):
            return value
        if isinstance(value, str) and value in self._members:
            return self._members[value]
        raise mismatch(value, self.hint, fix=f"use one of {self._listed()}")

    def _listed(self) -> str:
        return ", ".join(f"{show_type(self.hint)}.{each.name}" for each in self.hint)


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of an Enum; None for others.

    Raises:
        ConversionError: One without members.
    """
    if not (isinstance(hint, type) and issubclass(hint, enum.Enum)):
        return None
    if not list(hint):
        raise ConversionError(f"the enum {show_type(hint)} has no members", fix='give it at least one: RED = "red"')
    return EnumTransformer(hint)
