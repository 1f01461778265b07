"""What a compiled workflow looks like (engine spec 1.1)."""

import sys
from collections import Counter

from volant.compiler.compile import compile_workflow
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing.builders import constant, integer, node, promise, task, workflow

ADD = task("add", inputs=["a", "b"], outputs=["o0"])
SAY = task("say")


def chain() -> pb.WorkflowTemplate:
    nodes = [
        node("n0", ADD.id, [promise("a", "", "x"), constant("b", 1)]),
        node("n1", ADD.id, [promise("a", "n0", "o0"), promise("b", "start-node", "x")]),
        node("n2", SAY.id, after=["n1", "n0"]),
    ]
    return workflow("wf", nodes, inputs=["x"], outputs=[promise("out", "n1", "o0")])


def neighbours(side) -> dict[str, list[str]]:
    return {key: list(side[key].ids) for key in side}


def test_start_and_end_become_the_first_two_nodes():
    primary = compile_workflow(chain(), [], [ADD, SAY]).primary.template
    assert [each.id for each in primary.nodes] == ["start-node", "end-node", "n0", "n1", "n2"]
    assert list(primary.nodes[1].inputs) == list(chain().outputs)


def test_connections_hold_data_and_order_in_both_directions_sorted():
    connections = compile_workflow(chain(), [], [ADD, SAY]).primary.connections
    assert neighbours(connections.upstream) == {
        "n0": ["start-node"],
        "n1": ["n0", "start-node"],
        "n2": ["n0", "n1"],
        "end-node": ["n1", "n2"],
    }
    assert neighbours(connections.downstream) == {
        "start-node": ["n0", "n1"],
        "n0": ["n1", "n2"],
        "n1": ["end-node", "n2"],
        "n2": ["end-node"],
    }


def test_a_reference_to_a_workflow_input_is_spelled_out_at_any_depth():
    inner = pb.BindingData(map=pb.BindingDataMap(bindings={"k": promise("", "", "x").binding}))
    listed = pb.BindingData(collection=pb.BindingDataCollection(bindings=[inner]))
    deep = pb.LiteralType(collection_type=pb.LiteralType(map_value_type=pb.LiteralType(simple=pb.SimpleType.INTEGER)))
    taker = task("taker", inputs=["a"])
    taker.interface.inputs.variables["a"].type.CopyFrom(deep)
    primary = workflow("wf", [node("n0", taker.id, [pb.Binding(var="a", binding=listed)])], inputs=["x"])
    compiled = compile_workflow(primary, [], [taker]).primary.template.nodes[2]
    data = compiled.inputs[0].binding.collection.bindings[0].map.bindings["k"]
    assert data.promise.node_id == "start-node"


def test_what_is_given_is_not_changed():
    primary = chain()
    before = wire(primary)
    compile_workflow(primary, [], [ADD, SAY])
    assert wire(primary) == before


def test_the_same_workflow_compiles_to_the_same_bytes():
    assert wire(compile_workflow(chain(), [], [ADD, SAY])) == wire(compile_workflow(chain(), [], [ADD, SAY]))


def test_only_what_is_reached_is_in_the_closure_each_once_and_in_the_order_given():
    leaf = workflow("leaf", [node("n0", SAY.id)])
    middle = workflow("middle", [node("n0", leaf.id), node("n1", leaf.id)])
    stray = workflow("stray", [node("n0", ADD.id, [constant("a", 1), constant("b", 1)])])
    primary = workflow("wf", [node("n0", middle.id), node("n1", leaf.id)])
    closure = compile_workflow(primary, [leaf, stray, middle], [ADD, SAY, SAY])
    assert [each.template.id.name for each in closure.sub_workflows] == ["leaf", "middle"]
    assert [each.template.id.name for each in closure.tasks] == ["say"]


def test_of_two_tasks_with_one_id_the_first_counts():
    second = task("say", task_type="other")
    closure = compile_workflow(workflow("wf", [node("n0", SAY.id)]), [], [SAY, second])
    assert [each.template.type for each in closure.tasks] == ["echo"]


def test_a_workflow_output_may_be_bound_straight_to_an_input():
    primary = workflow("wf", [node("n0", SAY.id)], inputs=["x"], outputs=[promise("y", "", "x")])
    connections = compile_workflow(primary, [], [SAY]).primary.connections
    assert neighbours(connections.upstream)["end-node"] == ["n0", "start-node"]


def test_the_failure_node_waits_for_the_start_only_and_nothing_waits_for_it():
    primary = workflow(
        "wf", [node("n0", SAY.id)], inputs=["x"],
        failure_node=node("fn0", ADD.id, [promise("a", "", "x"), constant("b", 1)]),
    )  # fmt: skip
    compiled = compile_workflow(primary, [], [ADD, SAY])
    assert neighbours(compiled.primary.connections.upstream)["fn0"] == ["start-node"]
    assert "fn0" not in {key for each in neighbours(compiled.primary.connections.downstream).values() for key in each}
    assert [each.template.id.name for each in compiled.tasks] == ["add", "say"]


def test_a_consumer_uses_an_alias_and_no_longer_the_name_behind_it():
    producer = node("n0", ADD.id, [constant("a", 1), constant("b", 2)])
    producer.output_aliases.add(var="o0", alias="total")
    primary = workflow("wf", [producer], outputs=[promise("y", "n0", "total")])
    assert compile_workflow(primary, [], [ADD]).primary.template.nodes[2].output_aliases[0].alias == "total"


def test_an_optional_input_may_be_left_out():
    union = pb.UnionType(variants=[pb.LiteralType(simple=1), pb.LiteralType(simple=pb.SimpleType.NONE)])
    taker = task("taker", inputs=["a"])
    taker.interface.inputs.variables["a"].type.CopyFrom(pb.LiteralType(union_type=union))
    compile_workflow(workflow("wf", [node("n0", taker.id)]), [], [taker])
    given = workflow("wf", [node("n0", taker.id, [constant("a", integer(1).scalar.primitive.integer)])])
    compile_workflow(given, [], [taker])


def test_a_long_chain_compiles_without_a_deep_stack():
    nodes = [node("n0", ADD.id, [constant("a", 1), constant("b", 1)])]
    for number in range(1, 3_000):
        nodes.append(node(f"n{number}", ADD.id, [promise("a", f"n{number - 1}", "o0"), constant("b", 1)]))
    closure = compile_workflow(workflow("wf", nodes), [], [ADD])
    assert len(closure.primary.template.nodes) == 3_002


def calls_to_compile(count: int) -> int:
    nodes = [node(f"n{number}", ADD.id, [promise("a", "", "x"), constant("b", 1)]) for number in range(count)]
    nodes += [node("last", SAY.id, after=[each.id for each in nodes])]
    primary = workflow("wf", nodes, inputs=["x"])
    counted = Counter()
    sys.setprofile(lambda _frame, event, _arg: counted.update([event]))
    try:
        compile_workflow(primary, [], [ADD, SAY])
    finally:
        sys.setprofile(None)
    return counted["call"] + counted["c_call"]


def test_work_grows_with_the_number_of_nodes_and_not_faster():
    assert calls_to_compile(800) < 2.1 * calls_to_compile(400)
