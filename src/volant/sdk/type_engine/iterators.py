"""Iterators: collections whose values are made as they are asked for."""

import collections.abc
import typing
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine import json_lines
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, each_within, mismatch, within, wrong_literal

_ITERATORS = (collections.abc.Iterator, collections.abc.Generator)


class Values(Iterator[Any]):
    """The values of a collection, each made when it is asked for; `len` tells how many are left."""

    def __init__(self, element: Transformer, literals: Sequence[pb.Literal]) -> None:
        self._element = element
        self._literals = literals
        self._next = 0

    def __len__(self) -> int:
        return len(self._literals) - self._next

    def __next__(self) -> Any:
        if self._next >= len(self._literals):
            raise StopIteration
        index = self._next
        self._next += 1
        return within(f"[{index}]", self._element.from_literal, self._literals[index])


class IteratorTransformer(Transformer):
    """`Iterator[T]` or `Generator[T, …]`: a collection, like `list[T]`, made from any iterable.

    Source: flytekit `IteratorTransformer` (types/iterator/iterator.py), which knows only `Iterator`.
    """

    name = "Typed Iterator"

    def __init__(self, hint: Any, element: Transformer) -> None:
        super().__init__(hint)
        self.element = element

    def literal_type(self) -> pb.LiteralType:
        """A collection."""
        return pb.LiteralType(collection_type=self.element.literal_type())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A collection; takes what is left of an iterator."""
        found = each_within(self.element.to_literal, iter(json_lines.iterable(value, self.hint)), raw)
        return pb.Literal(collection=pb.LiteralCollection(literals=found))

    def take(self, literal: pb.Literal) -> Values:
        """The values, each made when it is asked for."""
        if literal.WhichOneof("value") != "collection":
            raise wrong_literal(literal, self.hint)
        return Values(self.element, literal.collection.literals)

    def pack(self, value: Any, raw: RawData) -> NoReturn:
        """Not possible: it could be read but once."""
        del value, raw
        raise json_lines.no_part(self.hint)

    def unpack(self, plain: Any) -> Iterator[Any]:
        """From a list in a document."""
        if not isinstance(plain, list):
            raise mismatch(plain, self.hint)
        return iter(each_within(self.element.unpack, plain))

    def schema(self) -> NoReturn:
        """Not possible."""
        raise json_lines.no_part(self.hint)

    def fits(self, value: Any) -> bool:
        """An iterator; a list is rather a list."""
        return isinstance(value, collections.abc.Iterator)

    def read(self, plain: Any, base: str) -> Iterator[Any]:
        """From a list."""
        if not isinstance(plain, list):
            raise mismatch(plain, self.hint)
        return iter(each_within(self.element.read, plain, base))

    def example(self) -> str:
        """A JSON array."""
        return f"[{self.element.example()}]"


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of an iterator; None for others.

    Raises:
        ConversionError: It does not say of what.
    """
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin not in _ITERATORS:
        return None
    if not args:
        name = show_type(hint)
        raise ConversionError(f"{name} does not say of what", fix=f"write {name}[int] or the like")
    if json_lines.is_json(args[0]):
        return json_lines.JsonLinesTransformer(hint, find)
    return IteratorTransformer(hint, find(args[0]))
