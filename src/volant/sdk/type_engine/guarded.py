"""A transformer of others, whose mistakes are told as its own."""

from typing import Any, TypeVar

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.extension import TypeTransformer, full_name
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_plain import checked
from volant.sdk.type_engine.transformer import Transformer, mismatch, preview

T = TypeVar("T")


class Guarded(Transformer):
    """A transformer of others: what it does wrong is told as its own mistake, not as that of a value."""

    name = ""  # each has that of its inner one

    def __init__(self, inner: TypeTransformer) -> None:
        super().__init__(inner.hint)
        self.inner = inner
        self.__dict__["name"] = inner.name

    def literal_type(self) -> pb.LiteralType:
        """As it says; a copy, which callers may change."""
        kind = pb.LiteralType()
        kind.CopyFrom(self._call(pb.LiteralType, "literal_type"))
        return kind

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """As it says; it is asked only about what fits."""
        self._check(value)
        return self._call(pb.Literal, "to_literal", value, raw)

    def take(self, literal: pb.Literal) -> Any:
        """As it says."""
        return self._call(object, "take", literal)

    def pack(self, value: Any, raw: RawData) -> Any:
        """As it says; it is asked only about what fits."""
        self._check(value)
        found = self._call(object, "pack", value, raw)
        try:
            return checked(found, self.hint)
        except ConversionError as error:
            raise self._mistake(f"pack gave {preview(found)}, which is not plain: {error}") from None

    def unpack(self, plain: Any) -> Any:
        """As it says."""
        return self._call(object, "unpack", plain)

    def schema(self) -> dict[str, Any]:
        """As it says."""
        return self._call(dict, "schema")

    def fits(self, value: Any) -> bool:
        """As it says."""
        return bool(self._call(object, "fits", value))

    def read(self, plain: Any, base: str) -> Any:
        """As it says."""
        return self._call(object, "read", plain, base)

    def parse(self, text: str, base: str) -> Any:
        """As it says."""
        return self._call(object, "parse", text, base)

    def example(self) -> str:
        """As it says."""
        return self._call(str, "example")

    def _check(self, value: Any) -> None:
        if not self.fits(value):
            raise mismatch(value, self.hint)

    def _call(self, wanted: type[T], method: str, *args: Any) -> T:
        try:
            found = getattr(self.inner, method)(*args)
        except ConversionError:
            raise
        except Exception as error:
            given = f" on {preview(args[0])}" if args else ""
            raise self._mistake(f"{method} failed{given}: {type(error).__name__}: {error}") from error
        if not isinstance(found, wanted):
            raise self._mistake(f"{method} gave {preview(found)} instead of a {wanted.__name__}")
        return found

    def _mistake(self, what: str) -> ConversionError:
        return ConversionError(
            f"{self.name}, the transformer of {show_type(self.hint)}: {what}",
            fix=f"correct {full_name(type(self.inner))}, or tell its author",
        )
