"""What plugins do beside their calls: work on the engine's loop that is begun anew when it fails."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from volant.base.errors import SystemFault
from volant.base.log import BoundLog

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 30.0
Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class Background:
    """All background work of one engine."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    def begin(self, work: Work, name: str, log: BoundLog) -> None:
        """Run it from now on; on the loop's thread.

        Raises:
            SystemFault: It was called elsewhere, or the engine stops.
        """
        if not self._is_open:
            raise SystemFault(f"{name}: the engine stops, and begins nothing in the background any more")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            fix = "call `setup.background` in `initialize` or in an async method"
            raise SystemFault(f"{name}: work in the background begins on the engine's loop only", fix=fix) from None
        task = loop.create_task(_kept_going(work, name, log), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel everything, and wait a moment for it; nothing begins any more. Idempotent."""
        self._is_open = False
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)


async def _kept_going(work: Work, name: str, log: BoundLog) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    wait_s = FIRST_WAIT_S
    while True:
        begun = loop.time()
        try:
            await work()
        except (Exception, asyncio.CancelledError) as error:  # a plugin's; it hurts nobody else
            if task.cancelling():
                raise
            # Else it was something this work waited for that was cancelled: a failure like any other.
            if loop.time() - begun > LONGEST_WAIT_S:
                wait_s = FIRST_WAIT_S  # it went well for a while
            log.warning("%s: begun anew in %g s: %s: %s", name, wait_s, type(error).__name__, error)
        else:
            return
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)
