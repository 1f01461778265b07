"""Waits for the truth about a job whose worker's connection broke."""

import asyncio
from collections.abc import Callable

from volant.contracts.launcher import JobReport
from volant.kit import processes
from volant.launchers import judge
from volant.launchers.entry import Entry

_FIRST_LOOK_S = 0.002
_SLOWEST_LOOK_S = 0.1
_PATIENCE_S = 2.0


class Inquest:
    """Looks for what the job left, until it is there, or its process has been gone for too long."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, entry: Entry, on_verdict: Callable[[Entry, JobReport], None]
    ) -> None:
        """`on_verdict` is called once, later, unless the entry is done or in another process by then."""
        self._loop, self._entry, self._on_verdict = loop, entry, on_verdict
        self._process = entry.process
        self._pause_s = _FIRST_LOOK_S
        self._deadline: float | None = None
        loop.call_soon(self._look)

    def _look(self) -> None:
        if self._entry.is_done or self._entry.process != self._process:
            return
        report = judge.left_behind(self._entry.folder, self._entry.log) or self._overdue()
        if report:
            self._on_verdict(self._entry, report)
            return
        self._pause_s = min(self._pause_s * 2, _SLOWEST_LOOK_S)
        self._loop.call_later(self._pause_s, self._look)

    def _overdue(self) -> JobReport | None:
        if self._process is not None and processes.is_alive(self._process):
            # It obeys another engine, or has not written yet: it is not ours to judge.
            return None
        now = self._loop.time()
        self._deadline = self._deadline or now + _PATIENCE_S
        return judge.lost("its process vanished and left no result") if now >= self._deadline else None
