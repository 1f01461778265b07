"""A run's events behind a cursor, for whoever watches from a thread.

Watchers look ten times a second instead of heeding the store's bell: under load that rings for every commit, and
whoever looks on must not slow down the engine in the same process.
"""

from volant.base.ids import RunId
from volant.contracts.journal import Journal
from volant.contracts.rows import EventRow

LOOK_S = 0.1
"""How often watchers look, in seconds."""

_PAGE = 1000


class Feed:
    """Reads each event of a run once."""

    def __init__(self, journal: Journal, run: RunId, after: int = 0) -> None:
        """Of `run`, those with `seq` above `after`."""
        self._journal = journal
        self._run = run
        self._after = after

    def read(self) -> list[EventRow]:
        """What happened since the last call, in order.

        Raises:
            NotFoundError: No such run.
        """
        found: list[EventRow] = []
        while page := self._journal.events(self._run, self._after, _PAGE):
            found.extend(page)
            self._after = page[-1].seq
        return found
