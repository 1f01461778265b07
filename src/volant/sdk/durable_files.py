"""Files that are whole or not there, and stay: written beside their place, synced, renamed into it."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Put `data` there; durable when this returns.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".volant-unfinished-{secrets.token_hex(8)}")
    try:
        make(unfinished)
        _sync(unfinished)
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
    _sync(path.parent)


def copy_file(source: Path, path: Path) -> None:
    """Copy a file's bytes; otherwise as `put_file`."""
    put_file(path, lambda unfinished: shutil.copyfile(source, unfinished))


def copy_tree(source: Path, path: Path) -> None:
    """Copy a directory and all below it to `path`, which must not exist; durable when this returns.

    Raises:
        OSError: It cannot be copied.
    """
    path.mkdir(parents=True)
    for each in sorted(source.iterdir()):
        if each.is_dir():
            copy_tree(each, path / each.name)
        else:
            copy_file(each, path / each.name)
    _sync(path.parent)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
