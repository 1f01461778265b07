"""Files as values: what is passed is where they are, not what is in them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, Self, TextIO, TypeAlias, overload

from volant.sdk.located import Located, RemotePath, new_place
from volant.sdk.uris import local_path

JSON: TypeAlias = dict[str, Any] | list[Any] | bool | float | int | str
"""One line of JSON lines: `Iterator[JSON]` is passed as a .jsonl file, which is read as it is asked for."""


class File(Located):
    """One file. Return it from a task, and the next task gets one to open.

    It is lazy: until its `path` is asked for, by you or by a library that takes paths, nothing is downloaded, and
    `open` reads a file elsewhere as a stream.

        @task
        def count(lines: File) -> int:          # --lines s3://flights/2013.csv
            with lines.open() as file:
                return sum(1 for _ in file)

    When a task returns one on this machine, its bytes are copied to the run's raw data, so the original may go. One
    given by URI (`s3://…`, `https://…`, `file:///…`) is passed as it is, never copied. A task may also return the
    bare path or URI as a `str` or `Path`. `Annotated[File, "csv"]`, shorter `File["csv"]`, gives it a format, which
    consumers must share; what is known to begin otherwise (png, pdf, parquet …) is refused.

    Args:
        path: A path, or a URI of any scheme fsspec knows.
        remote_path: A URI or path to copy to instead of the raw data; False to copy nothing and pass the path itself,
            which is right where all tasks see one file system.
        metadata: Texts to travel with the file.
        format: What it holds, where its type does not say so.

    Source: flytekit `FlyteFile` (types/file/file.py). Of it, `downloader` does not exist here, `remote_source` is
    `uri`, `from_source(uri)` is `File(uri)`, and `new_remote_file(name)` is `File.new(name)`.
    """

    wire_name = "File"
    has_metadata = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        remote_path: RemotePath = None,
        metadata: Mapping[str, str] | None = None,
        format: str = "",
        is_new: bool = False,
    ) -> None:
        super().__init__(path, remote_path=remote_path, format=format, is_new=is_new)
        self.metadata: dict[str, str] = dict(metadata or (path.metadata if isinstance(path, File) else {}))

    @classmethod
    def new(cls, name: str) -> "File":
        """A new file for this task to write and return, straight in the run's raw data: no copy is made.

        Write it by `open("w")`, a stream also where the raw data are elsewhere, or have a library write to its
        `path`.

        Args:
            name: Its last name, e.g. "flights.csv".

        Raises:
            ValueError: The name leads out of its folder.
        """
        return cls(new_place(name), is_new=True)

    @overload
    def open(
        self,
        mode: Literal["r", "rt", "w", "wt", "a", "at", "x", "xt"] = "r",
        *,
        encoding: str | None = None,
        newline: str | None = None,
        **options: Any,
    ) -> TextIO: ...
    @overload
    def open(self, mode: Literal["rb", "wb", "ab", "xb"], **options: Any) -> BinaryIO: ...
    @overload
    def open(
        self, mode: str, *, encoding: str | None = None, newline: str | None = None, **options: Any
    ) -> IO[Any]: ...
    def open(
        self, mode: str = "r", *, encoding: str | None = None, newline: str | None = None, **options: Any
    ) -> IO[Any]:
        """Open it as `open` does; text is UTF-8 unless said otherwise. What is elsewhere is streamed.

        Args:
            mode: As of `open`; "+" needs a file on this machine.
            encoding: Of text.
            newline: As of `open`.
            options: How fsspec reads ahead, e.g. `cache_type="readahead"`; a file on this machine has no use for them.

        Raises:
            OSError: As `open`.
            RemoteError: It is elsewhere and cannot be reached; trying again may help.
            ConversionError: It is elsewhere, and a library to reach it is missing.
        """
        if encoding is None and "b" not in mode:
            encoding = "utf-8"
        if not self.is_remote:
            return open(local_path(self.uri), mode, encoding=encoding, newline=newline)  # noqa: PTH123 - as `open`
        from volant.sdk import remote

        return remote.open_uri(self.uri, mode, encoding=encoding, newline=newline, **options)

    def size(self) -> int:
        """Its bytes; asks the other side, downloads nothing.

        Raises:
            FileNotFoundError: It is not there.
            RemoteError: It is elsewhere and cannot be reached.
            io.UnsupportedOperation: It is elsewhere, and the other side does not say.
        """
        if not self.is_remote:
            return Path(local_path(self.uri)).stat().st_size
        from volant.sdk import remote

        return remote.size(self.uri)

    def plain(self, uri: str) -> dict[str, Any]:
        """Its form in documents, with this URI for its own; metadata only where there are some."""
        return {"path": uri, **({"metadata": self.metadata} if self.metadata else {})}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Of its form in documents."""
        return cls(plain["path"], metadata=plain.get("metadata"))

    def _fetch(self, place: Path) -> None:
        from volant.sdk import remote

        remote.fetch_file(self.uri, place)
