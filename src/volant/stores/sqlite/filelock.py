"""Locks on files, which the kernel releases when their process dies, however it dies."""

import fcntl
import os
import weakref
from pathlib import Path
from types import TracebackType

_OPEN: "weakref.WeakSet[FileLock]" = weakref.WeakSet()


class FileLock:
    """A lock on a file, made if need be. Two locks on one file conflict within a process too.

    Not for several threads at once. A forked child does not inherit it: else a child that outlives its
    parent would keep the parent's lock.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _OPEN.add(self)

    def exclusive(self) -> None:
        """Wait for it, alone."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def shared(self) -> None:
        """Wait for it, together with other sharers; gives up an exclusive hold first."""
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Take it alone, if nobody else has it."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of it; it can be taken again."""
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of it for good; idempotent."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def is_locked(path: Path) -> bool:
    """Whether somebody holds an exclusive lock on that file; False where there is no such file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at once do not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


class Turnstile:
    """Whose turn it is to write, in order of arrival.

    SQLite's own waiting sleeps 1 to 100 ms between tries, and a plain lock is taken again by who has just
    released it. Here the next writer waits at the gate while another has the turn: who comes back queues
    behind it.
    """

    def __init__(self, folder: Path) -> None:
        self._gate = FileLock(folder / "volant.gate")
        self._turn = FileLock(folder / "volant.turn")

    def __enter__(self) -> None:
        self._gate.exclusive()
        try:
            self._turn.exclusive()
        finally:
            self._gate.release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turn.release()

    def close(self) -> None:
        """Let go of the files; idempotent."""
        self._gate.close()
        self._turn.close()


def _forget_in_child() -> None:
    for lock in tuple(_OPEN):
        lock.close()


os.register_at_fork(after_in_child=_forget_in_child)
