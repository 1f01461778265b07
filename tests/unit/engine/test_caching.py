"""The cache, as runs see it. Engine spec 5; scenarios 69-75. What goes into a key is tested with the keys."""

from typing import Any

import pytest

from volant.base.clock import SECOND_US
from volant.contracts.plugin import PluginProperties, TaskContext
from volant.contracts.rows import RunSpec
from volant.contracts.status import TaskStatus
from volant.idl import pb
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going, ints

CACHED = {"cache_version": "1"}
SERIALIZED = {"cache_version": "1", "serialize": True}
OVERWRITE = RunSpec(entity="wf", overwrite_cache=True)
RETRYABLE = TaskStatus.retryable_failure("Boom", "no luck")


def status(rig: Rig, run: Any, name: str = "a") -> str:
    cache = rig.action(run, name).cache
    return cache.status if cache else ""


def test_the_second_run_is_served_what_the_first_one_made(rig: Rig) -> None:
    """Scenario 69."""
    plan = flow({"a": ""}, a=CACHED)
    first = rig.create("first", plan, {"a": 1})
    rig.play()

    second = rig.create("second", plan, {"a": 1})
    rig.play()

    assert (status(rig, first), status(rig, second)) == ("POPULATED", "HIT")
    assert rig.events(second)[2:4] == ["a SUCCEEDED", "end-node QUEUED"]
    assert rig.attempts(second, "a") == []
    cache = rig.action(second, "a").cache
    assert cache is not None
    assert (cache.source_run, cache.source_action) == (first, "a")
    assert rig.outputs(second) == rig.outputs(first)
    assert rig.store.holders(first) == [second]


def test_a_task_that_is_not_cached_says_nothing_of_the_cache(rig: Rig) -> None:
    run = rig.create("r", flow({"a": ""}), {"a": 1})

    rig.play()

    assert rig.action(run, "a").cache is None


@pytest.mark.parametrize(
    ("change", "inputs", "expected"),
    [
        ({}, {"a": 1}, "HIT"),
        ({}, {"a": 2}, "POPULATED"),
        ({"cache_version": "2"}, {"a": 1}, "POPULATED"),
        ({"outputs": ["o", "p"]}, {"a": 1}, "POPULATED"),
    ],
)
def test_another_input_version_or_interface_is_another_key(
    rig: Rig, change: dict[str, Any], inputs: dict[str, int], expected: str
) -> None:
    """Scenario 70."""
    rig.create("first", flow({"a": ""}, a=CACHED), {"a": 1})
    rig.play()

    second = rig.create("second", flow({"a": ""}, a={**CACHED, **change}), inputs)
    rig.play()

    assert status(rig, second) == expected


def test_a_literal_with_a_hash_counts_by_its_hash_alone(rig: Rig) -> None:
    """Scenario 71."""

    def hashed(value: int) -> pb.LiteralMap:
        literals = ints(o=value)
        literals.literals["o"].hash = "h"
        return literals

    rig.script("a", [TaskStatus.succeeded(hashed(1))])
    plan = flow({"a": "", "b": "a"}, b=CACHED)
    first = rig.create("first", plan, {"a": 1})
    rig.play()
    rig.script("a", [TaskStatus.succeeded(hashed(2))])

    second = rig.create("second", plan, {"a": 1})
    rig.play()

    assert (status(rig, first, "b"), status(rig, second, "b")) == ("POPULATED", "HIT")


def test_a_node_may_wish_for_caching_of_its_own(rig: Rig) -> None:
    """Deviation 1."""
    task = builders.task("t", task_type="scripted", outputs=["o"])
    node = builders.node("a", task.id)
    node.metadata.cacheable = True
    node.metadata.cache_version = "7"
    plan = builders.closure(builders.workflow("wf", [node]), [task])
    rig.create("first", plan)
    rig.play()

    second = rig.create("second", plan)

    assert status(rig.play(), second) == "HIT"


def test_a_node_may_wish_against_the_caching_of_its_task(rig: Rig) -> None:
    """Deviation 1."""
    task = builders.task("t", task_type="scripted", outputs=["o"], cache_version="1")
    node = builders.node("a", task.id)
    node.metadata.cacheable = False
    run = rig.create("r", builders.closure(builders.workflow("wf", [node]), [task]))

    rig.play()

    assert rig.action(run, "a").cache is None


def test_a_task_without_outputs_is_not_cached(rig: Rig) -> None:
    """Engine spec 5.5."""
    run = rig.create("r", flow({"a": ""}, a={**CACHED, "outputs": ()}), {"a": 1})

    rig.play()

    assert rig.store.list_cached("a") == []
    assert rig.action(run, "a").cache is None


def test_a_plugin_may_refuse_the_cache(make_rig: type[Rig]) -> None:
    rig = make_rig(properties=PluginProperties(disable_node_level_caching=True))
    rig.create("r", flow({"a": ""}, a=CACHED), {"a": 1})

    rig.play()

    assert rig.store.list_cached("a") == []


def test_overwriting_runs_and_what_it_made_is_served_from_then_on(rig: Rig) -> None:
    """Scenario 72."""
    plan = flow({"a": ""}, a=CACHED)
    rig.create("first", plan, {"a": 1})
    rig.play()
    rig.script("a", [done(o=100)])
    second = rig.create("second", plan, {"a": 1}, spec=OVERWRITE)
    rig.play()

    third = rig.create("third", plan, {"a": 1})
    rig.play()

    assert (status(rig, second), status(rig, third)) == ("POPULATED", "HIT")
    assert rig.outputs(third) == {"o": 100}


def test_only_one_run_at_a_time_computes_a_serialized_key(rig: Rig) -> None:
    """Scenario 73."""
    plan = flow({"a": ""}, a=SERIALIZED)
    rig.script("a", [going(5000), done(o=7)])
    first = rig.create("first", plan, {"a": 1})
    second = rig.create("second", plan, {"a": 1})
    rig.play(until="a RUNNING")

    assert rig.action(second, "a").phase.name == "QUEUED"
    assert rig.action(second, "a").message == "waiting on serialized cache"
    rig.play()

    assert (status(rig, first), status(rig, second)) == ("POPULATED", "HIT")
    assert rig.events(second, "a") == ["a QUEUED", "a SUCCEEDED"]
    assert rig.action(second, "a").message == ""
    assert rig.store.usage().counts["reservation"] == 0


def test_a_waiter_that_is_served_gives_its_slot_back(rig: Rig) -> None:
    plan = flow({"a": "", "b": "a"}, a=SERIALIZED)
    rig.script("a", [going(5000), done(o=7)])
    rig.create("first", plan, {"a": 1})
    second = rig.create("second", plan, {"a": 1}, spec=RunSpec(entity="wf", max_parallelism=1))

    rig.play()

    assert (status(rig, second), rig.run(second).phase.name) == ("HIT", "SUCCEEDED")


def test_a_waiter_goes_on_as_soon_as_the_one_before_it_has_failed(rig: Rig) -> None:
    """Deviation 13."""
    plan = flow({"a": ""}, a=SERIALIZED)
    rig.script("a", [going(5000), TaskStatus.permanent_failure("Boom", "hopeless")])
    rig.create("first", plan, {"a": 1})
    second = rig.create("second", plan, {"a": 1})
    rig.play(until="a FAILED")
    failed = rig.clock.us

    rig.play(until="start a#0")

    assert rig.clock.us == failed
    assert rig.play().action(second, "a").phase.name == "FAILED"


def test_a_waiter_takes_over_when_the_engine_of_the_one_before_it_is_dead(make_rig: type[Rig]) -> None:
    """Scenario 73. The dead engine's run is taken over too, and then one of both waits for the other."""
    rig = make_rig()
    plan = flow({"a": ""}, a=SERIALIZED)
    rig.script("a", [going(5000), done(o=7)])
    runs = [rig.create("first", plan, {"a": 1}), rig.create("second", plan, {"a": 1})]
    rig.play(until="a RUNNING")

    rig.crash().play()

    assert sorted(status(rig, run) for run in runs) == ["HIT", "POPULATED"]


def test_a_waiter_may_be_aborted(rig: Rig) -> None:
    plan = flow({"a": ""}, a=SERIALIZED)
    rig.script("a", [HANGS])
    rig.create("first", plan, {"a": 1})
    second = rig.create("second", plan, {"a": 1}, spec=RunSpec(entity="wf", max_parallelism=1))
    rig.play(until="a RUNNING")

    rig.abort(second)
    rig.play(until="WF ABORTED")

    assert rig.events(second, "a") == ["a QUEUED", "a ABORTED"]


def test_waiting_costs_one_look_a_second_however_often_the_bell_rings(rig: Rig) -> None:
    plan = flow({"a": ""}, a=SERIALIZED)
    rig.script("a", [going(60_000), done(o=7)])
    rig.create("first", plan, {"a": 1})
    rig.create("second", plan, {"a": 1})
    rig.script("busy", [*[going(100, message=str(k)) for k in range(100)], done(o=1)])
    rig.create("busy", flow({"busy": ""}), {"a": 1})
    rig.play(until="busy#0 RUNNING v99")

    waiting = [timer for timer in rig.propeller.env.timers._heap if timer.kind == "reservation"]

    assert len(waiting) == 1
    assert waiting[0].due_us <= rig.clock.us + SECOND_US


def test_one_key_that_is_held_long_does_not_hold_up_another(rig: Rig) -> None:
    plan = flow({"a": ""}, a=SERIALIZED)

    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        return going(60_000 if ctx.inputs() == ints(x0=1) else 100)

    rig.script("a", [start, done(o=7)])
    for name, key in (("long", 1), ("short", 2), ("waits-long", 1), ("waits-short", 2)):
        run = rig.create(name, plan, {"a": key})
    rig.play(until="a SUCCEEDED")
    served = rig.clock.us

    rig.play(until="a SUCCEEDED")

    assert status(rig, run) == "HIT"
    assert rig.clock.us == served


def test_a_failing_task_leaves_nothing_in_the_cache(rig: Rig) -> None:
    """Scenario 75."""
    rig.script("a", [TaskStatus.permanent_failure("Boom", "hopeless")])
    rig.create("r", flow({"a": ""}, a=CACHED), {"a": 1})

    rig.play()

    assert rig.store.list_cached("a") == []


@pytest.mark.parametrize("moment", ["start a#0", "a#0 FAILED", "finalize a#0", "start a#1"])
def test_a_crash_between_two_attempts_does_not_keep_the_result_out_of_the_cache(rig: Rig, moment: str) -> None:
    rig.script("a", [RETRYABLE])
    run = rig.create("r", flow({"a": ""}, a={**SERIALIZED, "retries": 1}), {"a": 1})
    rig.play(until=moment)

    rig.crash().play()

    assert status(rig, run) == "POPULATED"
    assert len(rig.store.list_cached("a")) == 1


def test_an_entry_whose_blob_is_gone_is_no_entry(rig: Rig) -> None:
    big = [f"o{k}_{'x' * 6_000}" for k in range(7)]
    plan = flow({"a": ""}, a={**CACHED, "outputs": big})
    rig.create("first", plan, {"a": 1})
    rig.play()
    rig.blobs.delete(rig.blobs.root)

    second = rig.create("second", plan, {"a": 1})

    assert status(rig.play(), second) == "POPULATED"
