"""What the operating system's errors on files mean to a person."""

import errno
import shutil
from contextlib import suppress
from pathlib import Path


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
