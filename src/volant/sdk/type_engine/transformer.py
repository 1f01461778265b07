"""What every transformer can do, and how a value that does not fit is told."""

import json
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

import msgspec

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData

Find: TypeAlias = "Callable[[Any], Transformer]"
MSGPACK = "msgpack"

_decode = msgspec.msgpack.Decoder().decode
_encode = msgspec.msgpack.Encoder().encode


class Transformer(ABC):
    """One Python type on the wire. Immutable, safe from any thread.

    A value has two forms: a literal of its own, and a *plain* form inside a msgpack document (a dataclass's
    field): None, bool, int, float, str, bytes, lists and dicts of these.

    Attributes:
        name: Tag of a union variant of this type; flytekit's name of the transformer.
        hint: The Python type.

    Source: flytekit `TypeTransformer` (core/type_engine.py).
    """

    name: ClassVar[str]

    def __init__(self, hint: Any) -> None:
        self.hint = hint

    @abstractmethod
    def literal_type(self) -> pb.LiteralType:
        """The type on the wire."""

    @abstractmethod
    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """The literal of a value.

        Raises:
            ConversionError: It does not fit the type.
        """

    @abstractmethod
    def take(self, literal: pb.Literal) -> Any:
        """The value of a literal of this type's own kind; see `from_literal`."""

    @abstractmethod
    def pack(self, value: Any, raw: RawData) -> Any:
        """The plain form of a value.

        Raises:
            ConversionError: It does not fit the type.
        """

    @abstractmethod
    def unpack(self, plain: Any) -> Any:
        """The value of a plain form.

        Raises:
            ConversionError: It does not fit the type.
        """

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """JSON schema of the plain form, as mashumaro writes it."""

    def fits(self, value: Any) -> bool:
        """Whether a value is of this type as it is, without conversion; picks the variant of a union."""
        try:
            self.pack(value, RawData())
        except ConversionError:
            return False
        return True

    def from_literal(self, literal: pb.Literal) -> Any:
        """The value of a literal; unions are unwrapped, parts of msgpack documents read.

        Raises:
            ConversionError: It is of another type.
        """
        if literal.HasField("scalar"):
            kind = literal.scalar.WhichOneof("value")
            if kind == "union":
                return self.from_literal(literal.scalar.union.value)
            if kind == "binary" and literal.scalar.binary.tag == MSGPACK:
                return self.unpack(decode(literal.scalar.binary.value))
        return self.take(literal)

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - for those that hold paths
        """The value of what a person wrote in JSON or YAML.

        Args:
            plain: As parsed.
            base: Folder relative paths start from.

        Raises:
            ConversionError: It does not fit the type.
        """
        return self.unpack(plain)

    def parse(self, text: str, base: str) -> Any:
        """The value of what a person typed on a command line; JSON, unless the type is written more simply.

        Raises:
            ConversionError: It does not fit the type.
        """
        try:
            plain = json.loads(text)
        except ValueError as error:
            raise ConversionError(
                f"expected {show_type(self.hint)} as JSON, got {preview(text)}: {error}",
                fix=f"quote it for the shell, e.g. '{self.example()}'",
            ) from None
        return self.read(plain, base)

    def example(self) -> str:
        """A value as a person would type it."""
        return "…"


def decode(data: bytes) -> Any:
    """What a msgpack document says.

    Raises:
        ConversionError: It is none.
    """
    try:
        return _decode(data)
    except msgspec.DecodeError as error:
        raise ConversionError(f"a broken msgpack document: {error}") from None


def document(plain: Any) -> pb.Literal:
    """The literal of a msgpack document."""
    return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=_encode(plain), tag=MSGPACK)))


def document_type(**parts: Any) -> pb.LiteralType:
    """The type of a msgpack document, marked so that caches do not take it for Flyte's older form.

    Source: flytekit core/type_engine.py, annotation "cache-key-metadata".
    """
    note = pb.ParseDict({"cache-key-metadata": {"serialization-format": MSGPACK}}, pb.Struct())
    return pb.LiteralType(simple=pb.SimpleType.STRUCT, annotation=pb.TypeAnnotation(annotations=note), **parts)


def sorted_by_key(items: Mapping[Any, Any]) -> dict[Any, Any]:
    """The same mapping in the order of its keys: how it was filled must not change a cache key."""
    return dict(sorted(items.items(), key=lambda item: (str(type(item[0])), item[0])))


def within(step: str, convert: Callable[..., Any], *args: Any) -> Any:
    """Convert a part of a value; what is wrong with it is told with its place in the whole."""
    try:
        return convert(*args)
    except ConversionError as error:
        raise error.within(step) from None


def mismatch(value: Any, hint: Any, fix: str = "") -> ConversionError:
    """A value is not of the type it should be."""
    kind = "" if value is None else f" of type {show_type(type(value))}"
    return ConversionError(f"expected {show_type(hint)}, got {preview(value)}{kind}", fix=fix)


def wrong_literal(literal: pb.Literal, hint: Any) -> ConversionError:
    """A literal is not of the type it should be."""
    kind = literal.WhichOneof("value") or "nothing"
    if kind == "scalar":
        kind = literal.scalar.WhichOneof("value") or "an empty scalar"
    if kind == "primitive":
        kind = literal.scalar.primitive.WhichOneof("value") or "an empty primitive"
    return ConversionError(f"expected {show_type(hint)}, got a literal that holds {kind}")


_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60


def preview(value: Any) -> str:
    """A value in at most some hundred characters, on one line."""
    try:
        return " ".join(_short.repr(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        return f"<{type(value).__name__}>"
