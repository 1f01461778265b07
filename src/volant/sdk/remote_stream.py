"""Files elsewhere as streams whose troubles are told as those of `remote`, also in the middle."""

import io
from typing import Any

from volant.sdk.remote_system import told

_CHUNK = 1 << 16


class Stream(io.RawIOBase):
    """An open file of fsspec's, in bytes; to read or to write."""

    def __init__(self, inner: Any, uri: str, *, is_read: bool) -> None:
        self._inner = inner
        self._uri = uri
        self._is_read = is_read

    def readable(self) -> bool:
        """As it was opened; some inner ones say they are both."""
        return self._is_read

    def writable(self) -> bool:
        """As it was opened."""
        return not self._is_read

    def seekable(self) -> bool:
        """As the inner one."""
        return bool(self._inner.seekable())

    def readinto(self, buffer: Any) -> int:
        """Read as much as fits, or less; 0 at the end."""
        with told("read", self._uri):
            data: bytes = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """Read all that is left, without asking piece by piece."""
        with told("read", self._uri):
            return bytes(self._inner.read())

    def write(self, data: Any) -> int:
        """Write all of it."""
        with told("written", self._uri):
            self._inner.write(bytes(data))
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As the inner one."""
        with told("read", self._uri):
            return int(self._inner.seek(offset, whence))

    def tell(self) -> int:
        """As the inner one."""
        return int(self._inner.tell())

    def close(self) -> None:
        """Close it; what was written is there then."""
        if self.closed:
            return
        try:
            with told("closed" if self._is_read else "written", self._uri):
                self._inner.close()
        finally:
            super().close()


def buffered(inner: Any, uri: str, *, is_read: bool) -> io.BufferedReader | io.BufferedWriter:
    """The stream of an open file of fsspec's."""
    stream = Stream(inner, uri, is_read=is_read)
    return io.BufferedReader(stream, _CHUNK) if is_read else io.BufferedWriter(stream, _CHUNK)
