"""A clock one moves."""

import datetime as dt


class MovedClock:
    """Time that passes only when told to.

    Attributes:
        us: Now, in microseconds since 1970.
    """

    def __init__(self, us: int = 1_700_000_000_000_000) -> None:
        self.us = us

    def now_us(self) -> int:
        """Now."""
        return self.us

    def move_to(self, us: int) -> None:
        """Let time pass until `us`; never back."""
        self.us = max(self.us, us)

    def advance(self, by: dt.timedelta) -> None:
        """Let `by` pass."""
        self.us += by // dt.timedelta(microseconds=1)
