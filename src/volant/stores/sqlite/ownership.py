"""Who owns what: dead engines, runs without a live owner, reservations."""

import sqlite3

from volant.base.ids import RunId
from volant.contracts.rows import ReservationRow
from volant.stores.sqlite import decode
from volant.stores.sqlite.liveness import EngineLocks


def bury(db: sqlite3.Connection, locks: EngineLocks) -> None:
    """Declare dead every engine that does not hold its lock any more."""
    for (engine,) in db.execute("SELECT id FROM engine").fetchall():
        if not locks.is_alive(engine):
            db.execute("DELETE FROM engine WHERE id = ?", (engine,))
            locks.drop(engine)


def unowned(db: sqlite3.Connection, locks: EngineLocks, only: RunId | None) -> list[tuple[int, RunId]]:
    """Runs that are not over and have no live owner, oldest first, with their numbers in the tables."""
    owners = [row[0] for row in db.execute("SELECT DISTINCT owner FROM run WHERE over = 0")]
    dead = [owner for owner in owners if not locks.is_alive(owner)]
    if not dead:
        return []
    marks = ", ".join("?" * len(dead))
    one, values = ("", dead) if only is None else (" AND run = ?", [*dead, only])
    sql = f"SELECT id, run FROM run WHERE over = 0 AND owner IN ({marks}){one} ORDER BY id"
    return [(number, run) for number, run in db.execute(sql, values)]


def reserve(db: sqlite3.Connection, locks: EngineLocks, wanted: ReservationRow) -> ReservationRow:
    """Who has a reservation from now on: `wanted`, unless another may still be working on it."""
    found = db.execute("SELECT key, run, action FROM reservation WHERE key = ?", (wanted.key,)).fetchone()
    holder = ReservationRow(*found) if found else wanted
    if holder != wanted and _is_valid(db, locks, holder):
        return holder
    values = (wanted.key, wanted.run, wanted.action)
    db.execute("INSERT OR REPLACE INTO reservation VALUES (?, ?, ?)", values)
    return wanted


def _is_valid(db: sqlite3.Connection, locks: EngineLocks, holder: ReservationRow) -> bool:
    found = db.execute("SELECT id, over, owner FROM run WHERE run = ?", (holder.run,)).fetchone()
    if found is None or found[1] or not locks.is_alive(found[2]):
        return False
    sql = "SELECT phase FROM action WHERE run_id = ? AND name = ?"
    action = db.execute(sql, (found[0], holder.action)).fetchone()
    return action is None or not decode.action_phase(action[0]).is_terminal
