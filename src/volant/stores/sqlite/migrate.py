"""Making a store ready to be opened: created, migrated after a copy, or refused."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from volant.base.errors import StoreFault
from volant.kit.durable import make_folder, sync, sync_folder
from volant.stores.sqlite.connection import connect
from volant.stores.sqlite.filelock import FileLock
from volant.stores.sqlite.files import Files

WAL_BYTES = 16 * 1024 * 1024


class Schema(NamedTuple):
    """The shape of the tables.

    Attributes:
        number: What this code reads and writes; kept in `PRAGMA user_version`.
        create: SQL that makes it from nothing.
        steps: SQL that makes schema n + 1 from schema n, by n.
    """

    number: int
    create: str
    steps: Mapping[int, str]


def _sql(number: int) -> str:
    return Path(__file__).with_name(f"schema_{number}.sql").read_text(encoding="utf-8")


CURRENT = Schema(2, _sql(1) + _sql(2), {1: _sql(2)})
"""Each file after the first holds what it adds to the one before."""


def prepare(files: Files, schema: Schema, wal_bytes: int) -> FileLock:
    """Make the store ready if nobody has it open, and hold its lock, shared, until that is closed.

    Args:
        files: Where it is.
        schema: What it must have.
        wal_bytes: Size to which SQLite's log is made beforehand; 0 leaves it to grow.

    Raises:
        StoreFault: It has a newer schema, or an older one that cannot be migrated.
        sqlite3.Error: The file is damaged.
        OSError: The folder cannot be written.
    """
    make_folder(files.home)
    make_folder(files.engines)
    lock = FileLock(files.lock)
    try:
        if lock.try_exclusive():
            _make_ready(files, schema)
            _presize(files.wal, wal_bytes)
        lock.shared()
    except BaseException:
        lock.close()
        raise
    return lock


def check_schema(path: Path, found: int, wanted: int) -> None:
    """Refuse a store of another schema than this code's.

    Raises:
        StoreFault: It names both numbers and what to do.
    """
    if found > wanted:
        raise StoreFault(
            f"the store {path} has schema {found}, newer than {wanted}, which this Volant knows",
            fix="upgrade Volant, or choose another VOLANT_HOME",
        )
    if found < wanted:
        raise StoreFault(
            f"the store {path} has schema {found}, older than {wanted}, and another process has it open",
            fix="stop that process (`volant info` names the engines) and try again, which migrates it",
        )


def _make_ready(files: Files, schema: Schema) -> None:
    with closing(connect(files.database)) as db:
        (found,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            db.execute("PRAGMA journal_mode = WAL")
            _run(db, schema.create, schema.number)
        elif found > schema.number:
            check_schema(files.database, found, schema.number)
        elif found < schema.number:
            _migrate(db, files, found, schema)


def _migrate(db: sqlite3.Connection, files: Files, found: int, schema: Schema) -> None:
    missing = [number for number in range(found, schema.number) if number not in schema.steps]
    if missing:
        raise StoreFault(
            f"the store {files.database} has schema {found}; this Volant knows no way from {missing[0]} to "
            f"{schema.number}",
            fix="open it once with the Volant release before this one, or choose another VOLANT_HOME",
        )
    _copy(db, files.copy(found))
    for number in range(found, schema.number):
        _run(db, schema.steps[number], number + 1)


def _copy(db: sqlite3.Connection, target: Path) -> None:
    """A durable copy under that name, which never names half of one."""
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as copy:
        db.backup(copy)
    with unfinished.open("rb") as file:
        sync(file.fileno())
    unfinished.replace(target)
    sync_folder(target.parent)


def _run(db: sqlite3.Connection, script: str, number: int) -> None:
    try:
        db.executescript(f"BEGIN IMMEDIATE;\n{script}\n;PRAGMA user_version = {number};COMMIT;")
    except BaseException:
        db.rollback()
        raise


def _presize(wal: Path, size: int) -> None:
    """Give the log its size beforehand: a growing file costs the file system a commit of its own each time.

    Zeros are no valid log, so SQLite begins at its start. A log that has something in it is left alone.
    """
    if size == 0 or (wal.exists() and wal.stat().st_size > 0):
        return
    try:
        with wal.open("wb") as file:
            file.write(bytes(size))
            file.flush()
            sync(file.fileno())
        sync_folder(wal.parent)
    except OSError:
        # It only makes commits faster; on a disk that is nearly full the store must open all the same.
        wal.unlink(missing_ok=True)
