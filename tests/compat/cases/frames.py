"""Tables, arrays and what `Annotated` says of types."""

import dataclasses
import datetime as dt
import typing
from typing import Annotated, Optional

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from world import HashMethod, StructuredDataset, case, choose, kwtypes, shape, task, workflow

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
TABLE = pa.table({"a": [1, 2]})


def annotation(data):
    """FlyteAnnotation is not among flytekit's own names."""

    def theirs():
        from flytekit.core.annotation import FlyteAnnotation

        return FlyteAnnotation(data)

    def ours():
        from volant.sdk.annotations import Annotation

        return Annotation(data)

    return choose(flytekit=theirs, volant=ours)


@dataclasses.dataclass
class Row:
    a: int
    b: str


@dataclasses.dataclass
class Holder:
    data: StructuredDataset
    count: int = 0


@dataclasses.dataclass
class Holders:
    many: list[StructuredDataset]
    maybe: Optional[StructuredDataset] = None


@dataclasses.dataclass
class OfColumns:
    data: Annotated[StructuredDataset, kwtypes(a=int), "csv"]


class Typed(typing.TypedDict):
    a: int
    when: dt.datetime


COLUMNS = kwtypes(a=int, b=str)
NESTED = kwtypes(a=int, c={"d": float, "e": Row}, listed=typing.List[int], mapped=typing.Dict[str, float])
NUMPY = kwtypes(
    i=np.int64, u=np.uint32, f=np.float32, s=np.str_, y=np.bytes_, o=np.object_, b=np.bool_, t=np.datetime64,
    d=np.timedelta64,
)  # fmt: skip
PYTHON = kwtypes(f=float, b=bool, t=dt.datetime, d=dt.timedelta)
SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.string())])


def digest(value):
    return f"of {len(value)}"


case("pandas", pd.DataFrame, FRAME)
case("pandas as a dataset", pd.DataFrame, StructuredDataset(dataframe=FRAME))
case("pandas with columns", Annotated[pd.DataFrame, COLUMNS], FRAME)
case("pandas with fewer columns", Annotated[pd.DataFrame, kwtypes(a=int)], FRAME)
case("pandas with no columns", Annotated[pd.DataFrame, kwtypes()], FRAME)
case("pandas with two lists of columns", Annotated[pd.DataFrame, kwtypes(a=int), kwtypes(b=str)], FRAME)
case("pandas that says csv", Annotated[pd.DataFrame, "csv"], FRAME)
case("pandas that says csv as a dataset", Annotated[pd.DataFrame, "csv"], StructuredDataset(dataframe=FRAME))
case("pandas that says parquet", Annotated[pd.DataFrame, "parquet"], FRAME)
case("pandas with an arrow schema", Annotated[pd.DataFrame, SCHEMA], FRAME)
case("pandas with the columns of a dataclass", Annotated[pd.DataFrame, Row], FRAME)
case("pandas with the columns of a typed dict", Annotated[pd.DataFrame, Typed], FRAME)
case("pandas with nested columns", Annotated[pd.DataFrame, NESTED])
case("pandas with columns of numpy", Annotated[pd.DataFrame, NUMPY])
case("pandas with columns of python", Annotated[pd.DataFrame, PYTHON])
case("maybe pandas", Optional[pd.DataFrame], FRAME, None)
case("list of pandas", list[pd.DataFrame], [FRAME, FRAME], [])
case("list of pandas with columns", list[Annotated[pd.DataFrame, COLUMNS]], [FRAME])
case("dict of pandas", dict[str, pd.DataFrame], {"x": FRAME})
case("pandas and a number", pd.DataFrame | int, FRAME, 3)

case("arrow", pa.Table, TABLE)
case("arrow with columns", Annotated[pa.Table, kwtypes(a=int)], TABLE)
case("arrow that says csv", Annotated[pa.Table, "csv"], TABLE)
case("arrow as a dataset", pa.Table, StructuredDataset(dataframe=TABLE))

case("dataset of pandas", StructuredDataset, StructuredDataset(dataframe=FRAME))
case("dataset of arrow", StructuredDataset, StructuredDataset(dataframe=TABLE))
case("dataset of pandas that wants csv", StructuredDataset, StructuredDataset(dataframe=FRAME, file_format="csv"))
case("dataset elsewhere", StructuredDataset, StructuredDataset(uri="s3://b/x.parquet", file_format="parquet"))
case("dataset elsewhere of no format", StructuredDataset, StructuredDataset(uri="s3://b/x"))
case("dataset elsewhere of another format", StructuredDataset, StructuredDataset(uri="bq://p.d.t", file_format="bq"))
case("dataset with columns in csv", Annotated[StructuredDataset, COLUMNS, "csv"], StructuredDataset(dataframe=FRAME))
case("dataset in csv that wants parquet", Annotated[StructuredDataset, "csv"],
     StructuredDataset(uri="s3://b/x", file_format="parquet"))  # fmt: skip
case("dataset with all notes", Annotated[StructuredDataset, COLUMNS, SCHEMA, "parquet"],
     StructuredDataset(dataframe=FRAME))  # fmt: skip
case("dataset of another format", Annotated[StructuredDataset, "avro"])
case("maybe a dataset", Optional[StructuredDataset], StructuredDataset(dataframe=FRAME), None)
case("dict of datasets", dict[str, StructuredDataset], {"x": StructuredDataset(dataframe=FRAME)})
case("dataset in a dataclass", Holder, Holder(StructuredDataset(dataframe=FRAME)),
     Holder(StructuredDataset(uri="s3://b/x", file_format="csv"), 3),
     Holder(StructuredDataset(uri="s3://b/x")))  # fmt: skip
case("datasets in a dataclass", Holders, Holders([StructuredDataset(dataframe=FRAME)]),
     Holders([], StructuredDataset(dataframe=FRAME)))  # fmt: skip
case("dataset with notes in a dataclass", OfColumns, OfColumns(StructuredDataset(dataframe=FRAME)))


@case
def dataset_in_files(folder):
    FRAME.to_parquet(folder / "x.parquet")
    FRAME.to_csv(folder / "x.csv", index=False)
    (folder / "many").mkdir()
    FRAME.to_parquet(folder / "many" / "0.parquet")
    return (
        StructuredDataset,
        StructuredDataset(uri=str(folder / "x.parquet"), file_format="parquet"),
        StructuredDataset(uri=str(folder / "x.parquet")),
        StructuredDataset(uri=str(folder / "x.csv"), file_format="csv"),
        StructuredDataset(uri=str(folder / "many"), file_format="parquet"),
    )


@case
def pandas_in_files(folder):
    FRAME.to_parquet(folder / "x.parquet")
    given = StructuredDataset(uri=str(folder / "x.parquet"), file_format="parquet")
    return Annotated[pd.DataFrame, COLUMNS], given


@case
def dataset_to_a_chosen_place(folder):
    return StructuredDataset, StructuredDataset(dataframe=FRAME, uri=str(folder / "out"))


case("array", np.ndarray, np.arange(3), np.zeros((2, 2)))
case("array of floats", npt.NDArray[np.float64], np.arange(3.0))
case("array of objects", Annotated[np.ndarray, kwtypes(allow_pickle=True)], np.array([{}], dtype=object))
case("array to be mapped", Annotated[np.ndarray, kwtypes(mmap_mode="r")], np.arange(3))
case("maybe an array", Optional[np.ndarray], np.arange(3), None)
case("list of arrays", list[np.ndarray], [np.arange(3), np.arange(2)])
case("dict of arrays", dict[str, np.ndarray], {"x": np.arange(3)})

case("hash of pandas", Annotated[pd.DataFrame, HashMethod(digest)], FRAME)
case("hash of pandas with columns", Annotated[pd.DataFrame, COLUMNS, HashMethod(digest)], FRAME)
case("hash of a dataset", Annotated[StructuredDataset, HashMethod(repr)],
     StructuredDataset(uri="s3://b/x", file_format="parquet"))  # fmt: skip
case("hash of an int", Annotated[int, HashMethod(str)], 5)
case("the first of two hashes", Annotated[int, HashMethod(str), HashMethod(hex)], 5)
case("hash of a list", Annotated[list[int], HashMethod(digest)], [1, 2])
case("hash of what is in a list", list[Annotated[int, HashMethod(str)]], [1, 2])
case("hash of what is in a list of lists", list[list[Annotated[int, HashMethod(str)]]], [[1], [2]])
case("hash of what is in a dict", dict[str, Annotated[str, HashMethod(str.upper)]], {"k": "v"})
case("hash of what is in a list of pandas", list[Annotated[pd.DataFrame, HashMethod(digest)]], [FRAME])
case("hash of a maybe int", Optional[Annotated[int, HashMethod(str)]], 5, None)
case("hash of an array", Annotated[np.ndarray, HashMethod(digest)], np.arange(3))

case("notes on an int", Annotated[int, annotation({"unit": {"of": ["mm", 1, None, True]}})], 5)
case("notes on pandas", Annotated[pd.DataFrame, annotation({"k": 1})], FRAME)
case("notes in a list", list[Annotated[str, annotation({"k": 1})]], ["x"])
case("notes on a list", Annotated[list[str], annotation({"k": 1})], ["x"])
case("notes on a maybe int", Optional[Annotated[int, annotation({"k": 1})]], 5)
case("notes and a hash", Annotated[int, annotation({"k": 1}), HashMethod(str)], 5)
case("notes of others", Annotated[int, "a text", 5, {"x": 1}], 5)


@task
def load() -> Annotated[pd.DataFrame, COLUMNS]:
    return FRAME


@task
def take(table: Annotated[StructuredDataset, kwtypes(a=int)], weights: np.ndarray) -> StructuredDataset:
    return table


@workflow
def passing(weights: np.ndarray) -> StructuredDataset:
    return take(table=load(), weights=weights)


shape("a task of tables", take)
shape("a workflow of tables", passing)
