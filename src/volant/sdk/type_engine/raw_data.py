"""Where values too big for a literal go: whole files under the attempt's own prefix, on this machine or elsewhere."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from volant.kit import durable
from volant.sdk import remote, trees
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File
from volant.sdk.located import Located, random_name
from volant.sdk.type_engine import signatures
from volant.sdk.uris import below, file_uri, is_remote, local_path


class RawData:
    """A place for files, named by URI.

    What lies under it on this machine is durable before its URI is given out. Each thing has a folder of its own with
    a name drawn by lot: 32 hexadecimal digits, as flytekit has them.

    Args:
        prefix: A URI under which new files go, of any scheme; "" where none may be written: files that exist are
            then passed by reference, everything else is refused.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix.rstrip("/")

    def put(self, name: str, make: Callable[[Path], object]) -> str:
        """Have a file made.

        Args:
            name: The last part of its name.
            make: Writes the file whose path it gets.

        Returns:
            URI of the folder it lies in, which holds nothing else.

        Raises:
            ConversionError: No file may be written here.
            OSError: It cannot be written.
            RemoteError: It cannot be uploaded just now.
        """
        folder = self._folder()
        if is_remote(folder):
            with tempfile.TemporaryDirectory(prefix="volant-") as near:
                make(Path(near, name))
                remote.put_file(Path(near, name), below(folder, name))
        else:
            durable.put_file(Path(local_path(folder), name), make)
        return folder

    def keep(self, value: Located, form: str = "") -> str:
        """URI to pass a file or directory on by: of a copy that stays, or its own, where it was given by URI.

        Args:
            value: The file or directory.
            form: The format its type says, or "".

        Raises:
            ConversionError: It is not there, or not of the format.
            OSError: It cannot be copied.
            RemoteError: It cannot be uploaded just now.

        Source: the tables in flytekit's `FlyteFile` and `FlyteDirectory`.
        """
        keep = self.keep_directory if isinstance(value, Directory) else self.keep_file
        unsaved = value.unsaved
        if unsaved is not None:
            return keep(unsaved, value.uri)
        if value.is_remote:
            return value.uri
        path = existing(value)
        if value.remote_path is False or (value.uri.startswith("file:") and not value.remote_path):
            self.settle(value.uri)
            return file_uri(value.uri)
        _check(path, form if isinstance(value, File) else "")
        return keep(path, value.remote_path or "")

    def keep_file(self, path: Path, target: str = "") -> str:
        """URI of a copy of this file that stays; of the file itself where none may be written.

        Args:
            path: The file.
            target: URI the copy gets; "" for a place of its own here.

        Raises:
            OSError: It cannot be copied.
            RemoteError: It cannot be uploaded just now.
        """
        if not self.prefix:
            return file_uri(str(path))
        target = target or below(self._folder(), path.name or "file")
        if is_remote(target):
            remote.put_file(path, target)
        else:
            trees.copy_file(path, Path(local_path(target)))
        return target

    def keep_directory(self, path: Path, target: str = "") -> str:
        """URI of a copy of this directory that stays; of itself where none may be written. Otherwise as `keep_file`."""
        if not self.prefix:
            return file_uri(str(path))
        target = target or self._folder()
        if is_remote(target):
            remote.put_tree(path, target)
        else:
            trees.copy(path, Path(local_path(target)))
        return target

    def settle(self, uri: str) -> None:
        """Make durable what a task wrote straight to a place under the prefix; nothing for other places."""
        if not self.prefix or is_remote(uri) or not uri.startswith(f"{self.prefix}/"):
            return
        path = Path(local_path(uri))
        trees.settle(path)
        top = Path(local_path(self.prefix))
        for above in path.parents:
            durable.sync_folder(above)
            if above == top.parent:
                break

    def _folder(self) -> str:
        if not self.prefix:
            raise ConversionError(
                "such a value needs a file, and only a running task may write one",
                fix="make it in a task and pass what the task returns",
            )
        return below(self.prefix, random_name())


def existing(value: Located) -> Path:
    """The path of a file or directory on this machine.

    Raises:
        ConversionError: There is none of its kind.
    """
    path, word = Path(local_path(value.uri)), value.wire_name.lower()
    if path.is_dir() if word == "directory" else path.is_file():
        return path
    if path.exists():
        kind = "Directory" if word == "file" else "File"
        raise ConversionError(f"{str(path)!r} is not a {word}", fix=f"declare {kind}, or name a {word}")
    fix = f"check the path; a relative one starts from {str(Path.cwd())!r}"
    raise ConversionError(f"there is no {word} {str(path)!r}", fix=fix)


def _check(path: Path, form: str) -> None:
    other = signatures.belies(path, form)
    if other:
        raise ConversionError(
            f"{str(path)!r} should be {form}, but begins as {other} does",
            fix=f"write {form} into it, or declare another format",
        )
