"""Making files and folders survive a power cut."""

import errno
import fcntl
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path


def sync(handle: int) -> None:
    """Wait until what was written to an open file or folder is on the medium."""
    if sys.platform == "darwin":
        # fsync leaves the bytes in the disk's own cache there.
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: what was created, renamed or removed there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        sync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and what lies above it, with durable names."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    sync_folder(folder.parent)


def is_full(folder: Path) -> bool:
    """Whether a disk has so little left (under 1 MiB) that an error there means "full"."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free < 1024 * 1024
    return False


def fix_of(error: OSError) -> str:
    """What a person can do about an error of the operating system's on a file."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space on that disk"
    return "check the folder and its rights"
