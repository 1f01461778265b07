"""What a plugin's exception says to its author: what, what to do, and the line of theirs it came from."""

import sysconfig
import traceback
from pathlib import Path

from volant.base.errors import VolantError

_LIBRARY = sysconfig.get_path("stdlib")
_NOT_THEIRS = (
    str(Path(__file__).parents[1]),
    "<",
    *(f"{_LIBRARY}/{name}" for name in ("asyncio/", "concurrent/", "threading.py", "contextlib.py", "json/")),
)


def told_with_place(error: BaseException) -> str:
    """An exception on one line, e.g. "KeyError: 'phase' (warehouse.py:81)".

    What Volant raises on purpose explains itself: its fix is told instead of the place.
    """
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, VolantError):
        return f"{what} (fix: {error.fix})" if error.fix else what
    return f"{what} ({place})" if (place := _place(error)) else what


def _place(error: BaseException) -> str:
    """The deepest line that is neither ours nor of what calls it, as "file.py:line"; "" for none."""
    lines = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    theirs = [each for each in lines if not each[0].startswith(_NOT_THEIRS)]
    return f"{Path(theirs[-1][0]).name}:{theirs[-1][1]}" if theirs else ""
