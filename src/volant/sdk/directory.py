"""Directories as values, like files: what is passed is where they are."""

import os
from collections.abc import Iterator
from pathlib import Path

from volant.sdk.file import File
from volant.sdk.located import Located, RemotePath, new_place, random_name
from volant.sdk.uris import below


class Directory(Located):
    """A directory with all that is below it; passed and copied as a whole, like `File`.

    It is lazy: asked for its `path` it is downloaded whole; `listdir`, `crawl`, `walk` and iterating it name what is
    in it without a download, and each `File` they give is as lazy. (Over http a folder is what its index page links.)

        @task
        def sizes(logs: Directory) -> dict[str, int]:       # --logs s3://flights/logs
            return {file.name: file.size() for file in logs.walk()}

    Args:
        path: A path, or a URI of any scheme fsspec knows.
        remote_directory: A URI or path to copy to instead of the raw data; False to copy nothing and pass the path
            itself.
        format: What its files hold, where its type does not say so.

    Source: flytekit `FlyteDirectory` (types/directory/types.py). `new_remote(stem)` is `Directory.new(name)` here,
    `from_source(uri)` is `Directory(uri)`; a batch size is not asked for: one file at a time is in memory, at most.
    """

    wire_name = "Directory"

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        remote_directory: RemotePath = None,
        format: str = "",
        is_new: bool = False,
    ) -> None:
        super().__init__(path, remote_path=remote_directory, format=format, is_new=is_new)

    @classmethod
    def new(cls, name: str = "directory") -> "Directory":
        """A new directory for this task to fill and return, straight in the run's raw data: no copy is made.

        Fill it by `new_file(name).open("w")`, or have a library write to its `path`.

        Raises:
            ValueError: The name leads out of its folder.
        """
        found = cls(new_place(name), is_new=True)
        if not found.is_remote:
            Path(found.path).mkdir()
        return found

    def file(self, name: str) -> File:
        """The file of this name in it, be it there or not; its folders may stand before it, "a/b.csv".

        Raises:
            ValueError: The name leads out of the directory.
        """
        return File(below(self.uri, name))

    def directory(self, name: str) -> "Directory":
        """The directory of this name in it, be it there or not.

        Raises:
            ValueError: The name leads out of the directory.
        """
        return Directory(below(self.uri, name))

    def new_file(self, name: str = "") -> File:
        """A file to write in it, under this name or one nobody has; what has the name already is written over.

        Raises:
            ValueError: The name leads out of the directory.
        """
        found = File(below(self.uri, name or random_name()), is_new=True)
        if not found.is_remote:
            Path(found.path).parent.mkdir(parents=True, exist_ok=True)
        return found

    def new_dir(self, name: str = "") -> "Directory":
        """A directory in it, under this name or one nobody has.

        Raises:
            ValueError: The name leads out of the directory.
        """
        found = Directory(below(self.uri, name or random_name()), is_new=True)
        if not found.is_remote:
            Path(found.path).mkdir(parents=True, exist_ok=True)
        return found

    def listdir(self) -> "list[File | Directory]":
        """What lies directly in it, sorted by name; nothing is downloaded.

        Raises:
            FileNotFoundError: It is not there.
            RemoteError: It is elsewhere and cannot be reached.
        """
        return [self.directory(name) if is_folder else self.file(name) for name, is_folder in self._entries()]

    def __iter__(self) -> "Iterator[File | Directory]":
        return iter(self.listdir())

    def crawl(self, maxdepth: int | None = None) -> Iterator[tuple[str, str]]:
        """Every file below it as (its URI or path, the file's name within it), sorted; nothing is downloaded.

        Args:
            maxdepth: 1 for the directory alone; None for all depths.

        Raises:
            FileNotFoundError: It is not there.
            RemoteError: It is elsewhere and cannot be reached.
        """
        for name in self._names(maxdepth):
            yield self.uri, name

    def walk(self, maxdepth: int | None = None) -> Iterator[File]:
        """Every file below it, sorted by its name within it; nothing is downloaded. Otherwise as `crawl`."""
        for name in self._names(maxdepth):
            yield self.file(name)

    def __truediv__(self, name: str | os.PathLike[str]) -> Path:
        return Path(self.path) / name

    def _make_place(self, place: Path) -> None:
        place.mkdir(parents=True)

    def _fetch(self, place: Path) -> None:
        from volant.sdk import remote

        remote.fetch_tree(self.uri, place)

    def _entries(self) -> list[tuple[str, bool]]:
        if not self.is_remote:
            return sorted((each.name, each.is_dir()) for each in Path(self.path).iterdir())
        from volant.sdk import remote

        return [(each.name, each.is_directory) for each in remote.entries(self.uri)]

    def _names(self, maxdepth: int | None) -> list[str]:
        if self.is_remote:
            from volant.sdk import remote

            return remote.walk(self.uri, maxdepth)
        top = Path(self.path)
        found = (each.relative_to(top) for each in top.rglob("*") if each.is_file())
        return sorted(each.as_posix() for each in found if maxdepth is None or len(each.parts) <= maxdepth)
