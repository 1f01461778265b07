"""Rows as columns: the SQL that writes them and the values it takes, table by table.

Written out by hand, column by column: this is the hottest code of the store. Enums become plain integers and
strings, and what is absent becomes "", because SQLite's binding takes a slower path for everything else.
"""

from typing import TypeAlias

import msgspec

from volant.base.errors import Failure
from volant.base.ids import run_name
from volant.contracts.rows import (
    ActionRow,
    AttemptRow,
    CacheRow,
    CacheStatus,
    EventRow,
    HoldRow,
    RunRow,
    TokenRow,
    ValueRef,
)

Values: TypeAlias = tuple[object, ...]
_json = msgspec.json.Encoder().encode


def _upsert(table: str, keys: str, columns: str, fixed: str = "") -> str:
    """Fixed columns are set once: to name an indexed one among the changes costs a write of the index."""
    names = f"{keys} {fixed} {columns}".split()
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns.split())
    marks = ", ".join("?" * len(names))
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(keys.split())}) DO UPDATE SET {changes}"
    )


_RUN_COLUMNS = (
    "entity over plan code spec inputs phase error outputs created_us started_us ended_us".split()  # noqa: SIM905
)
INSERT_RUN = (
    f"INSERT INTO run (run, name, owner, {', '.join(_RUN_COLUMNS)}) VALUES (?, ?, ?{', ?' * len(_RUN_COLUMNS)})"
)
UPDATE_RUN = f"UPDATE run SET {', '.join(f'{name} = ?' for name in _RUN_COLUMNS)} WHERE id = ?"
PUT_ACTION = _upsert(
    "action",
    "run_id name",
    "kind spec_node_id generation place display target phase stage pending error inputs outputs "
    "attempts system_failures cache message queued_us started_us ended_us",
    fixed="parent",
)
PUT_ATTEMPT = _upsert(
    "attempt",
    "run_id action number",
    "plugin generated_name phase version begun state state_version kill_due finalize_due look_us "
    "interruptible error details queued_us started_us ended_us",
)
PUT_CACHE = _upsert("cache", "key", "task parts run action outputs created_us")
PUT_HOLD = "INSERT OR IGNORE INTO hold (run, held) VALUES (?, ?)"
ADD_TOKEN = "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0)"  # noqa: S105  SQL
ADD_EVENT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def value(ref: ValueRef | None) -> bytes | str:
    """A value's one column: the bytes, or a text that says where they are; "" for none."""
    if ref is None:
        return ""
    if ref.data is not None:
        return ref.data
    if ref.row is not None:
        return f"={ref.row[1]}:{ref.row[0]}"
    return ref.uri


def _text(item: Failure | CacheStatus | None) -> str:
    return "" if item is None else _json(item).decode()


def _run_values(row: RunRow) -> Values:
    return (
        row.spec.entity,
        int(row.phase.is_terminal),
        row.plan,
        row.code,
        _json(row.spec).decode(),
        value(row.inputs),
        int(row.phase),
        _text(row.error),
        value(row.outputs),
        row.created_us,
        row.started_us,
        row.ended_us,
    )


def new_run(row: RunRow, owner: str) -> Values:
    """What `INSERT_RUN` takes."""
    return (row.run, run_name(row.run), owner, *_run_values(row))


def run_change(row: RunRow, run_id: int) -> Values:
    """What `UPDATE_RUN` takes."""
    return (*_run_values(row), run_id)


def action(row: ActionRow, run_id: int) -> Values:
    """What `PUT_ACTION` takes."""
    return (
        run_id,
        row.name,
        row.parent,
        row.kind,
        row.spec_node_id,
        row.generation,
        row.index,
        row.display,
        row.target,
        int(row.phase),
        str(row.stage),
        _text(row.pending),
        _text(row.error),
        value(row.inputs),
        value(row.outputs),
        row.attempts,
        row.system_failures,
        _text(row.cache),
        row.message,
        row.queued_us,
        row.started_us,
        row.ended_us,
    )


def attempt(row: AttemptRow, run_id: int) -> Values:
    """What `PUT_ATTEMPT` takes."""
    return (
        run_id,
        row.action,
        row.number,
        row.plugin,
        row.generated_name,
        int(row.phase),
        row.version,
        int(row.begun),
        row.state,
        row.state_version,
        row.kill_due,
        int(row.finalize_due),
        row.look_us,
        int(row.interruptible),
        _text(row.error),
        row.details,
        row.queued_us,
        row.started_us,
        row.ended_us,
    )


def cache(row: CacheRow, _run_id: int) -> Values:
    """What `PUT_CACHE` takes."""
    return (row.key, row.task, row.parts, row.run, row.action, value(row.outputs), row.created_us)


def hold(row: HoldRow, _run_id: int) -> Values:
    """What `PUT_HOLD` takes."""
    return (row.run, row.held)


def token(row: TokenRow, place: int) -> Values:
    """What `ADD_TOKEN` takes."""
    return (row.pool, row.name, row.run, row.action, row.number, row.project, row.amount, place, row.asked_us)


def event(row: EventRow, run_id: int) -> Values:
    """What `ADD_EVENT` takes."""
    return (
        run_id,
        row.seq,
        row.at_us,
        row.kind,
        row.phase,
        row.action,
        row.attempt,
        row.version,
        row.note,
    )
