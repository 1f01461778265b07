"""The one connection of a process that writes."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from volant.base.errors import StoreFault
from volant.stores.sqlite.connection import connect, faults
from volant.stores.sqlite.filelock import Turnstile
from volant.stores.sqlite.files import Files


class Writer:
    """Transactions, one at a time: between threads by a lock, between processes by the turnstile."""

    def __init__(self, files: Files) -> None:
        self._path = files.database
        self._lock = threading.Lock()
        self._closed = False
        with faults(self._path), ExitStack() as undo:
            self._turnstile = undo.enter_context(closing(Turnstile(files.home)))
            self._db = connect(files.database)
            undo.pop_all()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done inside, durably, or nothing of it.

        Raises:
            StoreFault: It cannot be written; nothing of it was, and the next one may be tried.
        """
        with self._lock:
            if self._closed:
                raise StoreFault(f"the store {self._path} was closed", fix="open it again")
            with faults(self._path), self._turnstile:
                db = self._db
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        db.rollback()
                    raise

    def schema(self) -> int:
        """Number of the schema the file has."""
        with self._lock, faults(self._path):
            (number,) = self._db.execute("PRAGMA user_version").fetchone()
            return int(number)

    def close(self) -> None:
        """Close the connection after the transaction in progress; idempotent."""
        with self._lock:
            self._closed = True
            self._db.close()
            self._turnstile.close()
