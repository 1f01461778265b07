"""Classes that have a place in documents and none among Flyte's types: there they are plain, alone a pickle.

`Any` is one: what it holds in a document must be plain.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine import struct_plain
from volant.sdk.type_engine.pickles import PickleTransformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_plain import older_form
from volant.sdk.type_engine.transformer import Transformer, mismatch

# By name: most programs need none of them, and to import them all takes longer than all else here.
_FORMATS = {
    "datetime.time": "time",
    "uuid.UUID": "uuid",
    "decimal.Decimal": "decimal",
    "fractions.Fraction": "fraction",
    "zoneinfo.ZoneInfo": "time-zone",
    "ipaddress.IPv4Address": "ipv4",
    "ipaddress.IPv6Address": "ipv6",
    "ipaddress.IPv4Network": "ipv4network",
    "ipaddress.IPv6Network": "ipv6network",
}
_WRITE: dict[Any, Callable[[Any], str]] = {dt.time: dt.time.isoformat}
_READ: dict[Any, Callable[[str], Any]] = {dt.time: dt.time.fromisoformat}


class TextTransformer(PickleTransformer):
    """A class whose instances are one text in a document. Source: mashumaro, which flytekit packs fields with."""

    def pack(self, value: Any, raw: RawData) -> str:  # type: ignore[override] # noqa: ARG002 - a text needs no file
        """The text."""
        if not isinstance(value, self.hint):
            raise mismatch(value, self.hint)
        return _WRITE.get(self.hint, str)(value)

    def unpack(self, plain: Any) -> Any:
        """From the text."""
        try:
            if isinstance(plain, str):
                return _READ.get(self.hint, self.hint)(plain)
        except (ValueError, ArithmeticError, KeyError):  # each class has its own
            pass
        raise mismatch(plain, self.hint)

    def schema(self) -> dict[str, Any]:
        """A text of some format."""
        return {"type": "string", "format": _FORMATS[_name(self.hint)]}

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - a text holds no path
        """From the text."""
        return self.unpack(plain)

    def parse(self, text: str, base: str) -> Any:
        """From the text."""
        return self.read(text, base)


class AnyTransformer(PickleTransformer):
    """`Any`: alone a pickle, in a document plain values."""

    def pack(self, value: Any, raw: RawData) -> Any:  # noqa: ARG002 - plain values need no file
        """Itself, checked at every depth, dicts sorted by key."""
        return struct_plain.checked(value, self.hint)

    def unpack(self, plain: Any) -> Any:
        """Itself."""
        return plain

    def schema(self) -> dict[str, Any]:
        """Whatever there is."""
        return {}

    def take(self, literal: pb.Literal) -> Any:
        """The pickled value; or, where a path reached into a document, what is there."""
        match literal.WhichOneof("value"):
            case "collection":
                return list(map(self.from_literal, literal.collection.literals))
            case "map":
                return {key: self.from_literal(literal.map.literals[key]) for key in sorted(literal.map.literals)}
        match literal.scalar.WhichOneof("value"):
            case "none_type":
                return None
            case "generic":
                return older_form(literal, self.hint)
            case "primitive":
                return _primitive(literal.scalar.primitive)
        return super().take(literal)


def build(hint: Any) -> Transformer | None:
    """The transformer of `Any`, or of a class that is a text; None for others."""
    if hint is Any:
        return AnyTransformer(hint)
    return TextTransformer(hint) if isinstance(hint, type) and _name(hint) in _FORMATS else None


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _primitive(found: pb.Primitive) -> Any:
    kind = found.WhichOneof("value")
    if kind is None or kind in ("datetime", "duration"):  # no document has them
        raise ConversionError(f"expected a plain value, got {kind or 'nothing'}")
    return getattr(found, kind)
