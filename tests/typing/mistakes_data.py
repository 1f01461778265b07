"""What type checkers must refuse: a line ends in "# wrong:", the codes of mypy, "|" and the rules of pyright."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pandas as pd
import polars as pl

from volant import JSON, Annotation, Directory, File, HashMethod, StructuredDataset, kwtypes, task


def digest(frame: pd.DataFrame) -> str:
    return str(frame.shape)


Hashed = Annotated[pd.DataFrame, HashMethod(digest)]


@task
def hashed(frame: Hashed) -> Annotated[File, "csv"]:
    return File.new("a.csv")


# Volant takes both; that a task may return something else than it says, no type can tell.
@task
def path() -> File:
    return Path("a.csv")  # wrong: return-value | reportReturnType


@task
def frame() -> StructuredDataset:
    return pd.DataFrame()  # wrong: return-value | reportReturnType


# At runtime this is Annotated[File, "csv"], which both know; mypy does not see what the class does with its index.
@task
def form(file: File["csv"]) -> None: ...  # noqa: F821 - it is a text  # wrong: name-defined, type-arg | -


@task
def rows() -> Iterator[JSON]:
    yield {1, 2}  # wrong: misc | reportReturnType


file = hashed(pl.DataFrame())  # wrong: arg-type | reportArgumentType
print(file.rows)  # wrong: attr-defined | reportAttributeAccessIssue
file.open(3)  # wrong: call-overload | reportArgumentType, reportCallIssue
file.open(encoding=3)  # wrong: call-overload | reportArgumentType
file.open(newline=3)  # wrong: call-overload | reportArgumentType
with file.open("rb") as data:
    text: str = data.read()  # wrong: assignment | reportAssignmentType
with file.open() as lines:
    bits: bytes = lines.read()  # wrong: assignment | reportAssignmentType
print(file / "a")  # wrong: operator | reportOperatorIssue
File(3)  # wrong: arg-type | reportArgumentType
File("a", remote_path=True)  # wrong: arg-type | reportArgumentType
File("a", metadata={"a": 1})  # wrong: dict-item | reportArgumentType
File("a", remote_directory="b")  # wrong: call-arg | reportCallIssue
Directory("a").open()  # wrong: attr-defined | reportAttributeAccessIssue
Directory("a").listdir()[0].open()  # wrong: union-attr | reportAttributeAccessIssue
Directory("a").walk("2")  # wrong: arg-type | reportArgumentType
Directory("a", remote_path="b")  # wrong: call-arg | reportCallIssue

table = StructuredDataset(pd.DataFrame(), file_format=3)  # wrong: arg-type | reportArgumentType
table.all()  # wrong: attr-defined | reportAttributeAccessIssue
table.open("pandas")  # wrong: arg-type | reportArgumentType
table.open(pd.DataFrame()).all()  # wrong: arg-type | reportArgumentType
polar: pl.DataFrame = table.open(pd.DataFrame).all()  # wrong: assignment | reportAssignmentType
for part in table.open(pl.DataFrame).iter():
    part.groupby("a")  # wrong: attr-defined | reportAttributeAccessIssue
HashMethod(len)  # wrong: arg-type | reportArgumentType
HashMethod(digest).calculate(3)  # wrong: arg-type | reportArgumentType
Annotation("mm")  # wrong: arg-type | reportArgumentType
kwtypes(int)  # wrong: call-arg | reportCallIssue
