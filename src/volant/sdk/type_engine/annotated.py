"""What `Annotated` says of a type: formats, columns, hash methods, notes."""

import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from volant.idl import pb
from volant.idl.interfaces import CACHE_KEY_ANNOTATION
from volant.sdk.annotations import Annotation, HashMethod
from volant.sdk.datasets import StructuredDataset
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine import arrays, blobs, frames
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, preview

_WITH_NOTES = (blobs, frames, arrays)


class AnnotatedTransformer(Transformer):
    """A type with notes for Flyte; its values are those of the type without them.

    Attributes:
        inner: The type's own.
        hashing: Gives the literal's hash; None for none. Inside documents it does not count.
        notes: What travels with the type.

    Source: flytekit `TypeEngine.to_literal_type`, `TypeEngine.calculate_hash` (core/type_engine.py).
    """

    name = ""  # each has that of its inner one

    def __init__(self, hint: Any, inner: Transformer, hashing: HashMethod[Any] | None, notes: pb.Struct | None) -> None:
        super().__init__(hint)
        self.__dict__["name"] = inner.name
        self.inner = inner
        self.hashing = hashing
        self.notes = notes

    def literal_type(self) -> pb.LiteralType:
        """That of the inner one, with the notes."""
        kind = pb.LiteralType()
        kind.CopyFrom(self.inner.literal_type())
        if self.notes is not None:
            kind.annotation.annotations.fields.MergeFrom(self.notes.fields)
        return kind

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """That of the inner one, with the hash."""
        found = self.inner.to_literal(value, raw)
        if self.hashing is None:
            return found
        literal = pb.Literal()
        literal.CopyFrom(found)
        literal.hash = self._hash(self.hashing.calculate, self._as_received(value, found))
        return literal

    def from_literal(self, literal: pb.Literal) -> Any:
        """As the inner one."""
        return self.inner.from_literal(literal)

    def take(self, literal: pb.Literal) -> Any:
        """As the inner one."""
        return self.inner.take(literal)

    def pack(self, value: Any, raw: RawData) -> Any:
        """As the inner one."""
        return self.inner.pack(value, raw)

    def unpack(self, plain: Any) -> Any:
        """As the inner one."""
        return self.inner.unpack(plain)

    def schema(self) -> dict[str, Any]:
        """As the inner one."""
        return self.inner.schema()

    def fits(self, value: Any) -> bool:
        """As the inner one."""
        return self.inner.fits(value)

    def read(self, plain: Any, base: str) -> Any:
        """As the inner one."""
        return self.inner.read(plain, base)

    def parse(self, text: str, base: str) -> Any:
        """As the inner one."""
        return self.inner.parse(text, base)

    def example(self) -> str:
        """As the inner one."""
        return self.inner.example()

    def _as_received(self, value: Any, literal: pb.Literal) -> Any:
        """What a task would get: the hash of a frame must not depend on whether it came from a file."""
        is_file = isinstance(value, StructuredDataset) and isinstance(self.inner, frames.FrameTransformer)
        return self.inner.from_literal(literal) if is_file else value

    def _hash(self, calculate: Callable[[Any], Any], value: Any) -> str:
        try:
            found = calculate(value)
        except Exception as error:
            raise self._mistake(f"failed: {type(error).__name__}: {error}") from error
        if not isinstance(found, str):
            raise self._mistake(f"gave {preview(found)}, which is no text")
        return found

    def _mistake(self, what: str) -> ConversionError:
        function = self.hashing and self.hashing.function
        place = (
            f"the HashMethod {getattr(function, '__qualname__', preview(function))} of {show_type(_base(self.hint))}"
        )
        return ConversionError(f"{place} {what}", fix="return a text that is the same for equal values")


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of an annotated type; None for others. Notes of other libraries do not count.

    Raises:
        ConversionError: Two `Annotation`s, or one that cannot travel.
    """
    if typing.get_origin(hint) is not typing.Annotated:
        return None
    base, *notes = typing.get_args(hint)
    made = (family.build(hint, find) for family in _WITH_NOTES)
    inner = next((each for each in made if each is not None), None) or find(base)
    hashing = next((each for each in notes if isinstance(each, HashMethod)), None)
    travelling = _annotations(base, notes)
    return AnnotatedTransformer(hint, inner, hashing, travelling) if hashing or travelling is not None else inner


def _annotations(base: Any, notes: Iterable[Any]) -> pb.Struct | None:
    found = [each for each in notes if isinstance(each, Annotation)]
    if len(found) > 1:
        raise ConversionError(f"{show_type(base)} has {len(found)} Annotations", fix="merge their data into one")
    return _struct(base, found[0].data) if found else None


def _struct(base: Any, data: dict[str, Any]) -> pb.Struct:
    if CACHE_KEY_ANNOTATION in data:
        fix = "use another key: this one says how values count in cache keys"
        raise ConversionError(f"the Annotation of {show_type(base)} has the key {CACHE_KEY_ANNOTATION!r}", fix=fix)
    odd = next(_not_json(data), None)
    if odd is not None:
        fix = "use texts, numbers, True, False, None, and lists and dicts of them with texts as keys"
        told = f"the Annotation of {show_type(base)} holds {preview(odd)}, which JSON does not have"
        raise ConversionError(told, fix=fix)
    struct = pb.Struct()
    struct.update(data)
    return struct


def _not_json(plain: Any) -> Iterator[Any]:
    if isinstance(plain, dict) and all(isinstance(each, str) for each in plain):
        plain = list(plain.values())
    if isinstance(plain, list):
        yield from (odd for each in plain for odd in _not_json(each))
    elif plain is not None and not isinstance(plain, bool | int | float | str):
        yield plain


def _base(hint: Any) -> Any:
    return typing.get_args(hint)[0]
