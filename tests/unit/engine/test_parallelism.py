"""`max_parallelism`. Engine spec 2.7, deviation 4; scenario 78."""

import datetime as dt
from typing import Any

import pytest

from volant.contracts.plugin import NotYet
from volant.contracts.rows import RunSpec
from volant.contracts.status import TaskStatus
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import done, flow, going


def most_active(rig: Rig, run: Any) -> int:
    active: set[str] = set()
    most = 0
    for event in rig.events(run):
        name, phase = event.split()[:2]
        if rig_kind(rig, run, name) != "task":
            continue
        (active.add if phase in ("QUEUED", "RUNNING") else active.discard)(name)
        most = max(most, len(active))
    return most


def rig_kind(rig: Rig, run: Any, name: str) -> str:
    return "" if name == "WF" or "#" in name else rig.action(run, name).kind


def wide(inner: int, outer: int) -> bytes:
    """`outer` tasks beside a sub-workflow of `inner` tasks."""
    tasks = [builders.task(f"t{k}", task_type="scripted") for k in range(inner + outer)]
    sub = builders.workflow("sub", [builders.node(f"n{k}", tasks[k].id) for k in range(inner)])
    nodes = [builders.node("m", sub.id)]
    nodes += [builders.node(f"n{k}", tasks[inner + k].id) for k in range(outer)]
    return builders.closure(builders.workflow("wf", nodes), tasks, [sub])


@pytest.mark.parametrize("crash", ["", "n0 RUNNING", "m/0/n1 SUCCEEDED"])
def test_never_more_leaves_are_active_than_allowed_inside_sub_workflows_too(rig: Rig, crash: str) -> None:
    """Scenario 78."""
    for k in range(10):
        rig.script(f"t{k}", [going(100 + k), done()])
    run = rig.create("r", wide(4, 6), spec=RunSpec(entity="wf", max_parallelism=2))

    if crash:
        rig.play(until=crash).crash()
    rig.play()

    assert most_active(rig, run) == 2
    assert rig.run(run).phase.name == "SUCCEEDED"


def test_without_a_limit_everything_ready_is_active_at_once(rig: Rig) -> None:
    for k in range(10):
        rig.script(f"t{k}", [going(), done()])
    run = rig.create("r", wide(4, 6))

    rig.play()

    assert most_active(rig, run) == 10


def test_leaves_are_admitted_in_plan_order_wherever_they_are_nested(rig: Rig) -> None:
    run = rig.create("r", wide(3, 2), spec=RunSpec(entity="wf", max_parallelism=1))

    rig.play()

    started = [told.split()[1] for told in rig.story if told.startswith("start ")]
    assert started == ["m/0/n0#0", "m/0/n1#0", "m/0/n2#0", "n0#0", "n1#0"]
    assert rig.run(run).phase.name == "SUCCEEDED"


@pytest.mark.parametrize(
    "first",
    [
        [done(o=1)],
        [TaskStatus.permanent_failure("Boom", "hopeless")],
        [TaskStatus.succeeded()],
        [ConnectionError(), done(o=1)],
    ],
)
def test_a_slot_is_free_again_however_a_leaf_ends(rig: Rig, first: list[Any]) -> None:
    rig.script("a", first)
    plan = flow({"a": "", "b": "", "c": ""}, fail_fast=False)
    run = rig.create("r", plan, {"a": 1}, spec=RunSpec(entity="wf", max_parallelism=1))

    rig.play()

    assert rig.action(run, "c").phase.name == "SUCCEEDED"
    assert most_active(rig, run) == 1


def in_a_hurry(leaf: str) -> bytes:
    """A sub-workflow that must be over in a second: one leaf, and a failure node."""
    serialized = leaf == "waits for the cache"
    task = builders.task("t", task_type="scripted", outputs=["o"], retries=3, serialize=serialized,
                         cache_version="1" if serialized else "")  # fmt: skip
    handler = builders.task("handler", task_type="scripted")
    failure_node = builders.node("fn0", handler.id)
    sub = builders.workflow("sub", [builders.node("n0", task.id)], failure_node=failure_node)
    primary = builders.workflow("wf", [builders.node("m", sub.id, timeout_s=1)])
    return builders.closure(primary, [task, handler], [sub])


@pytest.mark.parametrize("leaf", ["runs", "waits for the cache", "is between two attempts"])
def test_a_leaf_that_is_aborted_leaves_its_slot_to_the_failure_node(rig: Rig, leaf: str) -> None:
    rig.script("t", [TaskStatus.running()])
    if leaf == "is between two attempts":
        busy = NotYet("busy", after=dt.timedelta(seconds=5))
        rig.script("t", [TaskStatus.retryable_failure("Boom", "no luck")], finalize=[busy])
    rig.create("before", in_a_hurry(leaf)) if leaf == "waits for the cache" else None
    run = rig.create("r", in_a_hurry(leaf), spec=RunSpec(entity="wf", max_parallelism=1))

    rig.play()

    assert rig.action(run, "m/0/n0").phase.name == "ABORTED"
    assert rig.action(run, "m/0/fn0").phase.name == "SUCCEEDED"


def test_cached_leaves_need_no_slot(rig: Rig) -> None:
    plan = flow({"a": "", "b": ""}, a={"cache_version": "1"})
    rig.create("first", plan, {"a": 1})
    rig.play()
    rig.script("a", [done(o=1)])

    run = rig.create("second", plan, {"a": 1}, spec=RunSpec(entity="wf", max_parallelism=1))

    assert rig.play().run(run).phase.name == "SUCCEEDED"


def test_a_retry_keeps_its_slot(rig: Rig) -> None:
    rig.script("a", [TaskStatus.retryable_failure("Boom", "no luck")], finalize=[ConnectionError()] * 3)
    plan = flow({"a": "", "b": ""}, a={"retries": 1})
    run = rig.create("r", plan, {"a": 1}, spec=RunSpec(entity="wf", max_parallelism=1))

    rig.play()

    started = [told for told in rig.story if told.startswith("start ")]
    assert started == ["start a#0", "start a#1", "start b#0"]
    assert most_active(rig, run) == 1
