"""A new run that reuses what succeeded in an old one. Engine spec 2.8; scenarios 76 and 77."""

from typing import Any

import pytest

from volant.contracts.rows import RunSpec
from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, flow

PERMANENT = TaskStatus.permanent_failure("Boom", "hopeless")


def recover(rig: Rig, plan: bytes, old: str, name: str = "new") -> Any:
    return rig.create(name, plan, {"a": 1}, spec=RunSpec(entity="wf", recovered_from=old))


def phases(rig: Rig, run: Any) -> dict[str, str]:
    return {row.name: row.phase.name for row in rig.store.list_actions(run) if row.name and row.kind != "start"}


def test_what_succeeded_is_taken_over_and_what_failed_runs(rig: Rig) -> None:
    """Scenario 76."""
    plan = flow({"a": "", "b": "a"})
    rig.script("b", [PERMANENT])
    old = rig.create("old", plan, {"a": 1})
    rig.play()
    rig.script("b", [])

    new = recover(rig, plan, old)
    rig.play()

    assert rig.events(new) == [
        "WF RUNNING",
        "start-node SUCCEEDED",
        "a RECOVERED",
        "b QUEUED",
        "b#0 SUCCEEDED",
        "b SUCCEEDED",
        "end-node QUEUED",
        "end-node SUCCEEDED",
        "WF SUCCEEDING",
        "WF SUCCEEDED",
    ]
    assert rig.attempts(new, "a") == []
    assert rig.action(new, "a").inputs == rig.action(old, "a").inputs
    assert rig.outputs(new) == {"o": 3}
    assert rig.store.holders(old) == [new]


def nested() -> bytes:
    """The sub-workflow n0 with inner nodes n0 > n1, then the sub-workflow n1 that is the same."""
    tasks = [builders.task(name, task_type="scripted", inputs=["x"], outputs=["o"]) for name in ("one", "two")]
    inner = [
        builders.node("n0", tasks[0].id, [builders.promise("x", "", "a")]),
        builders.node("n1", tasks[1].id, [builders.promise("x", "n0", "o")]),
    ]
    sub = builders.workflow("sub", inner, inputs=["a"], outputs=[builders.promise("o", "n1", "o")])
    nodes = [
        builders.node("n0", sub.id, [builders.promise("a", "", "a")]),
        builders.node("n1", sub.id, [builders.promise("a", "n0", "o")]),
    ]
    primary = builders.workflow("wf", nodes, inputs=["a"], outputs=[builders.promise("o", "n1", "o")])
    return builders.closure(primary, tasks, [sub])


def test_a_sub_workflow_that_succeeded_is_taken_over_whole_and_one_that_failed_node_by_node(rig: Rig) -> None:
    """Scenario 77."""
    old = rig.create("old", nested(), {"a": 1})
    rig.play(until="n1/0/n0 SUCCEEDED")
    rig.script("two", [PERMANENT])
    rig.play()
    assert rig.action(old, "n1").phase.name == "FAILED"
    rig.script("two", [])

    new = recover(rig, nested(), old)
    rig.play()

    assert phases(rig, new) == {
        "n0": "RECOVERED",
        "n1": "SUCCEEDED",
        "n1/0/n0": "RECOVERED",
        "n1/0/n1": "SUCCEEDED",
        "n1/0/end-node": "SUCCEEDED",
        "end-node": "SUCCEEDED",
    }
    assert rig.outputs(new) == {"o": 5}


def test_an_aborted_run_may_be_recovered_and_what_was_recovered_again(rig: Rig) -> None:
    plan = flow({"a": "", "b": "a", "c": "b"})
    rig.script("b", [HANGS])
    old = rig.create("old", plan, {"a": 1})
    rig.play(until="b RUNNING")
    rig.abort(old)
    rig.play()
    rig.script("b", [])
    rig.script("c", [PERMANENT])
    second = recover(rig, plan, old, "second")
    rig.play()
    rig.script("c", [])

    third = recover(rig, plan, second, "third")
    rig.play()

    assert phases(rig, second) == {"a": "RECOVERED", "b": "SUCCEEDED", "c": "FAILED"}
    assert phases(rig, third) == {
        "a": "RECOVERED",
        "b": "RECOVERED",
        "c": "SUCCEEDED",
        "end-node": "SUCCEEDED",
    }
    assert rig.outputs(third) == {"o": 4}


@pytest.mark.parametrize("moment", ["WF RUNNING", "a RECOVERED", "b QUEUED"])
@pytest.mark.parametrize("group", [1, 250])
def test_a_crash_while_recovering_changes_nothing_in_the_end(make_rig: type[Rig], moment: str, group: int) -> None:
    rig = make_rig(options=EngineOptions(group_limit=group))
    plan = flow({"a": "", "b": "a"})
    rig.script("b", [PERMANENT])
    old = rig.create("old", plan, {"a": 1})
    rig.play()
    rig.script("b", [])
    new = recover(rig, plan, old)
    rig.play(until=moment)

    rig.crash().play()

    assert phases(rig, new) == {"a": "RECOVERED", "b": "SUCCEEDED", "end-node": "SUCCEEDED"}
    assert rig.outputs(new) == {"o": 3}


def test_a_failure_node_that_once_succeeded_runs_again(rig: Rig) -> None:
    handler = builders.task("handler", task_type="scripted")
    plan = flow({"a": ""}, failure_node=builders.node("fn0", handler.id), more_tasks=[handler])
    rig.script("a", [PERMANENT])
    old = rig.create("old", plan, {"a": 1})
    rig.play()

    new = recover(rig, plan, old)
    rig.play()

    assert phases(rig, new) == {"a": "FAILED", "fn0": "SUCCEEDED"}
    assert rig.story.count("start fn0#0") == 2
