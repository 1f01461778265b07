"""Tells when a process ends that may be no child of ours."""

import asyncio
import os
from collections.abc import Callable

from volant.kit import processes

_LOOK_S = 0.05


def when_gone(loop: asyncio.AbstractEventLoop, process: processes.Process, call: Callable[[], None]) -> None:
    """Call `call` once, later, on the loop, when the process is over; at once where it is already."""
    fd = _open(process)
    if fd is None:
        _look(loop, process, call)
        return

    def gone() -> None:
        loop.remove_reader(fd)
        os.close(fd)
        call()

    loop.add_reader(fd, gone)


def _open(process: processes.Process) -> int | None:
    if not processes.is_linux():
        return None
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        return None
    if processes.is_alive(process):
        return fd
    # Another process may have that pid by now.
    os.close(fd)
    return None


def _look(loop: asyncio.AbstractEventLoop, process: processes.Process, call: Callable[[], None]) -> None:
    if processes.is_alive(process):
        loop.call_later(_LOOK_S, _look, loop, process, call)
    else:
        loop.call_soon(call)
