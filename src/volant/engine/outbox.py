"""Changes on their way to the journal, in order, each with what may only happen once it is durable."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from volant.base.ids import RunId
from volant.contracts.rows import Change
from volant.engine.run_state import CallKind, Live, RunState


class Call(NamedTuple):
    """Call an attempt's plugin."""

    run: RunState
    live: Live
    kind: CallKind


class Saved(NamedTuple):
    """A change of an attempt's row is durable: its plugin may be called."""

    run: RunState
    live: Live


class RunOver(NamedTuple):
    """A run's end is durable."""

    run: RunState


Effect: TypeAlias = Saved | RunOver


class Group(NamedTuple):
    """What is committed at once."""

    changes: list[Change]
    effects: list[tuple[RunId, Effect]]


class Outbox:
    """Changes and effects in the order in which they were made."""

    def __init__(self) -> None:
        self._entries: deque[tuple[Change, tuple[Effect, ...]]] = deque()
        self._urgent = 0
        self.lazy_since_us = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for what is in here."""
        return self._urgent > 0

    def put(self, change: Change, effects: Iterable[Effect] = (), *, urgent: bool, now_us: int) -> None:
        """Add one change; an informative one (not urgent) may wait for company."""
        if not self._entries:
            self.lazy_since_us = now_us
        self._entries.append((change, tuple(effects)))
        self._urgent += urgent

    def hurry(self) -> None:
        """Somebody waits now for what is in here."""
        self._urgent += bool(self._entries)

    def take(self, limit: int) -> Group:
        """The oldest changes, at most `limit`, with their effects."""
        group = Group([], [])
        while self._entries and len(group.changes) < limit:
            change, effects = self._entries.popleft()
            group.changes.append(change)
            group.effects.extend((change.run, effect) for effect in effects)
        self._calm()
        return group

    def drop(self, run: RunId) -> None:
        """Forget what is not committed of a run that is not ours any more."""
        self._entries = deque(entry for entry in self._entries if entry[0].run != run)
        self._calm()

    def _calm(self) -> None:
        if not self._entries:
            self._urgent = 0
