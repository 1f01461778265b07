"""Failure policies and failure nodes. Engine spec 2.3-2.5; scenarios 32-37."""

from typing import Any

import pytest

from volant.base.errors import FaultKind
from volant.contracts.rows import ActionRow
from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.idl import pb
from volant.idl.literals import none_literal
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going

PERMANENT = TaskStatus.permanent_failure("Boom", "hopeless")
RETRYABLE = TaskStatus.retryable_failure("Boom", "no luck")
ERROR = pb.LiteralType(simple=pb.SimpleType.ERROR, structure=pb.TypeStructure(tag="FlyteError"))
NONE = pb.LiteralType(simple=pb.SimpleType.NONE, structure=pb.TypeStructure(tag="none"))
OPTIONAL_ERROR = pb.LiteralType(union_type=pb.UnionType(variants=[ERROR, NONE]))


def handler(name: str = "handler", *, retries: int = 0) -> tuple[pb.TaskTemplate, pb.Node]:
    """A failure node as flytekit makes it: the workflow's input and an optional error, bound to nothing."""
    task = builders.task(name, task_type="scripted", inputs=["a"], retries=retries)
    task.interface.inputs.variables["err"].type.CopyFrom(OPTIONAL_ERROR)
    nothing = pb.Scalar(union=pb.Union(value=none_literal(), type=NONE))
    bindings = [builders.promise("a", "", "a"), pb.Binding(var="err", binding=pb.BindingData(scalar=nothing))]
    return task, builders.node("fn0", task.id, bindings)


def with_handler(nodes: dict[str, str], *, retries: int = 0, **more: Any) -> bytes:
    task, node = handler(retries=retries)
    return flow(nodes, failure_node=node, more_tasks=[task], **more)


def phases(rig: Rig, run: Any) -> dict[str, str]:
    return {row.name: row.phase.name for row in rig.store.list_actions(run) if row.name and row.kind != "start"}


def code(row: ActionRow) -> str:
    return row.error.code if row.error else ""


# ------------------------------------------------------------------------------------------------- policies


def test_failing_fast_aborts_what_runs_before_the_run_has_failed(rig: Rig) -> None:
    """Scenario 32."""
    rig.script("a", [going(100), PERMANENT])
    rig.script("b", [HANGS])
    run = rig.create("r", flow({"a": "", "b": ""}), {"a": 1})

    rig.play()

    assert rig.events(run)[-6:] == [
        "a#0 FAILED",
        "a FAILED",
        "WF FAILING",
        "b#0 ABORTED",
        "b ABORTED",
        "WF FAILED",
    ]
    assert phases(rig, run) == {"a": "FAILED", "b": "ABORTED"}
    assert code(rig.action(run, "b")) == "NodeAborted"
    assert "kill b#0: Some node execution failed, auto-abort." in rig.story


def test_failing_fast_enqueues_nothing_more(rig: Rig) -> None:
    rig.script("b", [going(10), PERMANENT])
    rig.script("a", [going(20), done(o=1)], attempt=0)
    run = rig.create("r", flow({"a": "", "b": "", "c": "a"}), {"a": 1})

    rig.play()

    assert phases(rig, run) == {"a": "ABORTED", "b": "FAILED"}


def test_failing_late_lets_everything_run_that_can(rig: Rig) -> None:
    """Scenario 33."""
    rig.script("a", [PERMANENT])
    rig.script("b", [going(100), done(o=1)])
    run = rig.create("r", flow({"a": "", "b": "", "c": "a", "d": "b"}, fail_fast=False), {"a": 1})

    rig.play()

    assert phases(rig, run) == {
        "a": "FAILED",
        "b": "SUCCEEDED",
        "c": "SKIPPED",
        "d": "SUCCEEDED",
        "end-node": "SKIPPED",
    }
    assert rig.run(run).phase.name == "FAILED"
    assert rig.run(run).error == rig.action(run, "a").error
    assert "kill b#0" not in "".join(rig.story)


def test_failing_late_blames_the_failure_visited_last(rig: Rig) -> None:
    """Scenario 34: whichever happened last in time."""
    rig.script("a", [going(100), TaskStatus.permanent_failure("A", "late")])
    rig.script("b", [TaskStatus.permanent_failure("B", "early")])
    run = rig.create("r", flow({"a": "", "b": ""}, fail_fast=False), {"a": 1})

    rig.play()

    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.node) == ("B", "b")


def test_nothing_depends_on_a_skipped_node(rig: Rig) -> None:
    rig.script("a", [PERMANENT])
    run = rig.create("r", flow({"a": "", "b": "a", "c": "b"}, fail_fast=False), {"a": 1})

    rig.play()

    assert phases(rig, run) == {"a": "FAILED", "b": "SKIPPED", "c": "SKIPPED", "end-node": "SKIPPED"}


def test_the_failure_names_the_node_it_came_from(rig: Rig) -> None:
    rig.script("a", [PERMANENT])
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    error = rig.run(run).error
    assert error is not None
    assert error.node == "a"


# --------------------------------------------------------------------------------------------- failure nodes


def test_the_failure_node_runs_after_all_aborts_and_does_not_save_the_run(rig: Rig) -> None:
    """Scenario 35."""
    seen: list[pb.Literal] = []
    rig.script("a", [going(50), PERMANENT])
    rig.script("b", [HANGS])
    rig.script("handler", [lambda ctx: seen.append(ctx.inputs().literals["err"]) or done()])
    run = rig.create("r", with_handler({"a": "", "b": ""}), {"a": 1})

    rig.play()

    events = rig.events(run)
    assert events[-6:] == [
        "b#0 ABORTED",
        "b ABORTED",
        "fn0 QUEUED",
        "fn0#0 SUCCEEDED",
        "fn0 SUCCEEDED",
        "WF FAILED",
    ]
    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.message, error.node) == ("Boom", "hopeless", "a")
    assert seen[0].scalar.union.value.scalar.error == pb.Error(message="hopeless", failed_node_id="a")
    assert seen[0].scalar.union.type == ERROR


def test_a_failing_failure_node_puts_its_own_error_in_the_place_of_the_first(rig: Rig) -> None:
    """Scenario 36."""
    rig.script("a", [PERMANENT])
    rig.script("handler", [TaskStatus.permanent_failure("Worse", "the handler failed too")])
    run = rig.create("r", with_handler({"a": ""}), {"a": 1})

    rig.play()

    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.node) == ("Worse", "fn0")


def test_a_failure_node_is_retried_like_any_other(rig: Rig) -> None:
    """Deviation 3."""
    rig.script("a", [PERMANENT])
    rig.script("handler", [RETRYABLE])
    run = rig.create("r", with_handler({"a": ""}, retries=1), {"a": 1})

    rig.play()

    assert [row.phase.name for row in rig.attempts(run, "fn0")] == ["FAILED", "SUCCEEDED"]
    assert rig.run(run).error == rig.action(run, "a").error


def test_the_failure_node_runs_after_everything_else_when_failing_late(rig: Rig) -> None:
    rig.script("a", [PERMANENT])
    rig.script("b", [going(100), done(o=1)])
    run = rig.create("r", with_handler({"a": "", "b": ""}, fail_fast=False), {"a": 1})

    rig.play()

    events = rig.events(run)
    assert events.index("b SUCCEEDED") < events.index("fn0 QUEUED")
    assert rig.run(run).phase.name == "FAILED"


def test_without_a_failure_the_failure_node_never_runs(rig: Rig) -> None:
    run = rig.create("r", with_handler({"a": ""}), {"a": 1})

    rig.play()

    assert phases(rig, run) == {"a": "SUCCEEDED", "end-node": "SUCCEEDED"}


@pytest.mark.parametrize("moment", ["WF FAILING", "b ABORTED", "fn0 QUEUED", "start fn0#0", "fn0 SUCCEEDED"])
@pytest.mark.parametrize("group", [1, 250])
def test_a_crash_in_the_clean_up_goes_on_with_the_clean_up(make_rig: type[Rig], moment: str, group: int) -> None:
    rig = make_rig(options=EngineOptions(group_limit=group))
    rig.script("a", [going(50), PERMANENT])
    rig.script("b", [HANGS])
    run = rig.create("r", with_handler({"a": "", "b": ""}), {"a": 1})
    rig.play(until=moment)

    rig.crash().play()

    assert phases(rig, run) == {"a": "FAILED", "b": "ABORTED", "fn0": "SUCCEEDED"}
    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.kind) == ("Boom", FaultKind.USER)
