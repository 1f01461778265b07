"""Branches, gates, arrays and launch plans in compiled form (engine spec 1.2, 1.5)."""

import pytest

from volant.compiler.compile import compile_workflow
from volant.compiler.problems import CompileError
from volant.idl import pb
from volant.testing.builders import INT, constant, integer, node, promise, task, workflow
from volant.testing.node_builders import (
    approval,
    array,
    both,
    branch,
    compare,
    launch_plan,
    launch_plan_node,
    signal,
    sleeping,
)

T = pb.SimpleType
ADD = task("add", inputs=["a", "b"], outputs=["o0"])
SAY = task("say")
CHILD = workflow("child", [node("n0", ADD.id, [promise("a", "", "a"), promise("b", "", "b")])], inputs=["a", "b"],
                 outputs=[promise("o0", "n0", "o0")])  # fmt: skip


def add(name: str, *bindings: pb.Binding, after=()) -> pb.Node:
    given = {binding.var for binding in bindings}
    rest = [constant(var, 1) for var in ("a", "b") if var not in given]
    return node(name, ADD.id, [*bindings, *rest], after=after)


def compiled(nodes, *, tasks=(ADD, SAY), plans=(), outputs=(), subs=(), inputs=("x",)) -> pb.CompiledWorkflow:
    return compile_workflow(workflow("wf", nodes, inputs=inputs, outputs=outputs), subs, tasks, plans).primary


def codes(nodes, **more) -> list[tuple[str, str]]:
    with pytest.raises(CompileError) as caught:
        compiled(nodes, **more)
    return [(each.code, each.node) for each in caught.value.problems]


def neighbours(side) -> dict[str, list[str]]:
    return {key: list(side[key].ids) for key in side}


# branches


def test_nodes_of_a_branch_are_named_after_it_and_lead_upstream_only():
    chosen = branch(
        "n1", [promise(".x", "", "x")], [(compare(".x", 1), add("n0", promise("a", "n0", "o0")))], add("n1")
    )
    connections = compiled([add("n0"), chosen]).connections
    assert neighbours(connections.upstream) == {
        "n0": ["start-node"], "n1": ["start-node"], "n1-n0": ["n0"], "end-node": ["n0", "n1"],
    }  # fmt: skip
    assert neighbours(connections.downstream) == {
        "start-node": ["n0", "n1"], "n0": ["end-node"], "n1": ["end-node"],
    }  # fmt: skip


def test_what_a_case_says_it_waits_for_is_no_edge_and_need_not_exist():
    chosen = branch("n0", [promise(".x", "", "x")], [(compare(".x", 1), add("n0", after=["n7", "n3"]))])
    made = compiled([chosen])
    assert "n0-n0" not in neighbours(made.connections.upstream)
    assert list(made.template.nodes[2].branch_node.if_else.case.then_node.upstream_node_ids) == ["n3", "n7"]


def test_the_order_nodes_are_given_in_does_not_matter():
    chosen = branch("n1", [promise("n0.o0", "n0", "o0")], [(compare("n0.o0", 1), add("n0"))], add("n1"))
    user = node("n2", SAY.id, after=["n1"])
    assert compiled([user, chosen, add("n0")]).connections == compiled([add("n0"), chosen, user]).connections


def test_a_branch_gives_what_all_its_cases_give():
    both_of = task("both", inputs=["a", "b"], outputs=["o0", "o1"])
    arms = [(compare(".x", 1), node("n0", both_of.id, [constant("a", 1), constant("b", 1)]))]
    chosen = branch("n0", [promise(".x", "", "x")], arms, add("n1"))
    compiled([chosen], tasks=[ADD, both_of], outputs=[promise("y", "n0", "o0")])
    assert codes([chosen], tasks=[ADD, both_of], outputs=[promise("y", "n0", "o1")]) == [
        ("VariableNameNotFound", "end-node")
    ]


def test_what_a_wrong_case_would_have_given_is_not_reported_too():
    arms = [(compare(".x", 1), node("n0", task("nope").id))]
    chosen = branch("n0", [promise(".x", "", "x")], arms, add("n1"))
    assert codes([chosen], outputs=[promise("y", "n0", "anything")]) == [("TaskReferenceNotFound", "n0-n0")]


def test_branches_within_branches_are_checked_and_named_all_the_way_down():
    inner = branch("n0", [promise(".x", "", "x")], [(compare(".x", 2), add("n0", promise("a", "n9", "o0")))])
    outer = branch("n0", [promise(".x", "", "x")], [(compare(".x", 1), inner)], add("n1"))
    assert codes([outer]) == [("NodeReferenceNotFound", "n0-n0-n0")]


def test_bindings_metadata_and_aliases_of_a_case_are_checked():
    made = add("n0")
    made.inputs[0].binding.scalar.primitive.string_value = "x"
    made.metadata.timeout.seconds = -1
    made.output_aliases.add(var="o9", alias="z")
    chosen = branch("n0", [promise(".x", "", "x")], [(compare(".x", 1), made)])
    assert sorted(codes([chosen])) == [
        ("InvalidValue", "n0-n0"), ("MismatchingTypes", "n0-n0"), ("ParameterNotBound", "n0-n0"),
    ]  # fmt: skip


def optional(kind: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(union_type=pb.UnionType(variants=[kind, pb.LiteralType(simple=T.NONE)]))


NOTHING = pb.Operand(scalar=pb.Scalar(none_type=pb.Void()))
TEXT = pb.Operand(primitive=pb.Primitive(string_value="x"))
UNTYPED = pb.LiteralType(simple=T.STRUCT)
POINT = pb.LiteralType(simple=T.STRUCT)
POINT.structure.dataclass_type["x"].simple = T.INTEGER


@pytest.mark.parametrize(
    ("kind", "path", "condition"),
    [
        (INT, "", compare("v", 1)),
        (optional(INT), "", compare("v", 1)),
        (optional(INT), "", compare("v", NOTHING)),
        (pb.LiteralType(simple=T.STRING), "", compare("v", TEXT)),
        (POINT, "x", compare("v", 1)),
        (UNTYPED, "x", compare("v", 1)),
        (UNTYPED, "x", compare("v", TEXT)),
        (INT, "", both(compare("v", 1), both(compare(2, "v"), compare("v", "v")))),
    ],
)
def test_values_are_compared_with_what_they_may_be(kind, path, condition):
    giver = task("giver", outputs=["o0"])
    giver.interface.outputs.variables["o0"].type.CopyFrom(kind)
    bound = promise("v", "n0", "o0")
    if path:
        bound.binding.promise.attr_path.add(string_value=path)
    compiled([node("n0", giver.id), branch("n1", [bound], [(condition, add("n0"))])], tasks=[ADD, giver])


@pytest.mark.parametrize(
    "condition", [compare("v", TEXT), compare("v", NOTHING), both(compare("v", 1), compare("v", TEXT))]
)
def test_values_of_other_types_are_not(condition):
    chosen = branch("n0", [promise("v", "", "x")], [(condition, add("n0"))])
    assert codes([chosen]) == [("MismatchingTypes", "n0")]


def test_constants_lists_and_dicts_may_be_bound_on_a_branch():
    items = pb.Binding(var="l")
    items.binding.collection.bindings.extend([constant("", 1).binding, promise("", "", "x").binding])
    fields = pb.Binding(var="d")
    fields.binding.map.bindings["k"].CopyFrom(constant("", 1).binding)
    told = pb.Binding(var="o")
    told.binding.offloaded_metadata.inferred_type.CopyFrom(INT)
    bound = [constant("c", 1), items, fields, told, pb.Binding(var="e", binding=pb.BindingData(scalar=pb.Scalar()))]
    bound.append(pb.Binding(var="f", binding=pb.BindingData()))
    wrong = branch("n0", bound, [(both(compare("c", 1), both(compare("o", "c"), compare("l", "d"))), add("n0"))])
    assert codes([wrong]) == [("MismatchingTypes", "n0"), ("UnrecognizedValue", "n0"), ("MismatchingBindings", "n0")]


# gates


def test_an_approval_hands_on_what_it_is_given_whatever_the_order_and_however_many():
    nodes = [approval(f"n{number}", [promise("o0", f"n{number - 1}", "o0")]) for number in range(3_000, 0, -1)]
    made = compiled([*nodes, add("n0")], outputs=[promise("y", "n3000", "o0")])
    assert list(made.connections.upstream["n3000"].ids) == ["n2999"]


def test_approvals_that_wait_for_each_other_are_told_as_such():
    nodes = [add("n0"), approval("n1", [promise("o0", "n2", "o0")]), approval("n2", [promise("o0", "n1", "o0")])]
    assert codes(nodes) == [("UnreachableNodes", "n1")]


def test_a_signal_gives_one_value_and_a_sleep_none():
    compiled([signal("n0", output="answer"), sleeping("n1", after=["n0"])], outputs=[promise("y", "n0", "answer")])
    assert codes([signal("n0", output="answer")], outputs=[promise("y", "n0", "o0")]) == [
        ("VariableNameNotFound", "end-node")
    ]
    assert codes([sleeping("n0")], outputs=[promise("y", "n0", "o0")]) == [("VariableNameNotFound", "end-node")]


# arrays


def listed(kind: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(collection_type=kind)


def test_an_array_has_the_ports_of_what_it_repeats():
    mapped = task("mapped", inputs=["a", "b"], outputs=["o0"])
    for variable in (mapped.interface.inputs.variables["a"], mapped.interface.outputs.variables["o0"]):
        variable.type.CopyFrom(listed(INT))
    many = pb.Binding(var="a")
    many.binding.collection.bindings.append(constant("", 1).binding)
    inner = node("inner", mapped.id, [promise("anything", "n77", "z")])
    compiled([array("n0", inner, [many, constant("b", 1)])], tasks=[mapped])
    assert codes([array("n0", inner, [constant("a", 1)])], tasks=[mapped]) == [
        ("MismatchingTypes", "n0"), ("ParameterNotBound", "n0"),
    ]  # fmt: skip


@pytest.mark.parametrize(("ratio", "given"), [(1.0, listed(INT)), (0.5, listed(optional(INT)))])
def test_an_array_over_single_elements_takes_and_gives_lists_but_for_what_is_bound_for_all(ratio, given):
    taker = task("taker", inputs=["a"])
    taker.interface.inputs.variables["a"].type.CopyFrom(given)
    many = pb.Binding(var="a")
    many.binding.collection.bindings.append(constant("", 1).binding)
    mapped = array("n0", node("inner", ADD.id), [many, constant("b", 1)], wraps=True)
    mapped.array_node.bound_inputs.append("b")
    mapped.array_node.min_success_ratio = ratio
    compiled([mapped, node("n1", taker.id, [promise("a", "n0", "o0")])], tasks=[ADD, taker])
    taker.interface.inputs.variables["a"].type.CopyFrom(INT)
    assert codes([mapped, node("n1", taker.id, [promise("a", "n0", "o0")])], tasks=[ADD, taker]) == [
        ("MismatchingTypes", "n1")
    ]


def test_a_wrong_element_is_told_at_the_array():
    assert codes([array("n0", node("inner", task("nope").id), [], wraps=True)]) == [("TaskReferenceNotFound", "n0")]
    cached = array("n0", node("inner", SAY.id), [])
    cached.metadata.cacheable = True
    assert codes([cached]) == [("ValueRequired", "n0")]


# launch plans


def test_a_launch_plan_needs_what_it_requires_and_may_be_given_what_it_defaults():
    plan = launch_plan("plan", CHILD, defaults={"b": integer(4)})
    compiled([launch_plan_node("n0", plan.id, [constant("a", 1)])], plans=[plan], outputs=[promise("y", "n0", "o0")])
    compiled([launch_plan_node("n0", plan.id, [constant("a", 1), constant("b", 1)])], plans=[plan])
    assert codes([launch_plan_node("n0", plan.id, [constant("b", 1)])], plans=[plan]) == [("ParameterNotBound", "n0")]
    assert codes([launch_plan_node("n0", plan.id, [constant("a", 1), constant("c", 1)])], plans=[plan]) == [
        ("VariableNameNotFound", "n0")
    ]


def test_a_launch_plan_s_workflow_is_no_part_of_the_closure():
    plan, other = launch_plan("plan", CHILD), launch_plan("other", CHILD)
    made = [launch_plan_node("n0", plan.id, [constant("a", 1), constant("b", 1)])]
    closure = compile_workflow(workflow("wf", made), [CHILD], [ADD], [other, plan, plan])
    assert [each.template.id.name for each in closure.launch_plans] == ["plan"]
    assert not closure.sub_workflows
    assert not closure.tasks


def test_launch_plans_and_tasks_of_workflows_within_branches_and_arrays_are_found():
    plan = launch_plan("plan", CHILD, defaults={"a": integer(1), "b": integer(1)})
    arms = [(compare(".x", 1), array("n0", launch_plan_node("inner", plan.id), []))]
    sub = workflow("sub", [branch("n0", [constant(".x", 1)], arms, node("n1", SAY.id))])
    closure = compile_workflow(workflow("wf", [node("n0", sub.id)]), [sub], [ADD, SAY], [plan])
    assert [each.template.id.name for each in closure.launch_plans] == ["plan"]
    assert [each.template.id.name for each in closure.tasks] == ["say"]


def test_interfaces_of_tasks_have_both_sides_in_the_end():
    bare = pb.TaskTemplate(id=SAY.id)
    bare.interface.SetInParent()
    closure = compile_workflow(workflow("wf", [node("n0", SAY.id)]), [], [bare])
    interface = closure.tasks[0].template.interface
    assert (interface.HasField("inputs"), interface.HasField("outputs")) == (True, True)
    assert not bare.interface.HasField("inputs")
    bare.ClearField("interface")
    closure = compile_workflow(workflow("wf", [node("n0", SAY.id)]), [], [bare])
    assert not closure.tasks[0].template.HasField("interface")


# the failure node


def test_a_failure_node_waits_for_what_it_uses_only():
    primary = workflow("wf", [add("n0")], failure_node=node("fn0", SAY.id, after=["n0"]))
    assert "fn0" not in neighbours(compile_workflow(primary, [], [ADD, SAY]).primary.connections.upstream)


def test_a_failure_node_may_be_a_branch():
    chosen = branch("fn0", [promise(".x", "", "x")], [(compare(".x", 1), add("n0", promise("a", "", "x")))])
    primary = workflow("wf", [add("n0")], inputs=["x"], failure_node=chosen)
    upstream = neighbours(compile_workflow(primary, [], [ADD]).primary.connections.upstream)
    assert (upstream["fn0"], upstream["fn0-n0"]) == (["start-node"], ["start-node"])
    chosen.branch_node.if_else.case.then_node.inputs[0].CopyFrom(promise("a", "n0", "o0"))
    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", [add("n0")], inputs=["x"], failure_node=chosen), [], [ADD])
    assert [(each.code, each.node) for each in caught.value.problems] == [("NodeReferenceNotFound", "fn0-n0")]
