"""Sees a run through to its end: with an engine of its own, or by watching the one that has it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from volant.app.compose import make_engine
from volant.app.engine_thread import EngineThread
from volant.app.feed import LOOK_S, Feed
from volant.app.serving import is_served
from volant.app.site import Site
from volant.base.errors import LeaseLostError
from volant.base.ids import RunId
from volant.base.phases import RunPhase
from volant.contracts.rows import EventRow, RunRow

_OWNER_CHECK_LOOKS = 10


class View(Protocol):
    """Somebody who looks on."""

    def show(self, events: Sequence[EventRow]) -> None:
        """What happened since the last call, maybe nothing; called about ten times a second."""
        ...


class Interrupt:
    """Asks whoever sees a run through to stop, politely. Safe from signal handlers and any thread.

    Attributes:
        is_set: Whether it was asked.
        wake: Set when there is something to look at.
    """

    def __init__(self) -> None:
        self.is_set = False
        self.wake = threading.Event()

    def set(self) -> None:
        """Ask."""
        self.is_set = True
        self.wake.set()


def see_through(
    site: Site,
    run: RunId,
    interrupt: Interrupt,
    view: View | None = None,
    *,
    on_drain: Callable[[], None] = lambda: None,
) -> RunRow:
    """Run it, or watch it, until it is over or `interrupt` is set; its row then.

    An engine that dies while it is watched is replaced by one of our own.

    Args:
        site: Where.
        run: The run.
        interrupt: Once set, an engine of our own is drained and its jobs are stopped; another's is left alone.
        view: Told of every event.
        on_drain: Called when draining begins.

    Raises:
        StoreFault: The store failed; nothing committed is lost.
        NotFoundError: No such run.
    """
    return _Watch(site, run, interrupt, view, on_drain).until_over()


class _Watch:
    def __init__(
        self, site: Site, run: RunId, interrupt: Interrupt, view: View | None, on_drain: Callable[[], None]
    ) -> None:
        self._site, self._run, self._interrupt = site, run, interrupt
        self._view, self._on_drain = view, on_drain
        self._feed = Feed(site.store, run)
        self._engine: EngineThread | None = None

    def until_over(self) -> RunRow:
        looks = 0
        try:
            while not self._interrupt.is_set and not self._is_over(looks):
                self._interrupt.wake.wait(LOOK_S)
                self._interrupt.wake.clear()
                self._show()
                looks += 1
        finally:
            self._stop()
        self._show()
        return self._site.store.get_run(self._run)

    def _show(self) -> None:
        if self._view is not None:
            self._view.show(self._feed.read())

    def _is_over(self, looks: int) -> bool:
        if self._engine is not None:
            return self._engine.done.done() and self._engine_is_over(self._engine.done)
        if self._site.store.get_run(self._run).phase.is_terminal:
            return True
        if looks % _OWNER_CHECK_LOOKS == 0 and not self._is_in_hands():
            self._engine = EngineThread(make_engine(self._site), self._run)
            self._engine.done.add_done_callback(lambda _: self._interrupt.wake.set())
        return False

    def _engine_is_over(self, done: "Future[RunPhase | None]") -> bool:
        try:
            done.result()
        except LeaseLostError:
            # Somebody else has it now: watch them.
            self._engine = None
            return False
        return True

    def _is_in_hands(self) -> bool:
        _, is_alive = self._site.store.owner(self._run)
        return is_alive or is_served(self._site)

    def _stop(self) -> None:
        if self._engine is None:
            return
        if not self._engine.done.done():
            self._on_drain()
            self._engine.drain(stop_jobs=True)
        self._engine.join()
