"""str, bool and None, and what is the same of all scalars. Strict: a bool is no int, a number no str.

A scalar of numpy stands for the number it holds, for that is what sums and means of arrays are.
"""

import sys
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview, wrong_literal

_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_NUMPY_KINDS = "biuf"


class ScalarTransformer(Transformer):
    """A type whose plain form is the value itself.

    Attributes:
        simple: The type on the wire.
        primitive: Which field of a Primitive holds it.
        json_type: Its JSON schema.
        sample: A value as a person would type it.
    """

    simple: int
    primitive: str
    json_type: str
    sample: str

    def literal_type(self) -> pb.LiteralType:
        """A simple type."""
        return pb.LiteralType(simple=self.simple)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A primitive."""
        literal = pb.Literal()
        # Set in place: a third of the time that handing messages to constructors takes, which copy them.
        setattr(literal.scalar.primitive, self.primitive, self.pack(value, raw))
        return literal

    def from_literal(self, literal: pb.Literal) -> Any:
        """The value of a primitive; unions are unwrapped, parts of msgpack documents read."""
        found = literal.scalar.primitive
        if found.WhichOneof("value") == self.primitive:  # the short way for nearly all
            return getattr(found, self.primitive)
        return super().from_literal(literal)

    def take(self, literal: pb.Literal) -> Any:
        """What the primitive holds."""
        found = literal.scalar.primitive
        if found.WhichOneof("value") != self.primitive:
            raise wrong_literal(literal, self.hint)
        return getattr(found, self.primitive)

    def fits(self, value: Any) -> bool:
        """Values of the very class: in a union a bool is no int, and a StrEnum's member no str."""
        return type(value) is self.hint

    def unpack(self, plain: Any) -> Any:
        """Itself, checked."""
        return self.pack(plain, RawData())

    def schema(self) -> dict[str, Any]:
        """One word."""
        return {"type": self.json_type}

    def example(self) -> str:
        """A value as a person would type it."""
        return self.sample


class StrTransformer(ScalarTransformer):
    """str. Source: flytekit `StrTransformer`."""

    name = "str"
    simple = pb.SimpleType.STRING
    primitive = "string_value"
    json_type = "string"
    sample = "text"

    def pack(self, value: Any, raw: RawData) -> str:  # noqa: ARG002 - a scalar needs no file
        """Itself; it must be valid Unicode."""
        if not isinstance(value, str):
            raise mismatch(value, self.hint, fix="write str(…) around it")
        return unicode(value)

    def parse(self, text: str, base: str) -> str:  # noqa: ARG002 - text is text
        """The text as it is."""
        return text


class BoolTransformer(ScalarTransformer):
    """bool. Source: flytekit `BoolTransformer`."""

    name = "bool"
    simple = pb.SimpleType.BOOLEAN
    primitive = "boolean"
    json_type = "boolean"
    sample = "true"

    def pack(self, value: Any, raw: RawData) -> bool:  # noqa: ARG002 - a scalar needs no file
        """Itself."""
        found = value if type(value) is bool else of_numpy(value)
        if not isinstance(found, bool):
            raise mismatch(value, self.hint, fix="write bool(…) around it")
        return found

    def parse(self, text: str, base: str) -> bool:  # noqa: ARG002 - a word is a word
        """true, yes, on, 1; false, no, off, 0."""
        if text.lower() not in _WORDS:
            raise mismatch(text, self.hint, fix="write true or false")
        return _WORDS[text.lower()]


class NoneTransformer(Transformer):
    """None. Source: flytekit `NoneTransformer`."""

    name = "none"

    def literal_type(self) -> pb.LiteralType:
        """A simple type."""
        return pb.LiteralType(simple=pb.SimpleType.NONE)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A void."""
        self.pack(value, raw)
        return pb.Literal(scalar=pb.Scalar(none_type=pb.Void()))

    def take(self, literal: pb.Literal) -> None:
        """None."""
        if literal.scalar.WhichOneof("value") != "none_type":
            raise wrong_literal(literal, self.hint)

    def pack(self, value: Any, raw: RawData) -> None:  # noqa: ARG002 - a scalar needs no file
        """None."""
        if value is not None:
            raise mismatch(value, self.hint)

    def unpack(self, plain: Any) -> None:
        """None."""
        self.pack(plain, RawData())

    def fits(self, value: Any) -> bool:
        """None."""
        return value is None

    def schema(self) -> dict[str, Any]:
        """One word."""
        return {"type": "null"}

    def example(self) -> str:
        """As JSON says it."""
        return "null"


def of_numpy(value: Any) -> Any:
    """The Python number or bool of a numpy scalar; any other value as it is. numpy is not imported for this."""
    numpy = sys.modules.get("numpy")
    is_number = numpy is not None and isinstance(value, numpy.generic) and value.dtype.kind in _NUMPY_KINDS
    return value.item() if is_number else value


def unicode(value: str) -> str:
    """A text, checked: no halves of characters, which UTF-8 does not have.

    Raises:
        ConversionError: There is one.
    """
    if not value.isascii():  # which is known of a str, at no cost
        _check_unicode(value)
    return value if type(value) is str else str.__str__(value)


def _check_unicode(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        fix = "pass it as bytes, or write text.encode(errors='replace').decode()"
        raise ConversionError(f"{preview(value)} is no valid Unicode: {error.reason}", fix=fix) from None


_KINDS: dict[Any, type[Transformer]] = {
    str: StrTransformer,
    bool: BoolTransformer,
    type(None): NoneTransformer,
    None: NoneTransformer,
}


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of str, bool or None; None for others."""
    kind = _KINDS.get(hint) if isinstance(hint, type) or hint is None else None
    return kind(hint) if kind else None
