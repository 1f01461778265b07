"""What a worker is at, where its zygote can read it after the worker's death.

Shared memory, not a pipe: nobody is woken when a job begins, and a killed worker cannot take it along.
"""

import mmap
import struct
import tempfile
from typing import IO

import msgspec
from msgspec import Struct

_SIZE = 16 * 1024
_LENGTH = struct.Struct("=I")


class Note(Struct, frozen=True, array_like=True):
    """One job, as its worker wrote it down before it began.

    Attributes:
        job: Its name.
        folder: The attempt's folder.
        log: The job's log file.
        log_limit: Bytes kept of that.
        memory_limit: Bytes the worker and its children may hold; 0 where nobody needs to watch.
    """

    job: str
    folder: str
    log: str
    log_limit: int
    memory_limit: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Note)


class Slate:
    """Room for one note."""

    def __init__(self, fd: int = -1) -> None:
        """Shared with forked children, and with whoever has the file `fd` where one is given."""
        self._map = mmap.mmap(fd, _SIZE)

    def write(self, note: Note) -> None:
        """Put a note on an empty slate.

        Raises:
            ValueError: Its paths are longer than any system allows.
        """
        body = _encoder.encode(note)
        if len(body) > _SIZE - _LENGTH.size:
            raise ValueError(f"the paths of job {note.job} take {len(body)} bytes")
        self._map[_LENGTH.size : _LENGTH.size + len(body)] = body
        # The length comes last: a worker killed above leaves an empty slate, and its job has not begun.
        self._map[: _LENGTH.size] = _LENGTH.pack(len(body))

    def clear(self) -> None:
        """Wipe it."""
        self._map[: _LENGTH.size] = _LENGTH.pack(0)

    def read(self) -> Note | None:
        """What it says; None when it is empty."""
        (length,) = _LENGTH.unpack_from(self._map)
        return _decoder.decode(self._map[_LENGTH.size : _LENGTH.size + length]) if length else None

    def close(self) -> None:
        """Give the memory back."""
        self._map.close()


def slate_file() -> IO[bytes]:
    """An open, nameless file that backs a slate of two processes that are not parent and fork."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.truncate(_SIZE)
    return file
