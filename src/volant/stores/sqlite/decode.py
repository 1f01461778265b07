"""Columns as rows: the SQL that reads them, and the rows made of its answer. The mirror of `encode`."""

from typing import Any, Literal, TypeAlias, cast

import msgspec

from volant.base.errors import Failure
from volant.base.ids import ActionName, RunId
from volant.base.phases import ActionPhase, AttemptPhase, RunPhase, Stage
from volant.contracts.rows import (
    ActionRow,
    AttemptRow,
    CacheRow,
    CacheStatus,
    EventRow,
    RunRow,
    RunSpec,
    TokenRow,
    ValueRef,
    Wish,
)

Columns: TypeAlias = tuple[Any, ...]
_failure = msgspec.json.Decoder(Failure).decode
_spec = msgspec.json.Decoder(RunSpec).decode
_status = msgspec.json.Decoder(CacheStatus).decode
_RUN_PHASES = {int(phase): phase for phase in RunPhase}
_ACTION_PHASES = {int(phase): phase for phase in ActionPhase}
_ATTEMPT_PHASES = {int(phase): phase for phase in AttemptPhase}
_STAGES = {str(stage): stage for stage in Stage}

RUN = "id, run, plan, code, spec, inputs, phase, error, outputs, created_us, started_us, ended_us"
ACTION = (
    "name, parent, kind, spec_node_id, generation, place, display, target, phase, stage, pending, error, "
    "inputs, outputs, attempts, system_failures, cache, message, queued_us, started_us, ended_us"
)
ATTEMPT = (
    "action, number, plugin, generated_name, phase, version, begun, state, state_version, kill_due, "
    "finalize_due, look_us, interruptible, error, details, queued_us, started_us, ended_us"
)
CACHE = "key, task, parts, run, action, outputs, created_us"
TOKEN = "pool, name, run, action, number, project, amount, granted, place, asked_us, granted_us"  # noqa: S105  columns
EVENT = "seq, at_us, kind, phase, action, attempt, version, note"
WISH = "run.run, wish.kind, wish.cause, wish.principal, wish.at_us"


def _value(column: bytes | str) -> ValueRef | None:
    if isinstance(column, bytes):
        return ValueRef(data=column)
    if column == "":
        return None
    if column[0] != "=":
        return ValueRef(uri=column)
    side, _, action = column[1:].partition(":")
    return ValueRef(row=(ActionName(action), cast(Literal["inputs", "outputs"], side)))


def run(columns: Columns) -> RunRow:
    """A run from `RUN`."""
    return RunRow(
        run=columns[1],
        plan=columns[2],
        code=columns[3],
        spec=_spec(columns[4]),
        inputs=_value(columns[5]) or ValueRef(),
        phase=_RUN_PHASES[columns[6]],
        error=_failure(columns[7]) if columns[7] else None,
        outputs=_value(columns[8]),
        created_us=columns[9],
        started_us=columns[10],
        ended_us=columns[11],
    )


def attempt_phase(number: int) -> AttemptPhase:
    """The phase a number stands for."""
    return _ATTEMPT_PHASES[number]


def action_phase(number: int) -> ActionPhase:
    """The phase a number stands for."""
    return _ACTION_PHASES[number]


def action(run: RunId, columns: Columns) -> ActionRow:
    """An action from `ACTION`."""
    return ActionRow(
        run=run,
        name=columns[0],
        parent=columns[1],
        kind=columns[2],
        spec_node_id=columns[3],
        generation=columns[4],
        index=columns[5],
        display=columns[6],
        target=columns[7],
        phase=_ACTION_PHASES[columns[8]],
        stage=_STAGES[columns[9]],
        pending=_failure(columns[10]) if columns[10] else None,
        error=_failure(columns[11]) if columns[11] else None,
        inputs=_value(columns[12]),
        outputs=_value(columns[13]),
        attempts=columns[14],
        system_failures=columns[15],
        cache=_status(columns[16]) if columns[16] else None,
        message=columns[17],
        queued_us=columns[18],
        started_us=columns[19],
        ended_us=columns[20],
    )


def attempt(run: RunId, columns: Columns) -> AttemptRow:
    """An attempt from `ATTEMPT`."""
    return AttemptRow(
        run=run,
        action=columns[0],
        number=columns[1],
        plugin=columns[2],
        generated_name=columns[3],
        phase=_ATTEMPT_PHASES[columns[4]],
        version=columns[5],
        begun=bool(columns[6]),
        state=columns[7],
        state_version=columns[8],
        kill_due=columns[9],
        finalize_due=bool(columns[10]),
        look_us=columns[11],
        interruptible=bool(columns[12]),
        error=_failure(columns[13]) if columns[13] else None,
        details=columns[14],
        queued_us=columns[15],
        started_us=columns[16],
        ended_us=columns[17],
    )


def cache(columns: Columns) -> CacheRow:
    """A cache entry from `CACHE`."""
    return CacheRow(
        key=columns[0],
        task=columns[1],
        parts=columns[2],
        run=columns[3],
        action=columns[4],
        outputs=_value(columns[5]) or ValueRef(),
        created_us=columns[6],
    )


def event(run: RunId, columns: Columns) -> EventRow:
    """An event from `EVENT`."""
    return EventRow(
        run=run,
        seq=columns[0],
        at_us=columns[1],
        kind=columns[2],
        phase=columns[3],
        action=columns[4],
        attempt=columns[5],
        version=columns[6],
        note=columns[7],
    )


def token(columns: Columns) -> TokenRow:
    """Tokens from `TOKEN`."""
    pool, name, run, action, number, project, amount, granted, place, asked_us, granted_us = columns
    return TokenRow(
        pool=pool, name=name, run=run, action=action, number=number, project=project, amount=amount,
        granted=bool(granted), place=place, asked_us=asked_us, granted_us=granted_us,
    )  # fmt: skip


def wish(columns: Columns) -> Wish:
    """A wish from `WISH`."""
    run, kind, cause, principal, at_us = columns
    return Wish(run=run, kind=kind, cause=cause, principal=principal, at_us=at_us)
