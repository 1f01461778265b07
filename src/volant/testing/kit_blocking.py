"""Counts what blocks the engine's loop: sleeps, connections, processes, files. Counted, never timed.

A sleep is virtual while a life is played: on the loop it is counted and skipped, in the plugin's threads it
takes the loop's time. Everything else is known from Python's own audit events.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from volant.testing.kit_loops import AnyLoop, KitVirtualLoop
from volant.testing.kit_stage import Stage

_EVENTS = frozenset(
    {
        "open", "os.system", "os.posix_spawn", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname",
        "sqlite3.connect", "subprocess.Popen",
    }
)  # fmt: skip
_OURS = ("volant.engine", "volant.launchers", "volant.stores", "volant.testing")
_MACHINERY = frozenset({"importlib", "linecache", "logging", "tokenize", "traceback", "warnings"})
"""Reads sources and modules at times nobody chose."""


class _Ear:
    """What listens now; an audit hook can never be taken off again."""

    stage: Stage | None = None
    thread = 0
    is_hooked = False


@contextmanager
def counted(loop: AnyLoop, stage: Stage) -> Iterator[None]:
    """Count on behalf of a life whose loop runs in this thread, as long as the body lasts."""
    if not _Ear.is_hooked:
        _Ear.is_hooked = True
        sys.addaudithook(_heard)
    real = time.sleep
    _Ear.stage, _Ear.thread = stage, threading.get_ident()
    time.sleep = _sleep(loop, stage, real)
    try:
        yield
    finally:
        time.sleep = real
        _Ear.stage = None


def _sleep(loop: AnyLoop, stage: Stage, real: Any) -> Any:
    mine = threading.get_ident()

    def sleep(seconds: float) -> None:
        """Sleep, in the life's own time."""
        here = threading.get_ident()
        if here == mine:
            stage.blocked(f"time.sleep({seconds:g})")
        elif here in loop.threads.idents and isinstance(loop, KitVirtualLoop):
            stage.mortal.check()
            loop.wait_in_thread(asyncio.sleep(seconds))
        else:
            real(seconds)

    return sleep


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    stage = _Ear.stage
    if stage is None or event not in _EVENTS or threading.get_ident() != _Ear.thread:
        return
    if is_the_plugins(sys._getframe(1), stage.service):  # noqa: SLF001  the only way to the caller's frame
        stage.blocked(f"{event}({', '.join(repr(each) for each in arguments[:2])})")


def is_the_plugins(frame: FrameType | None, service: object) -> bool:
    """Whether the nearest frame that acts on its own is neither ours, nor the double's, nor an import.

    The standard library, `volant.kit` and psutil (our launchers') only act for who called them.
    """
    while frame is not None:
        if service is not None and frame.f_locals.get("self") is service:
            return False
        module = str(frame.f_globals.get("__name__", ""))
        root = module.partition(".")[0]
        if root in _MACHINERY:
            return False
        if root not in sys.stdlib_module_names and root != "psutil" and not module.startswith("volant.kit."):
            return not module.startswith(_OURS)
        frame = frame.f_back
    return False
