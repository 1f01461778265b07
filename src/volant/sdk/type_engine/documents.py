"""Dicts that are documents: without types, or with keys that are no texts. msgpack, as flytekit has them."""

import typing
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.maps import DictTransformer
from volant.sdk.type_engine.msgpack_documents import document_type, packed
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_document import DocumentedTransformer
from volant.sdk.type_engine.struct_plain import checked, hashable, older_form
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch


class KeyedDocumentTransformer(DictTransformer):
    """A dict with keys that are no texts: a msgpack document, as flytekit has it."""

    def literal_type(self) -> pb.LiteralType:
        """A struct."""
        return document_type()

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A msgpack document."""
        return packed(self.pack, self.hint, value, raw)

    def take(self, literal: pb.Literal) -> dict[Any, Any]:
        """A dict, also from Flyte's older Struct form, where all numbers are floats."""
        return self.unpack(older_form(literal, self.hint))

    def pack_key(self, key: Any, raw: RawData) -> Any:
        """The plain form of a key; a tuple stays one."""
        return hashable(super().pack_key(key, raw))

    def unpack_key(self, plain: Any) -> Any:
        """The key of a plain form; where JSON was on the way it has become a text, and is read as such."""
        try:
            return self.key.unpack(plain)
        except ConversionError:
            if not isinstance(plain, str):
                raise
            return self.key.parse(plain, "")


class DocumentTransformer(Transformer):
    """A dict of no declared types: plain values, and lists and dicts of them, as a msgpack document."""

    name = "Typed Dict"

    def literal_type(self) -> pb.LiteralType:
        """A struct."""
        return document_type()

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A msgpack document."""
        return packed(self.pack, self.hint, value, raw)

    def take(self, literal: pb.Literal) -> dict[Any, Any]:
        """A dict, also from Flyte's older Struct form, where all numbers are floats: whole ones become int."""
        found: dict[Any, Any] = older_form(literal, self.hint)
        return found

    def pack(self, value: Any, raw: RawData) -> dict[Any, Any]:  # noqa: ARG002 - plain values need no file
        """Itself, checked at every depth, sorted by key."""
        if not isinstance(value, dict):
            raise mismatch(value, self.hint)
        return checked(value, dict)  # type: ignore[no-any-return]

    def unpack(self, plain: Any) -> dict[Any, Any]:
        """Itself."""
        return self.pack(plain, RawData())

    def schema(self) -> dict[str, Any]:
        """An object."""
        return {"type": "object"}

    def example(self) -> str:
        """A JSON object."""
        return '{"key": 1}'


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a dict that is no map; None for others.

    Raises:
        ConversionError: Dataclasses, models or the like as keys.
    """
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is not dict:
        return None
    if not args or args == (str, Any):
        return DocumentTransformer(hint)
    key = find(args[0])
    if isinstance(key, DocumentedTransformer):
        told = f"{show_type(hint)} has documents as keys, which no document can hold"
        raise ConversionError(told, fix="use texts, numbers, or tuples of them as keys")
    return KeyedDocumentTransformer(hint, key, find(args[1]))
