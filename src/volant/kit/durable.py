"""Files that are there whole or not at all, and survive the loss of power."""

import os
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Put `data` there, replacing what was; durable when this returns. Makes the folder."""
    fresh = _write_beside(path, data)
    fresh.replace(path)
    sync_folder(path.parent)


def claim_file(path: Path, data: bytes) -> bool:
    """Put `data` there unless something is there already; of many who try, one gets True."""
    fresh = _write_beside(path, data)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_beside(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.parent / f".{path.name}.{os.getpid()}"
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return fresh
