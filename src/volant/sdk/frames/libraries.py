"""Which library a class of frames is of."""

import functools
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from volant.sdk.errors import ConversionError
from volant.sdk.frames.stored import Stored


class FrameLibrary(Protocol):
    """One class of frames: how it gets into files, and out of them.

    Attributes:
        name: The class as people write it, e.g. "polars.LazyFrame".
    """

    name: str

    def encode(self, frame: Any, path: Path, form: str) -> None:
        """Write a frame to a file, in "parquet" or "csv"; what is too big for memory twice is not copied.

        Raises:
            ConversionError: The format cannot hold it.
            OSError: The disk does not take it.
        """

    def decode(self, stored: Stored, columns: Sequence[str]) -> Any:
        """Read a frame; of its columns only these, if any are named.

        Raises:
            ConversionError: It is not there or unreadable, or a column is missing.
            RemoteError: It cannot be reached just now.
        """

    def batches(self, stored: Stored, columns: Sequence[str]) -> Iterator[Any]:
        """Read it as frames of at most `BATCH_ROWS` rows, one after the other; raises as `decode`."""

    def to_arrow(self, frame: Any) -> Any:
        """The same as a `pyarrow.Table`."""

    def from_arrow(self, table: Any) -> Any:
        """A frame of a `pyarrow.Table`."""


_HOMES = {
    "pandas.DataFrame": "pandas_frames:PandasFrames",
    "polars.DataFrame": "polars_frames:PolarsFrames",
    "polars.LazyFrame": "polars_frames:PolarsLazyFrames",
    "pyarrow.Table": "arrow_tables:ArrowTables",
}


def library_of(kind: Any) -> FrameLibrary | None:
    """The library whose class of frames this is, known by its name; None for all else."""
    name = class_name(kind) if isinstance(kind, type) else ""
    return _library(name) if name in _HOMES else None


def library_for(frame: Any) -> FrameLibrary:
    """The library of a frame; of a subclass too.

    Raises:
        ConversionError: It is no frame.
    """
    for each in type(frame).__mro__:
        found = library_of(each)
        if found:
            return found
    raise ConversionError(f"a {class_name(type(frame))} is no frame", fix=f"use a {_choices()}")


def library_to_open(kind: Any) -> FrameLibrary:
    """The library of a class that somebody wants a dataset opened as.

    Raises:
        ConversionError: It is no class of frames.
    """
    found = library_of(kind)
    if found:
        return found
    shown = class_name(kind) if isinstance(kind, type) else repr(kind)
    raise ConversionError(f"a dataset cannot be opened as {shown}", fix=f"open it as {_choices()}")


def class_name(kind: type) -> str:
    """A class as people write it: with its library, without the modules within."""
    top = kind.__module__.partition(".")[0]
    return kind.__name__ if top in ("builtins", "volant") else f"{top}.{kind.__name__}"


@functools.cache
def _library(name: str) -> FrameLibrary:
    module, _, kind = _HOMES[name].partition(":")
    found: FrameLibrary = getattr(import_module(f"volant.sdk.frames.{module}"), kind)()
    return found


def _choices() -> str:
    *most, last = _HOMES
    return f"{', '.join(most)} or {last}"
