"""int, float, str, bool, bytes and None. Strict: a bool is no int; only an int may stand for a float."""

from collections.abc import Callable
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview, wrong_literal

_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_INT_BITS = 63


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
        return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(**{self.primitive: self.pack(value, raw)})))

    def take(self, literal: pb.Literal) -> Any:
        """What the primitive holds."""
        found = literal.scalar.primitive
        if found.WhichOneof("value") != self.primitive:
            raise wrong_literal(literal, self.hint)
        return getattr(found, self.primitive)

    def unpack(self, plain: Any) -> Any:
        """Itself, checked."""
        return self.pack(plain, RawData())

    def schema(self) -> dict[str, Any]:
        """One word."""
        return {"type": self.json_type}

    def example(self) -> str:
        """A value as a person would type it."""
        return self.sample


class IntTransformer(ScalarTransformer):
    """int, 64 bits. Source: flytekit `IntTransformer`."""

    name = "int"
    simple = pb.SimpleType.INTEGER
    primitive = "integer"
    json_type = "integer"
    sample = "3"

    def pack(self, value: Any, raw: RawData) -> int:  # noqa: ARG002 - a scalar needs no file
        """Itself, checked: no bool, at most 64 bits."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise mismatch(value, self.hint, fix="write int(…) around it" if hasattr(value, "__int__") else "")
        if not -(1 << _INT_BITS) <= value < 1 << _INT_BITS:
            raise ConversionError(f"{preview(value)} does not fit into 64 bits", fix="pass it as a str")
        return value

    def parse(self, text: str, base: str) -> int:
        """A whole number."""
        return self.pack(_number(int, text, self.hint), RawData(base))


class FloatTransformer(ScalarTransformer):
    """float; an int is converted. Source: flytekit `FloatTransformer`."""

    name = "float"
    simple = pb.SimpleType.FLOAT
    primitive = "float_value"
    json_type = "number"
    sample = "0.5"

    def pack(self, value: Any, raw: RawData) -> float:  # noqa: ARG002 - a scalar needs no file
        """Itself, or the float of an int; no bool."""
        if isinstance(value, bool) or not isinstance(value, float | int):
            raise mismatch(value, self.hint, fix="write float(…) around it" if hasattr(value, "__float__") else "")
        try:
            return float(value)
        except OverflowError:
            raise ConversionError(f"{preview(value)} is too large for a float") from None

    def fits(self, value: Any) -> bool:
        """Floats alone: in a union an int is an int."""
        return isinstance(value, float)

    def take(self, literal: pb.Literal) -> float:
        """The float, or the float of an integer."""
        if literal.scalar.primitive.WhichOneof("value") == "integer":
            return float(literal.scalar.primitive.integer)
        return float(super().take(literal))

    def parse(self, text: str, base: str) -> float:
        """A number; "inf" and "nan" too."""
        return self.pack(_number(float, text, self.hint), RawData(base))


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
        try:
            value.encode()
        except UnicodeEncodeError as error:
            fix = "pass it as bytes, or write text.encode(errors='replace').decode()"
            raise ConversionError(f"{preview(value)} is no valid Unicode: {error.reason}", fix=fix) from None
        return str.__str__(value)

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
        if not isinstance(value, bool):
            raise mismatch(value, self.hint, fix="write bool(…) around it")
        return value

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

    def schema(self) -> dict[str, Any]:
        """One word."""
        return {"type": "null"}

    def example(self) -> str:
        """As JSON says it."""
        return "null"


class BytesTransformer(Transformer):
    """bytes, in the literal itself. Ours: flytekit pickles them."""

    name = "bytes"

    def literal_type(self) -> pb.LiteralType:
        """A simple type."""
        return pb.LiteralType(simple=pb.SimpleType.BINARY)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A binary without a tag."""
        return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=self.pack(value, raw))))

    def take(self, literal: pb.Literal) -> bytes:
        """What the binary holds."""
        if literal.scalar.WhichOneof("value") != "binary":
            raise wrong_literal(literal, self.hint)
        return bytes(literal.scalar.binary.value)

    def pack(self, value: Any, raw: RawData) -> bytes:  # noqa: ARG002 - a scalar needs no file
        """Itself."""
        if not isinstance(value, bytes):
            raise mismatch(value, self.hint, fix="write bytes(…) around it" if isinstance(value, bytearray) else "")
        return value

    def unpack(self, plain: Any) -> bytes:
        """Itself."""
        return self.pack(plain, RawData())

    def schema(self) -> dict[str, Any]:
        """Base64, as JSON has no bytes."""
        return {"type": "string", "format": "base64"}

    def read(self, plain: Any, base: str) -> bytes:  # noqa: ARG002 - text is text
        """A text's UTF-8."""
        return plain.encode() if isinstance(plain, str) else self.unpack(plain)

    def parse(self, text: str, base: str) -> bytes:
        """The text's UTF-8."""
        return self.read(text, base)


_KINDS: dict[Any, type[Transformer]] = {
    int: IntTransformer,
    float: FloatTransformer,
    str: StrTransformer,
    bool: BoolTransformer,
    bytes: BytesTransformer,
    type(None): NoneTransformer,
    None: NoneTransformer,
}


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of a scalar type; None for others."""
    kind = _KINDS.get(hint) if isinstance(hint, type) or hint is None else None
    return kind(hint) if kind else None


def _number(kind: Callable[[str], Any], text: str, hint: Any) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise mismatch(text, hint, fix="write a number") from None
