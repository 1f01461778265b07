"""Writing a group of changes inside one transaction."""

import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from volant.base.errors import LeaseLostError
from volant.base.ids import RunId
from volant.contracts.rows import ActionRow, AttemptRow, CacheRow, Change, EventRow, HoldRow, Lease, RunRow
from volant.stores.changes import check_change, repeated_event
from volant.stores.sqlite import encode, tokens
from volant.stores.sqlite.liveness import EngineLocks

_ONE = "SELECT run.run, run.id FROM engine LEFT JOIN run ON run.run = ? AND run.owner = engine.id WHERE engine.id = ?"
_MANY = (
    "SELECT run.run, run.id FROM engine LEFT JOIN run ON run.owner = engine.id "
    "AND run.run IN (SELECT value FROM json_each(?)) WHERE engine.id = ?"
)
_ENCODERS: dict[type, tuple[str, Callable[..., encode.Values]]] = {
    RunRow: (encode.UPDATE_RUN, encode.run_change),
    ActionRow: (encode.PUT_ACTION, encode.action),
    AttemptRow: (encode.PUT_ATTEMPT, encode.attempt),
    CacheRow: (encode.PUT_CACHE, encode.cache),
    HoldRow: (encode.PUT_HOLD, encode.hold),
    EventRow: (encode.ADD_EVENT, encode.event),
}
_RELEASE = "DELETE FROM reservation WHERE key = ? AND run = ?"
_CONSUME = "UPDATE wish SET consumed = 1 WHERE kind = ? AND run_id = ?"


def fence(db: sqlite3.Connection, lease: Lease, runs: Sequence[RunId] = ()) -> dict[RunId, int]:
    """Those of `runs` that the engine owns, with their numbers in the tables.

    Raises:
        LeaseLostError: This engine was declared dead.
    """
    if len(runs) == 1:
        found = db.execute(_ONE, (runs[0], lease.engine)).fetchall()
    else:
        found = db.execute(_MANY, (msgspec.json.encode(runs).decode(), lease.engine)).fetchall()
    if not found:
        raise LeaseLostError(f"engine {lease.engine!r} was declared dead; it must not write any more")
    return {run: number for run, number in found if run is not None}


def write(db: sqlite3.Connection, locks: EngineLocks, owned: dict[RunId, int], changes: Sequence[Change]) -> None:
    """Write changes of owned runs, each row by its key, grouped by table.

    Raises:
        ValueError: A change does not keep to its run or size, or an event's number was used before.
    """
    groups: dict[str, list[encode.Values]] = {}
    for change in changes:
        check_change(change)
        _collect(groups, change, owned[change.run])
    for sql, values in groups.items():
        try:
            db.executemany(sql, values)
        except sqlite3.IntegrityError as error:
            raise repeated_event(", ".join(owned)) from error
    for change in changes:
        if change.tokens:
            tokens.let_go(db, locks, change.run, change.tokens, change.at_us)


def _collect(groups: dict[str, list[encode.Values]], change: Change, run_id: int) -> None:
    for row in (*change.rows, *change.events):
        sql, encoder = _ENCODERS[type(row)]
        groups.setdefault(sql, []).append(encoder(row, run_id))
    if change.release:
        groups.setdefault(_RELEASE, []).extend((key, change.run) for key in change.release)
    if change.consume:
        groups.setdefault(_CONSUME, []).extend((kind, run_id) for kind in change.consume)
