"""Dicts that are documents: without types, or with keys that are no texts. msgpack, as flytekit has them."""

import typing
from typing import Any

from volant.idl import pb
from volant.sdk.type_engine.containers import DictTransformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import (
    Find,
    Transformer,
    document,
    document_type,
    mismatch,
    sorted_by_key,
    within,
    wrong_literal,
)

_PLAIN = (type(None), bool, int, float, str, bytes)


class KeyedDocumentTransformer(DictTransformer):
    """A dict with keys that are no texts: a msgpack document, as flytekit has it."""

    def literal_type(self) -> pb.LiteralType:
        """A struct."""
        return document_type()

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A msgpack document."""
        return document(self.pack(value, raw))

    def take(self, literal: pb.Literal) -> dict[Any, Any]:
        """Nothing but a document will do."""
        raise wrong_literal(literal, self.hint)


class DocumentTransformer(Transformer):
    """A dict of no declared types: plain values, and lists and dicts of them, as a msgpack document."""

    name = "Typed Dict"

    def literal_type(self) -> pb.LiteralType:
        """A struct."""
        return document_type()

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A msgpack document."""
        return document(self.pack(value, raw))

    def take(self, literal: pb.Literal) -> dict[Any, Any]:
        """A dict, also from Flyte's older Struct form, where all numbers are floats."""
        if literal.scalar.WhichOneof("value") != "generic":
            raise wrong_literal(literal, self.hint)
        found: dict[Any, Any] = pb.MessageToDict(literal.scalar.generic)
        return found

    def pack(self, value: Any, raw: RawData) -> dict[Any, Any]:  # noqa: ARG002 - plain values need no file
        """Itself, checked at every depth, sorted by key."""
        if not isinstance(value, dict):
            raise mismatch(value, self.hint)
        return _plain(value)  # type: ignore[no-any-return]

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
    """The transformer of a dict that is no map; None for others."""
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is not dict:
        return None
    if not args or args == (str, Any):
        return DocumentTransformer(hint)
    return KeyedDocumentTransformer(hint, find(args[0]), find(args[1]))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted_by_key({key: within(f"[{key!r}]", _plain, each) for key, each in value.items()})
    if isinstance(value, list):
        return [within(f"[{index}]", _plain, each) for index, each in enumerate(value)]
    if isinstance(value, _PLAIN):
        return value
    raise mismatch(
        value, dict, fix="a dict without types holds plain values only: write dict[str, …] or use a dataclass"
    )
