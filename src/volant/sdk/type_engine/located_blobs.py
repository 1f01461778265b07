"""What transformers of files and of directories share: a blob, passed by URI."""

import os
from typing import Any, ClassVar

from volant.idl import pb
from volant.sdk import model_fields
from volant.sdk.errors import ConversionError
from volant.sdk.located import Located
from volant.sdk.type_engine.raw_data import RawData, existing
from volant.sdk.type_engine.transformer import Transformer, mismatch, wrong_literal
from volant.sdk.uris import file_uri, is_remote, local_path, shown

_WORDS = {pb.BlobType.BlobDimensionality.SINGLE: "file", pb.BlobType.BlobDimensionality.MULTIPART: "directory"}


class LocatedTransformer(Transformer):
    """What `File` and `Directory` share.

    Attributes:
        kind: The class of values.
        format: What the type says its files hold, or "".
        dimensionality: Flyte's, of the blob.
    """

    kind: type[Any]
    dimensionality: ClassVar[Any]

    def __init__(self, hint: Any, form: str) -> None:
        super().__init__(hint)
        self.format = form
        self.word = _WORDS[self.dimensionality]

    def literal_type(self) -> pb.LiteralType:
        """A blob."""
        return pb.LiteralType(blob=self._type())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A blob: a copy of what was given by path, what was given by URI as it is."""
        found = self._checked(value)
        metadata = pb.BlobMetadata(type=self._type())
        blob = pb.Blob(metadata=metadata, uri=raw.keep(found, self.format))
        return pb.Literal(scalar=pb.Scalar(blob=blob), metadata=getattr(found, "metadata", {}))

    def take(self, literal: pb.Literal) -> Any:
        """Where it is; nothing is read."""
        if literal.scalar.WhichOneof("value") != "blob":
            raise wrong_literal(literal, self.hint)
        blob = literal.scalar.blob
        sent = blob.metadata.type
        if sent.dimensionality != self.dimensionality:
            raise ConversionError(f"expected a {self.word}, got the {_WORDS[sent.dimensionality]} {shown(blob.uri)}")
        if self.format and sent.format and sent.format != self.format:
            raise self._other_format(blob.uri, sent.format)
        return self._made(blob.uri, sent.format or self.format, dict(literal.metadata))

    def pack(self, value: Any, raw: RawData) -> Any:
        """Where it is."""
        found = self._checked(value)
        return found.plain(raw.keep(found, self.format))

    def unpack(self, plain: Any) -> Any:
        """Where it is."""
        if not isinstance(plain, dict) or not isinstance(plain.get("path"), str):
            raise mismatch(plain, self.hint)
        return self._made(plain["path"], self.format, plain.get("metadata") or {})

    def schema(self) -> dict[str, Any]:
        """Where it is."""
        return model_fields.json_schema(self.kind)

    def fits(self, value: Any) -> bool:
        """One of ours; a bare path is none, so that a union with `str` takes it for a text."""
        return isinstance(value, self.kind)

    def read(self, plain: Any, base: str) -> Any:
        """From a path that exists, or a URI."""
        given = plain.get("path") if isinstance(plain, dict) else plain
        if not isinstance(given, str):
            raise mismatch(plain, self.hint, fix="write its path or URI")
        if is_remote(given):
            return self.kind(given, format=self.format)
        path = os.path.join(base, local_path(given))  # noqa: PTH118 - a text goes in and out
        return self.kind(file_uri(str(existing(self.kind(path)))), format=self.format)

    def parse(self, text: str, base: str) -> Any:
        """From a path that exists, or a URI."""
        return self.read(text, base)

    def example(self) -> str:
        """A path."""
        return f"data/{self.word}"

    def _made(self, uri: str, form: str, metadata: dict[str, str]) -> Any:
        raise NotImplementedError

    def _type(self) -> pb.BlobType:
        return pb.BlobType(format=self.format, dimensionality=self.dimensionality)

    def _checked(self, value: Any) -> Located:
        """The value as one of ours; a bare path or URI is taken for one, as in flytekit."""
        if isinstance(value, self.kind):
            found: Located = value
        elif isinstance(value, str | os.PathLike) and not isinstance(value, Located) and os.fspath(value):
            found = self.kind(os.fspath(value))
        else:
            raise mismatch(value, self.hint, fix=f"return a {self.kind.__name__}, or the path of a {self.word}")
        if self.format and found.format and found.format != self.format:
            raise self._other_format(found.uri, found.format)
        return found

    def _other_format(self, uri: str, form: str) -> ConversionError:
        return ConversionError(
            f"expected a {self.word} of format {self.format!r}, got {shown(uri)} of format {form!r}",
            fix=f"convert it in a task, or declare {self.kind.__name__}[{form!r}]",
        )
