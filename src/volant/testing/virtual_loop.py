"""An event loop whose time is a moved clock's: when nobody works, it jumps to the next moment something is due.

Whatever waits with asyncio (sleeps, timeouts, `call_later`) waits no real time. Work in threads is given to
`run_in_executor`, and holds the time still until it is done.
"""

import asyncio
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from volant.testing.moved_clock import MovedClock

T = TypeVar("T")
_HUNG_S = 30.0
_FIRST_US = MovedClock().us


class StuckError(AssertionError):
    """Nothing will ever happen again, and somebody still waits."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never waits for time, only for threads.

    Args:
        clock: Its time, moved by it.
    """

    def __init__(self, clock: MovedClock) -> None:
        self.clock = clock
        self._at_work = 0
        self._lock = threading.Lock()
        super().__init__(_Jumping(self))
        self._threads = ThreadPoolExecutor()
        self.set_default_executor(self._threads)
        self._clock_resolution = 1e-6  # asyncio's: a timer is due that much early; the clock counts microseconds

    def time(self) -> float:
        """Seconds since a moved clock's first moment: a second loop on one clock goes on where the first one ended."""
        return (self.clock.us - _FIRST_US) / 1_000_000

    @property
    def is_at_work(self) -> bool:
        """Whether a thread does something whose end the time must wait for."""
        return self._at_work > 0

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """As asyncio does; time stands still until the thread is done, also where nobody waits for it any more."""
        self._count(+1)
        threads: Executor = executor or self._threads
        done = threads.submit(func, *args)
        future = asyncio.wrap_future(done, loop=self)
        done.add_done_callback(self._rest)  # after the one that hands over the result: no time passes between
        return future

    async def shutdown_default_executor(self, *timeout: Any) -> None:
        """As asyncio does, which waits for it in a thread of its own; Python 3.12 added `timeout`."""
        self._count(+1)
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._count(-1)

    def wait_in_thread(self, work: Coroutine[Any, Any, T]) -> T:
        """For a thread of `run_in_executor`: have the loop do `work` and wait; time goes on meanwhile."""

        async def counted() -> T:
            self._count(-1)
            try:
                return await work
            finally:
                self._count(+1)

        found: Future[T] = asyncio.run_coroutine_threadsafe(counted(), self)
        return found.result()

    def _rest(self, _: "Future[Any]") -> None:
        with suppress(RuntimeError):  # the loop is closed: its time is over
            self.call_soon_threadsafe(self._count, -1)

    def _count(self, by: int) -> None:
        with self._lock:
            self._at_work += by


class _Jumping(selectors.DefaultSelector):
    """Selects as usual, but moves the clock instead of waiting for a time-out."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self._loop.is_at_work:
            return self._wait_for_threads()
        if timeout is None:
            raise StuckError("nothing is due and nobody works, but somebody still waits")
        self._loop.clock.us += max(1, round(timeout * 1_000_000))
        return []

    def _wait_for_threads(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(_HUNG_S)
        if not ready:
            raise StuckError(f"a thread of a plugin has done nothing for {_HUNG_S:g} s")
        return ready
