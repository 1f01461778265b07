"""Pools inside a transaction. What a question or a letting go costs grows with the projects, never with the line."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from volant.base.errors import LeaseLostError
from volant.base.ids import RunId
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Standing, TokenRow
from volant.stores.sqlite import decode, encode
from volant.stores.sqlite.liveness import EngineLocks
from volant.stores.tokens import Head, attempt_is_over, most_first, next_of

_NO_LIMIT = 2**62
_ATTEMPT = "SELECT phase, finalize_due FROM attempt WHERE run_id = ? AND action = ? AND number = ?"
_POOL = (
    "INSERT INTO pool VALUES (?, ?, ?, 0, 0, 0) "
    "ON CONFLICT (pool) DO UPDATE SET total = excluded.total, per_project = excluded.per_project"
)
_NUMBER = "UPDATE pool SET number = number + 1 WHERE pool = ? RETURNING number"
_KNOWN = "SELECT granted, place FROM token WHERE run = ? AND name = ? AND pool = ?"
_BACK = "UPDATE token SET place = ? WHERE run = ? AND name = ? AND pool = ?"
# A place of 0 is none: who is away is in nobody's way.
_AWAY = "UPDATE token SET place = 0 WHERE run = ? AND +pool = ? AND granted = 0 AND place > 0 RETURNING project"
# CROSS JOIN holds SQLite to the order written: project by project, the first of each; never along the line.
_HEADS = (
    "SELECT token.run, token.name, token.amount, token.place, pool_use.held FROM pool_use CROSS JOIN token "
    "ON token.granted = 0 AND token.pool = pool_use.pool AND token.project = pool_use.project AND token.place = "
    "(SELECT place FROM token AS line WHERE line.granted = 0 AND line.pool = pool_use.pool AND "
    "line.project = pool_use.project AND line.place > 0 AND line.amount <= ? ORDER BY place LIMIT 1) "
    "WHERE pool_use.pool = ? AND pool_use.waiting > 0"
)
_GRANT = (
    "UPDATE token SET granted = 1, place = ?, granted_us = ? WHERE run = ? AND name = ? AND pool = ? "
    "RETURNING project, amount"
)
_LET_GO = "DELETE FROM token WHERE run = ? AND name = ? RETURNING pool, project, amount, granted, place"
_COUNT_POOL = "UPDATE pool SET held = held + ?, waiting = waiting + ? WHERE pool = ?"
_COUNT_PROJECT = (
    "INSERT INTO pool_use VALUES (?, ?, ?, ?) "
    "ON CONFLICT (pool, project) DO UPDATE SET held = held + excluded.held, waiting = waiting + excluded.waiting"
)
_PLACE = (
    "SELECT waiting - (SELECT count(*) FROM token WHERE granted = 0 AND pool = ? AND place > ?) FROM pool "
    "WHERE pool = ?"
)


def ask(
    db: sqlite3.Connection,
    locks: EngineLocks,
    owned: Mapping[RunId, int],
    wanted: Sequence[TokenRow],
    limits: Mapping[str, PoolLimits],
) -> list[Head]:
    """Let each stand in line, then grant to whoever fits; who they are.

    Raises:
        LeaseLostError: The engine does not own one of the runs.
        NotFoundError: One of the attempts is over.
    """
    for row in wanted:
        _check_asker(db, owned, row)
    pools = list({row.pool: None for row in wanted})
    for pool in pools:
        db.execute(_POOL, (pool, limits[pool].total, limits[pool].per_project))
    for row in wanted:
        _join(db, row)
    return [head for pool in pools for head in _grant(db, locks, pool, wanted[0].asked_us)]


def let_go(db: sqlite3.Connection, locks: EngineLocks, run: RunId, names: Iterable[str], now_us: int) -> None:
    """Forget who held or waited, and grant to whoever fits now."""
    touched: dict[str, None] = {}
    for name in names:
        for pool, project, amount, granted, place in db.execute(_LET_GO, (run, name)).fetchall():
            _count(db, pool, project, held=-amount * granted, waiting=-int(place > 0 and not granted))
            touched[pool] = None
    for pool in touched:
        _grant(db, locks, pool, now_us)


def standing(db: sqlite3.Connection, row: TokenRow) -> Standing:
    """Where somebody who asked stands."""
    granted, place = db.execute(_KNOWN, (row.run, row.name, row.pool)).fetchone()
    (held,) = db.execute("SELECT held FROM pool WHERE pool = ?", (row.pool,)).fetchone()
    use = most_first(dict(db.execute("SELECT project, held FROM pool_use WHERE pool = ?", (row.pool,)).fetchall()))
    before = 0 if granted else _place_in_line(db, row.pool, place)
    return Standing(bool(granted), before, held, use)


def _place_in_line(db: sqlite3.Connection, pool: str, place: int) -> int:
    """Counted from the end, where most stand when they ask."""
    (place_in_line,) = db.execute(_PLACE, (pool, place, pool)).fetchone()
    return int(place_in_line)


def _check_asker(db: sqlite3.Connection, owned: Mapping[RunId, int], row: TokenRow) -> None:
    if row.run not in owned:
        raise LeaseLostError(f"{row.run} belongs to another engine")
    found = db.execute(_ATTEMPT, (owned[row.run], row.action, row.number)).fetchone()
    if found is None or (decode.attempt_phase(found[0]).is_terminal and not found[1]):
        raise attempt_is_over(row)


def _join(db: sqlite3.Connection, row: TokenRow) -> None:
    known = db.execute(_KNOWN, (row.run, row.name, row.pool)).fetchone()
    if known not in (None, (0, 0)):
        return
    place = _next(db, row.pool)
    if known is None:
        db.execute(encode.ADD_TOKEN, encode.token(row, place))
    else:
        db.execute(_BACK, (place, row.run, row.name, row.pool))
    _count(db, row.pool, row.project, waiting=1)


def _grant(db: sqlite3.Connection, locks: EngineLocks, pool: str, now_us: int) -> list[Head]:
    granted: list[Head] = []
    while head := next_of(*_line(db, pool)):
        (owner,) = db.execute("SELECT owner FROM run WHERE run = ?", (head.run,)).fetchone()
        if not locks.is_alive(owner):
            _leave_line(db, pool, head.run)
            continue
        values = (_next(db, pool), now_us, head.run, head.name, pool)
        project, amount = db.execute(_GRANT, values).fetchone()
        _count(db, pool, project, held=amount, waiting=-1)
        granted.append(head)
    return granted


def _leave_line(db: sqlite3.Connection, pool: str, run: RunId) -> None:
    """Nobody would start what that run waits for with its tokens: its next engine asks anew."""
    for (project,) in db.execute(_AWAY, (run, pool)).fetchall():
        _count(db, pool, project, waiting=-1)


def _line(db: sqlite3.Connection, pool: str) -> tuple[list[Head], int, PoolLimits]:
    sql = "SELECT held, total, per_project FROM pool WHERE pool = ?"
    held, total, per_project = db.execute(sql, (pool,)).fetchone()
    limits = PoolLimits(total=total, per_project=per_project)
    heads = [Head(*columns) for columns in db.execute(_HEADS, (limits.most or _NO_LIMIT, pool))]
    return heads, held, limits


def _next(db: sqlite3.Connection, pool: str) -> int:
    (number,) = db.execute(_NUMBER, (pool,)).fetchone()
    return int(number)


def _count(db: sqlite3.Connection, pool: str, project: str, *, held: int = 0, waiting: int = 0) -> None:
    db.execute(_COUNT_POOL, (held, waiting, pool))
    db.execute(_COUNT_PROJECT, (pool, project, held, waiting))
