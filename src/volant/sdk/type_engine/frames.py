"""Tables: StructuredDataset, and the DataFrames of pandas and polars and the Tables of pyarrow as they are.

On the wire all of them are a StructuredDataset, whose URI is a folder with one file: so one library reads what
another has written. Which libraries there are: `volant.sdk.frames`.
"""

import typing
from typing import Any

from volant.idl import pb
from volant.sdk.datasets import Received, StructuredDataset
from volant.sdk.errors import ConversionError
from volant.sdk.frames.libraries import FrameLibrary, class_name, library_of
from volant.sdk.frames.stored import Stored
from volant.sdk.frames.writing import PARQUET
from volant.sdk.type_engine.frames_columns import dataset_type
from volant.sdk.type_engine.frames_files import HOW, kept, named
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal

_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}


class TableTransformer(Transformer):
    """What all tables share.

    Attributes:
        kind: The class of values.
        type: Columns, format and schema that the hint asks for.

    Source: flytekit `StructuredDatasetTransformerEngine`.
    """

    name = "StructuredDataset Transformer"

    def __init__(self, hint: Any, kind: Any, dataset: pb.StructuredDatasetType) -> None:
        super().__init__(hint)
        self.kind = kind
        self.type = dataset

    def literal_type(self) -> pb.LiteralType:
        """A dataset of these columns and this format."""
        return pb.LiteralType(structured_dataset_type=self.type)

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A dataset: a frame is written durably, what was received passed on as it came.

        Of datasets that lie in files, those given by path are copied, those given by URI passed as they are.
        """
        found = self._checked(value)
        if found.received.literal is not None:
            return pb.Literal(scalar=pb.Scalar(structured_dataset=found.received.literal))
        uri, form = kept(found, raw, self._written_as(value))
        kind = pb.StructuredDatasetType()
        kind.MergeFrom(self.type)
        kind.format = form
        return pb.Literal(scalar=pb.Scalar(structured_dataset=_dataset(uri, kind)))

    def take(self, literal: pb.Literal) -> Any:
        """A dataset is not read yet; a frame is read whole, of its columns those that are asked for.

        These are the hint's; where it names none, those its literal's type names; else all.
        """
        match literal.scalar.WhichOneof("value"):
            case "structured_dataset":
                found = literal.scalar.structured_dataset
            case "schema":
                found = _of_schema(literal.scalar.schema)
            case _:
                raise wrong_literal(literal, self.kind)
        return self._received(found)

    def pack(self, value: Any, raw: RawData) -> dict[str, str]:
        """Where it is; the hint's format does not count here, as in flytekit."""
        found = self._checked(value)
        came = found.received.literal
        if came is not None:
            return {"uri": came.uri, "file_format": came.metadata.structured_dataset_type.format}
        uri, form = kept(found, raw, "")
        return {"uri": uri, "file_format": form}

    def unpack(self, plain: Any) -> Any:
        """As `take`."""
        if not isinstance(plain, dict) or not isinstance(plain.get("uri"), str):
            raise mismatch(plain, self.kind)
        kind = pb.StructuredDatasetType(format=plain.get("file_format") or "")
        return self._received(_dataset(plain["uri"], kind))

    def schema(self) -> dict[str, Any]:
        """Where it is."""
        return {
            "type": "object",
            "title": "StructuredDataset",
            "properties": {"uri": {**_TEXT, "default": None}, "file_format": {**_TEXT, "default": ""}},
            "additionalProperties": False,
        }

    def fits(self, value: Any) -> bool:
        """A value of the very kind, or a dataset."""
        return isinstance(value, (StructuredDataset, self.kind))

    def read(self, plain: Any, base: str) -> StructuredDataset:
        """A dataset in a file or folder: from its path or URI, or from the form inside documents."""
        if isinstance(plain, dict) and isinstance(plain.get("uri"), str):
            return named(plain["uri"], base, plain.get("file_format") or "")
        if not isinstance(plain, str):
            raise mismatch(plain, self.kind, fix=HOW)
        return named(plain, base, "")

    def parse(self, text: str, base: str) -> StructuredDataset:
        """From its path or URI."""
        return self.read(text, base)

    def example(self) -> str:
        """A file's name."""
        return "data.parquet"

    def _checked(self, value: Any) -> StructuredDataset:
        """The value as a dataset.

        Raises:
            ConversionError: It is of another type.
        """
        raise NotImplementedError

    def _written_as(self, value: Any) -> str:
        # A plain frame becomes parquet whatever format the hint names, as in flytekit; its literal says so.
        return self.type.format if isinstance(value, StructuredDataset) else PARQUET

    def _received(self, found: pb.StructuredDataset) -> Any:
        raise NotImplementedError

    def _columns(self, found: pb.StructuredDataset) -> tuple[str, ...]:
        columns = self.type.columns or found.metadata.structured_dataset_type.columns
        return tuple(each.name for each in columns)


class DatasetTransformer(TableTransformer):
    """A `StructuredDataset`."""

    def _checked(self, value: Any) -> StructuredDataset:
        if isinstance(value, StructuredDataset):
            return value
        frame = library_of(type(value))
        if frame is None:
            raise mismatch(value, self.kind)
        raise ConversionError(
            f"expected {class_name(self.kind)}, got a {frame.name}",
            fix="write StructuredDataset(dataframe=…) around it",
        )

    def _received(self, found: pb.StructuredDataset) -> StructuredDataset:
        form = found.metadata.structured_dataset_type.format
        dataset: StructuredDataset = self.kind(uri=found.uri, file_format=form)
        dataset.received = Received(found, self._columns(found))
        return dataset


class FrameTransformer(TableTransformer):
    """A frame of one library; or, as a value to be passed on, a `StructuredDataset`."""

    def __init__(self, hint: Any, kind: Any, dataset: pb.StructuredDatasetType, library: FrameLibrary) -> None:
        super().__init__(hint, kind, dataset)
        self.library = library

    def _checked(self, value: Any) -> StructuredDataset:
        if isinstance(value, StructuredDataset):
            return value
        if isinstance(value, self.kind):
            return StructuredDataset(value)
        other = library_of(type(value))
        if other is None:
            raise mismatch(value, self.kind)
        raise ConversionError(
            f"expected {self.library.name}, got a {other.name}", fix=f"convert it, or annotate {other.name}"
        )

    def _received(self, found: pb.StructuredDataset) -> Any:
        form = found.metadata.structured_dataset_type.format
        return self.library.decode(Stored(found.uri, form), self._columns(found))


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of a dataset or frame, with notes (`Annotated[pd.DataFrame, kwtypes(a=int)]`) or without."""
    kind, *notes = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
    if isinstance(kind, type) and issubclass(kind, StructuredDataset):
        return DatasetTransformer(hint, kind, dataset_type(notes))
    library = library_of(kind)
    return FrameTransformer(hint, kind, dataset_type(notes), library) if library else None


def _dataset(uri: str, kind: pb.StructuredDatasetType) -> pb.StructuredDataset:
    return pb.StructuredDataset(uri=uri, metadata=pb.StructuredDatasetMetadata(structured_dataset_type=kind))


def _of_schema(schema: pb.Schema) -> pb.StructuredDataset:
    """What a dataset is that was written as the Schema of older flytekits, which is always parquet."""
    names = [each.name for each in schema.type.columns]
    columns = [pb.StructuredDatasetType.DatasetColumn(name=each) for each in names]
    kind = pb.StructuredDatasetType(format=PARQUET, columns=columns)
    return _dataset(schema.uri, kind)
