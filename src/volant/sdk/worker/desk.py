"""What a worker's two threads share: who the engine is, the job at hand, results not known to be committed."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

from volant.contracts import worker_wire as wire
from volant.kit import durable


class Desk:
    """Every method may be called from either thread."""

    def __init__(self, run: str, code: str) -> None:
        """For a worker of `run` that executes the bundle `code`."""
        self._run = run
        self._code = code
        self._lock = threading.Lock()
        self._engine: socket.socket | None = None
        self._epoch = -1
        self._job: wire.Run | None = None
        self._kept: dict[str, tuple[wire.Result, str]] = {}
        self._left: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._job is not None

    @property
    def has_engine(self) -> bool:
        """Whether anybody gives orders."""
        return self._engine is not None

    def accepts(self, epoch: int) -> bool:
        """Whether an engine of this epoch may give orders."""
        return epoch >= self._epoch

    def greet(self, engine: socket.socket, epoch: int) -> None:
        """Take orders from this engine from now on, and tell it how things stand."""
        if self._engine is not None:
            # Without the lock: a thread that holds it may be stuck in a send to this very socket.
            with contextlib.suppress(OSError):
                self._engine.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._engine, self._epoch = engine, epoch
            self._send(self._census())

    def is_engine(self, connection: socket.socket) -> bool:
        """Whether orders on this connection count."""
        return connection is self._engine

    def begin(self, job: wire.Run) -> None:
        """A job was taken."""
        with self._lock:
            self._job = job

    def finish(self, result: wire.Result) -> None:
        """The job is over: tell the engine, or leave the result for the next one."""
        with self._lock:
            assert self._job is not None
            self._kept[result.name] = (result, self._job.output_prefix)
            self._job = None
            self._send(result)
            if self._engine is None:
                self._leave()

    def commit(self, names: Iterable[str]) -> None:
        """These results are on record and need not be kept."""
        with self._lock:
            for name in names:
                result = self._kept.pop(name, None)
                if result and name in self._left:
                    self._left.discard(name)
                    Path(result[1], wire.RESULT_FILE).unlink(missing_ok=True)

    def lose(self, connection: socket.socket) -> None:
        """A connection broke. If it was the engine's, what it may not have recorded is written down."""
        with self._lock:
            if connection is self._engine:
                self._engine = None
                self._leave()

    def leave(self) -> None:
        """Write down what is not known to be committed; before the end."""
        with self._lock:
            self._leave()

    def _census(self) -> wire.Census:
        running, folder = (self._job.name, self._job.output_prefix) if self._job else ("", "")
        results = tuple(result for result, _ in self._kept.values())
        return wire.Census(os.getpid(), self._run, running, results, self._code, folder)

    def _send(self, frame: wire.AnyFrame) -> None:
        # Who is gone does not hear it; what it said before still counts, until the end of its words is read.
        if self._engine is not None:
            with contextlib.suppress(OSError):
                self._engine.sendall(wire.encode(frame))

    def _leave(self) -> None:
        for name, (result, folder) in self._kept.items():
            if name not in self._left:
                durable.write_file(Path(folder, wire.RESULT_FILE), wire.encode(result)[4:])
                self._left.add(name)
