"""Retries, budgets, deadlines and phase versions. Engine spec 3.4, 3.5, 6.1, 8.3; scenarios 18-31."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest

from volant.base.clock import SECOND_US
from volant.base.errors import Failure, FaultKind
from volant.contracts.rows import RunSpec
from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going, ints

USER = TaskStatus.retryable_failure("Boom", "no luck")
SYSTEM = TaskStatus.retryable_failure("Interrupted", "the machine is gone", FaultKind.SYSTEM)
PERMANENT = TaskStatus.permanent_failure("Boom", "hopeless")


def play(rig: Rig, *ends: TaskStatus[Any], retries: int = 0, **more: Any) -> Any:
    """Run one node "n0" whose attempts end so, one after the other."""
    for number, end in enumerate(ends):
        rig.script("n0", [end], attempt=number)
    run = rig.create("r", flow({"n0": ""}, n0={"retries": retries, **more}), {"a": 1})
    rig.play()
    return run


def error_of(rig: Rig, run: Any) -> Failure:
    error = rig.action(run, "n0").error
    assert error is not None
    return error


def test_a_permanent_failure_is_not_retried(rig: Rig) -> None:
    """Scenario 18."""
    run = play(rig, PERMANENT, retries=3)

    assert rig.events(run)[2:] == ["n0 QUEUED", "n0#0 FAILED", "n0 FAILED", "WF FAILING", "WF FAILED"]
    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.message, error.kind) == ("Boom", "hopeless", FaultKind.USER)


def test_a_retry_makes_a_new_attempt_and_no_node_event(rig: Rig) -> None:
    """Scenario 19."""
    rig.script("n0", [going(), USER])
    rig.script("n0", [going(), USER], attempt=1)
    rig.script("n0", [going(), done(o=9)], attempt=2)
    run = rig.create("r", flow({"n0": ""}, n0={"retries": 2}), {"a": 1})

    rig.play()

    assert rig.events(run, "n0") == ["n0 QUEUED", "n0 RUNNING", "n0 SUCCEEDED"]
    assert [row.phase.name for row in rig.attempts(run, "n0")] == ["FAILED", "FAILED", "SUCCEEDED"]
    assert len({row.generated_name for row in rig.attempts(run, "n0")}) == 3
    assert rig.outputs(run) == {"o": 9}


def test_each_attempt_has_a_folder_of_its_own_and_the_checkpoint_of_the_one_before(rig: Rig) -> None:
    """Scenario 19."""
    seen: list[Any] = []
    for number, end in enumerate([USER, done(o=1)]):
        rig.script("n0", [lambda ctx, end=end: seen.append(ctx) or end], attempt=number)
    rig.create("r", flow({"n0": ""}, n0={"retries": 1}), {"a": 1})

    rig.play()

    first, second = seen
    assert first.output_prefix != second.output_prefix
    assert first.previous_checkpoint_uri == ""
    assert second.previous_checkpoint_uri == first.checkpoint_uri


def test_exhausted_retries_say_so_and_keep_whose_fault_it_was(rig: Rig) -> None:
    """Scenario 20."""
    run = play(rig, USER, USER, retries=1)

    error = error_of(rig, run)
    assert len(rig.attempts(run, "n0")) == 2
    assert error.code == "RetriesExhausted|Boom"
    assert error.message == "[2/2] currentAttempt done. Last Error: USER::no luck"


def test_the_system_may_fail_three_times_even_without_retries(rig: Rig) -> None:
    """Scenario 21."""
    run = play(rig, SYSTEM, SYSTEM, SYSTEM, done(o=1))

    assert rig.run(run).phase.name == "SUCCEEDED"
    assert rig.action(run, "n0").attempts == 3


def test_the_fourth_failure_of_the_system_is_the_last_and_counts_as_the_users(rig: Rig) -> None:
    """Scenario 21."""
    run = play(rig, SYSTEM, SYSTEM, SYSTEM, SYSTEM)

    error = error_of(rig, run)
    assert error.message.startswith("[3/3] ")
    assert (error.kind, error.cause) == (FaultKind.USER, FaultKind.SYSTEM)


def test_the_two_budgets_are_separate(rig: Rig) -> None:
    """Scenario 22."""
    run = play(rig, SYSTEM, USER, SYSTEM, done(o=1), retries=1)

    assert rig.run(run).phase.name == "SUCCEEDED"
    assert (rig.action(run, "n0").attempts, rig.action(run, "n0").system_failures) == (3, 2)


def test_an_interruptible_task_gets_its_fourth_attempt_on_safe_ground(rig: Rig) -> None:
    """Scenario 23."""
    for number in range(4):
        rig.script("n0", [SYSTEM if number < 3 else done(o=1)], attempt=number)
    run = rig.create("r", flow({"n0": ""}), {"a": 1}, spec=RunSpec(entity="wf", interruptible=True))

    rig.play()

    assert [row.interruptible for row in rig.attempts(run, "n0")] == [True, True, True, False]


def test_the_users_failures_never_end_interruptible(rig: Rig) -> None:
    """Scenario 23."""
    for number in range(4):
        rig.script("n0", [USER], attempt=number)
    run = rig.create("r", flow({"n0": ""}, n0={"retries": 4}), {"a": 1}, spec=RunSpec(entity="wf", interruptible=True))

    rig.play()

    assert {row.interruptible for row in rig.attempts(run, "n0")} == {True}


@pytest.mark.parametrize(
    ("node", "spec", "workflow", "expected"),
    [
        (None, None, False, False),
        (None, None, True, True),
        (None, False, True, False),
        (False, True, True, False),
        (True, False, False, True),
    ],
)
def test_interruptible_is_the_nodes_wish_else_the_runs_else_the_workflows(
    rig: Rig, node: bool | None, spec: bool | None, workflow: bool, expected: bool
) -> None:
    task = builders.task("t", task_type="scripted")
    made = builders.node("n0", task.id)
    if node is not None:
        made.metadata.interruptible = node
    primary = builders.workflow("wf", [made])
    primary.metadata_defaults.interruptible = workflow
    run = rig.create("r", builders.closure(primary, [task]), spec=RunSpec(entity="wf", interruptible=spec))

    rig.play()

    assert [row.interruptible for row in rig.attempts(run, "n0")] == [expected]


def test_a_failure_of_a_task_without_outputs_is_a_failure(rig: Rig) -> None:
    """Scenario 24."""
    run = play(rig, PERMANENT, outputs=())

    assert rig.run(run).phase.name == "FAILED"


def test_missing_outputs_are_retried_at_the_users_cost(rig: Rig) -> None:
    """Scenario 25."""
    run = play(rig, TaskStatus.succeeded(), TaskStatus.succeeded(), retries=1)

    assert rig.story.count("outputs n0#0") == rig.story.count("outputs n0#1") == 1
    assert error_of(rig, run).code == "RetriesExhausted|OutputsNotFound"


def test_outputs_a_process_left_are_read_once(rig: Rig) -> None:
    def leave(ctx: Any) -> TaskStatus[Any]:
        rig.blobs.write(f"{ctx.output_prefix}/outputs.pb", wire(ints(o=8)))
        return TaskStatus.succeeded()

    rig.script("n0", [leave])
    run = rig.create("r", flow({"n0": ""}), {"a": 1})

    rig.play()

    assert rig.outputs(run) == {"o": 8}
    assert rig.story.count("outputs n0#0") == 1


def test_oversize_outputs_are_permanent_and_name_both_sizes(make_rig: type[Rig]) -> None:
    """Scenario 26."""
    rig = make_rig(options=EngineOptions(output_limit=10))
    outputs = ints(o=1)
    outputs.literals["o"].hash = "x" * 100
    run = play(rig, TaskStatus.succeeded(outputs), retries=3)

    error = error_of(rig, run)
    assert (error.code, error.kind) == ("OutputSizeExceeded", FaultKind.USER)
    assert "at most 10 " in error.message
    assert len(rig.attempts(run, "n0")) == 1


def test_what_a_task_without_declared_outputs_leaves_is_nobodys_business(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(output_limit=10))
    run = play(rig, TaskStatus.succeeded(b"?" * 100), outputs=())

    assert rig.run(run).phase.name == "SUCCEEDED"
    assert rig.literals(run, "end-node") == pb.LiteralMap()


@pytest.mark.parametrize("left", [b"\xff\xff", b"\x0a\x05abc"])
def test_outputs_that_are_no_literal_map_fail_their_task_and_nothing_else(rig: Rig, left: bytes) -> None:
    run = play(rig, TaskStatus.succeeded(left), retries=1)

    error = error_of(rig, run)
    assert (error.code, error.kind) == ("OutputMismatch", FaultKind.USER)
    assert len(rig.attempts(run, "n0")) == 1


def test_a_hanging_task_without_retries_is_killed_at_its_timeout(rig: Rig) -> None:
    """Scenario 28."""
    began = rig.clock.us
    rig.script("n0", [HANGS])
    run = rig.create("r", flow({"n0": ""}, n0={"timeout_s": 1}), {"a": 1})

    rig.play(until="finalize n0#0")

    assert rig.events(run, "n0#0") == ["n0#0 RUNNING", "n0#0 ABORTED"]
    assert rig.story.index("kill n0#0: timeout") < rig.story.index("n0#0 ABORTED") < rig.story.index("finalize n0#0")
    assert error_of(rig, run).code == "RetriesExhausted|TimeoutExpired"
    assert 1.0 <= (rig.clock.us - began) / SECOND_US < 1.1
    assert rig.play().run(run).phase.name == "FAILED"


def test_with_retries_every_attempt_has_the_whole_timeout(rig: Rig) -> None:
    """Scenario 28, with the recommended setting (deviation 19)."""
    for number in range(4):
        rig.script("n0", [HANGS], attempt=number)
    run = rig.create("r", flow({"n0": ""}, n0={"timeout_s": 1, "retries": 3}), {"a": 1})

    rig.play()

    attempts = rig.attempts(run, "n0")
    assert [row.phase.name for row in attempts] == ["ABORTED"] * 4
    assert all(SECOND_US <= row.ended_us - row.started_us < 1.1 * SECOND_US for row in attempts)
    assert [told for told in rig.story if told.startswith(("kill", "finalize"))] == [
        told for number in range(4) for told in (f"kill n0#{number}: timeout", f"finalize n0#{number}")
    ]
    assert error_of(rig, run).code == "RetriesExhausted|TimeoutExpired"


def test_time_spent_waiting_for_resources_does_not_count(rig: Rig) -> None:
    rig.script("n0", [TaskStatus.waiting(check_after=dt.timedelta(seconds=5)), going(500), done(o=1)])
    run = rig.create("r", flow({"n0": ""}, n0={"timeout_s": 1}), {"a": 1})

    assert rig.play().run(run).phase.name == "SUCCEEDED"


def test_a_success_that_meets_the_deadline_wins(rig: Rig) -> None:
    """Scenario 29, its second sentence."""
    rig.script("n0", [going(1000), done(o=1)])
    run = rig.create("r", flow({"n0": ""}, n0={"timeout_s": 1}), {"a": 1})

    assert rig.play().run(run).phase.name == "SUCCEEDED"
    assert "kill n0#0: timeout" not in rig.story


def test_a_plugin_that_keeps_raising_spends_the_systems_budget_of_its_own_attempt(rig: Rig) -> None:
    """Scenario 30, corrected: the attempt pays, not the workflow."""
    for number in range(4):
        rig.script("bad", [ConnectionError("no route")] * 10, attempt=number)
    rig.script("good", [going(600_000), done(o=1)])
    run = rig.create("r", flow({"bad": "", "good": ""}, fail_fast=False), {"a": 1})

    rig.play()

    assert rig.story.count("start bad#0") == 10
    attempts = rig.attempts(run, "bad")
    assert [row.error and row.error.code for row in attempts] == ["PluginFailed"] * 4
    assert {row.error and row.error.kind for row in attempts} == {FaultKind.SYSTEM}
    assert rig.action(run, "good").phase.name == "SUCCEEDED"


def test_repeated_raises_wait_longer_and_longer(rig: Rig) -> None:
    times: list[int] = []

    def refuse(ctx: Any) -> TaskStatus[Any]:
        times.append(rig.clock.us)
        raise ConnectionError

    rig.script("n0", [refuse])
    rig.create("r", flow({"n0": ""}), {"a": 1})

    rig.play(until="n0#0 FAILED")

    waits = [round((later - earlier) / 1e5) for earlier, later in pairwise(times)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_nine_raises_and_an_answer_are_no_failure(rig: Rig) -> None:
    rig.script("n0", [*[ConnectionError("no route")] * 9, going(), *[ConnectionError("no route")] * 9, done(o=1)])
    run = rig.create("r", flow({"n0": ""}), {"a": 1})

    assert rig.play().outputs(run) == {"o": 1}
    assert len(rig.attempts(run, "n0")) == 1


def test_the_same_again_is_no_event_and_a_new_message_is_the_next_version(rig: Rig) -> None:
    """Scenario 31."""
    said = ["", "", "a", "a", "b"]
    rig.script("n0", [*[going(message=text) for text in said], done(o=1)])
    run = rig.create("r", flow({"n0": ""}), {"a": 1})

    rig.play()

    assert rig.events(run, "n0#0") == ["n0#0 RUNNING", "n0#0 RUNNING v1", "n0#0 RUNNING v2", "n0#0 SUCCEEDED"]


def test_too_many_phase_versions_end_the_attempt_for_good(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenario 31."""
    monkeypatch.setattr("volant.engine.machine.statuses.MAX_PHASE_VERSIONS", 3)
    rig.script("n0", [going(message=str(k)) for k in range(20)])
    run = rig.create("r", flow({"n0": ""}, n0={"retries": 3}), {"a": 1})

    rig.play()

    assert error_of(rig, run).code == "TooManyPluginPhaseVersions"
    assert rig.events(run, "n0#0")[-2:] == ["n0#0 RUNNING v3", "n0#0 FAILED"]


def test_without_the_option_a_retry_follows_at_once(rig: Rig) -> None:
    run = play(rig, USER, done(o=1), retries=1)

    first, second = rig.attempts(run, "n0")
    assert second.queued_us == first.ended_us


def test_with_the_option_each_retry_waits_twice_as_long_as_the_one_before(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(retry_delay_us=10 * SECOND_US, retry_ceiling_us=15 * SECOND_US))
    starts: list[int] = []
    for number in range(3):
        rig.script("n0", [lambda ctx: starts.append(rig.clock.us) or USER], attempt=number)
    rig.create("r", flow({"n0": ""}, n0={"retries": 2}), {"a": 1})

    rig.play()

    waits = [(later - earlier) // SECOND_US for earlier, later in pairwise(starts)]
    assert waits == [10, 15]


def test_a_delayed_retry_keeps_its_delay_over_a_crash(make_rig: type[Rig]) -> None:
    rig = make_rig(options=EngineOptions(retry_delay_us=10 * SECOND_US))
    rig.script("n0", [USER])
    run = rig.create("r", flow({"n0": ""}, n0={"retries": 1}), {"a": 1})
    rig.play(until="finalize n0#0")
    failed = rig.attempts(run, "n0")[0].ended_us

    rig.crash().play(until="start n0#1")

    assert rig.clock.us - failed >= 10 * SECOND_US


def test_an_endless_error_message_is_cut_in_the_middle(rig: Rig) -> None:
    """Engine spec 6.5."""
    run = play(rig, TaskStatus.permanent_failure("Boom", "begin" + "x" * 1_000_000 + "end"))

    message = error_of(rig, run).message
    assert len(message) < 110_000
    assert message.startswith("begin")
    assert message.endswith("end")
    assert "<Message Truncated>" in message
