"""pandas DataFrames: StructuredDatasets in parquet. pandas is imported when a value is touched."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.files import file_uri, local_path
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview, wrong_literal

_PART = "00000"
_FORMATS = {".parquet": "parquet", ".csv": "csv"}


@dataclass(frozen=True)
class FrameFile:
    """A DataFrame that is still a file: what a person names on a command line.

    Attributes:
        uri: Where it is.
        format: "parquet" or "csv".
    """

    uri: str
    format: str


class DataFrameTransformer(Transformer):
    """A pandas DataFrame, with its index and column types.

    On the wire: a StructuredDataset whose URI is a folder with one parquet file.

    Source: flytekit `StructuredDatasetTransformerEngine`, `PandasToParquetEncodingHandler`.
    """

    name = "StructuredDatasetTransformerEngine"

    def literal_type(self) -> pb.LiteralType:
        """A dataset of any columns and format."""
        return pb.LiteralType(structured_dataset_type=pb.StructuredDatasetType())

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A dataset, written durably."""
        return _dataset(*self._kept(value, raw))

    def take(self, literal: pb.Literal) -> Any:
        """The DataFrame, read whole."""
        if literal.scalar.WhichOneof("value") != "structured_dataset":
            raise wrong_literal(literal, self.hint)
        found = literal.scalar.structured_dataset
        return _read(found.uri, found.metadata.structured_dataset_type.format)

    def pack(self, value: Any, raw: RawData) -> dict[str, str]:
        """Where it is."""
        uri, form = self._kept(value, raw)
        return {"uri": uri, "file_format": form}

    def unpack(self, plain: Any) -> Any:
        """The DataFrame, read whole."""
        if not isinstance(plain, dict) or "uri" not in plain:
            raise mismatch(plain, self.hint)
        return _read(plain["uri"], plain.get("file_format", ""))

    def schema(self) -> dict[str, Any]:
        """Where it is."""
        return {
            "type": "object",
            "properties": {"uri": {"type": "string"}, "file_format": {"type": "string"}},
        }

    def fits(self, value: Any) -> bool:
        """A DataFrame, or the file of one."""
        return isinstance(value, FrameFile | self.hint)

    def read(self, plain: Any, base: str) -> FrameFile:
        """The file of a DataFrame."""
        if not isinstance(plain, str):
            raise mismatch(plain, self.hint, fix=_HOW)
        path = Path(base) / plain
        form = _FORMATS.get(path.suffix.lower())
        if form is None:
            raise ConversionError(f"{plain!r} is neither .parquet nor .csv", fix=_HOW)
        if not path.is_file():
            raise ConversionError(f"there is no file {str(path)!r}", fix=_HOW)
        return FrameFile(file_uri(str(path)), form)

    def parse(self, text: str, base: str) -> FrameFile:
        """The file of a DataFrame."""
        return self.read(text, base)

    def example(self) -> str:
        """A file's name."""
        return "data.parquet"

    def _kept(self, value: Any, raw: RawData) -> tuple[str, str]:
        if isinstance(value, FrameFile):
            return value.uri, value.format
        if not isinstance(value, self.hint):
            raise mismatch(value, self.hint)
        return raw.put(_PART, lambda path: _write(value, path)), "parquet"


_HOW = "name a .parquet or .csv file that exists"


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of `pandas.DataFrame`; None for others."""
    is_frame = isinstance(hint, type) and hint.__name__ == "DataFrame" and _top(hint) == "pandas"
    return DataFrameTransformer(hint) if is_frame else None


def _top(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _dataset(uri: str, form: str) -> pb.Literal:
    kind = pb.StructuredDatasetType(format=form)
    metadata = pb.StructuredDatasetMetadata(structured_dataset_type=kind)
    return pb.Literal(scalar=pb.Scalar(structured_dataset=pb.StructuredDataset(uri=uri, metadata=metadata)))


def _write(frame: Any, path: Path) -> None:
    try:
        frame.to_parquet(path, engine="pyarrow")
    except ImportError:
        raise _no_pyarrow() from None
    except OSError:
        raise
    except Exception as error:
        raise ConversionError(
            f"the DataFrame {preview(list(frame.columns))} cannot be written as parquet: {error}",
            fix="give every column one type and a text for a name",
        ) from error


def _read(uri: str, form: str) -> Any:
    import pandas as pd

    path = Path(local_path(uri))
    if not path.exists():
        raise ConversionError(f"there is no DataFrame at {str(path)!r}", fix="was the run's data removed?")
    if form.lower() == "csv":
        return pd.read_csv(path)
    try:
        return pd.read_parquet(path, engine="pyarrow")
    except ImportError:
        raise _no_pyarrow() from None


def _no_pyarrow() -> ConversionError:
    return ConversionError("DataFrames are passed as parquet, which needs pyarrow", fix="pip install 'volant[frames]'")
