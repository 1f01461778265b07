"""Breaks off what hangs in real time: a lock, a queue, a future waited for, an endless loop."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from volant.testing.kit_blocking import is_the_plugins

HUNG_S = 20.0
"""No life takes as long in virtual time, however slow the machine; of one in real time it is what it may take more."""

_SIGNAL = signal.SIGUSR2


@contextmanager
def watched(hung: Callable[[FrameType | None], None], seconds: float) -> Iterator[None]:
    """Interrupt this thread by `hung`, which may raise, if the body takes longer.

    Only the main thread can be interrupted; elsewhere nothing is watched.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = False

    def interrupted(_: int, frame: FrameType | None) -> None:
        if not is_over:
            hung(frame)

    before = signal.signal(_SIGNAL, interrupted)
    timer = threading.Timer(seconds, signal.pthread_kill, (threading.get_ident(), _SIGNAL))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        is_over = True
        timer.cancel()
        timer.join()
        signal.signal(_SIGNAL, before)


def place_of(frame: FrameType | None, service: object) -> str:
    """Where a plugin is, e.g. "my_plugin.py:12, in check_task_status"; "" if this is not its doing."""
    if not is_the_plugins(frame, service):
        return ""
    while frame is not None and _only_serves(frame):
        frame = frame.f_back
    assert frame is not None, "it was the plugin's"
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}, in {frame.f_code.co_name}"


def place_of_thread(idents: set[int], service: object) -> str:
    """The same of the first of these threads that is in the plugin."""
    frames = sys._current_frames()  # noqa: SLF001  the only way to another thread's frame
    places = (place_of(frames.get(ident), service) for ident in sorted(idents))
    return next((place for place in places if place), "")


def _only_serves(frame: FrameType) -> bool:
    """Whether it only acts for who called it: the standard library, and our kit."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in {*sys.stdlib_module_names, "volant"}
