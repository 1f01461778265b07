"""polars DataFrames and LazyFrames."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from volant.sdk.errors import ConversionError
from volant.sdk.frames.arrow_tables import arrow_dataset
from volant.sdk.frames.stored import BATCH_ROWS, Stored
from volant.sdk.frames.writing import CSV, writing

if TYPE_CHECKING:
    import polars as pl


class PolarsFrames:
    """`polars.DataFrame`. Source: flytekit's plugin flytekitplugins-polars, whose files these are."""

    name = "polars.DataFrame"

    def encode(self, frame: Any, path: Path, form: str) -> None:
        """As a file of one part."""
        with writing(self.name, form, frame.columns):
            if form == CSV:
                frame.write_csv(path)
            else:
                frame.write_parquet(path)

    def decode(self, stored: Stored, columns: Sequence[str]) -> Any:
        """All of it; the index of a pandas DataFrame is a column."""
        with stored.reading():
            return _scan(stored, columns).collect()

    def batches(self, stored: Stored, columns: Sequence[str]) -> Iterator[Any]:
        """DataFrames of a few rows, read while they are asked for."""
        with stored.reading():
            found = _scan(stored, columns)
            if not hasattr(found, "collect_batches"):
                raise ConversionError("this polars cannot read in batches", fix="pip install 'polars>=1.34'")
            yield from (each for each in found.collect_batches(chunk_size=BATCH_ROWS) if each.height)

    def to_arrow(self, frame: Any) -> Any:
        """A table."""
        with writing(self.name, "an Arrow table", frame.columns):
            return frame.to_arrow()

    def from_arrow(self, table: Any) -> Any:
        """A DataFrame."""
        import polars as pl

        return pl.from_arrow(table)


class PolarsLazyFrames:
    """`polars.LazyFrame`: computed while it is written, read when it is collected."""

    name = "polars.LazyFrame"

    def encode(self, frame: Any, path: Path, form: str) -> None:
        """As a file of one part; never whole in memory."""
        with writing(self.name, form):
            if form == CSV:
                frame.sink_csv(path)
            else:
                frame.sink_parquet(path)

    def decode(self, stored: Stored, columns: Sequence[str]) -> Any:
        """A plan to read it; what it needs is read by `collect`."""
        with stored.reading():
            return _scan(stored, columns)

    def batches(self, stored: Stored, columns: Sequence[str]) -> Iterator[Any]:
        """LazyFrames of a few rows, which are read already."""
        return (each.lazy() for each in PolarsFrames().batches(stored, columns))

    def to_arrow(self, frame: Any) -> Any:
        """A table; computes it."""
        return PolarsFrames().to_arrow(frame.collect())

    def from_arrow(self, table: Any) -> Any:
        """A plan over what is in memory."""
        return PolarsFrames().from_arrow(table).lazy()


def _scan(stored: Stored, columns: Sequence[str]) -> "pl.LazyFrame":
    import polars as pl

    if stored.is_remote:
        found = pl.scan_pyarrow_dataset(arrow_dataset(stored))
    elif stored.form == CSV:
        found = pl.scan_csv(stored.files(), glob=False)
    else:
        files = stored.files()
        is_partitioned = any("=" in each.removeprefix(stored.place) for each in files)
        found = pl.scan_parquet(files, glob=False, hive_partitioning=is_partitioned)
    names = found.collect_schema().names()
    stored.check(columns, names)
    return found.select([_column(each, names) for each in columns]) if columns else found


def _column(name: str, names: Sequence[str]) -> "pl.Expr":
    """A column; or, as Arrow has it, what lies in a column of structs, by its last name."""
    import polars as pl

    head, *fields = [name] if name in names else name.split(".")
    found = pl.col(head)
    for field in fields:
        found = found.struct.field(field)
    return found
