"""Files that are there whole or not at all, and survive the loss of power.

A file is written beside its place, synced and renamed into it; then its folder is synced, so that the name
survives too.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

UNFINISHED = ".volant-unfinished-"
"""How a file's name begins until it is whole."""


def write_file(path: Path, data: bytes) -> None:
    """Put `data` there, replacing what was; durable when this returns. Makes the folder.

    Raises:
        OSError: It cannot be written; what was there stays.
    """
    put_file(path, lambda unfinished: _write(unfinished, data))


def put_file(path: Path, make: Callable[[Path], object]) -> None:
    """Have a file made beside `path`, then move it there; durable when this returns.

    Args:
        path: Its place; folders above are made.
        make: Writes the file whose path it gets.

    Raises:
        OSError: It cannot be written; what was there stays.
    """
    with _made_beside(path, make) as unfinished:
        unfinished.replace(path)
    sync_folder(path.parent)


def claim_file(path: Path, data: bytes) -> bool:
    """Put `data` there unless something is there already; of many who try, one gets True."""
    with _made_beside(path, lambda unfinished: _write(unfinished, data)) as unfinished:
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True


def copy_file(source: Path, path: Path) -> None:
    """Copy a file's bytes; otherwise as `put_file`."""
    put_file(path, lambda unfinished: shutil.copyfile(source, unfinished))


def make_folder(folder: Path) -> None:
    """Make a folder and what lies above it, with durable names."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: what was created, renamed or removed there."""
    _sync_path(folder)


def sync(handle: int) -> None:
    """Wait until what was written to an open file or folder is on the medium."""
    if sys.platform == "darwin":
        # fsync leaves the bytes in the disk's own cache there.
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


@contextlib.contextmanager
def _made_beside(path: Path, make: Callable[[Path], object]) -> Iterator[Path]:
    make_folder(path.parent)
    unfinished = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    try:
        make(unfinished)
        _sync_path(unfinished)
        yield unfinished
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _sync_path(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        sync(handle)
    finally:
        os.close(handle)
