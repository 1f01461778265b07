"""Files and directories as values: what is passed is where they are, not what is in them."""

import os
import re
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from volant.sdk.errors import ConversionError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")


class _Located(os.PathLike[str]):
    """Something in a file system.

    Attributes:
        uri: Where it is, as it was given: a path, or a URI.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.uri = os.fspath(path)

    @property
    def path(self) -> str:
        """Its path on this machine.

        Raises:
            ConversionError: It is somewhere else.
        """
        return local_path(self.uri)

    def __fspath__(self) -> str:
        return self.path

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.uri == other.uri

    def __hash__(self) -> int:
        return hash(self.uri)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r})"


class File(_Located):
    """One file. Return it from a task, and the next task gets one to open.

    When a task returns it, its bytes are copied to the run's raw data, so the original may go. As an input it
    names what the producer left. `Annotated[File, "csv"]` gives it a format, which consumers must share.

    Source: flytekit `FlyteFile` (types/file/file.py).
    """

    def open(self, mode: str = "r", *, encoding: str | None = None, newline: str | None = None) -> IO[Any]:
        """Open it as `open` does; text is UTF-8 unless said otherwise.

        Raises:
            OSError: As `open`.
        """
        if encoding is None and "b" not in mode:
            encoding = "utf-8"
        return open(self.path, mode, encoding=encoding, newline=newline)  # noqa: PTH123 - as `open` itself


class Directory(_Located):
    """A directory with all that is below it; copied as a whole, like `File`.

    Source: flytekit `FlyteDirectory` (types/directory/types.py).
    """


def local_path(uri: str) -> str:
    """The path of a `file:` URI or of a plain path.

    Raises:
        ConversionError: The URI is of another scheme.
    """
    found = _SCHEME.match(uri)
    if not found:
        return uri
    if found[1].lower() != "file":
        raise ConversionError(
            f"{uri!r} is not on this machine", fix="this version reads local files only: download it first"
        )
    return unquote(uri.removeprefix(found[0][:-1]).removeprefix("//"))


def file_uri(path: str) -> str:
    """The absolute `file:` URI of a path, quoted; what is a URI already stays as it is."""
    return path if _SCHEME.match(path) else Path(path).absolute().as_uri()
