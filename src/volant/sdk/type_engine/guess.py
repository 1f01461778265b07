"""The inverse: a Python type that can read the literals of a type on the wire, where nobody has the author's."""

import datetime as dt
import enum
import functools
import sys
import typing
from types import GenericAlias
from typing import Annotated, Any

from volant.idl import pb
from volant.sdk.errors import ConversionError, WorkflowError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine import guess_schema
from volant.sdk.type_engine.times import DateTransformer

_SIMPLE: dict[int, Any] = {
    pb.SimpleType.NONE: None,
    pb.SimpleType.INTEGER: int,
    pb.SimpleType.FLOAT: float,
    pb.SimpleType.STRING: str,
    pb.SimpleType.BOOLEAN: bool,
    pb.SimpleType.DATETIME: dt.datetime,
    pb.SimpleType.DURATION: dt.timedelta,
    pb.SimpleType.BINARY: bytes,
    pb.SimpleType.ERROR: WorkflowError,
}
_PICKLE = "PythonPickle"
_MESSAGE = "pb_type"


def guess(kind: pb.LiteralType) -> Any:
    """A Python type whose transformer reads the literals of this type, and writes such as its author's would.

    Equal types give the very same Python type. Classes are made anew: an Enum of the texts; a dataclass of the
    fields that a document's JSON schema names, required ones first and in their order, all by keyword. Where a
    document says nothing of its fields it is a dict; what was pickled is Any; blobs are `File`s and `Directory`s.

    Raises:
        ConversionError: The type says nothing, or nothing that makes sense.

    Source: flytekit `TypeEngine.guess_python_type`.
    """
    try:
        return _guess(kind.SerializeToString(deterministic=True))
    except ConversionError:
        raise
    except Exception as error:  # schemas and notes come from anywhere, and each odd one fails in its own way
        told = f"a type on the wire that makes no sense: {type(error).__name__}: {error}"
        raise ConversionError(told, fix="name the Python type") from error


@functools.lru_cache(maxsize=1024)
def _guess(data: bytes) -> Any:
    kind = pb.LiteralType.FromString(data)
    match kind.WhichOneof("type"):
        case "simple":
            return _struct(kind) if kind.simple == pb.SimpleType.STRUCT else _simple(kind)
        case "collection_type":
            return GenericAlias(list, (guess(kind.collection_type),))
        case "map_value_type":
            return GenericAlias(dict, (str, guess(kind.map_value_type)))
        case "union_type":
            return typing.Union[tuple(map(guess, kind.union_type.variants))]  # noqa: UP007 - of a tuple
        case "enum_type":
            # By number, as flytekit names them: a text need not be a name.
            return enum.Enum("Choice", {f"CHOICE_{at}": text for at, text in enumerate(kind.enum_type.values)})
        case "blob":
            return _blob(kind.blob)
        case "structured_dataset_type" | "schema":
            from volant.sdk.datasets import StructuredDataset

            return StructuredDataset
    raise ConversionError("a type on the wire that says nothing", fix="name the Python type")


def _simple(kind: pb.LiteralType) -> Any:
    listed = kind.annotation.annotations.fields.get("literal_values")
    if listed is not None and (values := pb.MessageToDict(listed)):
        convert = int if kind.simple == pb.SimpleType.INTEGER else lambda each: each
        return typing.Literal[tuple(map(convert, values))]
    if kind.simple == pb.SimpleType.DATETIME and kind.structure.tag == DateTransformer.name:
        return dt.date
    if kind.simple not in _SIMPLE:
        raise ConversionError(f"a simple type of number {kind.simple}, which is none of Flyte's")
    return _SIMPLE[kind.simple]


def _struct(kind: pb.LiteralType) -> Any:
    schema = pb.MessageToDict(kind.metadata)
    if _MESSAGE in schema:
        return _message(schema[_MESSAGE])
    return guess_schema.of_document(schema, kind.structure.dataclass_type, guess)


def _message(name: str) -> Any:
    """The protobuf class, if it is loaded: to import what a message names would run whatever it likes."""
    module, _, short = name.rpartition(".")
    return getattr(sys.modules.get(module), short, dict)


def _blob(kind: pb.BlobType) -> Any:
    if kind.format == _PICKLE:
        return Any
    found = Directory if kind.dimensionality == pb.BlobType.BlobDimensionality.MULTIPART else File
    return Annotated[found, kind.format] if kind.format else found
