"""The last resort: values of classes nobody else knows, pickled into a file of the raw data."""

import hashlib
import pickle
import sys
import typing
from typing import Any, NoReturn

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.file import File
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview, wrong_literal
from volant.sdk.uris import below, shown

FORMAT = "PythonPickle"
_told: set[str] = set()
"""The types of which this process has said that they are pickled."""


class PickleTransformer(Transformer):
    """Any other class. Readable only by the same Python and the same code.

    That it happens is said once for each type, in the log of the task that returns one, and in the type on the wire,
    whose metadata name the class.

    Source: flytekit `FlytePickleTransformer` (types/pickle/pickle.py).
    """

    name = "FlytePickle"

    def literal_type(self) -> pb.LiteralType:
        """A blob of the format `FORMAT`, with the class's name beside it."""
        metadata = pb.ParseDict({"python_class_name": str(self.hint)}, pb.Struct())
        return pb.LiteralType(blob=pb.BlobType(format=FORMAT), metadata=metadata)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A blob."""
        if not self.fits(value):
            raise mismatch(value, self.hint)
        data = _dump(value)
        name = hashlib.md5(data, usedforsecurity=False).hexdigest()
        uri = below(raw.put(name, lambda path: path.write_bytes(data)), name)
        _say(show_type(self.hint))
        metadata = pb.BlobMetadata(type=pb.BlobType(format=FORMAT))
        return pb.Literal(scalar=pb.Scalar(blob=pb.Blob(metadata=metadata, uri=uri)))

    def take(self, literal: pb.Literal) -> Any:
        """The value."""
        if literal.scalar.WhichOneof("value") != "blob":
            raise wrong_literal(literal, self.hint)
        return _load(literal.scalar.blob.uri)

    def pack(self, value: Any, raw: RawData) -> NoReturn:
        """Not possible."""
        del value, raw
        raise self._no_part()

    def unpack(self, plain: Any) -> NoReturn:
        """Not possible."""
        del plain
        raise self._no_part()

    def schema(self) -> dict[str, Any]:
        """Not possible."""
        raise self._no_part()

    def fits(self, value: Any) -> bool:
        """An instance; what is in a generic one is not looked at."""
        kind = typing.get_origin(self.hint) or self.hint
        return kind is Any or isinstance(value, kind)

    def read(self, plain: Any, base: str) -> NoReturn:
        """Not possible."""
        del plain, base
        raise ConversionError(
            f"a {show_type(self.hint)} cannot be written as text", fix="make it in a task, or use a dataclass"
        )

    def parse(self, text: str, base: str) -> NoReturn:
        """Not possible."""
        self.read(text, base)

    def _no_part(self) -> ConversionError:
        return ConversionError(
            f"a {show_type(self.hint)} cannot be part of a dataclass or dict",
            fix="use a dataclass for it too",
        )


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of any class, or of `Any`; None for what is no type."""
    kind = typing.get_origin(hint) or hint
    return PickleTransformer(hint) if isinstance(kind, type) or hint is Any else None


def _dump(value: Any) -> bytes:
    import cloudpickle

    try:
        data: bytes = cloudpickle.dumps(value)
    except MemoryError:
        raise
    except Exception as error:
        raise ConversionError(
            f"{preview(value)} of type {show_type(type(value))} cannot be pickled: {error}",
            fix="return plain values, a dataclass, a DataFrame or a File instead",
        ) from error
    return data


def _say(kind: str) -> None:
    if kind not in _told:
        _told.add(kind)
        told = f"{kind} is passed as a pickle, which only the same Python and the same code can read; a dataclass lasts"
        sys.stderr.write(f"volant: {told}\n")


def _load(uri: str) -> Any:
    try:
        with File(uri).open("rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise ConversionError(f"there is no pickle {shown(uri)}", fix="was the run's data removed?") from None
    try:
        return pickle.loads(data)  # written by a task, which may run any code anyway
    except MemoryError:
        raise
    except Exception as error:
        raise ConversionError(f"the pickle {shown(uri)} cannot be read: {type(error).__name__}: {error}") from error
