"""What runs after what, and what is told of it. Engine spec 7.2; scenarios 1-8."""

import pytest
from msgspec.structs import replace

from volant.contracts.rows import RunSpec, ValueRef
from volant.contracts.status import TaskStatus
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing import builders
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going, ints


def queued(events: list[str]) -> list[str]:
    return [event.split()[0] for event in events if event.endswith("QUEUED") and "#" not in event]


def test_one_task_tells_exactly_the_simple_sequence(rig: Rig) -> None:
    """Scenario 1."""
    rig.script(
        "n0",
        [
            TaskStatus.queued(check_after=going().check_after),
            TaskStatus.initializing(check_after=going().check_after),
            going(),
            going(message="half way"),
            done(o=7),
        ],
    )
    run = rig.create("r", flow({"n0": ""}), {"a": 1})

    rig.play()

    assert rig.events(run) == [
        "WF RUNNING",
        "start-node SUCCEEDED",
        "n0 QUEUED",
        "n0#0 QUEUED",
        "n0 RUNNING",
        "n0#0 INITIALIZING",
        "n0#0 RUNNING",
        "n0#0 RUNNING v1",
        "n0#0 SUCCEEDED",
        "n0 SUCCEEDED",
        "end-node QUEUED",
        "end-node SUCCEEDED",
        "WF SUCCEEDING",
        "WF SUCCEEDED",
    ]
    assert rig.outputs(run) == rig.outputs(run, "end-node") == {"o": 7}


def test_a_task_without_outputs_needs_to_leave_none(rig: Rig) -> None:
    """Scenario 2."""
    task = builders.task("t", task_type="scripted")
    rig.script("t", [TaskStatus.succeeded()])
    run = rig.create("r", builders.closure(builders.workflow("wf", [builders.node("n0", task.id)]), [task]))

    rig.play()

    assert "outputs n0#0" not in rig.story
    assert rig.events(run, "WF")[-1] == "WF SUCCEEDED"
    assert rig.literals(run, "end-node") == rig.literals(run, "n0") == pb.LiteralMap()


def test_a_workflow_without_inputs_and_outputs_gives_its_node_empty_inputs(rig: Rig) -> None:
    """Scenario 3."""
    seen = []
    task = builders.task("t", task_type="scripted")
    rig.script("t", [lambda ctx: seen.append(ctx.inputs_wire()) or done()])
    run = rig.create("r", builders.closure(builders.workflow("wf", [builders.node("n0", task.id)]), [task]))

    rig.play()

    assert seen == [b""]
    assert rig.run(run).phase.name == "SUCCEEDED"
    assert rig.outputs(run) == {}


def test_in_a_chain_each_node_is_queued_only_after_the_one_before_succeeded(rig: Rig) -> None:
    """Scenario 4."""
    run = rig.create("r", flow({"a": "", "b": "a", "c": "b"}), {"a": 1})

    rig.play()

    events = rig.events(run)
    assert queued(events) == ["a", "b", "c", "end-node"]
    assert events.index("a SUCCEEDED") < events.index("b QUEUED")
    assert events.index("b SUCCEEDED") < events.index("c QUEUED")
    assert rig.outputs(run) == {"o": 4}


def test_in_a_diamond_the_middle_is_admitted_by_name_and_the_end_waits_for_both(rig: Rig) -> None:
    """Scenario 5."""
    rig.script("b", [going(50), done(o=10)])
    run = rig.create("r", flow({"a": "", "c": "a", "b": "a", "d": "b c"}), {"a": 1})

    rig.play()

    events = rig.events(run)
    assert queued(events) == ["a", "b", "c", "d", "end-node"]
    assert max(events.index("b SUCCEEDED"), events.index("c SUCCEEDED")) < events.index("d QUEUED")
    assert rig.outputs(run) == {"o": 14}


def test_parallel_nodes_are_admitted_in_the_order_of_their_names_not_of_their_numbers(rig: Rig) -> None:
    """Scenario 6."""
    run = rig.create("r", flow({f"n{k}": "" for k in range(12)}), {"a": 1})

    rig.play()

    assert queued(rig.events(run))[:5] == ["n0", "n1", "n10", "n11", "n2"]


def test_order_without_data_is_kept_all_the_same(rig: Rig) -> None:
    """Scenario 7."""
    task = builders.task("t", task_type="scripted")
    nodes = [builders.node("z", task.id), builders.node("b", task.id, after=["z"]),
             builders.node("a", task.id, after=["b"])]  # fmt: skip
    run = rig.create("r", builders.closure(builders.workflow("wf", nodes), [task]))

    rig.play()

    events = rig.events(run)
    assert queued(events) == ["z", "b", "a", "end-node"]
    assert events.index("b SUCCEEDED") < events.index("a QUEUED")


def test_a_workflow_input_bound_to_its_output_passes_through_unchanged(rig: Rig) -> None:
    """Scenario 8."""
    task = builders.task("t", task_type="scripted")
    primary = builders.workflow(
        "wf", [builders.node("n0", task.id)], inputs=["a"], outputs=[builders.promise("o", "", "a")]
    )
    plan = builders.closure(primary, [task])
    literal = builders.integer(5)
    literal.hash = "h"
    inputs = ValueRef(data=wire(pb.LiteralMap(literals={"a": literal})))
    row = replace(builders.run_row("p:d:r", plan), inputs=inputs)
    rig.store.create_run(row, plan)

    rig.crash().play()

    assert rig.literals(row.run).literals["o"] == literal


def test_two_runs_go_on_side_by_side(rig: Rig) -> None:
    rig.script("a", [HANGS])
    stuck = rig.create("stuck", flow({"a": ""}), {"a": 1})
    quick = rig.create("quick", flow({"b": ""}), {"a": 1})

    rig.play()

    assert rig.run(stuck).phase.name == "RUNNING"
    assert rig.run(quick).phase.name == "SUCCEEDED"


def test_a_wide_run_does_not_starve_a_narrow_one(make_rig: type[Rig]) -> None:
    rig = make_rig()
    rig.create("wide", flow({f"n{k}": "" for k in range(1000)}), {"a": 1})
    narrow = rig.create("narrow", flow({"a": ""}), {"a": 1})

    rig.play(until="start a#0")

    started = [told for told in rig.story if told.startswith("start n")]
    assert len(started) < 1000
    assert rig.play().run(narrow).phase.name == "SUCCEEDED"


@pytest.mark.parametrize("count", [1, 7])
def test_big_outputs_go_through_a_blob_and_small_ones_do_not(rig: Rig, count: int) -> None:
    outputs = [f"o{k}_{'x' * 6_000}" for k in range(count)]
    task = builders.task("t", task_type="scripted", outputs=outputs)
    primary = builders.workflow(
        "wf", [builders.node("n0", task.id)], outputs=[builders.promise("o", "n0", outputs[-1])]
    )
    rig.script("t", [TaskStatus.succeeded(ints(**dict.fromkeys(outputs, 3)))])
    run = rig.create("r", builders.closure(primary, [task]), spec=RunSpec(entity="wf"))

    rig.play()

    assert bool(rig.blobs.list(rig.blobs.root)) == (count == 7)
    assert rig.outputs(run) == {"o": 3}
