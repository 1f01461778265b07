"""What happens to an attempt while its plugin is being called: the answer comes into another world."""

from typing import Any

import pytest

from volant.base.clock import SECOND_US
from volant.base.ids import ActionName, AttemptKey
from volant.contracts.plugin import TaskContext
from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going, ints

RETRYABLE = TaskStatus.retryable_failure("Boom", "no luck")


def test_a_kill_finds_the_state_of_the_start_it_came_into(rig: Rig) -> None:
    seen: list[Any] = []

    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        rig.abort(ctx.key.run)
        rig.turn()
        return going(state="created")

    rig.script("a", [start], kill=[lambda ctx: seen.append(ctx.state)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert seen == ["created"]
    assert rig.events(run)[-4:] == ["WF ABORTING", "a#0 ABORTED", "a ABORTED", "WF ABORTED"]


@pytest.mark.parametrize("answer", [done(o=1), RETRYABLE, TaskStatus.permanent_failure("Boom", "hopeless")])
def test_an_end_that_comes_after_an_abort_is_an_abort_and_needs_no_kill(rig: Rig, answer: TaskStatus[Any]) -> None:
    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        rig.abort(ctx.key.run)
        rig.turn()
        return answer

    rig.script("a", [start])
    run = rig.create("r", flow({"a": "", "b": "a"}, a={"retries": 3}), {"a": 1})

    rig.play()

    assert [row.phase.name for row in rig.attempts(run, "a")] == ["ABORTED"]
    assert rig.run(run).phase.name == "ABORTED"
    assert [told for told in rig.story if told.startswith(("kill", "finalize"))] == ["finalize a#0"]


def test_a_result_that_meets_a_deadline_which_is_being_carried_out_wins(rig: Rig) -> None:
    def look(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        rig.clock.us += 2 * SECOND_US
        rig.turn()
        assert rig.attempts(ctx.key.run, "a")[0].kill_due == "timeout"
        return done(o=7)

    rig.script("a", [going(), look])
    run = rig.create("r", flow({"a": ""}, a={"timeout_s": 1}), {"a": 1})

    rig.play()

    [attempt] = rig.attempts(run, "a")
    assert (attempt.phase.name, attempt.error, attempt.kill_due) == ("SUCCEEDED", None, "")
    assert rig.outputs(run) == {"o": 7}


def test_outputs_that_are_read_across_the_deadline_count_and_leave_no_error(rig: Rig) -> None:
    def read(ctx: TaskContext[Any]) -> Any:
        rig.clock.us += 2 * SECOND_US
        rig.turn()
        return ints(o=7)

    rig.script("a", [going(), TaskStatus.succeeded()], outputs=[read])
    run = rig.create("r", flow({"a": ""}, a={"timeout_s": 1}), {"a": 1})

    rig.play()

    [attempt] = rig.attempts(run, "a")
    assert (attempt.phase.name, attempt.error) == ("SUCCEEDED", None)
    assert rig.outputs(run) == {"o": 7}


def test_outputs_that_are_read_across_an_abort_do_not_count(rig: Rig) -> None:
    def read(ctx: TaskContext[Any]) -> Any:
        rig.abort(ctx.key.run)
        rig.turn()
        return ints(o=7)

    rig.script("a", [going(), TaskStatus.succeeded()], outputs=[read])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert rig.events(run)[-2:] == ["a ABORTED", "WF ABORTED"]


def test_an_answer_after_all_patience_changes_nothing_but_the_state_finalize_finds(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(patience_us=SECOND_US))
    seen: list[Any] = []

    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        rig.abort(ctx.key.run)
        rig.turn()
        rig.clock.us += 2 * SECOND_US
        rig.turn()
        assert rig.action(ctx.key.run, "a").phase.name == "ABORTED"
        return going(state="created at last")

    rig.script("a", [start], finalize=[lambda ctx: seen.append(ctx.state)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert seen == ["created at last"]
    assert rig.events(run)[-3:] == ["a#0 ABORTED", "a ABORTED", "WF ABORTED"]


@pytest.mark.parametrize("nonsense", [going(state=object()), "nothing", ConnectionError("no route")])
def test_nonsense_after_all_patience_is_nothing(make_rig: type[Rig], nonsense: Any) -> None:
    rig = make_rig(options=EngineOptions(patience_us=SECOND_US))

    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        rig.abort(ctx.key.run)
        rig.turn()
        rig.clock.us += 2 * SECOND_US
        rig.turn()
        if isinstance(nonsense, Exception):
            raise nonsense
        status: TaskStatus[Any] = nonsense
        return status

    rig.script("a", [start])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert rig.run(run).phase.name == "ABORTED"
    assert rig.story.count("finalize a#0") == 1


def test_a_wake_during_a_call_is_one_more_look_after_it(rig: Rig) -> None:
    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        for _ in range(3):
            rig.wake(AttemptKey(ctx.key.run, ActionName("a"), 0))
        rig.turn()
        return HANGS

    rig.script("a", [start, HANGS])
    rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert [told for told in rig.story if told.endswith("a#0")] == ["start a#0", "check a#0"]


def test_a_sibling_that_succeeds_while_the_run_is_failing_is_aborted(rig: Rig) -> None:
    def look(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        rig.script("b", [TaskStatus.permanent_failure("Boom", "hopeless")])
        rig.wake(AttemptKey(ctx.key.run, ActionName("b"), 0))
        rig.turn()
        rig._call(rig._calls.popleft())
        rig.turn()
        return done(o=1)

    rig.script("a", [going(50), look])
    rig.script("b", [HANGS])
    run = rig.create("r", flow({"a": "", "b": ""}), {"a": 1})

    rig.play()

    assert rig.events(run)[-6:] == [
        "b#0 FAILED",
        "b FAILED",
        "WF FAILING",
        "a#0 ABORTED",
        "a ABORTED",
        "WF FAILED",
    ]
