"""Bells between processes: one byte to each process's socket after every change.

SQLite tells nobody of a commit. A bell is heard within a fraction of a millisecond; a look at
`PRAGMA data_version` four times a second is the net below it.
"""

import os
import secrets
import select
import socket
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

from volant.base.errors import StoreFault
from volant.base.log import get_log
from volant.contracts.layout import socket_dir
from volant.stores.sqlite.connection import connect, faults

Ring: TypeAlias = Callable[[], None]
NET_SECONDS = 0.25
_MERGE_SECONDS = 0.001
_SETTLED_NS = 50_000_000
_log = get_log("store")


def bell_folder(home: Path) -> Path:
    """Where the bells of the store in that folder hang; it need not exist yet."""
    return Path(socket_dir(str(home))) / "bells"


def make_bell_folder(folder: Path) -> None:
    """Make it if need be, for this user alone.

    Raises:
        StoreFault: It cannot be made, or somebody else may enter it.
    """
    with faults(folder):
        for each in (folder.parent, folder):
            with suppress(FileExistsError):
                each.mkdir(0o700)
            found = each.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise StoreFault(
                    f"{each} is not a folder of yours alone; bells of the store cannot hang there",
                    fix=f"remove {each}, or `chmod 700` it if it is yours",
                )


class Ringer:
    """Rings every bell in a folder, also those of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bells: tuple[str, ...] = ()
        self._seen = (-1, 0)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self) -> None:
        """Let everyone who listens look; never waits, never fails: the net catches what is missed."""
        for bell in self._find():
            try:
                self._socket.sendto(b"\0", bell)
            except (ConnectionRefusedError, FileNotFoundError):
                # Its process is dead.
                with suppress(OSError):
                    Path(bell).unlink(missing_ok=True)
            except OSError:
                # Its queue is full, so it will look anyway; or this store was just closed.
                continue

    def close(self) -> None:
        """Ring no more; idempotent."""
        self._socket.close()

    def _find(self) -> tuple[str, ...]:
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return ()
        known, looked = self._seen
        # A bell hung within the same tick of the file system's clock leaves the folder's time as it was.
        if changed != known or looked - changed < _SETTLED_NS:
            self._seen = (changed, time.time_ns())
            with suppress(OSError):
                self._bells = tuple(entry.path for entry in os.scandir(self._folder))
        return self._bells


class Listener:
    """This process's bell, and the one thread that answers it.

    Rings are merged: at most one a millisecond, each after the change it stands for.
    """

    def __init__(self, folder: Path, database: Path) -> None:
        self._rings: tuple[Ring, ...] = ()
        # Held while ringing, so that nothing rings once `close` of a subscription has returned.
        self._ringing = threading.RLock()
        self._closed = threading.Event()
        self._bell = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            make_bell_folder(folder)
            with faults(folder):
                self._socket.bind(str(self._bell))
            with faults(database):
                self._db = connect(database, read_only=True)
        except BaseException:
            self._socket.close()
            raise
        self._version = 0
        self._socket.setblocking(False)
        self._thread = threading.Thread(target=self._answer, name="volant-store-bell", daemon=True)
        self._thread.start()

    def add(self, ring: Ring) -> "Subscribed":
        """Call `ring` from now on."""
        with self._ringing:
            self._rings = (*self._rings, ring)
        return Subscribed(self, ring)

    def remove(self, ring: Ring) -> None:
        """Call it no more; not even once after this has returned."""
        with self._ringing:
            self._rings = tuple(other for other in self._rings if other is not ring)

    def close(self) -> None:
        """Take the bell down and end the thread; idempotent."""
        if self._closed.is_set():
            return
        self._closed.set()
        with suppress(OSError):
            self._socket.sendto(b"\0", str(self._bell))
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._bell.unlink(missing_ok=True)
        self._socket.close()

    def _answer(self) -> None:
        with closing(self._db):
            while not self._closed.is_set():
                heard = self._heard()
                if self._changed() or heard:
                    self._ring_all()
                self._closed.wait(_MERGE_SECONDS)

    def _changed(self) -> bool:
        # A file that cannot be read now is for those to complain of who want something of it.
        with suppress(sqlite3.Error):
            before = self._version
            (self._version,) = self._db.execute("PRAGMA data_version").fetchone()
            return self._version != before
        return False

    def _heard(self) -> bool:
        if not select.select([self._socket], [], [], NET_SECONDS)[0]:
            return False
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(1)
        return True

    def _ring_all(self) -> None:
        with self._ringing:
            for ring in self._rings:
                try:
                    ring()
                except Exception as error:  # noqa: BLE001 - a subscriber's fault must not deafen the others
                    _log.warning("a subscriber of the store's bell failed: %r", error)


class Subscribed:
    """One subscriber of a store's bell."""

    def __init__(self, listener: Listener, ring: Ring) -> None:
        self._listener = listener
        self._ring = ring

    def close(self) -> None:
        """Stop ringing; idempotent."""
        self._listener.remove(self._ring)
