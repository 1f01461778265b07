"""Where values too big for a literal go: whole files under the attempt's own prefix."""

import secrets
from collections.abc import Callable
from pathlib import Path

from volant.kit import durable
from volant.sdk.errors import ConversionError
from volant.sdk.files import file_uri, local_path


class RawData:
    """A place for files, named by URI.

    Args:
        prefix: A `file:` URI under which new files go; "" where none may be written: files that exist are
            then passed by reference, everything else is refused.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix.rstrip("/")

    def put(self, name: str, make: Callable[[Path], object]) -> str:
        """Have a file made, durably.

        Args:
            name: The last part of its name.
            make: Writes the file whose path it gets.

        Returns:
            URI of the folder it lies in, which holds nothing else.

        Raises:
            ConversionError: No file may be written here.
            OSError: It cannot be written.
        """
        folder = self._folder()
        durable.put_file(folder / name, make)
        return file_uri(str(folder))

    def keep_file(self, path: Path) -> str:
        """URI of a copy of this file that stays; of the file itself where none may be written."""
        if not self.prefix:
            return file_uri(str(path))
        kept = self._folder() / (path.name or "file")
        durable.copy_file(path, kept)
        return file_uri(str(kept))

    def keep_directory(self, path: Path) -> str:
        """URI of a copy of this directory that stays; of itself where none may be written."""
        if not self.prefix:
            return file_uri(str(path))
        kept = self._folder() / (path.name or "directory")
        durable.copy_tree(path, kept)
        return file_uri(str(kept))

    def _folder(self) -> Path:
        if not self.prefix:
            raise ConversionError(
                "such a value needs a file, and only a running task may write one",
                fix="make it in a task and pass what the task returns",
            )
        return Path(local_path(self.prefix)) / secrets.token_hex(8)
