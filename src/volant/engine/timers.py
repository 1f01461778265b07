"""When to do what next: a heap of moments. A timer that is no longer wanted is dropped when it comes up."""

from heapq import heappop, heappush
from typing import Literal, NamedTuple, TypeAlias

from volant.base.ids import ActionName, RunId

TimerKind: TypeAlias = Literal["look", "deadline", "patience", "retry_call", "reservation"]


class Timer(NamedTuple):
    """One moment. Ordered by time, then by the order in which they were set."""

    due_us: int
    number: int
    kind: TimerKind
    run: RunId
    action: ActionName
    attempt: int


class Timers:
    """The engine's moments."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._count = 0

    def set(self, due_us: int, kind: TimerKind, run: RunId, action: ActionName, attempt: int = 0) -> None:
        """Come back to that at `due_us`."""
        self._count += 1
        heappush(self._heap, Timer(due_us, self._count, kind, run, action, attempt))

    def next_us(self) -> int | None:
        """The next moment; None where nothing is due ever."""
        return self._heap[0].due_us if self._heap else None

    def due(self, now_us: int, limit: int) -> list[Timer]:
        """Take what is due, oldest first, at most `limit`."""
        taken: list[Timer] = []
        while self._heap and self._heap[0].due_us <= now_us and len(taken) < limit:
            taken.append(heappop(self._heap))
        return taken
