"""What a plugin says becomes a row."""

import datetime as dt
import json
from typing import Any

import pytest
from msgspec.structs import replace

from volant.base.errors import user_failure
from volant.base.ids import ActionName, RunId
from volant.base.phases import AttemptPhase
from volant.contracts.rows import MAX_STATE_BYTES, AttemptRow
from volant.contracts.status import ExternalResource, StatusPhase, TaskStatus
from volant.engine.machine.statuses import (
    MAX_ERROR,
    MAX_MESSAGE,
    MAX_PHASE_VERSIONS,
    cut,
    fold,
    state_problem,
    version_problem,
)

ROW = AttemptRow(run=RunId("p:d:r"), action=ActionName("n0"), number=0, plugin="p", generated_name="g")
RUNNING = replace(ROW, phase=AttemptPhase.RUNNING, begun=True, started_us=1)


def folded(row: AttemptRow, status: TaskStatus[Any], state: bytes | None = None) -> Any:
    return fold(row, status, state, 3, 1000)


@pytest.mark.parametrize(
    ("phase", "clock_runs"),
    [("WAITING_FOR_RESOURCES", False), ("QUEUED", True), ("INITIALIZING", True), ("RUNNING", True)],
)
def test_each_phase_is_taken_over_and_all_but_waiting_start_the_clock(phase: str, clock_runs: bool) -> None:
    row, told, _ = folded(ROW, TaskStatus(phase=StatusPhase[phase]))

    assert (row.phase.name, row.begun, row.started_us) == (phase, True, 1000 if clock_runs else 0)
    assert told


def test_not_ready_begins_nothing_and_is_looked_at_again() -> None:
    row, told, kept = folded(ROW, TaskStatus.not_ready("full", check_after=dt.timedelta(seconds=1)))

    assert (row.phase, row.begun, row.look_us) == (AttemptPhase.UNDEFINED, False, 1_001_000)
    assert (told, kept) == (False, False)


def test_the_same_again_changes_nothing() -> None:
    assert folded(RUNNING, TaskStatus.running()) == (RUNNING, False, False)


def test_a_message_is_a_new_version_and_a_phase_starts_at_none() -> None:
    row = folded(RUNNING, TaskStatus.running(message="x")).row

    assert row.version == 1
    assert folded(row, TaskStatus.running(message="x")) == (row, False, False)
    assert folded(row, TaskStatus.queued(message="x")).row.version == 0


def test_a_state_is_kept_with_the_version_that_wrote_it_and_only_if_it_changed() -> None:
    row, told, kept = folded(RUNNING, TaskStatus.running(), b"{}")

    assert (row.state, row.state_version) == (b"{}", 3)
    assert (told, kept) == (False, True)
    assert not folded(row, TaskStatus.running(), b"{}").kept
    assert folded(row, TaskStatus.running()).row.state == b"{}"


def test_nothing_is_looked_at_more_often_than_every_millisecond() -> None:
    assert folded(RUNNING, TaskStatus.running(check_after=dt.timedelta(microseconds=1))).row.look_us == 2000


def test_a_message_is_cut_and_external_resources_are_merged_by_index_and_id() -> None:
    first = folded(RUNNING, TaskStatus.running(message="x" * 5000, external_resources=(ExternalResource("a"),))).row
    more = (ExternalResource("a", phase="DONE"), ExternalResource("b", index=1))
    second = folded(first, TaskStatus.running(external_resources=more)).row

    details = json.loads(second.details)
    assert len(details["message"]) == MAX_MESSAGE
    assert details["external_resources"] == {
        "0/a": {"external_id": "a", "phase": "DONE"},
        "1/b": {"external_id": "b", "index": 1},
    }


def test_limits_are_allowed_and_one_more_is_not() -> None:
    assert state_problem(b"x" * MAX_STATE_BYTES) is None
    assert state_problem(b"x" * (MAX_STATE_BYTES + 1)) is not None
    assert version_problem(replace(RUNNING, version=MAX_PHASE_VERSIONS)) is None
    assert version_problem(replace(RUNNING, version=MAX_PHASE_VERSIONS + 1)) is not None


def test_long_texts_lose_their_middle_and_short_ones_nothing() -> None:
    short = user_failure("A", "a")
    long = cut(user_failure("A", "head" + "x" * 10**6 + "tail"))

    assert cut(short) is short
    assert len(long.message) <= MAX_ERROR
    assert long.message[:4] + long.message[-4:] == "headtail"
