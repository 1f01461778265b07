"""bytes, in the literal itself."""

from typing import Any

from volant.idl import pb
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal


class BytesTransformer(Transformer):
    """bytes. Ours: flytekit pickles them."""

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

    def fits(self, value: Any) -> bool:
        """Bytes."""
        return isinstance(value, bytes)

    def schema(self) -> dict[str, Any]:
        """Base64, as JSON has no bytes."""
        return {"type": "string", "format": "base64"}

    def read(self, plain: Any, base: str) -> bytes:  # noqa: ARG002 - text is text
        """A text's UTF-8."""
        return plain.encode() if isinstance(plain, str) else self.unpack(plain)

    def parse(self, text: str, base: str) -> bytes:
        """The text's UTF-8."""
        return self.read(text, base)


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of bytes; None for others."""
    return BytesTransformer(hint) if hint is bytes else None
