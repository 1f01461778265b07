"""What a job finds and must leave as it was: environment, folder, streams, signal handlers, no children."""

import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from volant.kit import processes

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCHLD")
)


class Surroundings:
    """A picture of this process, taken before a job."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the picture, then add the job's own `environment`."""
        self._environment = _raw_environment().copy()
        self._folder = _folder()
        self._handlers = [signal.getsignal(number) for number in _SIGNALS]
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        os.environ.update(environment)

    def restore(self) -> None:
        """Put everything back, and end what the job left running."""
        self._restore_environment()
        if self._folder and _folder() != self._folder:
            with contextlib.suppress(OSError):
                os.chdir(self._folder)
        signal.alarm(0)
        for number, handler in zip(_SIGNALS, self._handlers, strict=True):
            _restore_handler(number, handler)
        flush()
        sys.stdin, sys.stdout, sys.stderr = self._streams
        processes.end_children()

    def _restore_environment(self) -> None:
        now, before = _raw_environment(), self._environment
        if now == before:
            return
        for key in now.keys() - before.keys():
            os.unsetenv(key)
            del now[key]
        for key, value in before.items():
            if now.get(key) != value:
                os.environ[os.fsdecode(key)] = os.fsdecode(value)


def flush() -> None:
    """Bring what is printed to the log."""
    for stream in (sys.stdout, sys.stderr):
        # The job may have closed or replaced it with anything.
        with contextlib.suppress(Exception):
            stream.flush()


def reset_signals() -> None:
    """What a fresh process has: nothing of the zygote's stays."""
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def _raw_environment() -> dict[bytes, bytes]:
    # What `os.environ` keeps inside: it is on the way of every job, and decoding all of it takes 100 µs.
    raw: dict[bytes, bytes] = vars(os.environ)["_data"]
    return raw


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - on the way of every job, and ten times cheaper
    except FileNotFoundError:
        return ""


def _restore_handler(number: int, handler: Any) -> None:
    # None: set by C code; Python cannot put that back.
    if handler is not None and signal.getsignal(number) is not handler:
        signal.signal(number, handler)
