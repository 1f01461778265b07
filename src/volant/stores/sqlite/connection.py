"""Connections to the database file, and what SQLite's errors mean to a person."""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from volant.base.errors import StoreFault
from volant.stores.disk_errors import fix_of, is_full

_BUSY_SECONDS = 10.0
_CACHE_KIB = 16 * 1024
_CHECKPOINT_PAGES = 2000
_FIXES = (
    ("SQLITE_FULL", "the disk is full", "free some space there"),
    ("SQLITE_CORRUPT", "the file is damaged", "move it away, or put a copy of it back"),
    ("SQLITE_NOTADB", "the file is not a Volant store", "move it away, or put a copy of it back"),
    (
        "SQLITE_READONLY",
        "it cannot be written",
        "make file and folder writable, or choose another VOLANT_HOME",
    ),
    (
        "SQLITE_CANTOPEN",
        "it cannot be opened",
        "make file and folder writable, or choose another VOLANT_HOME",
    ),
    ("SQLITE_PERM", "it cannot be opened", "make file and folder writable, or choose another VOLANT_HOME"),
    ("SQLITE_BUSY", "another program keeps it locked", "close whatever has the file open"),
    ("SQLITE_IOERR", "the disk reports an error", "check the disk and its free space"),
)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time. Raises sqlite3.Error."""
    db = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        db.executescript(
            f"PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA temp_store = MEMORY;"
            f"PRAGMA cache_size = -{_CACHE_KIB}; PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES};"
            f"PRAGMA query_only = {int(read_only)};"
        )
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Turn what SQLite and the operating system complain of inside into a StoreFault with a fix."""
    try:
        yield
    except sqlite3.Error as error:
        raise _fault(path, error) from error
    except OSError as error:
        raise StoreFault(
            f"the store {path} cannot be used: {error.strerror or error}",
            fix=f"{fix_of(error)}, or choose another VOLANT_HOME",
        ) from error


def _fault(path: Path, error: sqlite3.Error) -> StoreFault:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_IOERR") and is_full(path.parent):
        # What fails is the file that processes share, which SQLite cannot tell from a broken disk.
        name = "SQLITE_FULL"
    for code, what, fix in _FIXES:
        if name.startswith(code):
            return StoreFault(f"the store {path} cannot be used: {what} ({error})", fix=fix)
    return StoreFault(f"the store {path} cannot be used: {error}", fix="see `volant info`")


class Readers:
    """Connections that only read; none ever waits for a commit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the store throughout.

        Raises:
            StoreFault: The store cannot be read.
        """
        with faults(self._path):
            db = self._take()
            try:
                db.execute("BEGIN")
                yield db
            finally:
                self._give_back(db)

    def close(self) -> None:
        """Close those that are idle now, and the others when they are given back; idempotent."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreFault(f"the store {self._path} was closed", fix="open it again")
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self._path, read_only=True)

    def _give_back(self, db: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            db.rollback()
            if not self._closed:
                self._idle.append(db)
                return
        db.close()
