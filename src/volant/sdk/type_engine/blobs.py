"""File and Directory: blobs, passed by URI."""

import typing
from pathlib import Path
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File, file_uri, local_path
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal


class _BlobTransformer(Transformer):
    dimensionality: int

    def __init__(self, hint: Any, form: str) -> None:
        super().__init__(hint)
        self.format = form

    def literal_type(self) -> pb.LiteralType:
        """A blob."""
        return pb.LiteralType(blob=self._type())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A blob: a copy of what was given by path, what was given by URI as it is."""
        metadata = pb.BlobMetadata(type=self._type())
        return pb.Literal(scalar=pb.Scalar(blob=pb.Blob(metadata=metadata, uri=self._kept(value, raw))))

    def take(self, literal: pb.Literal) -> Any:
        """Where it is."""
        if literal.scalar.WhichOneof("value") != "blob":
            raise wrong_literal(literal, self.hint)
        return self.hint(literal.scalar.blob.uri)

    def pack(self, value: Any, raw: RawData) -> dict[str, str]:
        """Where it is."""
        return {"path": self._kept(value, raw)}

    def unpack(self, plain: Any) -> Any:
        """Where it is."""
        if not isinstance(plain, dict) or not isinstance(plain.get("path"), str):
            raise mismatch(plain, self.hint)
        return self.hint(plain["path"])

    def schema(self) -> dict[str, Any]:
        """Where it is."""
        return {"type": "object", "properties": {"path": {"type": "string"}}}

    def fits(self, value: Any) -> bool:
        """One of ours."""
        return isinstance(value, self.hint)

    def read(self, plain: Any, base: str) -> Any:
        """From a path that exists, or a URI."""
        given = plain.get("path") if isinstance(plain, dict) else plain
        if not isinstance(given, str):
            raise mismatch(plain, self.hint, fix="write its path")
        return self.hint(file_uri(str(self._existing(str(Path(base) / local_path(given))))))

    def parse(self, text: str, base: str) -> Any:
        """From a path that exists, or a URI."""
        return self.read(text, base)

    def example(self) -> str:
        """A path."""
        return "data/file"

    def _kept(self, value: Any, raw: RawData) -> str:
        if not isinstance(value, self.hint):
            raise mismatch(value, self.hint, fix=f"write {show_type(self.hint)}(…) around its path")
        uri: str = value.uri
        path = self._existing(local_path(uri))
        return uri if uri.startswith("file:") else self._keep(path, raw)

    def _existing(self, path: str) -> Path:
        found = Path(path)
        if self._is_there(found):
            return found
        kind = show_type(self.hint).lower()
        if found.exists():
            raise ConversionError(f"{path!r} is not a {kind}")
        raise ConversionError(f"there is no {kind} {path!r}", fix="check the path; the working folder may differ")

    def _type(self) -> pb.BlobType:
        return pb.BlobType(format=self.format, dimensionality=self.dimensionality)

    def _is_there(self, path: Path) -> bool:
        raise NotImplementedError

    def _keep(self, path: Path, raw: RawData) -> str:
        raise NotImplementedError


class FileTransformer(_BlobTransformer):
    """A `File`. Source: flytekit `FlyteFilePathTransformer`."""

    name = "FlyteFilePath"
    dimensionality = pb.BlobType.BlobDimensionality.SINGLE

    def _is_there(self, path: Path) -> bool:
        return path.is_file()

    def _keep(self, path: Path, raw: RawData) -> str:
        return raw.keep_file(path)


class DirectoryTransformer(_BlobTransformer):
    """A `Directory`. Source: flytekit `FlyteDirToMultipartBlobTransformer`."""

    name = "FlyteDirectory"
    dimensionality = pb.BlobType.BlobDimensionality.MULTIPART

    def _is_there(self, path: Path) -> bool:
        return path.is_dir()

    def _keep(self, path: Path, raw: RawData) -> str:
        return raw.keep_directory(path)


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of `File` or `Directory`, with a format (`Annotated[File, "csv"]`) or without."""
    form = ""
    if typing.get_origin(hint) is typing.Annotated:
        hint, *notes = typing.get_args(hint)
        form = next((each for each in notes if isinstance(each, str)), "")
    if hint is File:
        return FileTransformer(File, form)
    return DirectoryTransformer(Directory, form) if hint is Directory else None
