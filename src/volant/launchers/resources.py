"""Cores and memory of this machine, given out in line: first come first served, in turn over runs."""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from volant.base.ids import RunId


@dataclass(slots=True, eq=False)
class Ask:
    """One job's request.

    Attributes:
        run: Whose it is.
        cores: At least 0.
        memory: Bytes.
        start: Called when it is granted.
        is_granted: Whether it holds what it asks for.
    """

    run: RunId
    cores: float
    memory: int
    start: Callable[[], None]
    is_granted: bool = False


class Machine:
    """What one machine can hold at once. Several launchers share one.

    The line is strict: the next in turn waits until it fits, and nobody overtakes it, so that a big job is
    not starved by small ones.
    """

    def __init__(self, cores: float = 0, memory: int = 0) -> None:
        """With so many cores and bytes; 0 for what the system has."""
        self.cores = cores or os.cpu_count() or 1
        self.memory = memory or int(psutil.virtual_memory().total)
        self._free_cores = float(self.cores)
        self._free_memory = self.memory
        self._lines: dict[RunId, deque[Ask]] = {}
        self._turns: deque[RunId] = deque()
        self._is_advancing = False

    def share(self, cores: float) -> float:
        """The cores a job takes: 0 means one."""
        return cores or min(1.0, self.cores)

    def why_never(self, cores: float, memory: int) -> str:
        """Why a request can never be met; "" where it can."""
        if cores > self.cores:
            return f"it asks for {cores:g} cores; this machine gives {self.cores:g}"
        if memory > self.memory:
            return f"it asks for {memory >> 20} MiB of memory; this machine gives {self.memory >> 20} MiB"
        return ""

    def why_waiting(self, ask: Ask) -> str:
        """What somebody in line waits for."""
        return (
            f"waits for {ask.cores:g} of {self.cores:g} cores and {ask.memory >> 20} MiB of memory; "
            f"{self._free_cores:g} cores and {self._free_memory >> 20} MiB are free"
        )

    def ask(self, ask: Ask) -> None:
        """Get in line; `ask.start` is called when the turn comes, perhaps before this returns."""
        line = self._lines.get(ask.run)
        if line is None:
            line = self._lines[ask.run] = deque()
            self._turns.append(ask.run)
        line.append(ask)
        self._advance()

    def give_back(self, ask: Ask) -> None:
        """What was granted is free again; who was still in line leaves it."""
        if ask.is_granted:
            ask.is_granted = False
            self._free_cores += ask.cores
            self._free_memory += ask.memory
        else:
            self._withdraw(ask)
        self._advance()

    def take(self, ask: Ask) -> None:
        """Count what is in use already, even where it does not fit: a job an earlier engine started."""
        ask.is_granted = True
        self._free_cores -= ask.cores
        self._free_memory -= ask.memory

    def _withdraw(self, ask: Ask) -> None:
        line = self._lines[ask.run]
        line.remove(ask)
        if not line:
            del self._lines[ask.run]
            self._turns.remove(ask.run)

    def _advance(self) -> None:
        # `start` may give back at once (its process cannot be made): the outer call goes on with that.
        if self._is_advancing:
            return
        self._is_advancing = True
        try:
            while self._turns and self._fits(self._lines[self._turns[0]][0]):
                self._grant()
        finally:
            self._is_advancing = False

    def _fits(self, ask: Ask) -> bool:
        return ask.cores <= self._free_cores + 1e-9 and ask.memory <= self._free_memory

    def _grant(self) -> None:
        run = self._turns.popleft()
        line = self._lines[run]
        ask = line.popleft()
        if line:
            self._turns.append(run)
        else:
            del self._lines[run]
        self.take(ask)
        ask.start()
