"""Somebody wants a run to end. Engine spec 2.4; scenarios 38-40."""

from typing import Any

import pytest

from volant.base.clock import SECOND_US
from volant.base.ids import ActionName, AttemptKey
from volant.contracts.plugin import NotYet
from volant.contracts.rows import RunSpec
from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going


def phases(rig: Rig, run: Any) -> dict[str, str]:
    return {row.name: row.phase.name for row in rig.store.list_actions(run) if row.name and row.kind != "start"}


def test_an_abort_kills_what_runs_and_never_runs_the_failure_node(rig: Rig) -> None:
    """Scenarios 38 and 39."""
    handler = builders.task("handler", task_type="scripted")
    plan = flow({"a": "", "b": "a"}, failure_node=builders.node("fn0", handler.id), more_tasks=[handler])
    rig.script("a", [HANGS])
    run = rig.create("r", plan, {"a": 1})
    rig.play(until="a RUNNING")

    assert rig.abort(run, "enough")
    rig.play()

    assert rig.events(run)[-4:] == ["WF ABORTING", "a#0 ABORTED", "a ABORTED", "WF ABORTED"]
    assert phases(rig, run) == {"a": "ABORTED"}
    error = rig.run(run).error
    assert error is not None
    assert error.message == "enough"
    [attempt] = rig.attempts(run, "a")
    assert attempt.error is not None
    assert (attempt.error.code, attempt.error.message) == ("Task Aborted", "enough")


def test_an_abort_before_anything_was_called_calls_nothing(rig: Rig) -> None:
    """Scenario 39: while queued."""
    run = rig.create("r", flow({"a": "", "b": ""}), {"a": 1}, spec=RunSpec(entity="wf", max_parallelism=1))
    rig.script("a", [HANGS])
    rig.play(until="a RUNNING")

    rig.abort(run)
    rig.play()

    assert phases(rig, run) == {"a": "ABORTED"}
    assert "start b#0" not in rig.story


def test_an_abort_of_a_run_nobody_has_claimed_is_carried_out_when_somebody_does(rig: Rig) -> None:
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.abort(run)

    rig.crash().play()

    assert rig.run(run).phase.name == "ABORTED"
    assert "start a#0" not in rig.story


def test_a_second_abort_is_refused(rig: Rig) -> None:
    """Scenario 39."""
    rig.script("a", [HANGS])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a RUNNING")
    rig.abort(run)

    assert not rig.abort(run)
    rig.play()
    assert not rig.abort(run)


@pytest.mark.parametrize("order", ["success first", "abort first"])
def test_whichever_of_an_abort_and_a_success_is_first_stays(rig: Rig, order: str) -> None:
    """Scenario 40."""
    rig.script("a", [going(), done(o=1)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="WF SUCCEEDING" if order == "success first" else "a RUNNING")

    rig.abort(run)
    rig.play()

    assert rig.run(run).phase.name == ("SUCCEEDED" if order == "success first" else "ABORTED")


def test_an_abort_overrides_a_deadline_that_is_being_carried_out(rig: Rig) -> None:
    rig.script("a", [HANGS], kill=[NotYet("busy")] * 20)
    run = rig.create("r", flow({"a": ""}, a={"timeout_s": 1, "retries": 3}), {"a": 1})
    rig.play(until="kill a#0: timeout")

    rig.abort(run, "enough")
    rig.play()

    assert len(rig.attempts(run, "a")) == 1
    assert phases(rig, run) == {"a": "ABORTED"}
    assert "kill a#0: enough" in rig.story


def test_an_abort_between_two_attempts_lets_no_other_follow(rig: Rig) -> None:
    rig.script("a", [TaskStatus.retryable_failure("Boom", "no luck")], finalize=[ConnectionError()])
    run = rig.create("r", flow({"a": ""}, a={"retries": 3}), {"a": 1})
    rig.play(until="finalize a#0")

    rig.abort(run)
    rig.play()

    assert phases(rig, run) == {"a": "ABORTED"}
    assert [row.phase.name for row in rig.attempts(run, "a")] == ["FAILED"]
    assert rig.story.count("finalize a#0") == 2


def test_a_kill_that_is_not_over_yet_is_asked_again_and_costs_nothing(rig: Rig) -> None:
    rig.script("a", [HANGS], kill=[NotYet("busy")] * 20)
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a RUNNING")

    rig.abort(run)
    rig.play()

    assert rig.story.count("kill a#0: enough") == 21
    assert rig.run(run).phase.name == "ABORTED"


def test_a_kill_that_raises_is_repeated_far_beyond_ten_times(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(call_ceiling_us=SECOND_US))
    rig.script("a", [HANGS], kill=[ConnectionError("no route")] * 30)
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a RUNNING")

    rig.abort(run)
    rig.play()

    assert rig.story.count("kill a#0: enough") == 31


def test_a_kill_that_is_never_confirmed_ends_all_the_same_and_is_finalized(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(patience_us=5 * SECOND_US))
    rig.script("a", [HANGS], kill=[NotYet("busy")] * 10_000)
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a RUNNING")
    asked = rig.clock.us

    rig.abort(run)
    rig.play()

    assert rig.run(run).phase.name == "ABORTED"
    assert 5 <= (rig.clock.us - asked) / SECOND_US < 5.5
    assert rig.story.index("a#0 ABORTED") < rig.story.index("finalize a#0")


@pytest.mark.parametrize("moment", ["WF ABORTING", "kill a#0: enough", "a ABORTED", "finalize a#0"])
@pytest.mark.parametrize("group", [1, 250])
def test_a_crash_in_an_abort_goes_on_with_the_abort(make_rig: type[Rig], moment: str, group: int) -> None:
    rig = make_rig(options=EngineOptions(group_limit=group))
    rig.script("a", [HANGS])
    rig.script("b", [HANGS])
    run = rig.create("r", flow({"a": "", "b": "", "c": "a"}), {"a": 1})
    rig.play(until="b RUNNING")
    rig.abort(run)
    rig.play(until=moment)

    rig.crash().play()

    assert phases(rig, run) == {"a": "ABORTED", "b": "ABORTED"}
    assert rig.run(run).phase.name == "ABORTED"


def test_a_start_that_was_asked_for_in_the_same_turn_is_killed_and_not_forgotten(make_rig: type[Rig]) -> None:
    """A delayed retry begins just when the run is aborted: the plugin was called, so it must be told."""
    rig = make_rig(options=EngineOptions(retry_delay_us=SECOND_US))
    rig.script("a", [TaskStatus.retryable_failure("Boom", "no luck")])
    rig.script("a", [HANGS], attempt=1)
    run = rig.create("r", flow({"a": ""}, a={"retries": 1}), {"a": 1})
    rig.play(until="finalize a#0")
    while not rig.attempts(run, "a")[1:]:
        rig._step()
    due = rig.attempts(run, "a")[1].look_us
    while rig.clock.us < due:
        rig._step()

    # The timer is due and the wish has come: one turn sees both, the wake-up first.
    rig.wake(AttemptKey(run, ActionName("a"), 1))
    rig.abort(run)
    rig.play()

    assert ("start a#1" in rig.story) == ("finalize a#1" in rig.story) == ("kill a#1: enough" in rig.story)
    assert rig.run(run).phase.name == "ABORTED"


def test_an_abort_that_came_while_no_engine_lived_starts_nothing_any_more(rig: Rig) -> None:
    """Its start may have been called by the engine before: it is killed, and not called once more."""
    rig.script("a", [HANGS])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a QUEUED")
    told = len(rig.story)

    assert rig.abort(run, "enough")
    rig.crash().play()

    assert [told for told in rig.story[told:] if told.startswith(("start", "kill"))] == ["kill a#0: enough"]
    assert phases(rig, run) == {"a": "ABORTED"}
