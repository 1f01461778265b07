"""What every transformer can do, and how a value that does not fit is told."""

import json
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.msgpack_documents import LESS_DEEP, MSGPACK, decode
from volant.sdk.type_engine.raw_data import RawData

Find: TypeAlias = "Callable[[Any], Transformer]"

KNOWN: "dict[int, tuple[Any, Transformer]]" = {}
"""Hints whose transformers have been found, by id; the hint is kept beside it, so that an id means one hint.
Emptied when a binding changes what there is to find."""


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
        scalar = literal.scalar
        kind = scalar.WhichOneof("value")
        if kind == "union":
            return self.from_literal(scalar.union.value)
        if kind == "binary" and scalar.binary.tag == MSGPACK:
            return self._from_document(scalar.binary.value)
        return self.take(literal)

    def _from_document(self, data: bytes) -> Any:
        try:
            return self.unpack(decode(data))
        except RecursionError:
            raise ConversionError(
                f"a document of {show_type(self.hint)} is nested too deeply to be read", fix=LESS_DEEP
            ) from None

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


def each_within(convert: Callable[..., Any], values: Iterable[Any], *args: Any) -> list[Any]:
    """Convert the members of a list; what is wrong with one is told with its index."""
    done: list[Any] = []
    try:
        for value in values:
            done.append(convert(value, *args))  # noqa: PERF401 - how far it came is the index told
    except ConversionError as error:
        raise error.within(f"[{len(done)}]") from None
    return done


def within(step: str, convert: Callable[..., Any], *args: Any) -> Any:
    """Convert a part of a value; what is wrong with it is told with its place in the whole."""
    try:
        return convert(*args)
    except ConversionError as error:
        raise error.within(step) from None


def mismatch(value: Any, hint: Any, fix: str = "") -> ConversionError:
    """A value is not of the type it should be."""
    kind = "" if value is None or _table(value) else f" of type {show_type(type(value))}"
    return ConversionError(f"expected {show_type(hint)}, got {preview(value)}{kind}", fix=fix)


def wrong_literal(literal: pb.Literal, hint: Any) -> ConversionError:
    """A literal is not of the type it should be."""
    kind = literal.WhichOneof("value") or "nothing"
    if kind == "scalar":
        kind = literal.scalar.WhichOneof("value") or "an empty scalar"
    if kind == "primitive":
        kind = literal.scalar.primitive.WhichOneof("value") or "an empty primitive"
    return ConversionError(f"expected {show_type(hint)}, got a literal that holds {kind}")


_TABLES = frozenset(("pandas.DataFrame", "polars.DataFrame", "polars.LazyFrame", "pyarrow.Table"))
_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60


def preview(value: Any) -> str:
    """A value in at most some hundred characters, on one line; of a table, its class alone."""
    if table := _table(value):
        return f"a {table}"
    try:
        return " ".join(_short.repr(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        return f"<{type(value).__name__}>"


def _table(value: Any) -> str:
    """The class of a table, whose own text is long and says little; "" for all else."""
    name = f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}"
    return name if name in _TABLES else ""
