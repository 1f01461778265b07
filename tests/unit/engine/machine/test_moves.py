"""Changes of phase are held against the tables, all of them."""

import itertools

import pytest

from volant.base.errors import user_failure
from volant.base.ids import ROOT, ActionName, Digest, RunId
from volant.base.phases import ACTION_EDGES, ATTEMPT_EDGES, RUN_EDGES, ActionPhase, AttemptPhase, RunPhase, Stage
from volant.contracts.rows import ActionRow, AttemptRow, RunRow, RunSpec, ValueRef
from volant.engine.machine.moves import IllegalMoveError, end_action, move_action, move_attempt, move_run

RUN = RunId("p:d:r")


def run_row(phase: RunPhase) -> RunRow:
    return RunRow(
        run=RUN, plan=Digest(""), code="", spec=RunSpec(entity="wf"), inputs=ValueRef(data=b""), phase=phase
    )  # fmt: skip


def action_row(phase: ActionPhase, **more: object) -> ActionRow:
    return ActionRow(
        run=RUN, name=ActionName("n0"), parent=ROOT, kind="task", spec_node_id="n0", phase=phase, **more
    )  # fmt: skip


def attempt_row(phase: AttemptPhase, **more: object) -> AttemptRow:
    return AttemptRow(
        run=RUN, action=ActionName("n0"), number=0, plugin="p", generated_name="g", phase=phase, **more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phases", "edges", "move", "row"),
    [
        (RunPhase, RUN_EDGES, move_run, run_row),
        (ActionPhase, ACTION_EDGES, move_action, action_row),
        (AttemptPhase, ATTEMPT_EDGES, move_attempt, attempt_row),
    ],
)
def test_exactly_the_edges_of_the_table_can_be_taken(phases, edges, move, row) -> None:
    for old, new in itertools.product(phases, repeat=2):
        if new in edges[old]:
            assert move(row(old), new, 7).phase is new
        else:
            with pytest.raises(IllegalMoveError, match=f"{old.name} -> {new.name}"):
                move(row(old), new, 7)


def test_a_run_keeps_its_first_start_and_its_newest_error() -> None:
    running = move_run(run_row(RunPhase.UNDEFINED), RunPhase.RUNNING, 5)
    failing = move_run(running, RunPhase.FAILING, 6, error=user_failure("A", "a"))
    failed = move_run(failing, RunPhase.FAILED, 9)

    assert (failed.started_us, failed.ended_us) == (5, 9)
    assert failed.error == user_failure("A", "a")
    assert failing.ended_us == 0


def test_the_end_of_an_action_clears_what_only_a_live_one_has() -> None:
    row = action_row(
        ActionPhase.RUNNING, stage=Stage.FAILING, pending=user_failure("A", "a"), message="waits", started_us=3
    )

    ended = end_action(row, ActionPhase.FAILED, 9, error=user_failure("B", "b"))

    assert (ended.stage, ended.pending, ended.message) == (Stage.NONE, None, "")
    assert (ended.started_us, ended.ended_us) == (3, 9)
    assert ended.error == user_failure("B", "b")


def test_an_attempts_version_starts_again_with_each_phase_and_nothing_is_due_after_its_end() -> None:
    row = attempt_row(AttemptPhase.RUNNING, version=4, look_us=50, kill_due="enough")

    queued = move_attempt(row, AttemptPhase.QUEUED, 9)
    over = move_attempt(row, AttemptPhase.ABORTED, 9)

    assert (queued.version, queued.look_us, queued.kill_due, queued.ended_us) == (0, 50, "enough", 0)
    assert (over.version, over.look_us, over.kill_due, over.ended_us) == (0, 0, "", 9)
