"""Lists; abstract classes of them too."""

import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, each_within, mismatch, wrong_literal

_NO_LISTS = (str, bytes, bytearray, Mapping, AbstractSet)
_ABSTRACT = (Sequence, MutableSequence, Collection, Iterable)


class ListTransformer(Transformer):
    """A list of one type. Source: flytekit `ListTransformer`."""

    name = "Typed List"

    def __init__(self, hint: Any, element: Transformer) -> None:
        super().__init__(hint)
        self.element = element

    def literal_type(self) -> pb.LiteralType:
        """A collection."""
        return pb.LiteralType(collection_type=self.element.literal_type())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A collection."""
        found = each_within(self.element.to_literal, self._checked(value), raw)
        return pb.Literal(collection=pb.LiteralCollection(literals=found))

    def take(self, literal: pb.Literal) -> list[Any]:
        """A list."""
        if literal.WhichOneof("value") != "collection":
            raise wrong_literal(literal, self.hint)
        return each_within(self.element.from_literal, literal.collection.literals)

    def pack(self, value: Any, raw: RawData) -> list[Any]:
        """A list of plain forms."""
        return each_within(self.element.pack, self._checked(value), raw)

    def unpack(self, plain: Any) -> list[Any]:
        """A list of values."""
        return each_within(self.element.unpack, self._checked(plain))

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.element.schema()}

    def fits(self, value: Any) -> bool:
        """A list whose members fit."""
        return isinstance(value, list) and all(map(self.element.fits, value))

    def read(self, plain: Any, base: str) -> list[Any]:
        """A list of values."""
        return each_within(self.element.read, self._checked(plain), base)

    def example(self) -> str:
        """A JSON array."""
        return f"[{quoted(self.element)}]"

    def _checked(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            fix = "write list(…) around it" if isinstance(value, Iterable) and not isinstance(value, _NO_LISTS) else ""
            fix = "write sorted(…) around it" if isinstance(value, AbstractSet) else fix
            raise mismatch(value, self.hint, fix=fix)
        return value


class AbstractListTransformer(ListTransformer):
    """A `Sequence`, `Collection` or `Iterable`: a list on the wire, and a list when it comes back.

    Ours: flytekit pickles them.
    """

    def fits(self, value: Any) -> bool:
        """One of them whose members fit; an iterator's are not looked at, for that would use them up."""
        if not self._is_one(value):
            return False
        return isinstance(value, Iterator) or all(map(self.element.fits, value))

    def _is_one(self, value: Any) -> bool:
        return isinstance(value, typing.get_origin(self.hint)) and not isinstance(value, _NO_LISTS)

    def _checked(self, value: Any) -> list[Any]:
        return list(value) if self._is_one(value) else super()._checked(value)


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a list or of an abstract class of lists; None for others.

    Raises:
        ConversionError: A list of unknown elements.
    """
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is not list and origin not in _ABSTRACT:
        return None
    if not args:
        name = show_type(origin)
        raise ConversionError(f"{name} does not say of what", fix=f"write {name}[int] or the like")
    kind = ListTransformer if origin is list else AbstractListTransformer
    return kind(hint, find(args[0]))


def quoted(element: Transformer) -> str:
    """A value of a type as one writes it within JSON."""
    text = element.example()
    return f'"{text}"' if element.schema().get("type") == "string" else text
