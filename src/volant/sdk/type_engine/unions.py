"""Optional and Union."""

import functools
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.scalars import of_numpy
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal

_NO_KIND_OF = {int: ("float", "timedelta"), float: ("int",)}
"""Which variants read a number of the other kind, and so are asked last."""


class UnionTransformer(Transformer):
    """A union: the variant a value is of as it is, else the first it converts to.

    flytekit refuses a value that two variants can hold; here the first does, and an instance of one of two
    classes with the same fields is told by its class.

    Source: flytekit `UnionTransformer`.
    """

    name = "Typed Union"

    def __init__(self, hint: Any, variants: tuple[Transformer, ...]) -> None:
        super().__init__(hint)
        self.variants = variants

    def literal_type(self) -> pb.LiteralType:
        """A union of tagged variants."""
        return pb.LiteralType(union_type=pb.UnionType(variants=self._types))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A union literal that says which variant it is; as with flytekit, without the hash of a `HashMethod`."""
        chosen = self._choose(value)
        literal = pb.Literal()
        union = literal.scalar.union
        union.value.CopyFrom(chosen.to_literal(value, raw))
        union.value.ClearField("hash")
        union.type.CopyFrom(self._types[self.variants.index(chosen)])
        return literal

    def from_literal(self, literal: pb.Literal) -> Any:
        """The value of the variant the literal names, or of the first that can read it."""
        if literal.scalar.WhichOneof("value") != "union":
            return self._first(self.variants, "from_literal", literal)
        union = literal.scalar.union
        return self._first(self._named(union.type), "from_literal", union.value)

    def take(self, literal: pb.Literal) -> Any:
        """As `from_literal`."""
        return self.from_literal(literal)

    def pack(self, value: Any, raw: RawData) -> Any:
        """The plain form of the variant."""
        return self._first(self._candidates(value), "pack", value, raw)

    def unpack(self, plain: Any) -> Any:
        """The value of the first variant that can read it.

        An int is not read as a float, or as seconds, while a variant is int, and the other way round; a dict is
        read as the class that has just these fields, if there is one.
        """
        return self._first(self._likely(plain), "unpack", plain)

    def schema(self) -> dict[str, Any]:
        """Any of the variants."""
        return {"anyOf": [each.schema() for each in self.variants]}

    def fits(self, value: Any) -> bool:
        """Whether it fits a variant."""
        return any(each.fits(value) for each in self.variants)

    def read(self, plain: Any, base: str) -> Any:
        """The value of the first variant that can read it."""
        return self._first(self._likely(plain), "read", plain, base)

    def parse(self, text: str, base: str) -> Any:
        """The word null is None; a str takes only what no other variant can read."""
        return self._first(sorted(self.variants, key=lambda each: each.name == "str"), "parse", text, base)

    def example(self) -> str:
        """As the first variant says it."""
        return self.variants[0].example()

    @functools.cached_property
    def _types(self) -> list[pb.LiteralType]:
        return [_tagged(each) for each in self.variants]

    @functools.cached_property
    def _fields(self) -> list[frozenset[str] | None]:
        """Of each variant that is a class with fields, their names."""
        return [_field_names(each) for each in self.variants]

    def _candidates(self, value: Any) -> Sequence[Transformer]:
        """The variant a value is of as it is; else all it may convert to."""
        value = of_numpy(value)
        fitting = next((each for each in self.variants if each.fits(value)), None)
        return [fitting] if fitting else [each for each in self.variants if each.name != "none"]

    def _choose(self, value: Any) -> Transformer:
        found = self._candidates(value)
        if len(found) == 1:
            return found[0]  # whose own words say best what is wrong
        chosen = next((each for each in found if _converts(each, value)), None)
        if chosen is None:
            raise mismatch(value, self.hint)
        return chosen

    def _named(self, kind: pb.LiteralType) -> Iterator[Transformer]:
        """The variants, those first that agree best with a type that a literal names."""
        exact = next((each for each, mine in zip(self.variants, self._types, strict=True) if mine == kind), None)
        if exact is not None:  # and for nearly all literals that is all there is to do
            yield exact
        wanted = _essence(kind)
        others = [pair for pair in zip(self.variants, self._types, strict=True) if pair[0] is not exact]
        yield from (each for each, _ in sorted(others, key=lambda pair: _essence(pair[1]) != wanted))

    def _likely(self, plain: Any) -> Sequence[Transformer]:
        if isinstance(plain, dict):
            keys = frozenset(plain)
            pairs = zip(self._fields, self.variants, strict=True)
            return [each for _, each in sorted(pairs, key=lambda pair: pair[0] != keys)]
        last = _NO_KIND_OF.get(type(plain))
        return sorted(self.variants, key=lambda each: each.name in last) if last else self.variants

    def _first(self, variants: Iterable[Transformer], method: str, given: Any, *args: Any) -> Any:
        """What the first variant makes of it that can; if just one could be meant, in its words why it cannot."""
        problems: list[ConversionError] = []
        for each in variants:
            try:
                return getattr(each, method)(given, *args)
            except ConversionError as error:
                problems += [error] if each.name != "none" else []
        if len(problems) == 1:
            raise problems[0]
        raise wrong_literal(given, self.hint) if isinstance(given, pb.Literal) else mismatch(given, self.hint)


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a union; None for others."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return None
    return UnionTransformer(hint, tuple(map(find, typing.get_args(hint))))


def _tagged(variant: Transformer) -> pb.LiteralType:
    kind = variant.literal_type()
    # The whole structure makes way for the tag, fields of a dataclass included: so flytekit writes it.
    kind.structure.CopyFrom(pb.TypeStructure(tag=variant.name))
    return kind


def _essence(kind: pb.LiteralType) -> tuple[Any, ...]:
    """What of a variant must agree: its tag, its kind, and the name of its class if it has one."""
    which = kind.WhichOneof("type")
    title = kind.metadata.fields["title"].string_value if "title" in kind.metadata.fields else ""
    return kind.structure.tag, which, getattr(kind, which) if which else None, title


def _field_names(variant: Transformer) -> frozenset[str] | None:
    try:
        properties = variant.schema().get("properties")
    except ConversionError:
        return None
    return frozenset(properties) if isinstance(properties, dict) else None


def _converts(variant: Transformer, value: Any) -> bool:
    try:
        variant.pack(value, RawData())
    except ConversionError:
        return False
    return True
