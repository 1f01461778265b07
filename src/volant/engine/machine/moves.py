"""Every change of a phase goes through here and is held against the tables of `base.phases`."""

from msgspec.structs import replace

from volant.base.errors import Failure
from volant.base.phases import (
    ACTION_EDGES,
    ATTEMPT_EDGES,
    RUN_EDGES,
    ActionPhase,
    AttemptPhase,
    RunPhase,
    Stage,
)
from volant.contracts.rows import ActionRow, AttemptRow, RunRow, ValueRef


class IllegalMoveError(AssertionError):
    """A transition the tables do not have. Always a fault of ours: it stops the run, never silently."""


def move_run(row: RunRow, phase: RunPhase, now_us: int, *, error: Failure | None = None) -> RunRow:
    """The run in its next phase."""
    if phase not in RUN_EDGES[row.phase]:
        raise IllegalMoveError(f"run {row.run}: {row.phase.name} -> {phase.name}")
    return replace(
        row,
        phase=phase,
        error=error if error is not None else row.error,
        started_us=row.started_us or (now_us if phase is RunPhase.RUNNING else 0),
        ended_us=now_us if phase.is_terminal else 0,
    )


def move_action(row: ActionRow, phase: ActionPhase, now_us: int) -> ActionRow:
    """The action in its next phase; what only a live action has is cleared at its end."""
    if phase not in ACTION_EDGES[row.phase]:
        raise IllegalMoveError(f"{row.run} {row.name}: {row.phase.name} -> {phase.name}")
    if phase.is_terminal:
        return replace(row, phase=phase, stage=Stage.NONE, pending=None, ended_us=now_us, message="")
    if phase is ActionPhase.QUEUED:
        return replace(row, phase=phase, queued_us=now_us)
    return replace(row, phase=phase, started_us=row.started_us or now_us, message="")


def end_action(
    row: ActionRow,
    phase: ActionPhase,
    now_us: int,
    *,
    error: Failure | None = None,
    outputs: ValueRef | None = None,
) -> ActionRow:
    """The action at its end, with what it leaves."""
    return replace(move_action(row, phase, now_us), error=error, outputs=outputs)


def move_attempt(row: AttemptRow, phase: AttemptPhase, now_us: int) -> AttemptRow:
    """The attempt in its next phase, its version 0 again."""
    if phase not in ATTEMPT_EDGES[row.phase]:
        raise IllegalMoveError(f"{row.run} {row.action} attempt {row.number}: {row.phase.name} -> {phase.name}")
    return replace(
        row,
        phase=phase,
        version=0,
        ended_us=now_us if phase.is_terminal else 0,
        look_us=0 if phase.is_terminal else row.look_us,
        kill_due="" if phase.is_terminal else row.kill_due,
    )
