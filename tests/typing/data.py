"""What type checkers know of files, directories, datasets and annotated types. Read, never run."""

import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO, TypedDict, assert_type

import pandas as pd
import polars as pl
from pydantic import BaseModel

from volant import JSON, Annotation, Directory, File, HashMethod, StructuredDataset, kwtypes, task, workflow


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Point(TypedDict):
    x: float
    y: float


class Model(BaseModel):
    color: Color = Color.RED
    file: File | None = None


def digest(frame: pd.DataFrame) -> str:
    return str(frame.shape)


def shape(frame: pl.DataFrame) -> str:
    return str(frame.shape)


Hashed = Annotated[pd.DataFrame, HashMethod(digest)]
Csv = Annotated[File, "csv"]
Named = Annotated[StructuredDataset, kwtypes(name=str, age=int, place=kwtypes(x=float)), "csv"]
Millimetres = Annotated[int, Annotation({"unit": "mm"})]


@task
def write(lines: list[str]) -> Csv:
    file = File.new("lines.csv")
    with file.open("w", encoding="utf-8", newline="") as out:
        assert_type(out, TextIO)
        out.writelines(lines)
    return file


@task
def read(file: Csv) -> int:
    with file.open() as lines:
        assert_type(lines, TextIO)
        found = sum(1 for _ in lines)
    with file.open("rb", cache_type="readahead") as data:
        assert_type(data, BinaryIO)
        assert_type(data.read(), bytes)
    assert_type(file.path, str)
    assert_type(file.size(), int)
    assert_type(file.metadata, dict[str, str])
    assert_type(file.is_remote, bool)
    assert_type(Path(file).stem, str)
    assert_type(pd.read_csv(file), pd.DataFrame)
    assert_type(os.fspath(file), str)
    return found


@task
def gather(folder: Directory) -> Directory:
    for each in folder:
        assert_type(each, File | Directory)
    for file in folder.walk(maxdepth=2):
        assert_type(file.name, str)
    for base, name in folder.crawl():
        assert_type(base + name, str)
    assert_type(folder / "a.txt", Path)
    made = Directory.new("made")
    assert_type(made.new_file("a.txt"), File)
    assert_type(made.new_dir("sub").file("b.txt").exists(), bool)
    return made


@task
def frames(table: StructuredDataset) -> Hashed:
    assert_type(table.open(pd.DataFrame).all(), pd.DataFrame)
    assert_type(table.open(pl.DataFrame).all(), pl.DataFrame)
    assert_type(table.open(pl.LazyFrame).all(), pl.LazyFrame)
    for part in table.open(pd.DataFrame).iter():
        assert_type(part, pd.DataFrame)
    assert_type(table.uri, str | None)
    assert_type(table.file_format, str)
    return table.open(pd.DataFrame).all()


@task
def columns(frame: Hashed) -> Named:
    return StructuredDataset(dataframe=frame, file_format="csv")


@task
def polar(frame: Annotated[pl.DataFrame, HashMethod(shape)]) -> pl.DataFrame:
    return frame


@task
def plain(point: Point, color: Color = Color.BLUE, model: Model | None = None, height: Millimetres = 3) -> Model:
    return model or Model(color=color)


@task
def lines(n: int) -> Iterator[JSON]:
    yield from ({"n": each} for each in range(n))


@task
def numbers(n: int) -> list[dict[str, set[int]]]:
    return [{"a": {n}}]


@workflow
def everything(files: list[str], folder: Directory, table: StructuredDataset) -> Named:
    file = write(files)
    assert_type(file, File)
    assert_type(read(file), int)
    assert_type(gather(folder), Directory)
    frame = frames(table)
    assert_type(frame, pd.DataFrame)
    assert_type(plain({"x": 1.0, "y": 2.0}).color, Color)
    assert_type(lines(3), Iterator[JSON])
    assert_type(numbers(n=3)[0]["a"], set[int])
    return columns(frame)


def hashes_are_typed() -> None:
    assert_type(HashMethod(digest).calculate(pd.DataFrame()), str)
    assert_type(HashMethod[pl.DataFrame](shape), HashMethod[pl.DataFrame])
