"""Loops on which engines live and are abandoned: one in virtual time, one in real time."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from volant.contracts.launcher import Launcher
from volant.testing.kit_plan import EngineKilled
from volant.testing.kit_threads import DaemonThreads
from volant.testing.moved_clock import MovedClock
from volant.testing.virtual_loop import VirtualLoop

T = TypeVar("T")
_LAST_TURNS = 100


class KitLoop(Protocol):
    """What a life needs of its loop."""

    threads: DaemonThreads
    """Those that work for the loop right now."""

    @property
    def is_at_work(self) -> bool:
        """Whether one of its threads does something."""
        ...

    def wait_in_thread(self, work: Coroutine[Any, Any, T]) -> T:
        """For one of its threads: have the loop do `work`, and wait."""
        ...


class KitVirtualLoop(VirtualLoop):
    """A loop on a moved clock.

    Args:
        clock: Its time.
        zero_us: When its time was 0: the same for all loops of a life, so that a double may remember moments.
    """

    def __init__(self, clock: MovedClock, zero_us: int) -> None:
        self.threads = DaemonThreads()
        self._zero_us = zero_us
        super().__init__(clock)

    def time(self) -> float:
        """Seconds since the life began."""
        return (self.clock.us - self._zero_us) / 1_000_000

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """As asyncio does, but in threads of the kit's own; time stands still meanwhile."""
        return super().run_in_executor(self.threads, func, *args)

    def abandon(self) -> None:
        """Threads that are at work will never end; time goes on without them."""
        self.threads.abandon()
        self._count(-self._at_work)


class KitRealLoop(asyncio.SelectorEventLoop):
    """A loop in real time, for plugins whose processes are real."""

    def __init__(self) -> None:
        self.threads = DaemonThreads()
        super().__init__()

    @property
    def is_at_work(self) -> bool:
        """Whether one of its threads does something."""
        return bool(self.threads.idents)

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """As asyncio does, but in threads of the kit's own."""
        return super().run_in_executor(self.threads, func, *args)

    def wait_in_thread(self, work: Coroutine[Any, Any, T]) -> T:
        """For one of its threads: have the loop do `work`, and wait."""
        return asyncio.run_coroutine_threadsafe(work, self).result()

    def abandon(self) -> None:
        """Threads that are at work will never end."""
        self.threads.abandon()


AnyLoop = KitVirtualLoop | KitRealLoop


def live(loop: AnyLoop, main: Coroutine[Any, Any, None]) -> BaseException | None:
    """Run `main` until it is over or somebody stops the loop; what it raised."""
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(_unless_killed)
    task = loop.create_task(main)
    task.add_done_callback(lambda _: loop.stop())
    with suppress(EngineKilled):  # of a life that hangs
        loop.run_forever()
    return task.exception() if task.done() and not task.cancelled() else None


def bury(loop: AnyLoop, launchers: Iterable[Launcher], *, hangs: bool = False) -> None:
    """End everything on a loop that nobody needs any more: launchers, tasks, threads, the loop itself.

    Args:
        loop: It.
        launchers: Of the engine that lived on it.
        hangs: Whether a thread of it will never end: it is left to itself.
    """
    loop.set_exception_handler(lambda *_: None)
    if hangs:
        loop.abandon()
    last = loop.create_task(_let_go(loop, launchers))
    last.add_done_callback(lambda _: loop.stop())
    while not last.done():  # what dies may still ask the loop to stop
        with suppress(EngineKilled):  # of what hangs even then
            loop.run_forever()
    loop.threads.shutdown()
    asyncio.set_event_loop(None)
    loop.close()


def _unless_killed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Work in the background that dies with its engine is nothing to tell of."""
    if not isinstance(context.get("exception"), EngineKilled):
        loop.default_exception_handler(context)


async def _let_go(loop: AnyLoop, launchers: Iterable[Launcher]) -> None:
    for launcher in launchers:
        with suppress(Exception):
            await launcher.close(stop_jobs=False)
    for _ in range(_LAST_TURNS):
        tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
        for task in filter(_has_begun, tasks):
            task.cancel()
        if not tasks:
            break
        await asyncio.sleep(0)
    while loop.threads.idents:  # noqa: ASYNC110  threads tell nobody that they are done
        await asyncio.sleep(0.001)
    await loop.shutdown_asyncgens()


def _has_begun(task: "asyncio.Task[Any]") -> bool:
    """Whether it has; one that has not would leave behind what it was to await, with a warning."""
    coroutine = task.get_coro()
    return not inspect.iscoroutine(coroutine) or inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED
