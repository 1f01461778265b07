"""Children that are meant to outlive this process: nobody waits for them, their zombies are taken away."""

import contextlib
import os
import subprocess

_left: set[int] = set()


def leave(process: subprocess.Popen[bytes]) -> int:
    """Do not wait for this child; its pid."""
    reap()
    _left.add(process.pid)
    # Popen warns about children nobody waited for; this one is left alone on purpose.
    process.returncode = 0
    return process.pid


def reap() -> None:
    """Take away the zombies of those that are over."""
    for pid in list(_left):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
        _left.discard(pid)
