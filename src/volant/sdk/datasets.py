"""Datasets as values: tables that are passed by where they are, and read when they are opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from volant.sdk.errors import ConversionError
from volant.sdk.frames.libraries import library_for, library_to_open
from volant.sdk.frames.stored import Stored
from volant.sdk.uris import shown

F = TypeVar("F")


@dataclass(frozen=True)
class Received:
    """What a task knows of a dataset it was given.

    Attributes:
        literal: As it came; passed on unchanged when the dataset is.
        columns: The columns to read; empty for all.
    """

    literal: Any = None
    columns: tuple[str, ...] = ()


class StructuredDataset:
    """A table of any library, in memory or in files; nothing is read before it is opened.

    Return `StructuredDataset(dataframe=frame)` from a task, and the frame is written as parquet; or name files
    that exist: those given by path are copied, those given by URI passed as they are. As an input it names what
    the producer left, and `open` reads it with the library you like:

        def count(table: StructuredDataset) -> int:
            return len(table.open(pd.DataFrame).all())

    `Annotated[StructuredDataset, kwtypes(a=int, b=str), "csv"]` names columns and a format; who asks for fewer
    columns reads only those.

    Attributes:
        dataframe: The frame, where it is in memory: of pandas, polars or pyarrow.
        uri: Where its files are; beside a frame, the folder the frame is to be written to.
        file_format: "parquet", "csv", or "" where nobody said; files may be of any other too.
        received: Set where a task got it.

    Source: flytekit `StructuredDataset` (types/structured/structured_dataset.py).
    """

    def __init__(self, dataframe: Any = None, uri: str | None = None, *, file_format: str = "") -> None:
        self.dataframe = dataframe
        self.uri = uri
        self.file_format = file_format
        self.received = Received()

    def open(self, kind: type[F]) -> "OpenDataset[F]":
        """Say as what it is to be read: `pandas.DataFrame`, `polars.DataFrame`, `polars.LazyFrame`, `pyarrow.Table`.

        Raises:
            ConversionError: It is none of these.
        """
        library_to_open(kind)
        return OpenDataset(self, kind)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    def __repr__(self) -> str:
        held = "dataframe=…, " if self.dataframe is not None else ""
        place = None if self.uri is None else shown(self.uri)
        return f"{type(self).__name__}({held}uri={place}, file_format={self.file_format!r})"

    @property
    def _place(self) -> tuple[int, str | None, str]:
        return id(self.dataframe), self.uri, self.file_format


@dataclass(frozen=True)
class OpenDataset(Generic[F]):
    """A dataset about to be read.

    Attributes:
        dataset: Which.
        kind: The class of frames it is read as.
    """

    dataset: StructuredDataset
    kind: type[F]

    def all(self) -> F:
        """The whole of it, of the columns that were asked for.

        Raises:
            ConversionError: It is not there or unreadable, or a column is missing.
            RemoteError: It cannot be reached just now.
        """
        held = self.dataset.dataframe
        found: F = self._held(held) if held is not None else self._library.decode(self._stored(), self._columns)
        return found

    def iter(self) -> Iterator[F]:
        """Its rows in order, as frames of at most 65,536; so much of it is in memory at a time.

        A frame that is in memory already comes as it is.

        Raises:
            ConversionError: As `all`; here, or when the next batch is asked for.
            RemoteError: Likewise.
        """
        held = self.dataset.dataframe
        return iter([self._held(held)]) if held is not None else self._library.batches(self._stored(), self._columns)

    @property
    def _library(self) -> Any:
        return library_to_open(self.kind)

    @property
    def _columns(self) -> tuple[str, ...]:
        return self.dataset.received.columns

    def _held(self, frame: Any) -> Any:
        return frame if isinstance(frame, self.kind) else self._library.from_arrow(library_for(frame).to_arrow(frame))

    def _stored(self) -> Stored:
        if self.dataset.uri:
            return Stored(self.dataset.uri, self.dataset.file_format)
        raise ConversionError("a StructuredDataset without frame and URI", fix=EMPTY)


EMPTY = "give it one: StructuredDataset(dataframe=frame) or StructuredDataset(uri='…')"
