"""Dicts from str to one type; abstract classes of them too."""

import typing
from collections.abc import Mapping, MutableMapping
from types import GenericAlias
from typing import Any

from volant.idl import pb
from volant.sdk.type_engine.lists import quoted
from volant.sdk.type_engine.msgpack_documents import sorted_by_key
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, within, wrong_literal

_DICTS = (dict, Mapping, MutableMapping)


class DictTransformer(Transformer):
    """A dict from str to one type. Source: flytekit `DictTransformer`."""

    name = "Typed Dict"

    def __init__(self, hint: Any, key: Transformer, element: Transformer) -> None:
        super().__init__(hint)
        self.key = key
        self.element = element

    def literal_type(self) -> pb.LiteralType:
        """A map."""
        return pb.LiteralType(map_value_type=self.element.literal_type())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A map."""
        found = {
            within("(a key)", self.key.pack, key, raw): within(f"[{key!r}]", self.element.to_literal, each, raw)
            for key, each in self._checked(value).items()
        }
        return pb.Literal(map=pb.LiteralMap(literals=found))

    def take(self, literal: pb.Literal) -> dict[Any, Any]:
        """A dict, in the order of its keys."""
        if literal.WhichOneof("value") != "map":
            raise wrong_literal(literal, self.hint)
        return {
            key: within(f"[{key!r}]", self.element.from_literal, literal.map.literals[key])
            for key in sorted(literal.map.literals)
        }

    def pack(self, value: Any, raw: RawData) -> dict[Any, Any]:
        """A dict of plain forms, sorted by key."""
        return sorted_by_key(
            {
                within("(a key)", self.pack_key, key, raw): within(f"[{key!r}]", self.element.pack, each, raw)
                for key, each in self._checked(value).items()
            }
        )

    def pack_key(self, key: Any, raw: RawData) -> Any:
        """The plain form of a key."""
        return self.key.pack(key, raw)

    def unpack_key(self, plain: Any) -> Any:
        """The key of a plain form."""
        return self.key.unpack(plain)

    def unpack(self, plain: Any) -> dict[Any, Any]:
        """A dict of values."""
        return {
            within("(a key)", self.unpack_key, key): within(f"[{key!r}]", self.element.unpack, each)
            for key, each in self._checked(plain).items()
        }

    def schema(self) -> dict[str, Any]:
        """An object."""
        return {
            "type": "object",
            "additionalProperties": self.element.schema(),
            "propertyNames": self.key.schema(),
        }

    def fits(self, value: Any) -> bool:
        """A dict whose members fit."""
        return (
            isinstance(value, Mapping)
            and isinstance(value, typing.get_origin(self.hint) or dict)
            and all(map(self.key.fits, value))
            and all(map(self.element.fits, value.values()))
        )

    def read(self, plain: Any, base: str) -> dict[Any, Any]:
        """A dict of values; keys as a command line has them, for JSON knows only texts."""
        return {
            within("(a key)", self.key.parse, str(key), base): within(f"[{key!r}]", self.element.read, each, base)
            for key, each in self._checked(plain).items()
        }

    def example(self) -> str:
        """A JSON object."""
        return f'{{"key": {quoted(self.element)}}}'

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, typing.get_origin(self.hint) or dict):
            raise mismatch(value, self.hint, fix="write dict(…) around it" if isinstance(value, Mapping) else "")
        return value


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a dict from str, or of an abstract class of dicts; None for others."""
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin not in _DICTS:
        return None
    key, element = args or (str, Any)
    if key is str and element is not Any and element is not object:
        return DictTransformer(hint, find(str), find(element))
    if origin is dict and element is not object:
        return None
    return find(GenericAlias(dict, (key, Any if element is object else element)))
