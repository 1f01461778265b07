"""What our compiler makes of workflows that real flytekit wrote: edges and ids as Flyte's compiler has them.

Worked out by hand from the rules: what a node uses it waits for; who waits for nothing waits for the start, who is
waited for by nobody leads to the end; a node within a branch is called after it and leads upstream only.
"""

import base64
import functools
import json
from pathlib import Path

import pytest

from volant.base.errors import UnsupportedError
from volant.compiler.build import entity_key
from volant.compiler.compile import compile_workflow
from volant.compiler.launch_plans import register_launch_plan
from volant.compiler.problems import CompileError
from volant.compiler.runnable import check_runnable
from volant.idl import pb
from volant.idl.literals import wire

GOLDEN = Path(__file__).parent / "golden" / "graphs.json"
KINDS = {"TaskTemplate": pb.TaskTemplate, "WorkflowTemplate": pb.WorkflowTemplate, "LaunchPlan": pb.LaunchPlan}

UPSTREAM = {
    "chosen": {
        "n0": "start-node", "n1": "n0 start-node", "n1-n0": "n0", "n1-n1": "n0 start-node", "n2": "n1",
        "end-node": "n2",
    },
    "chosen within": {"n0": "start-node", "n0-n0": "start-node", "n0-n0-n0": "start-node", "end-node": "n0"},
    "chosen late": {
        "n0": "start-node", "n1": "start-node", "n2": "n0", "n2-n0": "n1", "n2-n1": "start-node",
        "end-node": "n1 n2",
    },
    "chosen by field": {
        "n0": "start-node", "n1": "n0 start-node", "n1-n0": "n0", "n1-n1": "start-node", "end-node": "n1",
    },
    "gated": {
        "n0": "start-node", "n1": "start-node", "n2": "n0 n1", "n3": "n2", "n4": "n3", "n5": "n4 start-node",
        "end-node": "n5",
    },
    "mapped": {"n0": "start-node", "end-node": "n0"},
    "mapped in part": {"n0": "start-node", "end-node": "n0"},
    "mapped plan": {"n0": "start-node", "end-node": "n0"},
    "launched": {"n0": "start-node", "n1": "start-node", "n2": "n0 n1", "end-node": "n2"},
    "with dynamic": {"n0": "start-node", "n1": "n0", "end-node": "n1"},
    "handled": {
        "n0": "start-node", "n0-n0": "start-node", "n0-n1": "start-node", "n1": "n0", "n2": "n1", "end-node": "n0 n2",
        "fn0": "start-node",
    },
}  # fmt: skip

DOWNSTREAM = {
    "chosen": {"start-node": "n0 n1", "n0": "n1", "n1": "n2", "n2": "end-node"},
    "chosen within": {"start-node": "n0", "n0": "end-node"},
    "chosen late": {"start-node": "n0 n1", "n0": "n2", "n1": "end-node", "n2": "end-node"},
    "chosen by field": {"start-node": "n0 n1", "n0": "n1", "n1": "end-node"},
    "gated": {
        "start-node": "n0 n1 n5", "n0": "n2", "n1": "n2", "n2": "n3", "n3": "n4", "n4": "n5", "n5": "end-node",
    },
    "mapped": {"start-node": "n0", "n0": "end-node"},
    "mapped in part": {"start-node": "n0", "n0": "end-node"},
    "mapped plan": {"start-node": "n0", "n0": "end-node"},
    "launched": {"start-node": "n0 n1", "n0": "n2", "n1": "n2", "n2": "end-node"},
    "with dynamic": {"start-node": "n0", "n0": "n1", "n1": "end-node"},
    "handled": {"start-node": "n0", "n0": "end-node n1", "n1": "n2", "n2": "end-node"},
}  # fmt: skip

TOLD = {
    "chosen": ["a branch"],
    "chosen within": ["a branch", "a branch"],
    "chosen late": ["a branch"],
    "chosen by field": ["a branch"],
    "gated": ["a gate"] * 4,
    "mapped": ["an array"],
    "mapped in part": ["an array"],
    "mapped plan": ["an array", "launch plan 'with_default'"],
    "launched": ["launch plan 'with_default'", "launch plan 'with_fixed'"],
    "handled": ["a branch", "launch plan 'with_fixed'"],
}


@functools.cache
def compiled(name):
    found = {kind: [] for kind in KINDS}
    for message in json.loads(GOLDEN.read_text())["shapes"][name]["messages"].values():
        kind = message["kind"]
        found[kind].append(KINDS[kind].FromString(base64.b64decode(message["bytes"])))
    workflows = {entity_key(each.id): each for each in found["WorkflowTemplate"]}
    plans = [register_launch_plan(each, workflows[entity_key(each.spec.workflow_id)].interface)
             for each in found["LaunchPlan"]]  # fmt: skip
    primary = found["WorkflowTemplate"].pop()
    assert primary.id.name == f"cases.graphs.{name.replace(' ', '_')}"
    return compile_workflow(primary, found["WorkflowTemplate"], found["TaskTemplate"], plans)


def neighbours(side):
    return {key: " ".join(side[key].ids) for key in side}


@pytest.mark.parametrize("name", UPSTREAM)
def test_the_edges_are_flyte_s(name):
    connections = compiled(name).primary.connections
    assert neighbours(connections.upstream) == UPSTREAM[name]
    assert neighbours(connections.downstream) == DOWNSTREAM[name]


@pytest.mark.parametrize("name", UPSTREAM)
def test_start_and_end_come_first_and_nodes_of_branches_stay_within_them(name):
    nodes = [each.id for each in compiled(name).primary.template.nodes]
    assert nodes[:2] == ["start-node", "end-node"]
    inner = {each for each in UPSTREAM[name] if "-n" in each and each != "end-node"} - {"start-node"}
    assert set(nodes) == {*UPSTREAM[name], "start-node"} - inner - {"fn0"}


def test_what_is_bound_within_a_branch_names_the_start_node_and_what_an_array_repeats_is_left_alone():
    inner = compiled("chosen").primary.template.nodes[3].branch_node.if_else
    assert [each.binding.promise.node_id for each in inner.other[0].then_node.inputs] == ["n0", "start-node"]
    repeated = compiled("mapped").primary.template.nodes[2].array_node.node
    assert [each.binding.promise.node_id for each in repeated.inputs] == ["", ""]


def test_launch_plans_come_with_their_interface_and_what_they_fix():
    default, fixed = (each.template for each in compiled("launched").launch_plans)
    assert (default.id.name, fixed.id.name) == ("with_default", "with_fixed")
    assert sorted(default.interface.inputs.variables) == ["a", "b"]
    assert sorted(fixed.interface.inputs.variables) == ["a"]
    assert fixed.fixed_inputs.literals["b"].scalar.primitive.integer == 4
    assert [sorted(each.interface.outputs.variables) for each in (default, fixed)] == [["o0"], ["o0"]]


def test_only_what_is_reached_is_there():
    assert [each.template.id.name for each in compiled("chosen late").sub_workflows] == ["cases.graphs.child"]
    handled = compiled("handled")
    assert [each.template.id.name.split(".")[-1] for each in handled.tasks] == ["clean", "inc", "say", "word"]
    assert not handled.sub_workflows


def test_what_flytekit_lets_pass_and_flyte_refuses_is_refused():
    with pytest.raises(CompileError) as caught:
        compiled("chosen of different")
    (problem,) = caught.value.problems
    assert (problem.code, problem.node) == ("MismatchingTypes", "n0")
    assert problem.message == "output 'o0' is int from n0-n0, but str from n0-n1"


@pytest.mark.parametrize("name", UPSTREAM)
def test_it_reads_back_from_its_bytes_and_what_has_no_runtime_is_told_by_name(name):
    closure = pb.CompiledWorkflowClosure.FromString(wire(compiled(name)))
    if name not in TOLD:
        check_runnable(closure)
        return
    with pytest.raises(UnsupportedError) as caught:
        check_runnable(closure)
    assert len(caught.value.problems) == len(TOLD[name])
    for problem, what in zip(caught.value.problems, TOLD[name], strict=True):
        assert what in problem.message
