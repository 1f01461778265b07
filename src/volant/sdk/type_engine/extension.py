"""What others write to teach Volant their types."""

import datetime as dt
import enum
import os
import typing
from collections import abc
from pathlib import Path
from typing import Any, ClassVar

from volant.idl import pb
from volant.sdk.caller import caller
from volant.sdk.errors import AuthoringError, ConversionError, WorkflowError
from volant.sdk.files import Directory, File
from volant.sdk.interface import is_named_tuple, show_type
from volant.sdk.type_engine.msgpack_documents import MSGPACK, decode, document
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import KNOWN, Transformer, mismatch

_OWN = (
    int, float, str, bool, bytes, type(None), list, dict, tuple, set, frozenset, object,
    dt.datetime, dt.date, dt.timedelta, Path, os.PathLike, WorkflowError,
    abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Mapping, abc.MutableMapping, abc.Set,
    abc.MutableSet,
)  # fmt: skip
_OWN_WITH_SUBCLASSES = (enum.Enum, File, Directory)
BOUND: dict[type, "type[TypeTransformer]"] = {}
"""Who is bound to which class."""


class TypeTransformer(Transformer):
    """Base of transformers for classes of your own. Three methods are enough:

        class ImageTransformer(TypeTransformer):
            def literal_type(self): return pb.LiteralType(blob=pb.BlobType(format="png"))
            def to_literal(self, value, raw): ...      # `raw.put(name, write)` makes a file that stays
            def take(self, literal): ...               # the value again

        ImageTransformer.bind(Image)

    `ConversionError` tells the author of a value what is wrong with it; whatever else the three raise is told
    as a mistake of the transformer. Inside a dataclass or dict, a value is the JSON form of its literal, or the
    content of its literal if that is a number, a text, a bool or a msgpack document; say it otherwise with `pack`,
    `unpack` and `schema`.

    Attributes:
        name: Tag of a union variant of this type; the class's name, unless it says another.
        subclasses: Whether it is for subclasses of what it is bound to as well. `hint` is then the subclass.

    Source: flytekit `TypeTransformer`, `TypeEngine.register`.
    """

    subclasses: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name", cls.__name__)

    @classmethod
    def bind(cls, kind: type) -> None:
        """Have values of a class converted by this transformer.

        Raises:
            AuthoringError: Another transformer is bound to it, it is no class, or Volant itself passes such values.
        """
        told = _refusal(kind)
        if told:
            raise AuthoringError(
                f"{cls.__name__} cannot be bound to {show_type(kind)}, {told}",
                fix="bind it to a class of your own",
                place=caller(),
            )
        taken = BOUND.setdefault(kind, cls)
        if taken is not cls:
            raise AuthoringError(
                f"{full_name(kind)} is bound to {full_name(taken)} already, and now to {full_name(cls)}",
                fix="bind one of them",
                place=caller(),
            )
        KNOWN.clear()

    def pack(self, value: Any, raw: RawData) -> Any:
        """What a plain literal or a document holds; the JSON form of any other."""
        literal = self.to_literal(value, raw)
        if literal.scalar.binary.tag == MSGPACK:
            return decode(literal.scalar.binary.value)
        primitive = literal.scalar.primitive
        kind = primitive.WhichOneof("value")
        return getattr(primitive, kind) if kind in _PLAIN.values() else pb.MessageToDict(literal)

    def unpack(self, plain: Any) -> Any:
        """From what `pack` gives."""
        return self.take(self._literal(plain))

    def schema(self) -> dict[str, Any]:
        """What can be said without knowing: a plain type, or an object."""
        return {"type": _JSON.get(self._simple(), "object")}

    def fits(self, value: Any) -> bool:
        """An instance of the class; its literal is not made, for that may write files."""
        return isinstance(value, typing.get_origin(self.hint) or self.hint)

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - a plain value holds no path
        """From a plain value; other types must say how."""
        if self._simple() not in _JSON:
            raise ConversionError(
                f"values of {show_type(self.hint)} cannot be written as text",
                fix=f"make them in a task, or give {self.name} a method `read`",
            )
        return self.unpack(plain)

    def parse(self, text: str, base: str) -> Any:
        """Text as it is, where that is what the type is on the wire."""
        if self._simple() == pb.SimpleType.STRING or self._simple() not in _JSON:
            return self.read(text, base)
        return super().parse(text, base)

    def _simple(self) -> int | None:
        kind = self.literal_type()
        return kind.simple if kind.WhichOneof("type") == "simple" else None

    def _literal(self, plain: Any) -> pb.Literal:
        if self._simple() == pb.SimpleType.STRUCT and not _is_generic(plain):
            return document(plain)
        if (field := _PLAIN.get(type(plain))) is not None:
            return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(**{field: plain})))
        try:
            return pb.ParseDict(plain, pb.Literal())
        except Exception:  # noqa: BLE001 - protobuf raises AttributeError and TypeError besides its own
            raise mismatch(plain, self.hint) from None


def _refusal(kind: Any) -> str:
    """Why nobody's transformer would be asked about a type; "" if it would."""
    if not isinstance(kind, type):
        return "which is no class"
    is_own = kind in _OWN or issubclass(kind, _OWN_WITH_SUBCLASSES) or is_named_tuple(kind)
    return "which Volant passes itself" if is_own else ""


def _is_generic(plain: Any) -> bool:
    return isinstance(plain, dict) and list(plain) == ["scalar"] and list(plain["scalar"]) == ["generic"]


_PLAIN: dict[type, str] = {int: "integer", float: "float_value", str: "string_value", bool: "boolean"}
_JSON: dict[int | None, str] = {
    pb.SimpleType.INTEGER: "integer",
    pb.SimpleType.FLOAT: "number",
    pb.SimpleType.STRING: "string",
    pb.SimpleType.BOOLEAN: "boolean",
}


def full_name(kind: type) -> str:
    """Module and name of a class, e.g. "PIL.Image.Image"."""
    return f"{kind.__module__}.{kind.__qualname__}"
