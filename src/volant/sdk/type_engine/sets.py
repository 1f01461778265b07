"""Sets: collections in a fixed order, so that no hash seed gets into a cache key."""

import math
import typing
from collections.abc import Iterable, MutableSet
from collections.abc import Set as AbstractSet
from types import GenericAlias
from typing import Any

import msgspec

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.lists import quoted
from volant.sdk.type_engine.pickles import PickleTransformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, within, wrong_literal

_MEMBER = "(a member)"
_encode = msgspec.msgpack.Encoder().encode


class SetTransformer(Transformer):
    """A set or frozenset of one type, in the order of its members.

    Ours: flytekit pickles one that stands alone, which can still be read. In a document it is a list with
    flytekit as well, in the order Python happens to have it.
    """

    name = "Typed Set"

    def __init__(self, hint: Any, element: Transformer) -> None:
        super().__init__(hint)
        self.origin = typing.get_origin(hint)
        self.element = element

    def literal_type(self) -> pb.LiteralType:
        """A collection."""
        return pb.LiteralType(collection_type=self.element.literal_type())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A collection, in the order of its members."""
        found = [within(_MEMBER, self.element.to_literal, each, raw) for each in self._checked(value)]
        return pb.Literal(collection=pb.LiteralCollection(literals=sorted(found, key=_literal_rank)))

    def take(self, literal: pb.Literal) -> Any:
        """A set of what a collection holds; of it a pickle may be all, where flytekit wrote it."""
        if literal.scalar.WhichOneof("value") == "blob":
            return PickleTransformer(self.hint).take(literal)
        if literal.WhichOneof("value") != "collection":
            raise wrong_literal(literal, self.hint)
        return self._made([within(_MEMBER, self.element.from_literal, each) for each in literal.collection.literals])

    def pack(self, value: Any, raw: RawData) -> list[Any]:
        """A list of plain forms, in their order."""
        found = [within(_MEMBER, self.element.pack, each, raw) for each in self._checked(value)]
        return sorted(found, key=rank)

    def unpack(self, plain: Any) -> Any:
        """A set of the values of a list."""
        return self._made([within(_MEMBER, self.element.unpack, each) for each in self._listed(plain)])

    def schema(self) -> dict[str, Any]:
        """An array without duplicates."""
        return {"type": "array", "items": self.element.schema(), "uniqueItems": True}

    def fits(self, value: Any) -> bool:
        """A set whose members fit."""
        return isinstance(value, self.origin) and all(map(self.element.fits, value))

    def read(self, plain: Any, base: str) -> Any:
        """A set of the values of a list."""
        return self._made([within(_MEMBER, self.element.read, each, base) for each in self._listed(plain)])

    def example(self) -> str:
        """A JSON array."""
        return f"[{quoted(self.element)}]"

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, self.origin):
            is_alike = isinstance(value, list | tuple | set | frozenset | range)
            fix = f"write {self.origin.__name__}(…) around it" if is_alike else ""
            raise mismatch(value, self.hint, fix=fix)
        return value

    def _listed(self, plain: Any) -> Iterable[Any]:
        if not isinstance(plain, list | tuple):  # as a key, a list is a tuple
            raise mismatch(plain, self.hint, fix=f"write a list, e.g. {self.example()}")
        return plain

    def _made(self, members: list[Any]) -> Any:
        try:
            return self.origin(members)
        except TypeError as error:
            fix = "pass a list of them, or make their class frozen"
            raise ConversionError(f"no {self.origin.__name__} can hold them: {error}", fix=fix) from None


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a set or frozenset that says of what; None for others, also for a bare set."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is AbstractSet or origin is MutableSet:  # read as what a plain set is
        hint, origin = GenericAlias(set, args), set
    return SetTransformer(hint, find(args[0])) if origin in (set, frozenset) else None


def rank(plain: Any) -> tuple[str, Any]:
    """What plain forms are sorted by: their values, where these can be compared; else their bytes."""
    if (isinstance(plain, float) and not math.isnan(plain)) or isinstance(plain, int | str | bytes):
        return type(plain).__name__, plain
    return "~", _encode(plain)


def _literal_rank(literal: pb.Literal) -> tuple[str, Any]:
    """The same of literals."""
    primitive = literal.scalar.primitive
    kind = primitive.WhichOneof("value")
    if kind in ("datetime", "duration"):
        moment = getattr(primitive, kind)
        return kind, (moment.seconds, moment.nanos)
    if kind is None or math.isnan(primitive.float_value):  # nothing is above or below nan
        return "~", literal.SerializeToString(deterministic=True)
    return kind, getattr(primitive, kind)
