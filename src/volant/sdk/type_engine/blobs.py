"""File, Directory and paths: blobs, passed by URI."""

import os
import typing
from pathlib import Path
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine.located_blobs import LocatedTransformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch
from volant.sdk.uris import shown


class FileTransformer(LocatedTransformer):
    """A `File`. Source: flytekit `FlyteFilePathTransformer`."""

    name = "FlyteFilePath"
    kind = File
    dimensionality = pb.BlobType.BlobDimensionality.SINGLE

    def _made(self, uri: str, form: str, metadata: dict[str, str]) -> Any:
        return self.kind(uri, format=form, metadata=metadata)


class DirectoryTransformer(LocatedTransformer):
    """A `Directory`. Source: flytekit `FlyteDirToMultipartBlobTransformer`."""

    name = "FlyteDirectory"
    kind = Directory
    dimensionality = pb.BlobType.BlobDimensionality.MULTIPART

    def _made(self, uri: str, form: str, metadata: dict[str, str]) -> Any:  # noqa: ARG002 - flytekit's hold none
        return self.kind(uri, format=form)


class PathLikeTransformer(FileTransformer):
    """An `os.PathLike`: a `File` whose values may be of any class with a path.

    Unlike flytekit, which passes the path as it is, a file on this machine is copied like that of a `File`: the next
    task may run elsewhere.
    """

    def fits(self, value: Any) -> bool:
        """Whatever has a path."""
        return isinstance(value, os.PathLike)


class PathTransformer(FileTransformer):
    """A `pathlib.Path`: a `File` that arrives as the path of its local copy; in a document only the name it is.

    flytekit pickles the path itself; in documents it is the same text there.
    """

    def fits(self, value: Any) -> bool:
        """A path."""
        return isinstance(value, Path)

    def pack(self, value: Any, raw: RawData) -> str:  # noqa: ARG002 - a name needs no file
        """The path as a text."""
        if not isinstance(value, Path):
            raise mismatch(value, self.hint, fix="write Path(…) around it")
        return str(value)

    def unpack(self, plain: Any) -> Path:
        """From a text."""
        if not isinstance(plain, str):
            raise mismatch(plain, self.hint)
        return Path(plain)

    def schema(self) -> dict[str, Any]:
        """A text."""
        return {"type": "string", "format": "path"}

    def _made(self, uri: str, form: str, metadata: dict[str, str]) -> Any:
        found = super()._made(uri, form, metadata)
        try:
            return Path(found.path)
        except FileNotFoundError:
            raise ConversionError(
                f"there is no file {shown(uri)}", fix="was it removed after it was passed on?"
            ) from None


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of `File`, `Directory` or a path, with a format (`File["csv"]`) or without; None for others."""
    form = ""
    if typing.get_origin(hint) is typing.Annotated:
        hint, *notes = typing.get_args(hint)
        form = next((each for each in notes if isinstance(each, str)), "").strip().lstrip(".")
    if typing.get_origin(hint) is os.PathLike or hint is os.PathLike:
        return PathLikeTransformer(hint, form)
    if hint is Path:
        return PathTransformer(hint, form)
    return _of_class(hint, form) if isinstance(hint, type) and issubclass(hint, File | Directory) else None


def _of_class(hint: Any, form: str) -> Transformer:
    found = FileTransformer(hint, form) if issubclass(hint, File) else DirectoryTransformer(hint, form)
    found.kind = hint
    return found
