"""What the compiler says of every mistake, word for word: read it aloud before you change it."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from volant.compiler.compile import compile_workflow
from volant.compiler.problems import Code, CompileError, Problem
from volant.idl import pb
from volant.testing.builders import constant, node, promise, task, workflow
from volant.testing.node_builders import approval, array, branch, compare, launch_plan, launch_plan_node, signal

T = pb.SimpleType
INT, FLOAT, STR, BOOL = (pb.LiteralType(simple=kind) for kind in (T.INTEGER, T.FLOAT, T.STRING, T.BOOLEAN))
NONE = pb.LiteralType(simple=T.NONE)
COLOR = pb.LiteralType(enum_type=pb.EnumType(values=["red", "blue"]))
POINT = pb.LiteralType(simple=T.STRUCT)
POINT.metadata.update({"title": "Point"})
POINT.structure.dataclass_type["x"].simple = T.INTEGER
ADD = task("add", inputs=["a", "b"], outputs=["o0"])
SAY = task("say")
SUB = workflow("sub", [node("n0", SAY.id)], inputs=["x"])
PLAN = launch_plan("plan", SUB, fixed={"x": pb.Literal(scalar=constant("", 1).binding.scalar)})
REFERENCE_FIX = "import it and call it itself; a reference needs a Flyte cluster, where it is registered"
ID_FIX = "give each node an id of its own"
WAITING_FIX = "take out one of these dependencies"


def union(*kinds: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(union_type=pb.UnionType(variants=kinds))


def tagged(kind: pb.LiteralType, tag: str) -> pb.LiteralType:
    made = pb.LiteralType(structure=pb.TypeStructure(tag=tag))
    made.MergeFrom(kind)
    return made


def dataset(format: str, **columns: pb.LiteralType) -> pb.LiteralType:
    found = [pb.StructuredDatasetType.DatasetColumn(name=name, literal_type=kind) for name, kind in columns.items()]
    return pb.LiteralType(structured_dataset_type=pb.StructuredDatasetType(columns=found, format=format))


def place_of(field: str) -> pb.LiteralType:
    made = pb.LiteralType(simple=T.STRUCT)
    properties = {field: {"type": "integer"}}
    made.metadata.update({"title": "Place", "type": "object", "required": [field], "properties": properties})
    return made


def listed(kind: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(collection_type=kind)


def taker(kind: pb.LiteralType) -> pb.TaskTemplate:
    made = task("taker", inputs=["a"])
    made.interface.inputs.variables["a"].type.CopyFrom(kind)
    return made


def giver(kind: pb.LiteralType, name: str = "giver") -> pb.TaskTemplate:
    made = task(name, outputs=["o0"])
    made.interface.outputs.variables["o0"].type.CopyFrom(kind)
    return made


class Case(NamedTuple):
    """A workflow with one mistake in it."""

    nodes: list[pb.Node]
    tasks: list[pb.TaskTemplate]
    problem: Problem
    changed: Callable[[pb.WorkflowTemplate], None] = lambda _: None


def told(code: Code, place: str, message: str, fix: str = "", workflow: str = "p:d:wf:v") -> Problem:
    return Problem(code.value, place, message, workflow, fix)


def add(name: str, *bindings: pb.Binding, after=()) -> pb.Node:
    given = {binding.var for binding in bindings}
    rest = [constant(var, 1) for var in ("a", "b") if var not in given]
    return node(name, ADD.id, [*bindings, *rest], after=after)


def value(data: pb.BindingData, kind: pb.LiteralType, code: Code, message: str, fix: str) -> Case:
    """A constant bound to an input of this type."""
    consumer = taker(kind)
    nodes = [node("n0", consumer.id, [pb.Binding(var="a", binding=data)])]
    return Case(nodes, [consumer], told(code, "n0", f"input 'a' {message}", fix))


def output(source: pb.LiteralType, kind: pb.LiteralType, code: Code, message: str, fix: str = "", **place) -> Case:
    """An output bound to an input of this type."""
    producer, consumer = giver(source), taker(kind)
    path = [pb.PromiseAttribute(string_value=place["field"])] if "field" in place else []
    path += [pb.PromiseAttribute(int_value=place["index"])] if "index" in place else []
    source_of = pb.OutputReference(node_id="n0", var=place.get("var", "o0"), attr_path=path)
    bound = pb.Binding(var="a", binding=pb.BindingData(promise=source_of))
    nodes = [node("n0", producer.id), node("n1", consumer.id, [bound])]
    return Case(nodes, [producer, consumer], told(code, "n1", f"input 'a' {message}", fix))


def one(made: pb.Node, code: Code, message: str, fix: str = "", *others: pb.Node) -> Case:
    """A node that is wrong by itself."""
    return Case([made, *others], [ADD, SAY], told(code, made.id, message, fix))


def changed(
    made: pb.Node, code: Code, message: str, fix: str, change: Callable[[pb.Node], object]
) -> Case:  # fmt: skip
    change(made)
    return one(made, code, message, fix)


def choice(*children: pb.Node, condition: pb.BooleanExpression | None = None) -> pb.Node:
    first, *rest = children
    cases = [(condition or compare(".x", 1), first)]
    return branch("n0", [promise(".x", "", "x")], cases, rest[0] if rest else None)


def text(content: str) -> pb.BindingData:
    return pb.BindingData(scalar=pb.Scalar(primitive=pb.Primitive(string_value=content)))


def number(content: int) -> pb.BindingData:
    return constant("", content).binding


def numbers(*contents: int) -> pb.BindingData:
    return pb.BindingData(collection=pb.BindingDataCollection(bindings=map(number, contents)))


def aliased(*aliases: tuple[str, str]) -> pb.Node:
    made = add("n0")
    for var, alias in aliases:
        made.output_aliases.add(var=var, alias=alias)
    return made


def without_input_type(template: pb.WorkflowTemplate) -> None:
    template.interface.inputs.variables["x"].ClearField("type")


def with_failure_node(made: pb.Node) -> Callable[[pb.WorkflowTemplate], None]:
    return lambda template: template.failure_node.CopyFrom(made)


CASES: dict[str, Case] = {
    "a cycle the start leads into": Case(
        [add("n0"), add("n1", promise("a", "n2", "o0"), after=["n0"]), add("n2", promise("a", "n1", "o0"))],
        [ADD],
        told(Code.CYCLE_DETECTED, "n1", "nodes wait for each other: n1>n2>n1", WAITING_FIX),
    ),
    "a case that waits for its own branch": Case(
        [choice(add("n0", promise("a", "n0", "o0")))],
        [ADD],
        told(Code.CYCLE_DETECTED, "n0", "node 'n0' waits for itself", WAITING_FIX),
    ),
    "a workflow in itself": Case(
        [node("n0", workflow("wf", []).id, [promise("x", "", "x")])],
        [],
        told(Code.CYCLE_DETECTED, "start-node", "a workflow cannot contain itself: wf > wf",
             "let one of them no longer call the next"),
    ),
    "nodes nothing starts": Case(
        [add("n0"), add("n1", promise("a", "n2", "o0")), add("n2", promise("a", "n1", "o0"))],
        [ADD],
        told(Code.UNREACHABLE_NODES, "n1",
             "nothing starts 'n1', 'n2': nodes wait for each other: n1>n2>n1", WAITING_FIX),
    ),
    "a node that waits for itself": Case(
        [add("n0"), add("n1", after=["n1"])],
        [ADD],
        told(Code.UNREACHABLE_NODES, "n1", "nothing starts 'n1': node 'n1' waits for itself", WAITING_FIX),
    ),
    "no nodes": Case(
        [], [], told(Code.NO_NODES_FOUND, "start-node", "workflow 'wf' has no nodes", "call at least one task in it")
    ),
    "one id twice": one(add("n0"), Code.DUPLICATE_ID, "two nodes have the id 'n0'", ID_FIX, add("n0")),
    "one child twice": Case(
        [choice(add("n0"), add("n0"))], [ADD],
        told(Code.DUPLICATE_ID, "n0-n0", "the same node is twice in a branch, as 'n0-n0'", ID_FIX),
    ),
    "two children with one id": Case(
        [choice(add("n0"), add("n0", constant("a", 7)))], [ADD],
        told(Code.VALUE_COLLISION, "n0-n0", "a node in a branch is called 'n0-n0', and so is another one", ID_FIX),
    ),
    "a child that is called like a node after it": Case(
        [choice(add("n0", constant("a", 7))), add("n0-n0")], [ADD],
        told(Code.VALUE_COLLISION, "n0-n0", "a node in a branch is called 'n0-n0', and so is another one", ID_FIX),
    ),
    "a child that is called like the failure node": Case(
        [choice(add("n0"))], [ADD],
        told(Code.DUPLICATE_ID, "n0-n0", "the failure node and a node have the id 'n0-n0'", ID_FIX),
        lambda template: template.failure_node.CopyFrom(add("n0-n0")),
    ),
    "a child that is called like a node": Case(
        [add("n0-n0"), choice(add("n0", constant("a", 7)))], [ADD],
        told(Code.VALUE_COLLISION, "n0-n0", "a node in a branch is called 'n0-n0', and so is another one", ID_FIX),
    ),
    "no id": Case(
        [add("n0"), add("")], [ADD], told(Code.VALUE_REQUIRED, "start-node", "a node has no id", ID_FIX)
    ),
    "no id in a branch": Case(
        [choice(add(""))], [ADD], told(Code.VALUE_REQUIRED, "n0", "a node in the branch has no id", ID_FIX)
    ),
    "an input of no type": Case(
        [add("n0", promise("a", "", "x"))], [ADD],
        told(Code.VALUE_REQUIRED, "start-node", "input 'x' has no type", "give every input a type"),
        without_input_type,
    ),
    "a node that runs nothing": one(
        pb.Node(id="n0"), Code.VALUE_REQUIRED, "Target: the node runs nothing",
        "give it a task, a workflow, a launch plan, a branch, a gate or an array",
    ),
    "a node of no task": one(
        pb.Node(id="n0", task_node=pb.TaskNode()), Code.VALUE_REQUIRED, "TaskId: the node names no task",
        "name the task it runs",
    ),
    "a node of no workflow": one(
        pb.Node(id="n0", workflow_node=pb.WorkflowNode()), Code.VALUE_REQUIRED,
        "WorkflowId: the node names neither a workflow nor a launch plan", "name the workflow it runs",
    ),
    "an array of nothing": one(
        pb.Node(id="n0", array_node=pb.ArrayNode()), Code.VALUE_REQUIRED,
        "Target: the array has no node to run for each element", "make it with map_task(task)",
    ),
    "a task that is not there": one(
        node("n0", task("addd").id), Code.TASK_NOT_FOUND,
        "the node runs task 'p:d:addd:v', which is not part of this compile; did you mean 'p:d:add:v'?", REFERENCE_FIX,
    ),
    "a task that is not there, of an array": one(
        array("n0", node("inner", task("nope", inputs=[]).id), []), Code.TASK_NOT_FOUND,
        "the node runs task 'p:d:nope:v', which is not part of this compile; "
        "the tasks are 'p:d:add:v', 'p:d:say:v'", REFERENCE_FIX,
    ),
    "a workflow that is not there": one(
        node("n0", workflow("flow", []).id), Code.WORKFLOW_NOT_FOUND,
        "the node runs workflow 'p:d:flow:v', which is not part of this compile; the workflows are 'p:d:wf:v'",
        REFERENCE_FIX,
    ),
    "a launch plan that is not there": one(
        launch_plan_node("n0", PLAN.id), Code.WORKFLOW_NOT_FOUND,
        "the node runs launch plan 'p:d:plan:v', which is not part of this compile; there are no launch plans",
        REFERENCE_FIX,
    ),
    "waiting for a node that is not there": one(
        add("n0", after=["n9"]), Code.NODE_NOT_FOUND, "waits for node 'n9', which does not exist; the nodes are 'n0'",
    ),
    "an output of a node that is not there": one(
        add("n0", promise("a", "n9", "o0")), Code.NODE_NOT_FOUND,
        "input 'a' comes from node 'n9', which does not exist; the nodes are 'n0'",
    ),
    "an output of a node in a branch": Case(
        [choice(add("n0")), add("n1", promise("a", "n0-n0", "o0"))], [ADD],
        told(Code.NODE_NOT_FOUND, "n1",
             "input 'a' comes from node 'n0-n0', which is inside a branch; take the branch's own output"),
    ),
    "a failure node that uses another node": Case(
        [add("n0")], [ADD],
        told(Code.NODE_NOT_FOUND, "fn0",
             "input 'a' comes from node 'n0', which a failure node cannot use: "
             "it takes the workflow's inputs and constants only"),
        with_failure_node(add("fn0", promise("a", "n0", "o0"))),
    ),
    "an output that is not there": Case(
        [add("n0"), add("n1", promise("a", "n0", "o1"))], [ADD],
        told(Code.VARIABLE_NOT_FOUND, "n1", "input 'a' comes from n0, which has no output 'o1'; the outputs are 'o0'"),
    ),
    "an input that is not there": one(
        add("n0", constant("c", 1)), Code.VARIABLE_NOT_FOUND, "input 'c' does not exist; the inputs are 'a', 'b'"
    ),
    "an input that is not given": one(
        node("n0", ADD.id, [constant("a", 1)]), Code.NOT_BOUND, "input 'b' is not given; it takes int",
        "pass b=… in the call",
    ),
    "an output that is not given": Case(
        [add("n0")], [ADD],
        told(Code.NOT_BOUND, "end-node", "output 'y' is not given; it takes int", "bind it to a value"),
        lambda template: template.interface.outputs.variables["y"].type.CopyFrom(INT),
    ),
    "an input given twice": one(
        add("n0", constant("a", 1), constant("a", 2)), Code.BOUND_TWICE, "input 'a' is given more than once",
        "give it once",
    ),
    "an input without a value": one(
        add("n0", pb.Binding(var="a")), Code.VALUE_REQUIRED, "input 'a' has no value",
        "bind it to a constant or to a node's output",
    ),
    "an alias of no output": one(
        aliased(("o7", "x")), Code.NOT_BOUND, "alias 'x' is for 'o7'; the outputs are 'o0'", "name an output there is"
    ),
    "two aliases": one(
        aliased(("o0", "x"), ("o0", "y")), Code.DUPLICATE_ALIAS, "alias 'y' of 'o0' is one too many",
        "give each output one alias, with a name no other output has",
    ),
    "text for a number": value(
        text("x"), INT, Code.MISMATCHING_TYPES, "is 'x', str, but takes int", "write a value of type int"
    ),
    "an int for a float": value(
        number(1), FLOAT, Code.MISMATCHING_TYPES, "is 1, int, but takes float",
        "write it with a decimal point: an int is not taken for a float",
    ),
    "None for a number": value(
        pb.BindingData(scalar=pb.Scalar(none_type=pb.Void())), INT, Code.MISMATCHING_TYPES,
        "is None, None, but takes int",
        "leave it out if it has a default, or let the input be Optional: it takes int only",
    ),
    "an output of another type": output(
        BOOL, INT, Code.MISMATCHING_TYPES, "comes from n0.o0, bool, but takes int",
        "change one of the two types, or convert the value in a task between them",
    ),
    "an output that is an int, for a float": output(
        INT, FLOAT, Code.MISMATCHING_TYPES, "comes from n0.o0, int, but takes float",
        "an int is not taken for a float: let the output be a float, or the input an int",
    ),
    "an output that may be None": output(
        union(tagged(INT, "int"), NONE), INT, Code.MISMATCHING_TYPES,
        "comes from n0.o0, Union[int, None], but takes int",
        "it may be None: let the input be Optional, or give None a meaning in a task between them",
    ),
    "an output for a list": output(
        INT, listed(INT), Code.MISMATCHING_TYPES, "comes from n0.o0, int, but takes list[int]",
        "put it into a list: […]",
    ),
    "a list for an element": output(
        listed(INT), INT, Code.MISMATCHING_TYPES, "comes from n0.o0, list[int], but takes int",
        "take one element of it: […][0], or run the task for each with map_task",
    ),
    "an index of what has none": output(
        INT, INT, Code.MISMATCHING_TYPES, "comes from n0.o0, but int has no index", "take 'o0' as a whole", var="[1].o0"
    ),
    "a path into an Optional": output(
        union(POINT, NONE), INT, Code.MISMATCHING_TYPES, "comes from n0.o0.x, Union[Point, None], but takes int",
        "change one of the two types, or convert the value in a task between them", field="x",
    ),
    "a field that is not there": output(
        POINT, INT, Code.FIELD_NOT_FOUND, "comes from n0.o0, but Point has no field 'y'; the fields are 'x'", field="y"
    ),
    "an index of what has fields": output(
        POINT, INT, Code.FIELD_NOT_FOUND, "comes from n0.o0, but Point has fields, and no index; the fields are 'x'",
        index=0,
    ),
    "two classes of one name": output(
        place_of("x"), place_of("z"), Code.MISMATCHING_TYPES, "comes from n0.o0, Place, but takes Place",
        "two classes have this name, with different fields: share one, or convert the value between them",
    ),
    "a table of another format": output(
        dataset("csv", a=INT), dataset("parquet", a=INT), Code.MISMATCHING_TYPES,
        "comes from n0.o0, StructuredDataset[csv; a: int], but takes StructuredDataset[parquet; a: int]",
        "change one of the two types, or convert the value in a task between them",
    ),
    "an enum of many values": output(
        INT, pb.LiteralType(enum_type=pb.EnumType(values=map(str, range(5000)))), Code.MISMATCHING_TYPES,
        "comes from n0.o0, int, but takes Enum[0, 1, 2, 3, 4, 5, 6, 7, …]",
        "change one of the two types, or convert the value in a task between them",
    ),
    "a name that is none": output(
        INT, INT, Code.SYNTAX_ERROR, "comes from 'o0 o1', which is not the name of an output",
        "write a name such as 'o0', or '[0].o0' for one element of an old array task", var="o0 o1",
    ),
    "a list for a number": value(
        numbers(1), INT, Code.MISMATCHING_BINDINGS, "is a list, but takes int", "give a value of type int"
    ),
    "an empty value": value(
        pb.BindingData(), INT, Code.MISMATCHING_BINDINGS, "has an empty value",
        "bind it to a constant or to a node's output",
    ),
    "a list that fits two variants": value(
        numbers(), union(listed(INT), listed(STR)), Code.AMBIGUOUS_UNION,
        "fits more than one variant of Union[list[int], list[str]], e.g. list[int] and list[str]; exactly one must fit",
        "let a task whose output has the type you mean make it",
    ),
    "a list that fits no variant": value(
        numbers(1), union(listed(STR), BOOL), Code.INCOMPATIBLE_UNION,
        "fits no variant of Union[list[str], bool]: [0] is 1, int, but takes str; is a list, but takes bool",
        "give a value of one of the types of Union[list[str], bool]",
    ),
    "no value of an enum": value(
        text("green"), COLOR, Code.ILLEGAL_ENUM_VALUE, "is 'green'; the values are 'blue', 'red'",
        "write one of the values",
    ),
    "a constant of no kind": value(
        pb.BindingData(scalar=pb.Scalar()), INT, Code.UNRECOGNIZED_VALUE, "is a constant of no known kind",
        "update Volant, or the SDK that made it",
    ),
    "a constant of no type": value(
        pb.BindingData(scalar=pb.Scalar(blob=pb.Blob(uri="x"))), INT, Code.INVALID_LITERAL_TYPE,
        "is a constant of unknown type", "update Volant, or the SDK that made it",
    ),
    "a branch without a first case": changed(
        choice(add("n0")), Code.BRANCH_NO_CONDITION, "the branch has no first case",
        "begin it with conditional(…).if_(…) and a comparison",
        lambda made: made.branch_node.if_else.ClearField("case"),
    ),
    "a case without a condition": changed(
        choice(add("n0")), Code.BRANCH_NO_CONDITION, "the first case of the branch has no condition",
        "begin it with conditional(…).if_(…) and a comparison",
        lambda made: made.branch_node.if_else.case.ClearField("condition"),
    ),
    "a case that runs nothing": changed(
        choice(add("n0")), Code.BRANCH_NO_NODE, "case 2 of the branch runs nothing", "end it with .then(…)",
        lambda made: made.branch_node.if_else.other.add(condition=compare(".x", 2)),
    ),
    "a branch without an else": changed(
        choice(add("n0")), Code.BRANCH_NO_DEFAULT, "the branch has no else",
        "end it with .else_().then(…) or .else_().fail('why')",
        lambda made: made.branch_node.if_else.ClearField("error"),
    ),
    "an empty condition": one(
        choice(add("n0"), condition=pb.BooleanExpression()), Code.VALUE_REQUIRED,
        "the condition of the first case is empty", "begin it with conditional(…).if_(…) and a comparison",
    ),
    "half a conjunction": one(
        choice(add("n0"), condition=pb.BooleanExpression(
            conjunction=pb.ConjunctionExpression(left_expression=compare(".x", 1)))),
        Code.BRANCH_NO_CONDITION, "the condition of the first case has only one side",
        "compare on both sides of & and |",
    ),
    "a comparison with nothing": one(
        choice(add("n0"), condition=compare(".x", pb.Operand())), Code.VALUE_REQUIRED,
        "the condition of the first case compares with nothing on its right",
        "compare an input or an output with another, or with a constant",
    ),
    "a comparison of what is not bound": one(
        choice(add("n0"), condition=compare("n1.o0", 1)), Code.VARIABLE_NOT_FOUND,
        "the condition of the first case uses 'n1.o0'; the inputs are '.x'", "bind 'n1.o0' on the branch",
    ),
    "a comparison of two types": one(
        choice(add("n0"), condition=compare(".x", pb.Operand(primitive=pb.Primitive(float_value=0.5)))),
        Code.MISMATCHING_TYPES, "the condition of the first case compares .x, int, with 0.5, float",
        "compare values of one type: an int is no float, and an enum no text",
    ),
    "cases that give different types": Case(
        [choice(node("n0", giver(INT).id), node("n1", giver(STR, "teller").id))], [giver(INT), giver(STR, "teller")],
        told(Code.MISMATCHING_TYPES, "n0", "output 'o0' is int from n0-n0, but str from n0-n1",
             "let every case of a branch give the same type"),
    ),
    "a gate that waits for nothing": one(
        pb.Node(id="n0", gate_node=pb.GateNode()), Code.NO_CONDITION,
        "the gate waits for no approval, no signal and no time", "make it with approve(), wait_for_input() or sleep()",
    ),
    "a signal of no type": one(
        signal("n0", pb.LiteralType()), Code.VALUE_REQUIRED, "the gate waits for a value of no type",
        "say which: expected_type=int, for example",
    ),
    "a signal without a name": one(
        signal("n0", output=""), Code.VALUE_REQUIRED, "the gate's value has no name",
        "set output_variable_name, to 'o0' for example",
    ),
    "a negative timeout": changed(
        add("n0"), Code.INVALID_VALUE, "the timeout is negative", "leave it out for none",
        lambda made: made.metadata.timeout.FromSeconds(-1),
    ),
    "a cached node without a version": changed(
        add("n0"), Code.VALUE_REQUIRED, "the node is cached but has no cache version", "give it cache_version='1.0'",
        lambda made: setattr(made.metadata, "cacheable", True),
    ),
    "an override that is no quantity": changed(
        add("n0"), Code.WORKFLOW_BUILD_ERROR, "the limit for cpu is 'lots', which is no quantity",
        "write one such as '2', '500m' or '4Gi'",
        lambda made: made.task_node.overrides.resources.limits.add(name=pb.Resources.CPU, value="lots"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_with_its_place_what_is_there_and_the_fix(name):
    case = CASES[name]
    primary = workflow("wf", case.nodes, inputs=["x"])
    case.changed(primary)

    with pytest.raises(CompileError) as caught:
        compile_workflow(primary, [], case.tasks)

    assert list(caught.value.problems) == [case.problem]


def test_what_a_launch_plan_fixes_cannot_be_given():
    nodes = [launch_plan_node("n0", PLAN.id, [constant("x", 2)])]

    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", nodes), [], [], [PLAN])

    message = "input 'x' is fixed by the launch plan and cannot be given"
    assert list(caught.value.problems) == [told(Code.VARIABLE_NOT_FOUND, "n0", message, "leave it out")]


def test_a_launch_plan_that_was_never_registered_tells_neither_inputs_nor_outputs():
    bare = pb.LaunchPlan(id=PLAN.id)

    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", [launch_plan_node("n0", PLAN.id)]), [], [], [bare])

    fix = "register it first: that works them out"
    assert list(caught.value.problems) == [
        told(Code.VALUE_REQUIRED, "n0", f"launch plan 'p:d:plan:v' does not tell its expected {side}", fix)
        for side in ("inputs", "outputs")
    ]


def test_a_mistake_in_a_sub_workflow_names_it_and_one_in_a_task_names_the_task():
    boxed = task("boxed")
    boxed.container.SetInParent()
    sub = workflow("inner", [node("n0", ADD.id, [constant("a", 1)]), node("n1", boxed.id)])

    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", [node("n0", sub.id)]), [sub], [ADD, boxed])

    message, fix = "in workflow 'inner': input 'b' is not given; it takes int", "pass b=… in the call"
    assert list(caught.value.problems) == [
        told(Code.NOT_BOUND, "n0", message, fix, "p:d:inner:v"),
        told(Code.VALUE_REQUIRED, "boxed", "the task's container has no image", "name one: container_image=…", ""),
    ]


@pytest.mark.parametrize(("arguments", "what"), [((None,), "wf"), ((workflow("wf", []), (), None), "tasks")])
def test_nothing_to_compile(arguments, what):
    with pytest.raises(CompileError) as caught:
        compile_workflow(*arguments)

    problem = Problem("ValueRequired", "root", f"there is nothing to compile: no {what}")
    assert list(caught.value.problems) == [problem]


def test_a_workflow_without_an_id():
    with pytest.raises(CompileError) as caught:
        compile_workflow(pb.WorkflowTemplate(nodes=[node("n0", SAY.id)]), [], [SAY])

    fix = "give it one: project, domain, name and version"
    problem = told(Code.VALUE_REQUIRED, "start-node", "WorkflowId: a workflow has no id", fix, ":::")
    assert list(caught.value.problems) == [problem]


def test_what_is_nested_too_deeply_for_any_message_is_refused_before_it_is_looked_into():
    consumer = taker(INT)
    deep = consumer.interface.inputs.variables["a"].type
    for _ in range(2_000):
        deep = deep.collection_type
    deep.simple = T.INTEGER

    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", [node("n0", consumer.id, [])]), [], [consumer])

    message = "something in the workflow is nested deeper than 100 levels, which no message may be"
    fix = "nest lists, dicts, types and branches less deeply"
    assert list(caught.value.problems) == [told(Code.INVALID_VALUE, "start-node", message, fix)]


def test_an_approval_hands_on_the_type_it_was_given():
    producer, consumer = giver(STR), taker(INT)
    nodes = [
        node("n3", consumer.id, [promise("a", "n2", "v")]),
        approval("n2", [promise("v", "n1", "v")]),
        approval("n1", [promise("v", "n0", "o0")]),
        node("n0", producer.id),
    ]

    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", nodes), [], [producer, consumer])

    (problem,) = caught.value.problems
    assert (problem.code, problem.node) == ("MismatchingTypes", "n3")
    assert problem.message == "input 'a' comes from n2.v, str, but takes int"


RAISED_ELSEWHERE = {"UnrecognizedValue", "NoEntryNodeFound", "Unsupported"}
NEVER_RAISED = {"MismatchingInterfaces", "InconsistentTypes"}


def test_there_are_flyte_s_31_codes_and_one_of_ours():
    assert len(Code) == 31 + 1


def test_every_code_but_the_two_that_are_never_raised_is_among_these_messages():
    raised = {case.problem.code for case in CASES.values()}
    assert {code.value for code in Code} - raised - RAISED_ELSEWHERE == NEVER_RAISED
