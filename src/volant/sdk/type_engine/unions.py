"""Optional and Union."""

import functools
import types
import typing
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch


class UnionTransformer(Transformer):
    """A union: the variant a value is of as it is, else the first it converts to.

    Source: flytekit `UnionTransformer`.
    """

    name = "Typed Union"

    def __init__(self, hint: Any, variants: tuple[Transformer, ...]) -> None:
        super().__init__(hint)
        self.variants = variants

    def literal_type(self) -> pb.LiteralType:
        """A union of tagged variants."""
        return pb.LiteralType(union_type=pb.UnionType(variants=map(_tagged, self.variants)))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A union literal that says which variant it is."""
        variant = self._variant(value)
        inner = variant.to_literal(value, raw)
        kind = self._types[self.variants.index(variant)]
        return pb.Literal(scalar=pb.Scalar(union=pb.Union(value=inner, type=kind)))

    def from_literal(self, literal: pb.Literal) -> Any:
        """The value of the variant the literal names, or of the first that can read it."""
        found = list(self.variants)
        if literal.HasField("scalar") and literal.scalar.WhichOneof("value") == "union":
            kind, literal = literal.scalar.union.type, literal.scalar.union.value
            found.sort(key=lambda each: not _is_of(each, kind))
        return self._first(found, lambda each: each.from_literal(literal), "a value")

    def take(self, literal: pb.Literal) -> Any:
        """As `from_literal`."""
        return self.from_literal(literal)

    def pack(self, value: Any, raw: RawData) -> Any:
        """The plain form of the variant."""
        return self._variant(value).pack(value, raw)

    def unpack(self, plain: Any) -> Any:
        """The value of the first variant that can read it."""
        return self._first(list(self.variants), lambda each: each.unpack(plain), plain)

    def schema(self) -> dict[str, Any]:
        """Any of the variants."""
        return {"anyOf": [each.schema() for each in self.variants]}

    def fits(self, value: Any) -> bool:
        """Whether it fits a variant."""
        return any(each.fits(value) for each in self.variants)

    def read(self, plain: Any, base: str) -> Any:
        """The value of the first variant that can read it."""
        return self._first(list(self.variants), lambda each: each.read(plain, base), plain)

    def parse(self, text: str, base: str) -> Any:
        """The word null is None; a str takes only what no other variant can read."""
        by_care = sorted(self.variants, key=lambda each: each.name == "str")
        return self._first(by_care, lambda each: each.parse(text, base), text)

    def example(self) -> str:
        """As the first variant says it."""
        return self.variants[0].example()

    @functools.cached_property
    def _types(self) -> list[pb.LiteralType]:
        return [_tagged(each) for each in self.variants]

    def _variant(self, value: Any) -> Transformer:
        fitting = [each for each in self.variants if each.fits(value)]
        if fitting:
            return fitting[0]
        if type(value) is int and (floats := [each for each in self.variants if each.name == "float"]):
            return floats[0]
        real = [each for each in self.variants if each.name != "none"]
        if len(real) == 1:
            return real[0]  # whose own words say best what is wrong
        raise mismatch(value, self.hint)

    def _first(self, variants: list[Transformer], read: Any, shown: Any) -> Any:
        problems: list[ConversionError] = []
        for each in variants:
            try:
                return read(each)
            except ConversionError as error:
                problems += [error] if each.name != "none" else []
        if len(problems) == 1:
            raise problems[0]
        raise mismatch(shown, self.hint)


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a union; None for others."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return None
    return UnionTransformer(hint, tuple(map(find, typing.get_args(hint))))


def _tagged(variant: Transformer) -> pb.LiteralType:
    kind = variant.literal_type()
    kind.structure.tag = variant.name
    return kind


def _is_of(variant: Transformer, kind: pb.LiteralType) -> bool:
    mine = variant.literal_type()
    same = mine.WhichOneof("type") == kind.WhichOneof("type")
    same_simple = mine.simple == kind.simple
    same_class = not mine.structure.dataclass_type or mine.structure.dataclass_type == kind.structure.dataclass_type
    return bool(same and same_simple and same_class and variant.name == (kind.structure.tag or variant.name))
