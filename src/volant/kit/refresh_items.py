"""The items of an `AutoRefreshCache`: which are due, in which calls, who goes when it is full. No time, no threads.

Moments are seconds of the event loop. An item in a call is not scheduled; it is again when the call lands.
"""

import heapq
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import count, islice
from typing import Generic, NamedTuple, TypeVar

from msgspec import UNSET, Struct, UnsetType

T = TypeVar("T")


class Failures(NamedTuple):
    """How calls about an item have failed.

    Attributes:
        times: How many in a row; 0 after one that succeeded.
        last: What the last one raised; "" for none.
    """

    times: int
    last: str


NO_FAILURES = Failures(0, "")

FIRST_BACK_OFF_S = 1.0
"""The shortest first wait after a failure: a service that restarts has not failed, however short the refresh."""


class Pace(Struct, frozen=True, kw_only=True):
    """When items are asked about. In seconds.

    Attributes:
        refresh_s: The longest wait after an answer.
        jitter: The share of it by which calls may come early.
        max_back_off_s: The longest wait after a failure.
        batch: Items in one call, at most.
        capacity: Items kept, at most.
    """

    refresh_s: float
    jitter: float
    max_back_off_s: float
    batch: int
    capacity: int

    @property
    def window_s(self) -> float:
        """How early an item may be taken along by a call about others.

        Half a refresh: a call that is not full then leaves nothing to ask about for so long, whatever the order in
        which items came; full calls of many items hardly use it.
        """
        return self.refresh_s / 2

    def back_off_s(self, failures: int) -> float:
        """The wait after so many failures in a row."""
        first = max(self.refresh_s, FIRST_BACK_OFF_S)
        return min(first * 2.0 ** min(failures - 1, 30), self.max_back_off_s)


class Flight(NamedTuple, Generic[T]):
    """An item in a call, as it was when the call was made."""

    name: str
    version: int
    item: T


class Entry(Generic[T]):
    """An item and what is known of it.

    Attributes:
        version: Another one whenever its owner sets it, so that an answer about the item before is recognized.
        turn: Of its place in the schedule; 0 while it has none.
        hurried: Somebody asked for news while a call was under way.
        alone: It makes calls fail: it gets its own.
    """

    __slots__ = ("alone", "failures", "hurried", "item", "synced_us", "turn", "version")

    def __init__(self, item: T) -> None:
        self.item = item
        self.version = 0
        self.turn = 0
        self.hurried = False
        self.alone = False
        self.failures = NO_FAILURES
        self.synced_us = 0


class Items(Generic[T]):
    """All items. The order of `_entries`: never asked about, newest first; then by when they were, latest last."""

    def __init__(self, pace: Pace, is_terminal: Callable[[T], bool]) -> None:
        self._pace = pace
        self._is_terminal = is_terminal
        self._entries: OrderedDict[str, Entry[T]] = OrderedDict()
        self._over: dict[str, None] = {}
        self._due: list[tuple[float, int, str]] = []
        self._flying: set[str] = set()
        self._evicted: dict[str, tuple[float, T]] = {}
        self._numbers = count(1)
        self._random = random.Random(0)  # the same each time: a test that fails fails again

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str) -> Entry[T] | None:
        """What is known of an item."""
        return self._entries.get(name)

    def put(self, name: str, item: T, now_s: float) -> None:
        """Keep it, due at once."""
        if (entry := self._entries.get(name)) is None:
            self._make_room(now_s)
            entry = self._entries[name] = Entry(item)
            self._entries.move_to_end(name, last=False)
            self._evicted.pop(name, None)
        entry.item, entry.version = item, next(self._numbers)
        entry.failures, entry.alone = NO_FAILURES, False
        self._place(name, entry, now_s)

    def hurry(self, name: str, now_s: float) -> None:
        """It is due at once."""
        if (entry := self._entries.get(name)) is not None:
            self._place(name, entry, now_s)

    def forget(self, name: str) -> None:
        """Drop it."""
        self._entries.pop(name, None)
        self._over.pop(name, None)
        self._evicted.pop(name, None)

    # ------------------------------------------------------------------------------------------------ in calls

    def take(self, now_s: float) -> list[Flight[T]]:
        """The items of the next call: one that is due, and what may be taken along; empty where none is due."""
        if not self.is_due(now_s):
            return []
        first = self._pop()
        if self._entries[first].alone:
            return [self._fly(first)]
        taken, lonely = [self._fly(first)], []
        while len(taken) < self._pace.batch and self.is_due(now_s + self._pace.window_s):
            due_s, name = self._due[0][0], self._pop()
            if self._entries[name].alone:
                lonely.append((due_s, name))
            else:
                taken.append(self._fly(name))
        for due_s, name in lonely:
            self._push(name, self._entries[name], due_s)
        return taken

    def flying(self, flights: Iterable[Flight[T]]) -> list[Flight[T]]:
        """Those whose answer is still wanted; the others have landed."""
        wanted = []
        for flight in flights:
            entry = self._entries.get(flight.name)
            if entry is not None and entry.version == flight.version:
                wanted.append(flight)
        return wanted

    def answered(self, flight: Flight[T], new: T | UnsetType, now_s: float, now_us: int) -> bool:
        """An answer came; whether it is wanted, and news. UNSET: nothing new."""
        entry = self._land(flight, now_s)
        if entry is None:
            return False
        entry.failures, entry.alone, entry.synced_us = NO_FAILURES, False, now_us
        self._entries.move_to_end(flight.name)
        if new is not UNSET:
            entry.item = new
        self._again(flight.name, entry, now_s, self._pace.refresh_s)
        return new is not UNSET

    def failed(self, flight: Flight[T], why: str, now_s: float, wait_s: float, *, alone: bool) -> int:
        """A call failed; how many in a row now, 0 where the item is not wanted any more.

        Args:
            flight: The item.
            why: What was raised.
            now_s: Now.
            wait_s: Wait at least so long.
            alone: Whether it alone made the call fail.
        """
        entry = self._land(flight, now_s)
        if entry is None:
            return 0
        entry.failures = Failures(entry.failures.times + 1, why)
        entry.alone = entry.alone or alone
        self._again(flight.name, entry, now_s, max(wait_s, self._pace.back_off_s(entry.failures.times)))
        return entry.failures.times

    def release_all(self, now_s: float) -> None:
        """No call is under way any more; what was in one is due."""
        flying, self._flying = self._flying, set()
        for name in flying:
            self.hurry(name, now_s)

    # --------------------------------------------------------------------------------------------------- time

    def next_s(self) -> float | None:
        """When something is due: a call, or to wake the owner of an evicted item; None for never."""
        moments = [due_s for due_s, _ in islice(self._evicted.values(), 1)]
        self._drop_stale()
        if self._due:
            moments.append(self._due[0][0])
        return min(moments, default=None)

    def is_due(self, now_s: float) -> bool:
        """Whether a call is."""
        self._drop_stale()
        return bool(self._due) and self._due[0][0] <= now_s

    def woken(self, now_s: float) -> list[tuple[str, T]]:
        """Evicted items whose owners should look now."""
        found = []
        while self._evicted:
            name = next(iter(self._evicted))
            due_s, item = self._evicted[name]
            if due_s > now_s:
                break
            del self._evicted[name]
            found.append((name, item))
        return found

    # ------------------------------------------------------------------------------------------------- inside

    def _make_room(self, now_s: float) -> None:
        if len(self._entries) < self._pace.capacity:
            return
        if self._over:
            self.forget(next(iter(self._over)))
            return
        last = next(reversed(self._entries))
        # Where none was asked about yet, the newest goes: the oldest is next to be.
        victim = last if self._entries[last].synced_us else next(iter(self._entries))
        item = self._entries[victim].item
        self.forget(victim)
        self._evicted[victim] = (now_s + self._pace.refresh_s, item)

    def _fly(self, name: str) -> Flight[T]:
        entry = self._entries[name]
        entry.turn = 0
        self._flying.add(name)
        return Flight(name, entry.version, entry.item)

    def _land(self, flight: Flight[T], now_s: float) -> Entry[T] | None:
        """Its entry, unless it is another's by now, or nobody's."""
        self._flying.discard(flight.name)
        entry = self._entries.get(flight.name)
        if entry is None or entry.version == flight.version:
            return entry
        entry.hurried = False
        self._place(flight.name, entry, now_s)
        return None

    def _again(self, name: str, entry: Entry[T], now_s: float, wait_s: float) -> None:
        early = 1 - self._pace.jitter * self._random.random()
        due_s = now_s if entry.hurried else now_s + wait_s * early
        entry.hurried = False
        self._place(name, entry, due_s)

    def _place(self, name: str, entry: Entry[T], due_s: float) -> None:
        self._over.pop(name, None)
        if self._is_terminal(entry.item):
            self._over[name] = None
            entry.turn = 0
        elif name in self._flying:
            entry.hurried = True
        else:
            self._push(name, entry, due_s)

    def _push(self, name: str, entry: Entry[T], due_s: float) -> None:
        entry.turn = next(self._numbers)
        heapq.heappush(self._due, (due_s, entry.turn, name))
        if len(self._due) > 2 * len(self._entries) + 64:
            self._due = [place for place in self._due if self._is_valid(place)]
            heapq.heapify(self._due)

    def _pop(self) -> str:
        return heapq.heappop(self._due)[2]

    def _drop_stale(self) -> None:
        while self._due and not self._is_valid(self._due[0]):
            heapq.heappop(self._due)

    def _is_valid(self, place: tuple[float, int, str]) -> bool:
        entry = self._entries.get(place[2])
        return entry is not None and entry.turn == place[1]
