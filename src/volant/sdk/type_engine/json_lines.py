"""JSON lines: `Iterator[JSON]` as a .jsonl file, which need not fit into memory."""

import collections.abc
import json
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.file import JSON, File
from volant.sdk.interface import show_type
from volant.sdk.located import random_name
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview, within, wrong_literal
from volant.sdk.uris import below, shown

FORMAT = "jsonl"
_KINDS = frozenset(map(show_type, typing.get_args(JSON)))
_PLAIN = (bool, int, float, str, list, dict)


class JsonLines(Iterator[Any]):
    """The values of a .jsonl file, streamed: one line is in memory, wherever the file is.

    Attributes:
        uri: Where it is.
        is_whole: Whether nothing has been read of it yet.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.is_whole = True
        self._lines = self._read()

    def __next__(self) -> Any:
        self.is_whole = False
        return next(self._lines)

    def _read(self) -> Iterator[Any]:
        with File(self.uri).open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield self._value(line, number)

    def _value(self, line: bytes, number: int) -> Any:
        try:
            return json.loads(line.decode())
        except ValueError as error:
            raise ConversionError(f"line {number} of {shown(self.uri)} is no JSON: {error}") from None


class JsonLinesTransformer(Transformer):
    """`Iterator[JSON]`: a .jsonl file of the raw data, written and read line by line.

    Source: flytekit `JSONIteratorTransformer` (types/iterator/json_iterator.py); an empty one, which it refuses, is
    an empty file here.
    """

    name = "JSON Iterator"

    def __init__(self, hint: Any, find: Find) -> None:
        super().__init__(hint)
        self._file = find(Annotated[File, FORMAT])

    def literal_type(self) -> pb.LiteralType:
        """A blob of the format "jsonl"."""
        metadata = pb.ParseDict({"format": "json iterator"}, pb.Struct())
        return pb.LiteralType(blob=pb.BlobType(format=FORMAT), metadata=metadata)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A blob; a file nothing has been read of is passed as it is."""
        metadata = pb.BlobMetadata(type=pb.BlobType(format=FORMAT))
        return pb.Literal(scalar=pb.Scalar(blob=pb.Blob(metadata=metadata, uri=self._kept(value, raw))))

    def take(self, literal: pb.Literal) -> JsonLines:
        """The values, each read when it is asked for."""
        if literal.scalar.WhichOneof("value") != "blob":
            raise wrong_literal(literal, self.hint)
        return JsonLines(literal.scalar.blob.uri)

    def pack(self, value: Any, raw: RawData) -> NoReturn:
        """Not possible: it could be read but once."""
        del value, raw
        raise no_part(self.hint)

    def unpack(self, plain: Any) -> Iterator[Any]:
        """From a list in a document."""
        if not isinstance(plain, list):
            raise mismatch(plain, self.hint)
        return iter(plain)

    def schema(self) -> NoReturn:
        """Not possible."""
        raise no_part(self.hint)

    def fits(self, value: Any) -> bool:
        """An iterator."""
        return isinstance(value, collections.abc.Iterator)

    def read(self, plain: Any, base: str) -> Iterator[Any]:
        """From a list, or from the path or URI of a .jsonl file."""
        return self.unpack(plain) if isinstance(plain, list) else self.parse(plain, base)

    def parse(self, text: str, base: str) -> JsonLines:
        """From the path or URI of a .jsonl file."""
        return JsonLines(self._file.read(text, base).uri)

    def example(self) -> str:
        """A path."""
        return "data/lines.jsonl"

    def _kept(self, value: Any, raw: RawData) -> str:
        if isinstance(value, JsonLines) and value.is_whole:
            return value.uri
        values, name = iterable(value, self.hint), random_name()
        return below(raw.put(name, lambda path: _write(values, path)), name)


def is_json(hint: Any) -> bool:
    """Whether a type is `JSON`, be it spelled as flytekit's."""
    return frozenset(map(show_type, typing.get_args(hint))) == _KINDS


def iterable(value: Any, hint: Any) -> Iterable[Any]:
    """The value, if one may iterate it for its values.

    Raises:
        ConversionError: It may not.
    """
    if not isinstance(value, collections.abc.Iterable) or isinstance(value, str | bytes | collections.abc.Mapping):
        raise mismatch(value, hint, fix="yield the values, or return a list of them")
    return value


def no_part(hint: Any) -> ConversionError:
    """What is wrong with an iterator within a document."""
    told = f"{show_type(hint)} can be read but once and cannot be part of a dataclass or dict"
    return ConversionError(told, fix="use a list there")


def _write(values: Iterable[Any], path: Path) -> None:
    with path.open("wb") as file:
        for index, each in enumerate(values):
            file.write(within(f"[{index}]", _line, each))


def _line(value: Any) -> bytes:
    if not isinstance(value, _PLAIN):
        raise mismatch(value, JSON, fix="a line holds a number, text, list or dict of plain values")
    try:
        return f"{json.dumps(value, ensure_ascii=False)}\n".encode()
    except (TypeError, ValueError) as error:
        raise ConversionError(f"{preview(value)} is no JSON: {error}") from None
