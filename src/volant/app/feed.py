"""A run's events as they come, for whoever watches from a thread."""

import threading

from volant.base.ids import RunId
from volant.contracts.journal import Journal
from volant.contracts.rows import EventRow

_PAGE = 1000


class Feed:
    """Reads a run's events behind a cursor, and waits for more. A context manager.

    Attributes:
        bell: Set whenever something may have changed; anyone may set it to have the watcher look.
    """

    def __init__(self, journal: Journal, run: RunId, after: int = 0) -> None:
        self.bell = threading.Event()
        self.bell.set()
        self._journal = journal
        self._run = run
        self._after = after
        self._subscription = journal.listen(self.bell.set)

    def wait(self, timeout: float) -> list[EventRow]:
        """What happened since the last call, in order; waits up to `timeout` seconds for something."""
        if self.bell.wait(timeout):
            self.bell.clear()
        return self.read()

    def read(self) -> list[EventRow]:
        """What happened since the last call."""
        found: list[EventRow] = []
        while page := self._journal.events(self._run, self._after, _PAGE):
            found.extend(page)
            self._after = page[-1].seq
        return found

    def __enter__(self) -> "Feed":
        return self

    def __exit__(self, *_: object) -> None:
        self._subscription.close()
