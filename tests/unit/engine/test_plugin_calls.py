"""What a plugin can rely on, and what the engine makes of what it does. ARCHITECTURE 5; engine spec 8."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from volant.base.clock import SECOND_US
from volant.base.errors import FaultKind
from volant.base.ids import ActionName, AttemptKey
from volant.contracts.plugin import NotYet, TaskContext, TaskPlugin
from volant.contracts.rows import MAX_STATE_BYTES, LogLink
from volant.contracts.status import StatusPhase, TaskStatus
from volant.engine.options import EngineOptions
from volant.idl import pb
from volant.plugins.core_sleep import CoreSleep
from volant.plugins.echo import EchoPlugin
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going, ints

LATER = dt.timedelta(milliseconds=10)


def play(rig: Rig, *steps: Any, **task: Any) -> Any:
    rig.script("a", steps)
    run = rig.create("r", flow({"a": ""}, a=task), {"a": 1})
    rig.play()
    return run


def calls(rig: Rig) -> list[str]:
    return [told for told in rig.story if told.split()[0] in ("start", "check", "outputs", "kill", "finalize")]


# ------------------------------------------------------------------------------------------- start and look


def test_not_ready_asks_for_another_start_and_spends_no_attempt(rig: Rig) -> None:
    not_ready = TaskStatus.not_ready("the queue is full", check_after=LATER)
    run = play(rig, not_ready, not_ready, going(), done(o=1))

    assert calls(rig) == ["start a#0", "start a#0", "start a#0", "check a#0", "finalize a#0"]
    assert rig.events(run, "a#0") == ["a#0 RUNNING", "a#0 SUCCEEDED"]


def test_why_an_attempt_is_not_ready_is_on_record(rig: Rig) -> None:
    rig.script("a", [TaskStatus.not_ready("the queue is full", check_after=dt.timedelta(hours=1)), done(o=1)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a QUEUED")
    began = rig.clock.us

    while rig.story.count("start a#0") < 1 or rig.clock.us < began + SECOND_US // 100:
        rig._step()
        if rig.attempts(run, "a")[0].details:
            break

    assert json.loads(rig.attempts(run, "a")[0].details)["message"] == "the queue is full"


def test_the_start_finds_the_template_and_the_inputs(rig: Rig) -> None:
    seen: list[TaskContext[Any]] = []
    play(rig, lambda ctx: seen.append(ctx) or done(o=1))

    assert seen[0].template().id.name == "a"
    assert seen[0].inputs() == ints(x0=1)


def test_a_look_without_a_time_comes_only_when_woken(rig: Rig) -> None:
    rig.script("a", [HANGS, done(o=1)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play()
    assert calls(rig) == ["start a#0"]

    rig.wake(AttemptKey(run, ActionName("a"), 0))
    rig.play()

    assert rig.run(run).phase.name == "SUCCEEDED"


def test_a_look_that_a_later_answer_put_off_does_not_come(rig: Rig) -> None:
    rig.script("a", [going(1000), going(5000), done(o=1)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a RUNNING")
    began = rig.clock.us

    rig.wake(AttemptKey(run, ActionName("a"), 0))
    rig.play()

    assert calls(rig) == ["start a#0", "check a#0", "check a#0", "finalize a#0"]
    assert rig.clock.us - began >= 5 * SECOND_US


def test_a_wake_for_something_long_gone_or_unknown_is_nothing(rig: Rig) -> None:
    run = play(rig, done(o=1))

    rig.wake(AttemptKey(run, ActionName("a"), 0))
    rig.wake(AttemptKey(run, ActionName("zzz"), 7))
    rig.play()

    assert calls(rig) == ["start a#0", "finalize a#0"]


def test_no_attempt_is_started_before_it_is_durable_even_when_woken_or_due(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(retry_delay_us=1))
    missing: list[AttemptKey] = []

    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        known = [row.number for row in rig.attempts(ctx.key.run, ctx.key.action)]
        if ctx.key.number not in known:
            missing.append(ctx.key)
        return TaskStatus.retryable_failure("Boom", "no luck") if ctx.key.number < 3 else done(o=1)

    for number in range(4):
        rig.script("a", [start], attempt=number)
    run = rig.create("r", flow({"a": ""}, a={"retries": 3}), {"a": 1})
    for _ in range(1000):
        for number in range(4):
            rig.wake(AttemptKey(run, ActionName("a"), number))
        rig.clock.us += 1
        rig.propeller.turn()  # no commit in between
        rig._calls.extend(rig.propeller.calls())
        rig._step()

    assert rig.run(run).phase.name == "SUCCEEDED"
    assert missing == []


# --------------------------------------------------------------------------------------------------- state


def test_a_state_left_out_means_unchanged(rig: Rig) -> None:
    seen: list[Any] = []
    look: Callable[[Any], Any] = lambda ctx: seen.append(ctx.state) or going()  # noqa: E731
    play(rig, going(state={"job": 7}), look, look, done(o=1))

    assert seen == [{"job": 7}, {"job": 7}]


def test_a_changed_state_is_kept_though_the_phase_is_the_same_and_nobody_is_told(rig: Rig) -> None:
    rig.script("a", [going(state={"n": 0}), going(state={"n": 1}), HANGS])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play()

    assert json.loads(rig.attempts(run, "a")[0].state) == {"n": 1}
    assert rig.events(run, "a#0") == ["a#0 RUNNING"]


def test_the_next_call_comes_only_after_the_state_is_durable(rig: Rig) -> None:
    stored: list[Any] = []

    def look(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        [row] = rig.attempts(ctx.key.run, "a")
        stored.append((json.loads(row.state), ctx.state))
        return going(after_ms=1, state=(ctx.state or 0) + 1) if len(stored) < 5 else done(o=1)

    play(rig, going(after_ms=1, state=0), look)

    assert stored == [(n, n) for n in range(5)]


def test_a_state_the_engine_cannot_keep_ends_the_attempt_for_good(rig: Rig) -> None:
    run = play(rig, going(state="x" * MAX_STATE_BYTES), retries=3)

    error = rig.action(run, "a").error
    assert error is not None
    assert (error.code, error.kind) == ("PluginStateTooLarge", FaultKind.SYSTEM)
    assert len(rig.attempts(run, "a")) == 1


def test_a_state_that_is_not_json_counts_as_a_raise(rig: Rig) -> None:
    run = play(rig, going(state=object()), going(state=7), lambda ctx: done(o=ctx.state))

    assert calls(rig) == ["start a#0", "start a#0", "check a#0", "finalize a#0"]
    assert rig.outputs(run) == {"o": 7}


# -------------------------------------------------------------------------------------- answers that are none


@pytest.mark.parametrize("nonsense", [None, "done", {"phase": "SUCCEEDED"}, TaskStatus])
def test_an_answer_that_is_no_status_counts_as_a_raise_and_ten_end_the_attempt(rig: Rig, nonsense: Any) -> None:
    for number in range(4):
        rig.script("a", [lambda ctx: nonsense], attempt=number)
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    attempt = rig.attempts(run, "a")[0]
    assert attempt.error is not None
    assert (attempt.error.code, attempt.error.kind) == ("PluginFailed", FaultKind.SYSTEM)
    assert "raised 10 times in a row in start" in attempt.error.message
    assert "not a TaskStatus" in attempt.error.message
    assert rig.story.count("start a#0") == 10


def test_outputs_of_a_foreign_type_count_as_a_raise(rig: Rig) -> None:
    for number in range(4):
        rig.script("a", [TaskStatus(phase=StatusPhase.SUCCEEDED, outputs={"o": 1})], attempt=number)  # type: ignore[arg-type]
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    attempt = rig.attempts(run, "a")[0]
    assert attempt.error is not None
    assert attempt.error.code == "PluginFailed"
    assert "dict, not a LiteralMap" in attempt.error.message


def test_outputs_that_cannot_be_read_ten_times_end_the_attempt(rig: Rig) -> None:
    for number in range(4):
        rig.script("a", [TaskStatus.succeeded()], attempt=number, outputs=[ConnectionError("no route")] * 100)
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert rig.story.count("outputs a#0") == 10
    attempt = rig.attempts(run, "a")[0]
    assert attempt.error is not None
    assert "in a row in outputs; the last: ConnectionError: no route" in attempt.error.message


def test_outputs_that_cannot_be_read_at_first_are_asked_for_again(rig: Rig) -> None:
    rig.script("a", [TaskStatus.succeeded()], outputs=[ConnectionError("no route")] * 3 + [ints(o=4)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    assert rig.play().outputs(run) == {"o": 4}


def test_a_failure_without_an_error_is_the_systems(rig: Rig) -> None:
    run = play(rig, TaskStatus(phase=StatusPhase.PERMANENT_FAILURE))

    error = rig.action(run, "a").error
    assert error is not None
    assert (error.code, error.kind) == ("PluginFailed", FaultKind.SYSTEM)


def test_an_unknown_task_type_fails_its_node_and_says_what_to_do(rig: Rig) -> None:
    run = play(rig, task_type="sparkling")

    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.kind, error.node) == ("UnsupportedTaskType", FaultKind.USER, "a")
    assert "'sparkling'" in error.message
    assert error.fix


# ------------------------------------------------------------------------------------------------- finalize


@pytest.mark.parametrize(
    ("last", "phase"),
    [
        (done(o=1), "SUCCEEDED"),
        (TaskStatus.permanent_failure("Boom", "hopeless"), "FAILED"),
        (TaskStatus.succeeded(ints(other=1)), "FAILED"),
    ],
)
def test_finalize_is_called_last_and_once_and_the_runs_end_waits_for_it(
    rig: Rig, last: TaskStatus[Any], phase: str
) -> None:
    run = play(rig, going(), last)

    assert calls(rig)[-1] == "finalize a#0"
    assert rig.story.count("finalize a#0") == 1
    assert rig.story.index(f"a#0 {phase}") < rig.story.index("finalize a#0") < rig.story.index(f"WF {phase}")
    assert not rig.attempts(run, "a")[0].finalize_due


def test_an_attempt_is_finalized_before_the_next_one_starts(rig: Rig) -> None:
    rig.script("a", [TaskStatus.retryable_failure("Boom", "no luck")], finalize=[ConnectionError()] * 12)
    run = rig.create("r", flow({"a": ""}, a={"retries": 1}), {"a": 1})

    rig.play()

    assert calls(rig) == ["start a#0", *["finalize a#0"] * 13, "start a#1", "finalize a#1"]
    assert rig.run(run).phase.name == "SUCCEEDED"


def test_nothing_below_waits_for_finalize(rig: Rig) -> None:
    rig.script("a", [done(o=1)], finalize=[NotYet("busy", after=dt.timedelta(hours=1))])
    run = rig.create("r", flow({"a": "", "b": "a"}), {"a": 1})

    rig.play()

    assert rig.story.index("b SUCCEEDED") < max(k for k, told in enumerate(rig.story) if told == "finalize a#0")
    assert rig.run(run).phase.name == "SUCCEEDED"


def test_not_yet_is_asked_again_when_it_says(rig: Rig) -> None:
    rig.script("a", [done(o=1)], finalize=[NotYet("busy", after=dt.timedelta(seconds=3))])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="finalize a#0")
    asked = rig.clock.us

    rig.play()

    assert rig.run(run).ended_us - asked == pytest.approx(3 * SECOND_US, rel=0.01)


def test_a_plugin_without_finalize_pays_nothing_for_it(make_rig: type[Rig]) -> None:
    rig = make_rig(EchoPlugin)
    run = rig.create("r", flow({"a": ""}, a={"task_type": "echo", "outputs": ["x0"]}), {"a": 1})

    rig.play()

    assert calls(rig) == ["start a#0"]
    assert rig.outputs(run, "a") == {"x0": 1}


# -------------------------------------------------------------------------------------------- what is told


def test_details_are_merged_and_what_a_status_leaves_out_stays(rig: Rig) -> None:
    rig.script(
        "a",
        [
            going(message="one", progress=0.5, custom_info={"x": 1}, logs=(LogLink("file:///log"),)),
            going(custom_info={"y": 2}),
            TaskStatus.running(progress=0.0),
        ],
    )
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play()

    details = json.loads(rig.attempts(run, "a")[0].details)

    assert details == {
        "message": "one",
        "progress": 0.0,
        "custom_info": {"x": 1, "y": 2},
        "logs": [{"uri": "file:///log", "name": ""}],
    }


# ---------------------------------------------------------------------------------------------- other plugins


def test_core_sleep_sleeps_as_long_as_it_is_told_and_not_longer(make_rig: type[Rig]) -> None:
    rig = make_rig(CoreSleep)
    task = builders.task("nap", task_type="core-sleep", inputs=["duration"])
    node = builders.node("a", task.id, [builders.constant("duration", 90)])
    run = rig.create("r", builders.closure(builders.workflow("wf", [node]), [task]))

    rig.play()

    row = rig.action(run, "a")
    assert row.phase.name == "SUCCEEDED"
    assert (row.ended_us - row.queued_us) / SECOND_US == pytest.approx(90, abs=0.1)


class Default(TaskPlugin[Any]):
    """Runs whatever nobody else runs."""

    id = "anything"
    task_types = frozenset[str]()
    default = True
    state_type = object

    def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[Any]:
        return done(o=42)


def test_the_default_plugin_runs_what_nobody_is_registered_for(make_rig: type[Rig]) -> None:
    rig = make_rig(Default)
    run = rig.create("r", flow({"a": ""}, a={"task_type": "sparkling"}), {"a": 1})

    assert rig.play().outputs(run) == {"o": 42}
