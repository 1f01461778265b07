"""Plans as the engine loads them (engine spec 1.7)."""

import pytest

from volant.base.errors import StoreFault
from volant.compiler.build import entity_key, load_plan, plan_digest
from volant.compiler.compile import compile_workflow
from volant.compiler.plan import Graph, NodePlan
from volant.idl import pb
from volant.idl.interfaces import strip
from volant.idl.literals import wire
from volant.testing.builders import closure, constant, node, promise, task, workflow

ADD = task("add", inputs=["a", "b"], outputs=["o0"], retries=2)
SAY = task("say")


def only_graph(data: bytes) -> Graph:
    plan = load_plan(data)
    return plan.graphs[plan.root]


def only_node(made: pb.Node, template: pb.TaskTemplate = SAY) -> NodePlan:
    return only_graph(closure(workflow("wf", [made]), [template])).nodes[made.id]


def test_a_key_names_project_domain_name_and_version():
    assert entity_key(SAY.id) == "p:d:say:v"


def test_a_plan_is_named_by_the_digest_of_its_bytes():
    data = closure(workflow("wf", [node("n0", SAY.id)]), [SAY])
    assert load_plan(data).digest == plan_digest(data)
    assert len(plan_digest(data)) == 64


def test_nodes_come_in_visiting_order_depth_first_and_lexicographic():
    nodes = [node(f"n{number}", SAY.id) for number in range(12)]
    nodes.append(node("m", SAY.id, after=["n0"]))
    graph = only_graph(closure(workflow("wf", nodes), [SAY]))
    order = ["start-node", "n0", "m", "end-node", "n1", "n10", "n11", *(f"n{n}" for n in range(2, 10))]
    assert list(graph.nodes) == order
    assert [each.index for each in graph.nodes.values()] == list(range(len(order)))


def test_a_node_knows_its_neighbours_its_bindings_and_its_target():
    nodes = [
        node("n0", ADD.id, [promise("a", "", "x"), constant("b", 1)]),
        node("n1", ADD.id, [promise("a", "n0", "o0"), constant("b", 2)], timeout_s=1.5),
    ]
    graph = only_graph(closure(workflow("wf", nodes, inputs=["x"], outputs=[promise("y", "n1", "o0")]), [ADD]))
    assert graph.nodes["start-node"].kind == "start"
    assert graph.nodes["end-node"].kind == "end"
    made = graph.nodes["n1"]
    assert (made.kind, made.target, made.display) == ("task", "p:d:add:v", "n1")
    assert (made.upstream, made.downstream) == (("n0",), ("end-node",))
    assert (made.max_attempts, made.timeout_us) == (3, 1_500_000)
    assert {name: data.WhichOneof("value") for name, data in made.bindings.items()} == {"a": "promise", "b": "scalar"}
    assert graph.nodes["end-node"].bindings["y"].promise.node_id == "n1"


def test_a_node_s_retries_go_before_its_task_s():
    made = node("n0", task("t", retries=2).id)
    made.metadata.retries.retries = 5
    assert only_node(made, task("t", retries=2)).max_attempts == 6
    made.metadata.ClearField("retries")
    assert only_node(made, task("t", retries=2)).max_attempts == 3
    assert only_node(made, task("t")).max_attempts == 1


def test_what_a_node_does_not_say_is_left_to_others():
    plain = only_node(node("n0", SAY.id))
    assert (plain.interruptible, plain.cacheable, plain.cache_version) == (None, None, "")
    assert (plain.cache_serializable, plain.resources, plain.aliases) == (None, None, None)


def test_what_a_node_says_is_kept_false_too():
    made = node("n0", ADD.id, [constant("a", 1), constant("b", 1)])
    made.metadata.interruptible = False
    made.metadata.cacheable = True
    made.metadata.cache_version = "2"
    made.metadata.cache_serializable = False
    made.output_aliases.add(var="o0", alias="total")
    made.task_node.overrides.resources.requests.add(name=pb.Resources.CPU, value="2")
    loaded = only_node(made, ADD)
    assert (loaded.interruptible, loaded.cacheable, loaded.cache_version) == (False, True, "2")
    assert (loaded.cache_serializable, loaded.aliases) == (False, {"total": "o0"})
    assert loaded.resources.requests[0].value == "2"


def test_empty_overrides_override_nothing():
    made = node("n0", SAY.id)
    made.task_node.overrides.resources.SetInParent()
    assert only_node(made).resources is None


def test_graphs_and_tasks_are_found_by_key_with_stripped_interfaces():
    described = task("say", inputs=["a"])
    described.interface.inputs.variables["a"].description = "words"
    sub = workflow("sub", [node("n0", described.id, [constant("a", 1)])], fail_fast=False)
    sub.metadata_defaults.interruptible = True
    plan = load_plan(closure(workflow("wf", [node("n0", sub.id)]), [described], [sub]))
    assert plan.root == "p:d:wf:v"
    assert plan.graphs["p:d:wf:v"].nodes["n0"].kind == "workflow"
    assert plan.graphs["p:d:wf:v"].nodes["n0"].target == "p:d:sub:v"
    inner = plan.graphs["p:d:sub:v"]
    assert (inner.name, inner.fail_fast, inner.interruptible) == ("sub", False, True)
    made = plan.tasks["p:d:say:v"]
    assert (made.name, made.type, made.template) == ("say", "echo", described)
    assert made.interface == strip(described.interface)


def test_a_task_and_a_workflow_may_share_a_name():
    twin = task("twin", retries=4)
    sub = workflow("twin", [node("n0", twin.id)])
    plan = load_plan(closure(workflow("wf", [node("n0", sub.id)]), [twin], [sub]))
    assert plan.graphs["p:d:wf:v"].nodes["n0"].max_attempts == 1
    assert plan.graphs["p:d:twin:v"].nodes["n0"].max_attempts == 5


def test_the_failure_node_is_beside_the_graph():
    failure = node("fn0", SAY.id)
    graph = only_graph(closure(workflow("wf", [node("n0", SAY.id)], failure_node=failure), [SAY]))
    assert "fn0" not in graph.nodes
    made = graph.failure_node
    assert (made.id, made.kind, made.upstream, made.downstream) == ("fn0", "task", (), ())
    assert only_graph(closure(workflow("wf", [node("n0", SAY.id)]), [SAY])).failure_node is None


def test_damaged_bytes_are_the_store_s_fault():
    with pytest.raises(StoreFault, match="damaged"):
        load_plan(b"\xff\xff")


def test_a_closure_that_lacks_a_task_is_damaged():
    whole = compile_workflow(workflow("wf", [node("n0", SAY.id)]), [], [SAY])
    whole.ClearField("tasks")
    with pytest.raises(StoreFault, match="damaged"):
        load_plan(wire(whole))


def test_a_closure_with_a_node_of_no_kind_is_damaged():
    whole = compile_workflow(workflow("wf", [node("n0", SAY.id)]), [], [SAY])
    whole.primary.template.nodes[2].ClearField("target")
    with pytest.raises(StoreFault, match="n0"):
        load_plan(wire(whole))
