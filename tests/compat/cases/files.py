"""Files, directories, iterators, JSON lines and pickles."""

import collections.abc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Iterator, Optional, Union

from pydantic import BaseModel
from world import Directory, File, attempt, case, choose

CSV = attempt(lambda: File["csv"])
PNGS = attempt(lambda: Directory["png"])
# flytekit has it in a module of its own.
JSON = choose(
    flytekit=lambda: __import__("flytekit.types.iterator", fromlist=["JSON"]).JSON,
    volant=lambda: __import__("volant.sdk.files", fromlist=["JSON"]).JSON,
)


@dataclass
class Report:
    """Both kinds, one with a format."""

    table: File
    rows: CSV
    plots: Directory


@dataclass
class Reports:
    """Both kinds, deeper."""

    all: list[Report]
    first: Optional[File] = None


@dataclass
class Settings:
    """A path that is only a name."""

    folder: Path


class Model(BaseModel):
    """Both kinds in a model."""

    table: File
    plots: Directory


class Opaque:
    """Nothing but a pickle holds it."""

    def __init__(self, number: int) -> None:
        self.number = number


def _text(folder: Path, name: str = "a.csv", text: str = "a\n1\n") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def _tree(folder: Path) -> str:
    _text(folder, "plots/one.png")
    _text(folder, "plots/more/two.png")
    return str(folder / "plots")


case("file elsewhere", File, File("s3://bucket/a.csv"), File("https://example.com/a%20b.csv?x=1"), File("gs://b/c"))
case("file elsewhere, as a text", File, "s3://bucket/a.csv")
case("directory elsewhere", Directory, Directory("s3://bucket/dir"), Directory("gs://bucket/dir/"))
case("directory elsewhere, as a text", Directory, "s3://bucket/dir")
case("os.PathLike elsewhere", os.PathLike, File("s3://bucket/a.csv"), "s3://bucket/b.csv")
case("a note that is no format", Annotated[File, {"kept": 1}], File("s3://bucket/a"))
case("list of files", list[File], [], [File("s3://b/1"), File("s3://b/2")])
case("dict of directories", dict[str, Directory], {}, {"a": Directory("s3://b/a"), "b": Directory("s3://b/b")})
case("optional file", Optional[File], None, File("s3://b/1"))
case("optional directory", Optional[Directory], None, Directory("s3://b/1"))
case("file or text", Union[File, str], File("s3://b/1"), "s3://b/1")
case("text or file", Union[str, File], File("s3://b/1"), "text")
case("file or directory", Union[File, Directory], File("s3://b/1"), Directory("s3://b/2"))
case("list of optional files", list[Optional[File]], [None, File("s3://b/1")])
case("iterator of int", Iterator[int], iter([1, 2, 3]), iter([]), [4])
case("iterator by its other name", collections.abc.Iterator[str], iter(["a"]))
case("iterator of lists", Iterator[list[int]], iter([[1], []]))
case("iterator of files", Iterator[File], iter([File("s3://b/1")]))
case("list of iterators", list[Iterator[int]], [iter([1]), iter([2, 3])])
case("optional iterator", Optional[Iterator[int]], None)
case("pickle", Opaque, Opaque(1))
case("pickle of anything", Any, 1, "a", [1, {"b": None}])
case("list of pickles", list[Opaque], [Opaque(1), Opaque(1)])


@case
def file_with_a_format(folder: Path) -> tuple[Any, ...]:
    return CSV, File(_text(folder)), _text(folder), Path(_text(folder)), File("s3://b/c.csv")


@case
def file_with_a_format_behind_a_dot() -> tuple[Any, ...]:
    return File[".tar.gz"], File("s3://b/c.tar.gz")


@case
def file_of_this_machine(folder: Path) -> tuple[Any, ...]:
    return File, File(_text(folder)), _text(folder, "b"), Path(_text(folder, "with.many.dots"))


@case
def file_that_is_not_copied(folder: Path) -> tuple[Any, ...]:
    return File, File(_text(folder), remote_path=False)


@case
def file_copied_to_a_place(folder: Path) -> tuple[Any, ...]:
    return File, File(_text(folder), remote_path=str(folder / "there" / "b.csv"))


@case
def file_with_metadata(folder: Path) -> tuple[Any, ...]:
    return File, File(_text(folder), metadata={"k": "v", "a": "b"}), File("s3://b/c", metadata={"k": "v"})


@case
def directory_of_this_machine(folder: Path) -> tuple[Any, ...]:
    return Directory, Directory(_tree(folder)), _tree(folder), Path(_tree(folder))


@case
def directory_with_a_format(folder: Path) -> tuple[Any, ...]:
    return PNGS, Directory(_tree(folder)), Directory("s3://b/plots")


@case
def directory_that_is_not_copied(folder: Path) -> tuple[Any, ...]:
    return Directory, Directory(_tree(folder), remote_directory=False)


@case
def path_like_of_this_machine(folder: Path) -> tuple[Any, ...]:
    return os.PathLike, File(_text(folder))


@case
def pathlib_path(folder: Path) -> tuple[Any, ...]:
    return Path, Path(_text(folder))


@case
def pathlib_path_in_a_dataclass() -> tuple[Any, ...]:
    return Settings, Settings(Path("data/out"))


@case
def no_json_lines() -> tuple[Any, ...]:
    return Iterator[JSON], iter([])


@case
def list_of_formats(folder: Path) -> tuple[Any, ...]:
    return list[CSV], [File(_text(folder)), File("s3://b/c.csv")]


@case
def dataclass_of_files(folder: Path) -> tuple[Any, ...]:
    here = Report(File(_text(folder)), File(_text(folder)), Directory(_tree(folder)))
    return Report, here, Report(File("s3://b/1"), File("s3://b/2"), Directory("s3://b/3"))


@case
def dataclass_of_a_file_with_metadata() -> tuple[Any, ...]:
    return Report, Report(File("s3://b/1", metadata={"k": "v"}), File("s3://b/2"), Directory("s3://b/3"))


@case
def dataclass_of_dataclasses_of_files() -> tuple[Any, ...]:
    one = Report(File("s3://b/1"), File("s3://b/2"), Directory("s3://b/3"))
    return Reports, Reports([one, one], File("s3://b/4")), Reports([])


@case
def pydantic_model_of_files(folder: Path) -> tuple[Any, ...]:
    return (
        Model,
        Model(table=File(_text(folder)), plots=Directory(_tree(folder))),
        Model(table=File("s3://b/1"), plots=Directory("s3://b/2")),
    )


@case
def json_lines() -> tuple[Any, ...]:
    return Iterator[JSON], iter([{"b": 1, "a": [1, None]}, [1, "é"], 3, 2.5, "x", True])


@case
def optional_json_lines() -> tuple[Any, ...]:
    return Optional[Iterator[JSON]], None
