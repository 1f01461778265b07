"""What changed at the double `HttpJobService`, numbered, for those who wait for it."""

import asyncio
import heapq
from contextlib import suppress


class JobEvents:
    """Names of jobs, in the order in which they changed. Changes that are known beforehand come when they are due."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._coming: list[tuple[float, str, str]] = []
        self._gone: set[str] = set()
        self._waiting: set[asyncio.Future[None]] = set()

    def expect(self, name: str, job: str, times_s: list[float]) -> None:
        """The job `job` of that name will change at these times."""
        for at_s in times_s:
            heapq.heappush(self._coming, (at_s, job, name))
        self._awaken()

    def forget(self, name: str, job: str) -> None:
        """That job is gone: a change by itself, and the last."""
        self._gone.add(job)
        self._told.append(name)
        self._awaken()

    def last(self) -> int:
        """The number of the newest change; 0 before the first."""
        now_s = asyncio.get_running_loop().time()
        while self._coming and self._coming[0][0] <= now_s:
            _, job, name = heapq.heappop(self._coming)
            if job not in self._gone:
                self._told.append(name)
        return len(self._told)

    def after(self, number: int) -> list[str]:
        """Who changed after that number, each name once."""
        return list(dict.fromkeys(self._told[number : self.last()]))

    async def wait(self, number: int, wait_s: float) -> None:
        """Come back once something changed after `number`, at the latest after `wait_s`."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + wait_s
        while self.last() <= number and loop.time() < until_s:
            due_s = min(until_s, self._coming[0][0]) if self._coming else until_s
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due_s):
                    await self._news()

    async def _news(self) -> None:
        # A future of each waiter's own: the double outlives loops, and an asyncio.Event is bound to one.
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(mine)
        try:
            await mine
        finally:
            self._waiting.discard(mine)

    def _awaken(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
