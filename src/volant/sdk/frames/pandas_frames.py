"""pandas DataFrames."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from volant.sdk import remote
from volant.sdk.errors import ConversionError
from volant.sdk.frames.arrow_tables import ArrowTables, arrow_dataset, native
from volant.sdk.frames.stored import BATCH_ROWS, Stored
from volant.sdk.frames.writing import CSV, ONE_TYPE, PARQUET, writing

if TYPE_CHECKING:
    import pandas as pd


class PandasFrames:
    """`pandas.DataFrame`. Parquet keeps the index and the column types; csv keeps neither.

    Source: flytekit `PandasToParquetEncodingHandler`, `PandasToCSVEncodingHandler`.
    """

    name = "pandas.DataFrame"

    def encode(self, frame: Any, path: Path, form: str) -> None:
        """As a file of one part."""
        with writing(self.name, form, frame.columns):
            if form == CSV:
                frame.to_csv(path, index=False)
            else:
                self._parquet(frame, path)

    def decode(self, stored: Stored, columns: Sequence[str]) -> Any:
        """All of it; partitions are categories."""
        import pandas as pd

        with stored.reading():
            if stored.form == CSV:
                parts = list(self._csv(stored, columns, None))
                return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
            return self._read_parquet(stored, columns)

    def batches(self, stored: Stored, columns: Sequence[str]) -> Iterator[Any]:
        """DataFrames of a few rows, each with the index it was written with."""
        if stored.form == PARQUET:
            yield from map(self.from_arrow, ArrowTables().batches(stored, columns))
            return
        with stored.reading():
            for reader in self._csv(stored, columns, BATCH_ROWS):
                yield from (each[list(columns)] if columns else each for each in reader if len(each))

    def to_arrow(self, frame: Any) -> Any:
        """A table, with the index as columns unless it only counts."""
        with writing(self.name, "an Arrow table", frame.columns):
            import pyarrow as pa

            return pa.Table.from_pandas(frame)

    def from_arrow(self, table: Any) -> Any:
        """A DataFrame, with the index it had."""
        return table.to_pandas()

    def _parquet(self, frame: "pd.DataFrame", path: Path) -> None:
        try:
            frame.to_parquet(path, engine="pyarrow")
        except (ValueError, TypeError, NotImplementedError) as error:
            odd = _odd_column(frame)
            if odd is None:
                raise
            name, kinds = odd
            told = f"the column {name!r} of the {self.name} cannot be written as parquet: it holds {kinds}"
            raise ConversionError(told, fix=ONE_TYPE) from error

    def _read_parquet(self, stored: Stored, columns: Sequence[str]) -> Any:
        import pandas as pd

        if columns:
            arrow_dataset(stored, columns)
        place, system = native(stored)
        return pd.read_parquet(
            place,
            engine="pyarrow",
            columns=list(columns) or None,
            filesystem=system,
            pre_buffer=stored.is_remote,  # else the file would be in memory beside what is read from it
        )

    def _csv(self, stored: Stored, columns: Sequence[str], rows: int | None) -> Iterator[Any]:
        """A DataFrame per file; or, where `rows` is said, a reader of such batches."""
        import pandas as pd

        for file in stored.files():
            if columns:
                with _opened(stored, file) as stream:
                    stored.check(columns, pd.read_csv(stream, nrows=0).columns)
            with _opened(stored, file) as stream:
                found: Any = pd.read_csv(stream, usecols=list(columns) or None, chunksize=rows)
                # In the order that was asked for, as parquet gives them.
                yield found if rows or not columns else found[list(columns)]


def _opened(stored: Stored, file: str) -> Any:
    return remote.open_uri(file) if stored.is_remote else Path(file).open("rb")


def _odd_column(frame: "pd.DataFrame") -> tuple[Any, str] | None:
    """The first column that Arrow cannot take, and the kinds of values in it."""
    import pyarrow as pa

    for name, column in frame.items():
        try:
            pa.Array.from_pandas(column)
        except (ValueError, TypeError, NotImplementedError):
            kinds = sorted({type(each).__name__ for each in column.dropna()}) if column.dtype == object else ()
            return name, " and ".join(kinds) or str(column.dtype)
    return None
