"""What plugins last saw of many outside things, kept fresh in the background. Never the truth: that is the state.

    self.cache = AutoRefreshCache(self.ask, refresh=dt.timedelta(seconds=5), changed=self.wake_owner)
    self.cache.start(setup)                                  # in initialize
    seen = self.cache.get_or_create(ctx.generated_name, nothing_yet)   # in check_task_status, from the state

After a restart it is empty, and each look at an attempt puts its item back.
Source: flytestdlib `cache/auto_refresh.go`, whose traps are closed: one call for many, a rate limit that is heeded,
a poison item that hurts nobody else, eviction that lets nobody hang, an owner that is woken.
"""

import asyncio
import datetime as dt
import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import UNSET

from volant.base.errors import SystemFault, UserError
from volant.base.plugin_errors import told_with_place
from volant.contracts.plugin import PluginSetup, Result
from volant.kit.refresh_items import NO_FAILURES, Failures, Flight, Items, Pace
from volant.kit.refresh_tries import Tries, asked_to_wait_s, is_throttled
from volant.kit.token_bucket import TokenBucket

__all__ = ["AutoRefreshCache", "Failures", "Sync"]

T = TypeVar("T")

Sync: TypeAlias = Callable[[Mapping[str, T]], Result[Mapping[str, T]]]
"""Asks about many items at once: the new ones by id; those left out are unchanged. It must not mutate them."""

A_MINUTE = dt.timedelta(seconds=60)
MOST_JITTER = 0.4


class AutoRefreshCache(Generic[T]):
    """Items by id, each asked about at once when it is new, and then again at most `refresh` after the last time.

    It asks about up to `batch` items in one call. Items drift apart at random, by `jitter` of a refresh, and each
    call takes along whatever would be due within half a refresh: load is even, and calls are as full as can be.
    An item is never in two calls at a time. A call that fails is repeated in halves until the items that make it
    fail are known; these are asked about one by one, after waits that double; unless nothing at all succeeds: then
    the service is down, and everybody waits. An answer about an item that was forgotten or replaced is dropped.

    Args:
        sync: Asks, sync (in the plugin's own threads) or async (on the engine's loop).
        refresh: The longest time between two calls about one item, if calls do not fail or lack a turn.
        changed: Called on the loop with (id, item) when an answer differs from what was known, when calls about it
            have failed `failure_limit` times in a row, and a refresh after the item was evicted.
        is_terminal: Whether an item will never change again: it is not asked about any more.
        batch: Items in one call, at most.
        workers: Calls at a time, at most.
        capacity: Items kept, at most. Above it terminal ones go first, then the one asked about most recently.
        jitter: 0 to 0.4: the share of `refresh` by which a call may come early.
        calls_per_s: Calls each second, at most; 0 for no limit.
        burst: So many of them at once, after a rest.
        max_back_off: The longest wait after a failure, but never less than `refresh`.
        failure_limit: See `changed`.
        timeout: A call that takes longer has failed. A thread cannot be stopped: it may still be at it beside the next.

    Raises:
        UserError: A number that makes no sense.
    """

    def __init__(
        self,
        sync: Sync[T],
        *,
        refresh: dt.timedelta,
        changed: Callable[[str, T], None],
        is_terminal: Callable[[T], bool] = lambda _: False,
        batch: int = 100,
        workers: int = 4,
        capacity: int = 100_000,
        jitter: float = 0.1,
        calls_per_s: float = 0,
        burst: int = 1,
        max_back_off: dt.timedelta = A_MINUTE,
        failure_limit: int = 10,
        timeout: dt.timedelta = A_MINUTE,
    ) -> None:
        _check(refresh=refresh, batch=batch, workers=workers, capacity=capacity, jitter=jitter)
        self._sync = sync
        self._changed = changed
        self._failure_limit = failure_limit
        self._workers = workers
        self._timeout_s = timeout.total_seconds()
        self._bucket = TokenBucket(calls_per_s, burst)
        self._lock = threading.Lock()
        pace = Pace(
            refresh_s=refresh.total_seconds(),
            jitter=jitter,
            max_back_off_s=max(refresh, max_back_off).total_seconds(),
            batch=batch,
            capacity=capacity,
        )
        self._is_terminal = is_terminal
        self._items = Items(pace, self._is_over)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._said = ""

    def start(self, setup: PluginSetup) -> None:
        """Begin to refresh, on the engine's loop; call it once an engine, in `initialize`.

        Raises:
            SystemFault: This is another thread than the engine's.
        """
        loop = _loop_here()
        if loop is None:
            raise SystemFault("a cache is started on the engine's loop", fix="call start(setup) in initialize")
        self._setup, self._loop = setup, loop
        self._kick = asyncio.Event()
        setup.background(self._run, "refresh")

    # --------------------------------------------------------------------------------------------- any thread

    def get(self, name: str) -> T | None:
        """What is known of it; None where it is not here."""
        with self._lock:
            entry = self._items.get(name)
            return None if entry is None else entry.item

    def get_or_create(self, name: str, item: T) -> T:
        """What is known of it; where it is not here, `item` is from now on, and is asked about at once."""
        with self._lock:
            if (entry := self._items.get(name)) is not None:
                return entry.item
            self._items.put(name, item, self._now_s())
        self._ring()
        return item

    def put(self, name: str, item: T) -> None:
        """Keep `item`, whatever was known, and ask about it at once; answers that are under way do not count."""
        with self._lock:
            self._items.put(name, item, self._now_s())
        self._ring()

    def refresh_now(self, name: str) -> None:
        """Ask about it at once, also when it was just asked about or fails; nothing where it is not here."""
        with self._lock:
            self._items.hurry(name, self._now_s())
        self._ring()

    def forget(self, name: str) -> None:
        """Drop it; idempotent. Its owner is not woken any more."""
        with self._lock:
            self._items.forget(name)

    def failures(self, name: str) -> Failures:
        """How often in a row calls about it have failed, and why."""
        with self._lock:
            entry = self._items.get(name)
            return NO_FAILURES if entry is None else entry.failures

    def synced_us(self, name: str) -> int:
        """When it was last answered about, in microseconds since 1970; 0 for never, or not here."""
        with self._lock:
            entry = self._items.get(name)
            return 0 if entry is None else entry.synced_us

    def __len__(self) -> int:
        """How many items are here."""
        with self._lock:
            return len(self._items)

    # ---------------------------------------------------------------------------------------------- the loop

    def _now_s(self) -> float:
        return 0.0 if self._loop is None else self._loop.time()

    def _ring(self) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        if self._loop is _loop_here():
            self._kick.set()
        else:
            self._loop.call_soon_threadsafe(self._kick.set)

    async def _run(self) -> None:
        with self._lock:
            self._items.release_all(self._now_s())  # what a run before this had under way
        free = asyncio.Semaphore(self._workers)
        async with asyncio.TaskGroup() as calls:
            while True:
                await self._until_due()
                await free.acquire()
                await self._bucket.take()
                with self._lock:
                    flights = self._items.take(self._now_s())
                # Always a task, also for none: it is what gives the place back.
                calls.create_task(self._refresh(flights)).add_done_callback(lambda _: free.release())

    async def _until_due(self) -> None:
        """Wait until a call is due; wake the owners of evicted items meanwhile."""
        while True:
            self._kick.clear()
            now_s = self._now_s()
            with self._lock:
                is_due, woken, next_s = self._items.is_due(now_s), self._items.woken(now_s), self._items.next_s()
            for name, item in woken:
                self._tell(name, item)
            if is_due:
                return
            await self._sleep(None if next_s is None else next_s - now_s)

    async def _sleep(self, wait_s: float | None) -> None:
        """Until somebody rings, at most so long."""
        timer = None if wait_s is None else asyncio.get_running_loop().call_later(max(0.0, wait_s), self._kick.set)
        try:
            await self._kick.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _refresh(self, flights: list[Flight[T]]) -> None:
        """Ask about them, in halves where that fails, until it is known which make it fail."""
        tries = Tries(flights)
        try:
            await self._in_halves(tries, flights)
        finally:  # also if the call was cancelled: nothing stays under way for ever
            self._give_up(tries)
            self._kick.set()  # they are due again some time

    async def _in_halves(self, tries: Tries[T], flights: list[Flight[T]]) -> None:
        groups = [flights]
        while groups and not is_throttled(tries.error):
            with self._lock:
                group = self._items.flying(groups.pop())
            if not group:
                continue
            if tries.is_begun:
                await self._bucket.take()  # the first call has its turn already
            if await self._ask(tries, group):
                continue
            if len(group) == 1:
                tries.poison.add(group[0].name)
            elif not tries.is_hopeless:  # else what is left is asked about once more, and not in halves
                half = len(group) // 2
                groups += [group[half:], group[:half]]

    async def _ask(self, tries: Tries[T], group: list[Flight[T]]) -> bool:
        """One call; whether it succeeded, and was taken in."""
        tries.is_begun = True
        try:
            news = await self._news(group)
        except Exception as error:  # noqa: BLE001  an author's or a service's; the items wait and are asked about again
            tries.error = error
            return False
        tries.is_up, self._said = True, ""
        for flight in group:
            del tries.open[flight.name]
            with self._lock:
                is_news = self._items.answered(flight, news[flight.name], self._now_s(), self._setup.clock.now_us())
            if is_news:
                self._tell(flight.name, news[flight.name])
        self._kick.set()
        return True

    async def _news(self, group: list[Flight[T]]) -> dict[str, Any]:
        """What a call says: the new item by id, UNSET where it is as it was."""
        asked = {flight.name: flight.item for flight in group}
        try:
            async with asyncio.timeout(self._timeout_s) as ours:
                answer = await self._called(asked)
        except TimeoutError as error:
            if ours.expired():
                raise SystemFault(f"no answer within {self._timeout_s:g} s") from error
            raise
        found = {name: answer.get(name, item) for name, item in asked.items()}
        return {name: UNSET if new is asked[name] or new == asked[name] else new for name, new in found.items()}

    async def _called(self, asked: Mapping[str, T]) -> Mapping[str, T]:
        answer: Any
        if inspect.iscoroutinefunction(self._sync):
            answer = await self._sync(asked)
        else:
            answer = await self._setup.in_thread(self._sync, asked)
            answer = await answer if inspect.isawaitable(answer) else answer
        if not isinstance(answer, Mapping):
            raise TypeError(f"the sync function returned {type(answer).__name__}, not the new items by id")
        return answer

    def _give_up(self, tries: Tries[T]) -> None:
        """What was not answered about waits."""
        why, wait_s = told_with_place(tries.error), asked_to_wait_s(tries.error)
        for flight in tries.open.values():
            alone = tries.is_up and flight.name in tries.poison
            with self._lock:
                failures = self._items.failed(flight, why, self._now_s(), wait_s, alone=alone)
            if failures == 1:
                self._say(why)
            if failures >= self._failure_limit:
                self._tell(flight.name, flight.item)

    def _say(self, why: str) -> None:
        """Log why calls begin to fail: once, however many items it concerns, until one succeeds."""
        if why != self._said:
            self._said = why
            self._setup.log.warning("asking about its items fails, and is repeated: %s", why)

    def _tell(self, name: str, item: T) -> None:
        try:
            self._changed(name, item)
        except Exception:
            self._setup.log.warning("nobody could be told that %s has changed", name, exc_info=True)

    def _is_over(self, item: T) -> bool:
        try:
            return self._is_terminal(item)
        except Exception:
            self._setup.log.warning("is_terminal failed for %r", item, exc_info=True)
            return False


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _check(*, refresh: dt.timedelta, batch: int, workers: int, capacity: int, jitter: float) -> None:
    counts = {"batch": batch, "workers": workers, "capacity": capacity}
    problems = [f"{name} = {value}" for name, value in counts.items() if value < 1]
    if refresh <= dt.timedelta():
        problems.append(f"refresh = {refresh}")
    if not 0 <= jitter <= MOST_JITTER:
        problems.append(f"jitter = {jitter}")
    if problems:
        fix = f"counts are at least 1, refresh is above zero, jitter is from 0 to {MOST_JITTER}"
        raise UserError(f"a cache cannot have {', '.join(problems)}", fix=fix)
