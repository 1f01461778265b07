"""Time, as the engine sees it. Tests move it; production reads the system's.

Moments are integers: microseconds since 1970, UTC, in names that end in `_us`. One type for rows, timers and
events keeps the hot path free of conversions; people see `datetime`s made by `moment`.
"""

import datetime as dt
import time
from typing import Protocol

SECOND_US = 1_000_000


class Clock(Protocol):
    """Where the engine reads the time."""

    def now_us(self) -> int:
        """Microseconds since 1970, UTC; never runs backwards within a process."""
        ...


class SystemClock:
    """The wall clock, held monotonic: a step back of the system's clock is not passed on."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        return (time.monotonic_ns() + self._offset) // 1000


def moment(us: int) -> dt.datetime:
    """An aware UTC datetime of a moment in microseconds."""
    return dt.datetime.fromtimestamp(us / SECOND_US, dt.UTC)


def micros(duration: dt.timedelta) -> int:
    """A duration in whole microseconds."""
    return duration // dt.timedelta(microseconds=1)
