"""Which process is this, does it live, what belongs to it. A pid alone is never trusted: it may be reused."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 200
"""Tries; a child that may not be killed (sudo) must not hold up its parent for ever."""

_ZOMBIE = frozenset({"Z", "X"})


class Process(NamedTuple):
    """A process of this machine, told from every later one with its pid.

    Attributes:
        pid: As the system numbers it.
        started: When it began, as the system tells it; only good for comparing.
    """

    pid: int
    started: float


def identify(pid: int) -> Process | None:
    """The process that has this pid now; None where there is none, or only a zombie."""
    state, started = _state(pid)
    return None if state in _ZOMBIE or not state else Process(pid, started)


def is_alive(process: Process) -> bool:
    """Whether it, and not another with its pid, still runs. Zombies do not."""
    return identify(process.pid) == process


def descendants(pid: int) -> list[Process]:
    """Its children, theirs, and so on, as far as they live."""
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [found for child in children if (found := identify(child.pid))]


def family(process: Process) -> list[Process]:
    """It, its descendants and its process group, as far as they live."""
    own = [process, *descendants(process.pid)] if is_alive(process) else []
    group = [found for pid in psutil.pids() if _group_of(pid) == process.pid and (found := identify(pid))]
    return list(dict.fromkeys(own + group))


def signal_each(members: Iterable[Process], number: signal.Signals) -> None:
    """Send a signal to each that still is what it was; those that may not be sent one are left out."""
    for member in members:
        if is_alive(member):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member.pid, number)


def kill(members: Iterable[Process]) -> None:
    """SIGKILL each that still is what it was."""
    signal_each(members, signal.SIGKILL)


def is_linux() -> bool:
    """Whether what only Linux has may be used. VOLANT_PORTABLE=1 says no: so the fallbacks are tested on Linux too."""
    return sys.platform == "linux" and os.environ.get("VOLANT_PORTABLE") != "1"


def adopt_orphans() -> None:
    """Make this process the parent of orphaned descendants, so that `end_children` finds every one.

    Linux only; elsewhere a descendant that left both its parent and the process group is not found.
    """
    if is_linux():
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children() -> None:
    """Kill and reap every descendant of this process. Costs one system call where there is none."""
    for _ in range(_PATIENCE):
        if not _has_children():
            return
        kill(descendants(os.getpid()))
        time.sleep(0.005)


def resident_bytes(pid: int) -> int:
    """Memory a process and its descendants hold now; 0 where it is gone."""
    try:
        top = psutil.Process(pid)
        members = [top, *top.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_resident(member) for member in members)


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _resident(member: psutil.Process) -> int:
    try:
        return int(member.memory_info().rss)
    except psutil.Error:
        return 0


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def _state(pid: int) -> tuple[str, float]:
    if not is_linux():
        return _state_by_psutil(pid)
    try:
        # Fields 3 and 22, counted behind the name, which may hold anything but ends at the last ")".
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0.0
    return fields[0].decode(), float(fields[19])


def _state_by_psutil(pid: int) -> tuple[str, float]:
    try:
        found = psutil.Process(pid)
        return ("Z" if found.status() == psutil.STATUS_ZOMBIE else "R"), found.create_time()
    except psutil.Error:
        return "", 0.0
