"""pyarrow Tables; and the files of a dataset as Arrow sees them, which the other libraries use too."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from volant.sdk.frames.stored import BATCH_ROWS, Stored
from volant.sdk.frames.writing import CSV, PARQUET, writing
from volant.sdk.remote_system import system_of


class ArrowTables:
    """`pyarrow.Table`. Source: flytekit `ArrowToParquetEncodingHandler`, `ParquetToArrowDecodingHandler`."""

    name = "pyarrow.Table"

    def encode(self, frame: Any, path: Path, form: str) -> None:
        """As a file of one part."""
        with writing(self.name, form, frame.column_names):
            if form == CSV:
                from pyarrow import csv

                csv.write_csv(frame, str(path))
            else:
                from pyarrow import parquet

                parquet.write_table(frame, str(path))

    def decode(self, stored: Stored, columns: Sequence[str]) -> Any:
        """All of it; partitions are dictionaries."""
        with stored.reading():
            if stored.form == CSV:
                return arrow_dataset(stored, columns).to_table(columns=list(columns) or None)
            return self._parquet(stored, columns)

    def batches(self, stored: Stored, columns: Sequence[str]) -> Iterator[Any]:
        """Tables of a few rows; at most some batches are read ahead."""
        import pyarrow as pa

        with stored.reading():
            found = arrow_dataset(stored, columns).to_batches(
                columns=list(columns) or None,
                batch_size=BATCH_ROWS,
                batch_readahead=2,
                fragment_readahead=1,
                fragment_scan_options=_options(stored),
            )
            yield from (pa.Table.from_batches([each]) for each in found if each.num_rows)

    def to_arrow(self, frame: Any) -> Any:
        """Itself."""
        return frame

    def from_arrow(self, table: Any) -> Any:
        """Itself."""
        return table

    def _parquet(self, stored: Stored, columns: Sequence[str]) -> Any:
        from pyarrow import parquet

        if columns:
            arrow_dataset(stored, columns)
        place, system = native(stored)
        return parquet.read_table(place, columns=list(columns) or None, filesystem=system, pre_buffer=stored.is_remote)


def arrow_dataset(stored: Stored, columns: Sequence[str] = ()) -> Any:
    """A `pyarrow.dataset.Dataset` of its files, which has these columns.

    Raises:
        ConversionError: A column is missing.
        ImportError: There is no pyarrow.
    """
    from pyarrow import dataset

    place, system = native(stored)
    if stored.form == PARQUET:
        found = dataset.dataset(place, format="parquet", partitioning="hive", filesystem=system)
    else:
        files = stored.files()
        names = [system_of(each)[1] for each in files] if stored.is_remote else files
        found = dataset.dataset(names, format="csv", filesystem=system)
    stored.check(columns, found.schema.names)
    return found


def _options(stored: Stored) -> Any:
    """Reading ahead pays where each look is a request; on this machine it would hold the file in memory."""
    from pyarrow import dataset

    return dataset.ParquetFragmentScanOptions(pre_buffer=stored.is_remote) if stored.form == PARQUET else None


def native(stored: Stored) -> tuple[str, Any]:
    """Its place as libraries take it, and its file system; None for that of this machine."""
    if not stored.is_remote:
        return stored.place, None
    system, place = system_of(stored.uri)
    return place, system
