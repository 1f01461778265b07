"""One fault planted in a right workflow is always found, with its code; for every code that can be planted."""

import random
from collections.abc import Callable

import pytest

from volant.compiler.problems import Code, CompileError
from volant.idl import pb
from volant.testing.builders import constant, identifier, node, promise, task, workflow
from volant.testing.node_builders import approval, branch, compare, launch_plan_node
from volant.testing.random_closures import ADD, FIXED, Given, random_given

SEEDS = range(40)
T = pb.SimpleType
POINT = pb.LiteralType(simple=T.STRUCT)
POINT.structure.dataclass_type["x"].simple = T.INTEGER
LISTS = pb.LiteralType(union_type=pb.UnionType(variants=[
    pb.LiteralType(collection_type=pb.LiteralType(simple=kind)) for kind in (T.INTEGER, T.STRING)
]))  # fmt: skip


def taking(name: str, kind: pb.LiteralType) -> pb.TaskTemplate:
    made = task(name, inputs=["a"])
    made.interface.inputs.variables["a"].type.CopyFrom(kind)
    return made


COLORED = taking("colored", pb.LiteralType(enum_type=pb.EnumType(values=["red"])))
EITHER = taking("either", LISTS)
POINTED = task("pointed", outputs=["o0"])
POINTED.interface.outputs.variables["o0"].type.CopyFrom(POINT)


def add(*bindings: pb.Binding, name: str = "bad") -> pb.Node:
    given = {each.var for each in bindings}
    return node(name, ADD.id, [*bindings, *(constant(var, 1) for var in ("a", "b") if var not in given)])


def bound(data: pb.BindingData) -> pb.Binding:
    return pb.Binding(var="a", binding=data)


def scalar(**value) -> pb.BindingData:
    return pb.BindingData(scalar=pb.Scalar(**value))


def text(value: str) -> pb.BindingData:
    return scalar(primitive=pb.Primitive(string_value=value))


def listed(*values: pb.BindingData) -> pb.BindingData:
    return pb.BindingData(collection=pb.BindingDataCollection(bindings=values))


def changed(made: pb.Node, change: Callable[[pb.Node], object]) -> pb.Node:
    change(made)
    return made


def choice() -> pb.Node:
    return branch("bad", [promise(".x", "", "x")], [(compare(".x", 1), add(name="n0"))], add(name="n1"))


def gate(**signal) -> pb.Node:
    return pb.Node(id="bad", gate_node=pb.GateNode(signal=pb.SignalCondition(**signal)))


def aliased(*aliases: str) -> pb.Node:
    return changed(add(), lambda made: [made.output_aliases.add(var="o0", alias=each) for each in aliases])


INT = pb.LiteralType(simple=T.INTEGER)
NODES: dict[Code, list[Callable[[], pb.Node]]] = {
    Code.BRANCH_NO_NODE: [
        lambda: changed(choice(), lambda made: made.branch_node.if_else.case.ClearField("then_node")),
        lambda: changed(choice(), lambda made: made.branch_node.if_else.other.add(condition=compare(".x", 1))),
    ],
    Code.BRANCH_NO_CONDITION: [
        lambda: changed(choice(), lambda made: made.branch_node.if_else.ClearField("case")),
        lambda: changed(choice(), lambda made: made.branch_node.if_else.case.ClearField("condition")),
    ],
    Code.BRANCH_NO_DEFAULT: [lambda: changed(choice(), lambda made: made.branch_node.if_else.ClearField("else_node"))],
    Code.VALUE_REQUIRED: [
        lambda: pb.Node(id="bad"),
        lambda: pb.Node(id="bad", task_node=pb.TaskNode()),
        lambda: pb.Node(id="bad", array_node=pb.ArrayNode()),
        lambda: pb.Node(id="bad", workflow_node=pb.WorkflowNode()),
        lambda: gate(output_variable_name="o0"),
        lambda: gate(type=INT),
        lambda: add(pb.Binding(var="a")),
        lambda: changed(choice(), lambda made: made.branch_node.if_else.case.condition.Clear()),
        lambda: changed(add(), lambda made: setattr(made.metadata, "cacheable", True)),
    ],
    Code.INVALID_VALUE: [lambda: changed(add(), lambda made: made.metadata.timeout.FromSeconds(-1))],
    Code.NODE_NOT_FOUND: [
        lambda: add(promise("a", "n999", "o0")),
        lambda: approval("bad", [promise("a", "bad-n0", "o0")]),
    ],
    Code.TASK_NOT_FOUND: [lambda: node("bad", task("nope").id)],
    Code.WORKFLOW_NOT_FOUND: [
        lambda: node("bad", workflow("nope", []).id),
        lambda: launch_plan_node("bad", identifier("nope", pb.ResourceType.LAUNCH_PLAN)),
    ],
    Code.VARIABLE_NOT_FOUND: [
        lambda: add(promise("a", "", "nope")),
        lambda: add(constant("nope", 1)),
        lambda: launch_plan_node("bad", FIXED.id, [constant("a", 1), constant("b", 1)]),
        lambda: changed(choice(), lambda made: setattr(
            made.branch_node.if_else.case.condition.comparison.left_value, "var", "nope")),
    ],
    Code.DUPLICATE_ALIAS: [lambda: aliased("one", "other")],
    Code.MISMATCHING_TYPES: [
        lambda: add(bound(text("x"))),
        lambda: changed(choice(), lambda made: setattr(
            made.branch_node.if_else.case.condition.comparison.right_value.primitive, "boolean", True)),
    ],
    Code.MISMATCHING_BINDINGS: [lambda: add(bound(listed())), lambda: add(bound(pb.BindingData()))],
    Code.BOUND_TWICE: [lambda: add(constant("a", 1), constant("a", 2))],
    Code.NOT_BOUND: [
        lambda: node("bad", ADD.id, [constant("a", 1)]),
        lambda: launch_plan_node("bad", FIXED.id),
        lambda: changed(add(), lambda made: made.output_aliases.add(var="nope", alias="x")),
    ],
    Code.UNRECOGNIZED_VALUE: [lambda: add(bound(scalar()))],
    Code.WORKFLOW_BUILD_ERROR: [
        lambda: changed(add(), lambda made: made.task_node.overrides.resources.requests.add(name=1, value="lots"))
    ],
    Code.SYNTAX_ERROR: [lambda: add(promise("a", "", "x y")), lambda: add(promise("a", "", ""))],
    Code.ILLEGAL_ENUM_VALUE: [lambda: node("bad", COLORED.id, [bound(text("green"))])],
    Code.AMBIGUOUS_UNION: [lambda: node("bad", EITHER.id, [bound(listed())])],
    Code.INCOMPATIBLE_UNION: [
        lambda: node("bad", EITHER.id, [bound(listed(scalar(primitive=pb.Primitive(boolean=True))))])
    ],
    Code.NO_CONDITION: [lambda: pb.Node(id="bad", gate_node=pb.GateNode())],
    Code.INVALID_LITERAL_TYPE: [lambda: add(bound(scalar(blob=pb.Blob(uri="x"))))],
}  # fmt: skip
"""Nodes that are wrong by themselves, wherever they are put."""


def no_nodes(_: random.Random, template: pb.WorkflowTemplate) -> None:
    template.ClearField("nodes")
    template.ClearField("outputs")
    template.interface.ClearField("outputs")


def same_node_twice(draw: random.Random, template: pb.WorkflowTemplate) -> None:
    template.nodes.append(draw.choice(template.nodes))


def children_of_one_name(_: random.Random, template: pb.WorkflowTemplate) -> None:
    template.nodes.append(choice())
    template.nodes[-1].branch_node.if_else.else_node.CopyFrom(add(constant("a", 7), name="n0"))


def ring(_: random.Random, template: pb.WorkflowTemplate) -> None:
    template.nodes.append(add(promise("a", "", "x"), promise("b", "ring", "o0")))
    template.nodes.append(add(promise("a", "bad", "o0"), name="ring"))


def branch_that_waits_for_what_waits_for_it(_: random.Random, template: pb.WorkflowTemplate) -> None:
    chosen = choice()
    chosen.branch_node.if_else.case.then_node.inputs[0].CopyFrom(promise("a", "later", "o0"))
    template.nodes.append(chosen)
    template.nodes.append(add(promise("a", "bad", "o0"), name="later"))


def lost_ring(_: random.Random, template: pb.WorkflowTemplate) -> None:
    template.nodes.append(add(promise("a", "ring", "o0")))
    template.nodes.append(add(promise("a", "bad", "o0"), name="ring"))


def unknown_field(_: random.Random, template: pb.WorkflowTemplate) -> None:
    wrong = promise("a", "point", "o0")
    wrong.binding.promise.attr_path.add(string_value="y")
    template.nodes.append(node("point", POINTED.id))
    template.nodes.append(add(wrong))


GRAPHS: dict[Code, list[Callable[[random.Random, pb.WorkflowTemplate], None]]] = {
    Code.NO_NODES_FOUND: [no_nodes],
    Code.DUPLICATE_ID: [same_node_twice],
    Code.VALUE_COLLISION: [children_of_one_name],
    Code.CYCLE_DETECTED: [ring, branch_that_waits_for_what_waits_for_it],
    Code.UNREACHABLE_NODES: [lost_ring],
    Code.FIELD_NOT_FOUND: [unknown_field],
}
"""Faults that take a whole workflow."""

NEVER_RAISED = {Code.MISMATCHING_INTERFACES, Code.INCONSISTENT_TYPES}
NOT_OF_TEMPLATES = {Code.NO_ENTRY_NODE, Code.UNSUPPORTED}
"""Found in closures by `compiler.runnable`."""


def given_with(draw: random.Random) -> tuple[Given, pb.WorkflowTemplate]:
    """A right workflow, and it itself or the one it runs."""
    made = random_given(draw, most=5)
    made.tasks += [COLORED, EITHER, POINTED]
    return made, draw.choice([made.primary, made.sub_workflows[0]])


def put(draw: random.Random, bad: pb.Node, template: pb.WorkflowTemplate) -> None:
    """Puts a node into a workflow: among the others, in an arm of a branch, or as the failure node."""
    place = draw.choice(["top", "arm", "failure"])
    if place == "arm":
        holder = branch("holder", [constant("x", 1)], [(compare("x", 1), bad)])
        template.nodes.append(branch("outer", [constant("x", 1)], [(compare("x", 1), holder)], add(name="n9")))
    elif place == "failure":
        template.failure_node.CopyFrom(bad)
    else:
        template.nodes.append(bad)


def codes(given: Given) -> set[str]:
    with pytest.raises(CompileError) as caught:
        given.compiled()
    return {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize("code", NODES)
def test_a_wrong_node_is_found_wherever_it_is_and_nothing_else_is(code):
    for seed in SEEDS:
        draw = random.Random(seed)
        given, template = given_with(draw)
        put(draw, draw.choice(NODES[code])(), template)
        assert codes(given) == {code}, f"seed {seed}"


@pytest.mark.parametrize("code", GRAPHS)
def test_a_wrong_graph_is_found_in_any_workflow_and_nothing_else_is(code):
    for seed in SEEDS:
        draw = random.Random(seed)
        given, template = given_with(draw)
        draw.choice(GRAPHS[code])(draw, template)
        found = codes(given)
        # What runs a workflow without outputs, or reads a node that is there twice, is told of that too.
        assert found == {code} if code != Code.NO_NODES_FOUND else code in found, f"seed {seed}"


def test_every_code_is_planted_but_those_no_template_can_have():
    assert set(Code) - set(NODES) - set(GRAPHS) == NEVER_RAISED | NOT_OF_TEMPLATES


def test_a_workflow_that_runs_itself_is_found():
    for seed in SEEDS:
        given, template = given_with(random.Random(seed))
        template.nodes.append(node("bad", given.primary.id, [constant("x", 1), constant("y", 1)]))
        assert codes(given) == {Code.CYCLE_DETECTED}, f"seed {seed}"
