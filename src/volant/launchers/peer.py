"""One connection to a zygote or a worker, on the engine's loop. No task, no future, no stream per frame."""

import asyncio
import socket
from collections.abc import Callable

import msgspec

from volant.contracts import worker_wire as wire

_CHUNK = 1 << 16


class Peer:
    """Sends frames and hands over those that come."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        on_frame: Callable[[wire.AnyFrame], None],
        on_close: Callable[[], None],
    ) -> None:
        """Of a connected socket. `on_close`: the other side is gone; called once, not after `close`."""
        connection.setblocking(False)
        self._loop, self._socket = loop, connection
        self._on_frame, self._on_close = on_frame, on_close
        self._frames = wire.FrameReader()
        self._unsent = bytearray()
        self.is_open = True
        loop.add_reader(connection, self._read)

    def send(self, frame: wire.AnyFrame) -> None:
        """Send it, or as much as fits now and the rest later; a broken connection is told by `on_close`."""
        if not self.is_open:
            return
        data = wire.encode(frame)
        if self._unsent:
            self._unsent += data
            return
        sent = self._try(data)
        if sent < len(data):
            self._unsent += data[sent:]
            self._loop.add_writer(self._socket, self._write)

    def drain(self) -> None:
        """Hand over what has arrived already."""
        while self.is_open and self._read():
            pass

    def close(self) -> None:
        """End the connection; what could not be sent yet is given a last try."""
        if not self.is_open:
            return
        self.is_open = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if self._unsent:
            self._try(self._unsent)
        self._socket.close()

    def _try(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            # The reader sees it too, and tells; here it only means that nothing more can be sent.
            return len(data)

    def _write(self) -> None:
        del self._unsent[: self._try(self._unsent)]
        if not self._unsent:
            self._loop.remove_writer(self._socket)

    def _read(self) -> bool:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        try:
            for frame in self._frames.feed(data):
                self._on_frame(frame)
        except msgspec.DecodeError:
            data = b""
        if not data and self.is_open:
            self.close()
            self._on_close()
        return bool(data)


def dial(path: str) -> socket.socket | None:
    """A connection to whoever listens there; None where nobody does. Never waits for the other side."""
    connection = socket.socket(socket.AF_UNIX)
    connection.setblocking(False)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection
