"""Says to people what takes long: one line on a terminal for anything over a second."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from volant.cli.errors import note

LIMIT_S = 1.0


@contextmanager
def patience(what: str, limit_s: float = LIMIT_S) -> Iterator[None]:
    """Print "what …" if the body takes longer than `limit_s` seconds; nothing where nobody looks on."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(limit_s, note, (f"{what} …",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
