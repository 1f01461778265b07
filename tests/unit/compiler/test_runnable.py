"""What compiles and yet cannot run here, and what runs without some of what it says."""

import pytest

from volant.base.errors import UnsupportedError
from volant.compiler.compile import compile_workflow
from volant.compiler.problems import CompileError, Problem
from volant.compiler.runnable import check_runnable, notes
from volant.idl import pb
from volant.testing.builders import constant, node, promise, task, workflow
from volant.testing.node_builders import array, branch, compare, launch_plan, launch_plan_node, signal

SAY = task("say")
ADD = task("add", inputs=["a"], outputs=["o0"])
SUB = workflow("sub", [node("n0", SAY.id)])
PLAN = launch_plan("nightly", SUB)


def closure(*nodes: pb.Node, **more) -> pb.CompiledWorkflowClosure:
    return compile_workflow(workflow("wf", nodes, **more), [SUB], [SAY, ADD], [PLAN])


def refused(made: pb.CompiledWorkflowClosure) -> list[Problem]:
    with pytest.raises(UnsupportedError) as caught:
        check_runnable(made)
    assert isinstance(caught.value, CompileError)
    return list(caught.value.problems)


def retried() -> pb.Node:
    made = node("n0", SUB.id)
    made.metadata.retries.retries = 2
    return made


def cached() -> pb.Node:
    made = node("n0", SUB.id)
    made.metadata.cacheable = True
    return made


def offloaded() -> pb.Node:
    literal = pb.LiteralOffloadedMetadata(uri="s3://x", inferred_type=pb.LiteralType(simple=pb.SimpleType.INTEGER))
    given = pb.BindingData(offloaded_metadata=literal)
    return node("n0", ADD.id, [pb.Binding(var="a", binding=given)])


REFUSED = {
    "a branch": (
        branch("n0", [constant("x", 1)], [(compare("x", 1), node("n0", SAY.id))]),
        "this node is a branch (conditional), which Volant cannot run yet",
        "decide inside a task with a plain `if`, or run it on a Flyte cluster meanwhile",
    ),
    "a gate": (
        signal("n0"),
        "this node is a gate (approve, wait_for_input or sleep), which Volant cannot run yet",
        "take the answer as an input, or run it on a Flyte cluster meanwhile",
    ),
    "an array": (
        array("n0", node("inner", SAY.id), []),
        "this node is an array (map_task), which Volant cannot run yet",
        "call the task once for each element in the workflow, or run it on a Flyte cluster meanwhile",
    ),
    "a launch plan": (
        launch_plan_node("n0", PLAN.id),
        "this node starts launch plan 'nightly'; Volant cannot run launch plan nodes yet",
        "call the workflow itself, which then runs inside this one, or run it on a Flyte cluster meanwhile",
    ),
    "retries of a sub-workflow": (
        retried(),
        "retries on a sub-workflow are something Volant cannot do yet",
        "give retries to the tasks in it",
    ),
    "caching of a sub-workflow": (
        cached(),
        "a sub-workflow is never cached as a whole",
        "give cache=True to the tasks in it",
    ),
    "an offloaded constant": (
        offloaded(),
        "an input is an offloaded literal, which Volant cannot read yet",
        "bind the value itself, or a File",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_runtime_is_refused_by_name_with_what_to_do(what):
    made, message, fix = REFUSED[what]

    assert refused(closure(made)) == [Problem("Unsupported", "n0", message, "p:d:wf:v", fix)]


def test_everything_is_told_at_once_nodes_in_branches_and_in_sub_workflows_too():
    chosen = branch("n0", [constant("x", 1)], [(compare("x", 1), launch_plan_node("n0", PLAN.id))])
    inner = workflow("inner", [signal("n0")])
    made = compile_workflow(
        workflow("wf", [node("n1", inner.id), chosen], failure_node=array("fn0", node("inner", SAY.id), [])),
        [inner], [SAY], [PLAN],
    )  # fmt: skip

    found = refused(made)

    assert [(each.workflow, each.node) for each in found] == [
        ("p:d:wf:v", "n0"), ("p:d:wf:v", "n0-n0"), ("p:d:wf:v", "fn0"), ("p:d:inner:v", "n0"),
    ]  # fmt: skip
    assert found[-1].message.startswith("in workflow 'inner': this node is a gate")


def test_an_offloaded_constant_is_found_in_lists_and_dicts():
    ints = pb.LiteralType(collection_type=pb.LiteralType(map_value_type=pb.LiteralType(simple=1)))
    taker = task("taker", inputs=["a"])
    taker.interface.inputs.variables["a"].type.CopyFrom(ints)
    deep = pb.Binding(var="a")
    inner = deep.binding.collection.bindings.add().map.bindings["k"].offloaded_metadata
    inner.inferred_type.simple = pb.SimpleType.INTEGER

    made = compile_workflow(workflow("wf", [node("n0", taker.id, [deep])]), [], [taker])

    assert [each.node for each in refused(made)] == ["n0"]


def test_tasks_and_sub_workflows_run():
    check_runnable(closure(node("n0", SAY.id), node("n1", SUB.id), node("n2", ADD.id, [promise("a", "", "x")]),
                           inputs=["x"]))  # fmt: skip


def test_a_closure_in_which_nothing_can_ever_start_is_refused():
    made = closure(node("n0", SAY.id))
    made.primary.connections.downstream.pop("start-node")

    with pytest.raises(CompileError) as caught:
        check_runnable(made)

    problem = Problem(
        "NoEntryNodeFound", "start-node", "nothing follows the start-node, so nothing can ever start", "p:d:wf:v",
        "compile the workflow again",
    )  # fmt: skip
    assert list(caught.value.problems) == [problem]
    assert not isinstance(caught.value, UnsupportedError)


# notes


def note(node_id: str, what: str, workflow: str = "p:d:wf:v") -> Problem:
    return Problem("Note", node_id, f"{what} is for a cluster; a run on this machine does not use it", workflow)


def test_overrides_for_a_cluster_are_accepted_and_noted():
    made = node("n0", SAY.id)
    made.task_node.overrides.container_image = "me/it:1"
    made.task_node.overrides.pod_template.primary_container_name = "main"
    made.task_node.overrides.extended_resources.gpu_accelerator.device = "nvidia-tesla-t4"
    made.task_node.overrides.extended_resources.shared_memory.size_limit = "1Gi"

    compiled = closure(made)

    check_runnable(compiled)
    assert notes(compiled) == (
        note("n0", "with_overrides(container_image='me/it:1')"),
        note("n0", "with_overrides(pod_template=…)"),
        note("n0", "the accelerator 'nvidia-tesla-t4'"),
        note("n0", "shared memory"),
    )


def test_what_a_task_asks_of_a_cluster_is_noted_by_the_task_s_name():
    template = task("trained")
    template.k8s_pod.pod_spec.update({"containers": [{"name": "main"}]})
    template.extended_resources.gpu_accelerator.device = "nvidia-a100"
    sub = workflow("inner", [node("n0", template.id)])
    sub.nodes[0].task_node.overrides.container_image = "x"

    compiled = compile_workflow(workflow("wf", [node("n0", sub.id), node("n1", template.id)]), [sub], [template])

    assert notes(compiled) == (
        note("trained", "the pod template", ""),
        note("trained", "the accelerator 'nvidia-a100'", ""),
        note("n0", "in workflow 'inner': with_overrides(container_image='x')", "p:d:inner:v"),
    )


def test_an_ordinary_workflow_has_no_notes():
    assert notes(closure(node("n0", SAY.id))) == ()
