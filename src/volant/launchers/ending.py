"""How a process is ended: SIGTERM to all that belongs to it, a grace, SIGKILL; until nothing lives."""

import asyncio
import signal
from collections.abc import Callable

from volant.kit import processes

_LOOK_S = 0.02


class Ending:
    """Ends one process, its group and its descendants, those in sessions of their own too."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        process: processes.Process,
        grace_s: float,
        on_gone: Callable[[], None],
    ) -> None:
        """Send SIGTERM now. `on_gone` is called once, later, when nothing of it lives."""
        self._loop, self._process, self._on_gone = loop, process, on_gone
        self._told: set[processes.Process] = set()
        self._deadline = loop.time() + grace_s
        loop.call_soon(self._look)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it lives."""
        return not self._living()

    def _living(self) -> set[processes.Process]:
        # Whoever was told is remembered: a descendant is not found any more once its parent is gone.
        told = {member for member in self._told if processes.is_alive(member)}
        return told | set(processes.family(self._process))

    def _look(self) -> None:
        living = self._living()
        if not living:
            self._on_gone()
            return
        if self._loop.time() >= self._deadline:
            processes.signal_each(living, signal.SIGKILL)
        else:
            processes.signal_each(living - self._told, signal.SIGTERM)
        self._told |= living
        self._loop.call_later(_LOOK_S, self._look)
