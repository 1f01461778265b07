"""A worker's second thread owns the sockets, so that user code on the main thread keeps no engine waiting."""

import contextlib
import os
import queue
import select
import socket
import time
import traceback
from pathlib import Path

import msgspec

from volant.contracts import worker_wire as wire
from volant.sdk.worker.desk import Desk
from volant.sdk.worker.joblog import JobLog

_TICK_S = 0.1
_CHUNK = 1 << 16


class Control:
    """Serves the connections of a worker until it may end."""

    def __init__(self, listener: socket.socket, path: str, desk: Desk, log: JobLog, linger_s: float) -> None:
        """Listen on `listener`, whose file is `path`; without an engine and a job for `linger_s`, end."""
        self.inbox: queue.SimpleQueue[wire.Run | None] = queue.SimpleQueue()
        self._listener, self._path = listener, path
        self._desk, self._log, self._linger_s = desk, log, linger_s
        self._connections: dict[int, tuple[socket.socket, wire.FrameReader]] = {}
        self._poller = select.poll()
        self._poller.register(listener, select.POLLIN)
        self._alone_since = time.monotonic()
        self._is_leaving = False

    def serve(self) -> None:
        """Work until the end; then the inbox yields None. A fault of ours ends the process, loudly."""
        try:
            while not self._is_over():
                self._turn()
            Path(self._path).unlink(missing_ok=True)
            self._desk.leave()
            self.inbox.put(None)
        except BaseException:  # noqa: BLE001 - a worker that does not listen any more must not live on
            with contextlib.suppress(OSError):  # a full disk takes no last words, and must not keep it alive
                traceback.print_exc()
            os._exit(70)

    def forget(self) -> None:
        """Close every socket: for children forked by user code, which must not keep them open."""
        self._listener.close()
        for connection, _ in self._connections.values():
            connection.close()

    def _turn(self) -> None:
        ready = {fd for fd, _ in self._poller.poll(self._timeout_s() * 1000)}
        for fd in ready - {self._listener.fileno()}:
            self._read(fd)
        # Last: what an older engine ordered must be known before a newer one asks.
        if self._listener.fileno() in ready:
            self._accept()
        if self._desk.is_busy:
            with contextlib.suppress(OSError):
                self._log.tick()

    def _timeout_s(self) -> float:
        if self._desk.is_busy:
            self._alone_since = time.monotonic()
            return _TICK_S
        if self._desk.has_engine:
            self._alone_since = time.monotonic()
            return 3600
        return max(0.0, self._alone_since + self._linger_s - time.monotonic())

    def _is_over(self) -> bool:
        if self._desk.is_busy:
            return False
        if self._is_leaving:
            return True
        return not self._desk.has_engine and time.monotonic() >= self._alone_since + self._linger_s

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self._connections[connection.fileno()] = (connection, wire.FrameReader())
        self._poller.register(connection, select.POLLIN)

    def _read(self, fd: int) -> bool:
        """Take what is there; False when there is nothing more."""
        if fd not in self._connections:
            return False
        connection, reader = self._connections[fd]
        try:
            data = connection.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._drop(fd)
            return False
        try:
            for frame in reader.feed(data):
                self._handle(connection, frame)
        except msgspec.DecodeError:
            self._drop(fd)
        return True

    def _drop(self, fd: int) -> None:
        connection, _ = self._connections.pop(fd)
        self._poller.unregister(fd)
        self._desk.lose(connection)
        connection.close()

    def _handle(self, connection: socket.socket, frame: wire.AnyFrame) -> None:
        if isinstance(frame, wire.Hello):
            self._hello(connection, frame.epoch)
        elif not self._desk.is_engine(connection):
            return
        elif isinstance(frame, wire.Run):
            self._desk.commit(frame.committed)
            self._desk.begin(frame)
            self.inbox.put(frame)
        elif isinstance(frame, wire.Committed):
            self._desk.commit(frame.names)
        elif isinstance(frame, wire.Bye):
            self._is_leaving = True

    def _hello(self, connection: socket.socket, epoch: int) -> None:
        for fd in [fd for fd, (other, _) in self._connections.items() if other is not connection]:
            while self._read(fd):
                pass
        if self._desk.accepts(epoch):
            self._is_leaving = False
            self._desk.greet(connection, epoch)
        else:
            problem = wire.Problem(f"worker {os.getpid()} obeys a newer engine than epoch {epoch}")
            with contextlib.suppress(OSError):
                connection.sendall(wire.encode(wire.Refused((problem,))))
