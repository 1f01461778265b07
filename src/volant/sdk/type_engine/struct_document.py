"""What a msgpack document is to Flyte: a struct, with the fields' types and a JSON schema beside it."""

import functools
import typing
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.msgpack_documents import document_type, packed
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_plain import older_form
from volant.sdk.type_engine.transformer import Find, Transformer, within

NOTHING: Final = object()
"""There is no default."""
_AROUND = 12
"""Messages that stand around a type at most: those of a closure, and lists and unions of the type."""


@dataclass(frozen=True)
class Part:
    """One field.

    Attributes:
        kind: Transformer of its type.
        is_required: Whether a document without it cannot be read.
        is_given: Whether a constructor takes it; others are set afterwards, and no schema has them.
        default: Its default value, or `NOTHING`; what a factory makes is nothing that could be told.
    """

    kind: Transformer
    is_required: bool
    is_given: bool = True
    default: Any = NOTHING


class DocumentedTransformer(Transformer):
    """A type with named fields, which may hold itself.

    Attributes:
        origin: The class, without the arguments of a generic one.
    """

    def __init__(self, hint: Any, find: Find) -> None:
        super().__init__(hint)
        self.origin = typing.get_origin(hint) or hint
        self._find = find

    @functools.cached_property
    def parts(self) -> Mapping[str, Part]:
        """Fields by name, in the class's order; found late, for a class may hold itself."""
        return self.make_parts()

    def literal_type(self) -> pb.LiteralType:
        """A struct with the JSON schema, and the types of those fields that have one on the wire."""
        kind = pb.LiteralType()
        kind.CopyFrom(self._type() if _open.get() else self._outermost_type)
        return kind

    @functools.cached_property
    def _outermost_type(self) -> pb.LiteralType:
        try:
            kind = self._type()
        except (RecursionError, pb.DecodeError):  # Box[list[T]] within Box[T]; what protobuf cannot even copy
            kind = None
        if kind is None or not _can_be_sent(kind):
            raise ConversionError(
                f"{show_type(self.origin)} is nested too deeply: its type on the wire could not be read",
                fix="nest fewer classes, or declare the inner ones as dict",
            )
        return kind

    def _type(self) -> pb.LiteralType:
        schema = self.titled_schema()  # before all else: what cannot be passed at all is told by it
        with inside(self.hint, "type") as known:
            if known:
                return document_type()
            fields = {name: kind for name, each in self.parts.items() if (kind := _field_type(each)) is not None}
        metadata = pb.ParseDict(schema, pb.Struct())
        return document_type(metadata=metadata, structure=pb.TypeStructure(dataclass_type=fields))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A msgpack document."""
        return packed(self.pack, self.hint, value, raw)

    def take(self, literal: pb.Literal) -> Any:
        """From Flyte's older Struct form, where all numbers are floats."""
        return self.unpack(older_form(literal, self.hint))

    def titled_schema(self) -> dict[str, Any]:
        """As `schema`, for a type that stands alone."""
        return self.schema()

    @abstractmethod
    def make_parts(self) -> dict[str, Part]:
        """The fields.

        Raises:
            ConversionError: One of a type that has no transformer, or whose name means nothing.
        """

    def step(self, name: str) -> str:
        """How a path goes to this field."""
        return f".{name}"

    def find_part(self, name: str, hint: Any) -> Transformer:
        """The transformer of a field; what is wrong with its type is told with its name."""
        return within(self.step(name), self._find, hint)  # type: ignore[no-any-return]


_open: ContextVar[tuple[tuple[Any, str], ...]] = ContextVar("volant_described", default=())


@contextmanager
def inside(hint: Any, what: str) -> Iterator[bool]:
    """Whether this class is being described already, so that one within itself comes to an end."""
    mark = (hint, what)
    token = _open.set((*(known := _open.get()), mark))
    try:
        yield mark in known  # not by its hash, which some have none of
    finally:
        _open.reset(token)


def _can_be_sent(kind: pb.LiteralType) -> bool:
    """Whether others can read it, within the messages it is sent in: protobuf reads a hundred, and no more."""
    try:
        for _ in range(_AROUND):
            kind = pb.LiteralType(collection_type=kind)
        pb.LiteralType.FromString(kind.SerializeToString())
    except Exception:  # noqa: BLE001 - one error for what cannot be written, another for what cannot be read
        return False
    return True


def _field_type(part: Part) -> pb.LiteralType | None:
    try:
        return part.kind.literal_type()
    except ConversionError:  # a tuple: it has a place in documents, and none among Flyte's types
        return None
