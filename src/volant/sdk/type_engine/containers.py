"""list, and dict from str."""

import typing
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import (
    Find,
    Transformer,
    mismatch,
    sorted_by_key,
    within,
    wrong_literal,
)


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
        found = [
            within(f"[{index}]", self.element.to_literal, each, raw) for index, each in enumerate(self._checked(value))
        ]
        return pb.Literal(collection=pb.LiteralCollection(literals=found))

    def take(self, literal: pb.Literal) -> list[Any]:
        """A list."""
        if literal.WhichOneof("value") != "collection":
            raise wrong_literal(literal, self.hint)
        return [
            within(f"[{index}]", self.element.from_literal, each)
            for index, each in enumerate(literal.collection.literals)
        ]

    def pack(self, value: Any, raw: RawData) -> list[Any]:
        """A list of plain forms."""
        return [within(f"[{index}]", self.element.pack, each, raw) for index, each in enumerate(self._checked(value))]

    def unpack(self, plain: Any) -> list[Any]:
        """A list of values."""
        return [within(f"[{index}]", self.element.unpack, each) for index, each in enumerate(self._checked(plain))]

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.element.schema()}

    def fits(self, value: Any) -> bool:
        """A list whose members fit."""
        return isinstance(value, list) and all(map(self.element.fits, value))

    def read(self, plain: Any, base: str) -> list[Any]:
        """A list of values."""
        return [within(f"[{index}]", self.element.read, each, base) for index, each in enumerate(self._checked(plain))]

    def example(self) -> str:
        """A JSON array."""
        return f"[{_quoted(self.element)}]"

    def _checked(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            fix = "write list(…) around it" if isinstance(value, tuple | set | range) else ""
            raise mismatch(value, self.hint, fix=fix)
        return value


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
            self.key.pack(key, raw): within(f"[{key!r}]", self.element.to_literal, each, raw)
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
                within("(a key)", self.key.pack, key, raw): within(f"[{key!r}]", self.element.pack, each, raw)
                for key, each in self._checked(value).items()
            }
        )

    def unpack(self, plain: Any) -> dict[Any, Any]:
        """A dict of values."""
        return {
            within("(a key)", self.key.unpack, key): within(f"[{key!r}]", self.element.unpack, each)
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
            isinstance(value, dict) and all(map(self.key.fits, value)) and all(map(self.element.fits, value.values()))
        )

    def read(self, plain: Any, base: str) -> dict[Any, Any]:
        """A dict of values; keys as a command line has them, for JSON knows only texts."""
        return {
            within("(a key)", self.key.parse, str(key), base): within(f"[{key!r}]", self.element.read, each, base)
            for key, each in self._checked(plain).items()
        }

    def example(self) -> str:
        """A JSON object."""
        return f'{{"key": {_quoted(self.element)}}}'

    def _checked(self, value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise mismatch(value, self.hint)
        return value


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a list, or of a dict from str; None for others.

    Raises:
        ConversionError: A list of unknown elements.
    """
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is list and not args:
        raise ConversionError("list does not say of what", fix="write list[int] or the like")
    if origin is list:
        return ListTransformer(hint, find(args[0]))
    is_map = origin is dict and args and args[0] is str and args[1] is not Any
    return DictTransformer(hint, find(str), find(args[1])) if is_map else None


def _quoted(element: Transformer) -> str:
    text = element.example()
    return f'"{text}"' if element.schema().get("type") == "string" else text
