"""Protobuf messages of any generated class, as Flyte's older Struct form: there flytekit has them."""

from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine import struct_plain
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_plain import older_form
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview

_TYPE = "pb_type"
_WRAPPED = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
_NO_OBJECTS = {
    "google.protobuf.Timestamp": "datetime",
    "google.protobuf.Duration": "timedelta",
    "google.protobuf.FieldMask": "list[str]",
    "google.protobuf.Value": "google.protobuf.Struct",
    "google.protobuf.ListValue": "list[str] or the like",
    **{f"google.protobuf.{each}Value": "the plain Python type" for each in _WRAPPED},
}


class MessageTransformer(Transformer):
    """A protobuf message, by its JSON form. Inside a document, where flytekit has no place for one, it is a dict.

    Source: flytekit `ProtobufTransformer` (core/type_engine.py).
    """

    name = "Protobuf-Transformer"

    def literal_type(self) -> pb.LiteralType:
        """A struct that names the class."""
        metadata = pb.Struct()
        metadata.fields[_TYPE].string_value = f"{self.hint.__module__}.{self.hint.__name__}"
        return pb.LiteralType(simple=pb.SimpleType.STRUCT, metadata=metadata)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A Struct of the message's JSON form."""
        return _generic(self.pack(value, raw))

    def take(self, literal: pb.Literal) -> Any:
        """The message of a Struct."""
        return self.unpack(older_form(literal, self.hint))

    def pack(self, value: Any, raw: RawData) -> dict[str, Any]:  # noqa: ARG002 - a message needs no file
        """Its JSON form, sorted by key."""
        if not isinstance(value, self.hint):
            raise mismatch(value, self.hint)
        try:
            return struct_plain.checked(pb.MessageToDict(value), dict)  # type: ignore[no-any-return]
        except Exception as error:  # an Any of an unknown type, a Struct with nan: protobuf has many errors
            raise ConversionError(f"{preview(value)} has no JSON form: {error}") from error

    def unpack(self, plain: Any) -> Any:
        """The message; fields that its class does not know are ignored."""
        return self._made(plain, ignore_unknown_fields=True)

    def schema(self) -> dict[str, Any]:
        """An object."""
        return {"type": "object"}

    def fits(self, value: Any) -> bool:
        """Messages of the class."""
        return isinstance(value, self.hint)

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - a message holds no path
        """The message; a field it does not have is an error."""
        return self._made(plain, ignore_unknown_fields=False)

    def example(self) -> str:
        """A JSON object."""
        fields = self.hint.DESCRIPTOR.fields
        return f'{{"{fields[0].json_name}": …}}' if fields else "{}"

    def _made(self, plain: Any, *, ignore_unknown_fields: bool) -> Any:
        if not isinstance(plain, dict):
            raise mismatch(plain, self.hint)
        try:
            return pb.ParseDict(plain, self.hint(), ignore_unknown_fields=ignore_unknown_fields)
        except Exception as error:
            names = ", ".join(each.json_name for each in self.hint.DESCRIPTOR.fields)
            problem = f"{preview(plain)} is no {show_type(self.hint)}: {' '.join(str(error).split())}"
            raise ConversionError(problem, fix=f"its fields are {names}") from error


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of a generated message class; None for others.

    Raises:
        ConversionError: One whose JSON form is no object, and that Python has a type of its own for.
    """
    if not (isinstance(hint, type) and issubclass(hint, pb.Message) and getattr(hint, "DESCRIPTOR", None)):
        return None
    name = hint.DESCRIPTOR.full_name
    if name in _NO_OBJECTS:
        raise ConversionError(f"a {name} cannot be passed", fix=f"use {_NO_OBJECTS[name]}")
    return MessageTransformer(hint)


def _generic(plain: dict[str, Any]) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(generic=pb.ParseDict(plain, pb.Struct())))
