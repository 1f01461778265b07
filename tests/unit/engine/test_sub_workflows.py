"""Workflows in workflows. Engine spec 4.4; scenarios 37, 48 and 49."""

from typing import Any

import pytest

from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.idl import pb
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, going

PERMANENT = TaskStatus.permanent_failure("Boom", "hopeless")


def nested(
    *, inner_handler: bool = False, outer_handler: bool = False, timeout_s: float = 0, fail_fast: bool = True
) -> bytes:
    """n0, then the sub-workflow n1 with n0 and n1 side by side, then n2."""
    tasks = {name: builders.task(name, task_type="scripted", inputs=["x"], outputs=["o"])
             for name in ("outer", "left", "right", "after")}  # fmt: skip
    handlers = {name: builders.task(name, task_type="scripted") for name in ("inner handler", "outer handler")}
    inner_nodes = [
        builders.node("n0", tasks["left"].id, [builders.promise("x", "", "a")]),
        builders.node("n1", tasks["right"].id, [builders.promise("x", "", "a")]),
    ]
    sub = builders.workflow(
        "sub", inner_nodes, inputs=["a"], outputs=[builders.promise("o", "n1", "o")],
        failure_node=builders.node("fn0", handlers["inner handler"].id) if inner_handler else None,
    )  # fmt: skip
    nodes = [
        builders.node("n0", tasks["outer"].id, [builders.promise("x", "", "a")]),
        builders.node("n1", sub.id, [builders.promise("a", "n0", "o")], timeout_s=timeout_s),
        builders.node("n2", tasks["after"].id, [builders.promise("x", "n1", "o")]),
    ]
    primary = builders.workflow(
        "wf", nodes, inputs=["a"], outputs=[builders.promise("o", "n2", "o")], fail_fast=fail_fast,
        failure_node=builders.node("fn0", handlers["outer handler"].id) if outer_handler else None,
    )  # fmt: skip
    return builders.closure(primary, [*tasks.values(), *handlers.values()], [sub])


def phases(rig: Rig, run: Any) -> dict[str, str]:
    return {row.name: row.phase.name for row in rig.store.list_actions(run) if row.name and row.kind != "start"}


def test_inner_nodes_are_told_within_their_parent(rig: Rig) -> None:
    """Scenario 48."""
    run = rig.create("r", nested(), {"a": 1})

    rig.play()

    inner = [event for event in rig.events(run) if event.startswith("n1") and "#" not in event]
    assert inner == [
        "n1 QUEUED",
        "n1/0/start-node SUCCEEDED",
        "n1 RUNNING",
        "n1/0/n0 QUEUED",
        "n1/0/n1 QUEUED",
        "n1/0/n0 SUCCEEDED",
        "n1/0/n1 SUCCEEDED",
        "n1/0/end-node QUEUED",
        "n1/0/end-node SUCCEEDED",
        "n1 SUCCEEDED",
    ]
    row = rig.action(run, "n1/0/n0")
    assert (row.parent, row.spec_node_id, row.generation) == ("n1", "n0", 0)
    assert rig.outputs(run, "n1") == {"o": 3}
    assert rig.outputs(run) == {"o": 4}


def test_an_inner_failure_aborts_its_siblings_and_fails_the_parent_with_its_error(rig: Rig) -> None:
    """Scenario 49."""
    rig.script("left", [going(50), PERMANENT])
    rig.script("right", [HANGS])
    run = rig.create("r", nested(), {"a": 1})

    rig.play()

    assert phases(rig, run) == {"n0": "SUCCEEDED", "n1": "FAILED", "n1/0/n0": "FAILED", "n1/0/n1": "ABORTED"}
    for name in ("", "n1", "n1/0/n0"):
        error = rig.action(run, name).error
        assert error is not None
        assert (error.code, error.node) == ("Boom", "n1/0/n0")
    events = rig.events(run)
    assert events.index("n1/0/n1 ABORTED") < events.index("n1 FAILED") < events.index("WF FAILING")


def test_the_inner_failure_node_runs_inside_its_parent_and_the_outer_one_after_it(rig: Rig) -> None:
    """Scenario 37."""
    rig.script("left", [PERMANENT])
    run = rig.create("r", nested(inner_handler=True, outer_handler=True), {"a": 1})

    rig.play()

    events = rig.events(run)
    order = ["n1/0/fn0 SUCCEEDED", "n1 FAILED", "WF FAILING", "fn0 SUCCEEDED", "WF FAILED"]
    assert [event for event in events if event in order] == order
    error = rig.run(run).error
    assert error is not None
    assert error.code == "Boom"


def test_the_root_workflows_policy_governs_inside_too(rig: Rig) -> None:
    """Flyte's own rule; engine spec 2.3."""
    rig.script("left", [PERMANENT])
    rig.script("right", [going(50), done(o=1)])
    run = rig.create("r", nested(fail_fast=False), {"a": 1})

    rig.play()

    assert phases(rig, run) == {
        "n0": "SUCCEEDED",
        "n1": "FAILED",
        "n1/0/n0": "FAILED",
        "n1/0/n1": "SUCCEEDED",
        "n1/0/end-node": "SKIPPED",
        "n2": "SKIPPED",
        "end-node": "SKIPPED",
    }


def test_a_sub_workflow_that_takes_too_long_is_aborted_inside_and_fails(rig: Rig) -> None:
    rig.script("left", [HANGS])
    run = rig.create("r", nested(inner_handler=True, timeout_s=1), {"a": 1})

    rig.play()

    assert phases(rig, run) == {
        "n0": "SUCCEEDED",
        "n1": "FAILED",
        "n1/0/n0": "ABORTED",
        "n1/0/n1": "SUCCEEDED",
        "n1/0/fn0": "SUCCEEDED",
    }
    error = rig.run(run).error
    assert error is not None
    assert (error.code, error.node) == ("RetriesExhausted|TimeoutExpired", "n1")


def test_an_abort_cascades_down_and_is_over_from_below(rig: Rig) -> None:
    rig.script("left", [HANGS])
    rig.script("right", [HANGS])
    run = rig.create("r", nested(inner_handler=True, outer_handler=True), {"a": 1})
    rig.play(until="n1/0/n1 RUNNING")

    rig.abort(run)
    rig.play()

    assert [event for event in rig.events(run) if event.endswith("ABORTED") and "#" not in event] == [
        "n1/0/n0 ABORTED",
        "n1/0/n1 ABORTED",
        "n1 ABORTED",
        "WF ABORTED",
    ]


@pytest.mark.parametrize(
    "moment", ["n1 QUEUED", "n1/0/start-node SUCCEEDED", "n1/0/n0 SUCCEEDED", "n1/0/end-node SUCCEEDED", "n1 SUCCEEDED"]
)
@pytest.mark.parametrize("group", [1, 250])
def test_a_crash_inside_changes_nothing_in_the_end(make_rig: type[Rig], moment: str, group: int) -> None:
    rig = make_rig(options=EngineOptions(group_limit=group))
    run = rig.create("r", nested(), {"a": 1})
    rig.play(until=moment)

    rig.crash().play()

    assert rig.outputs(run) == {"o": 4}


def test_the_deadline_of_a_sub_workflow_outlives_a_crash(rig: Rig) -> None:
    rig.script("left", [HANGS])
    run = rig.create("r", nested(timeout_s=1), {"a": 1})
    rig.play(until="n1/0/n0 RUNNING")

    rig.crash().play()

    assert rig.action(run, "n1").phase.name == "FAILED"


def test_a_sub_workflow_with_nothing_but_a_pass_through_gives_its_inputs(rig: Rig) -> None:
    task = builders.task("t", task_type="scripted")
    sub = builders.workflow(
        "sub", [builders.node("n0", task.id)], inputs=["a"], outputs=[builders.promise("o", "", "a")]
    )
    node = builders.node("n0", sub.id, [builders.promise("a", "", "a")])
    primary = builders.workflow("wf", [node], inputs=["a"], outputs=[builders.promise("o", "n0", "o")])
    run = rig.create("r", builders.closure(primary, [task], [sub]), {"a": 5})

    assert rig.play().outputs(run) == {"o": 5}
    assert rig.literals(run) == pb.LiteralMap(literals={"o": builders.integer(5)})
