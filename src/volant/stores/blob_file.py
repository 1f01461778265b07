"""Blobs as files of this machine: written beside their place, synced, then renamed into it."""

import os
import shutil
from pathlib import Path
from urllib.parse import quote, unquote

from volant.base.errors import StoreFault, UserError
from volant.kit import durable
from volant.stores.disk_errors import fix_of
from volant.stores.refusals import no_blob, too_large

_SCHEME = "file://"


class FileBlobStore:
    """`contracts.blob.BlobStore` over local files; reads and writes any file:// URI.

    Args:
        root_path: Folder for its own things; made when first written to.
    """

    def __init__(self, root_path: Path) -> None:
        self._folder = root_path.absolute()
        self.root = self._folder.as_uri()

    def write(self, uri: str, data: bytes) -> None:
        """Put `data` there, replacing what was; durable when this returns."""
        path = _path(uri)
        try:
            durable.write_file(path, data)
        except OSError as error:
            raise _fault("cannot write", path, error) from error

    def read(self, uri: str, limit: int | None = None) -> bytes:
        """All of it."""
        path = _path(uri)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if limit is not None and size > limit:
                    raise too_large(uri, size, limit)
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise no_blob(uri) from error
        except OSError as error:
            raise _fault("cannot read", path, error) from error

    def size(self, uri: str) -> int | None:
        """Its size in bytes; None where there is no such file."""
        path = _path(uri)
        return path.stat().st_size if path.is_file() else None

    def list(self, prefix: str) -> list[str]:
        """URIs of the files below a folder, sorted."""
        folder = _path(prefix)
        base = prefix.rstrip("/")
        found = (
            f"{base}/{quote(str((Path(where) / name).relative_to(folder)))}"
            for where, _, names in os.walk(folder)
            for name in names
            if not name.startswith(durable.UNFINISHED)
        )
        return sorted(found)

    def delete(self, prefix: str) -> None:
        """Remove a file, or a folder with all below."""
        path = _path(prefix)
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise _fault("cannot delete", path, error) from error

    def local_path(self, uri: str) -> str | None:
        """The path behind a file:// URI; None for any other."""
        return str(_path(uri)) if uri.startswith(_SCHEME) else None


def _path(uri: str) -> Path:
    path = unquote(uri.removeprefix(_SCHEME))
    if not uri.startswith(_SCHEME) or not path.startswith("/") or "\0" in path:
        raise UserError(f"{uri!r} is not a file of this machine", fix="use an absolute file:/// URI")
    return Path(path)


def _fault(what: str, path: Path, error: OSError) -> StoreFault:
    return StoreFault(f"{what} {path}: {error.strerror or error}", fix=fix_of(error))
