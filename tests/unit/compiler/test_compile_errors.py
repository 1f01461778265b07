"""Every way a workflow can be wrong, and what the compiler says of it (engine spec 1.8)."""

import pytest

from volant.compiler.compile import compile_workflow
from volant.compiler.problems import CompileError, Problem, known
from volant.idl import pb
from volant.testing.builders import constant, node, promise, task, workflow
from volant.testing.node_builders import branch, compare

T = pb.SimpleType
ADD = task("add", inputs=["a", "b"], outputs=["o0"])
SAY = task("say")


def simple(kind: int) -> pb.LiteralType:
    return pb.LiteralType(simple=kind)


def taker(kind: pb.LiteralType) -> pb.TaskTemplate:
    """A task with one input "a" of this type."""
    made = task("taker", inputs=["a"])
    made.interface.inputs.variables["a"].type.CopyFrom(kind)
    return made


def giver(kind: pb.LiteralType) -> pb.TaskTemplate:
    """A task with one output "o0" of this type."""
    made = task("giver", outputs=["o0"])
    made.interface.outputs.variables["o0"].type.CopyFrom(kind)
    return made


def bound(data: pb.BindingData) -> pb.Binding:
    return pb.Binding(var="a", binding=data)


def data(*steps: str | int, var: str = "o0") -> pb.BindingData:
    """A promise of n0's output with a path."""
    path = [pb.PromiseAttribute(**{"string_value" if isinstance(s, str) else "int_value": s}) for s in steps]
    return pb.BindingData(promise=pb.OutputReference(node_id="n0", var=var, attr_path=path))


def listed(*items: pb.BindingData) -> pb.BindingData:
    return pb.BindingData(collection=pb.BindingDataCollection(bindings=items))


def number(value: int) -> pb.BindingData:
    return constant("", value).binding


def text(value: str) -> pb.BindingData:
    return pb.BindingData(scalar=pb.Scalar(primitive=pb.Primitive(string_value=value)))


def add(name: str, *bindings: pb.Binding, after=()) -> pb.Node:
    """A node of `add` with 1 for each input not given."""
    given = {binding.var for binding in bindings}
    rest = [constant(var, 1) for var in ("a", "b") if var not in given]
    return node(name, ADD.id, [*bindings, *rest], after=after)


def problems(primary: pb.WorkflowTemplate, subs=(), tasks=(ADD, SAY)) -> list[Problem]:
    with pytest.raises(CompileError) as caught:
        compile_workflow(primary, subs, tasks)
    return list(caught.value.problems)


def found(primary: pb.WorkflowTemplate, subs=(), tasks=(ADD, SAY)) -> list[tuple[str, str]]:
    """Code and node of every problem."""
    return [(each.code, each.node) for each in problems(primary, subs, tasks)]


def found_for(kind: pb.LiteralType, given: pb.BindingData) -> list[str]:
    """Codes for one value given to an input of this type."""
    consumer = taker(kind)
    return [code for code, _ in found(workflow("wf", [node("n0", consumer.id, [bound(given)])]), tasks=[consumer])]


def found_between(source: pb.LiteralType, target: pb.LiteralType, given: pb.BindingData) -> list[str]:
    """Codes for one output given to an input."""
    producer, consumer = giver(source), taker(target)
    nodes = [node("n0", producer.id), node("n1", consumer.id, [bound(given)])]
    return [code for code, _ in found(workflow("wf", nodes), tasks=[producer, consumer])]


# the shape of the graph


def test_no_nodes():
    assert found(workflow("wf", [])) == [("NoNodesFound", "start-node")]


def test_a_cycle_that_the_start_leads_into_is_told_as_a_path():
    nodes = [
        add("n0"),
        add("n1", promise("a", "n2", "o0"), after=["n0"]),
        add("n2", promise("a", "n1", "o0")),
    ]
    (problem,) = problems(workflow("wf", nodes))
    assert (problem.code, problem.node) == ("CycleDetected", "n1")
    assert "n1>n2>n1" in problem.message


def test_nodes_that_nothing_starts_are_unreachable_and_the_cycle_is_told():
    nodes = [add("n0"), add("n1", promise("a", "n2", "o0")), add("n2", promise("a", "n1", "o0"))]
    (problem,) = problems(workflow("wf", nodes))
    assert problem.code == "UnreachableNodes"
    assert "'n1', 'n2'" in problem.message
    assert "n1>n2>n1" in problem.message


def test_a_node_that_waits_for_itself_is_unreachable():
    assert found(workflow("wf", [add("n0", promise("a", "n0", "o0"))])) == [("UnreachableNodes", "n0")]


def test_two_nodes_with_one_id():
    assert found(workflow("wf", [add("n0"), add("n0")])) == [("DuplicateId", "n0")]


@pytest.mark.parametrize("name", ["start-node", "end-node"])
def test_the_ids_of_start_and_end_are_taken(name):
    assert found(workflow("wf", [add("n0"), add(name)])) == [("DuplicateId", name)]


def test_a_node_without_an_id():
    assert found(workflow("wf", [add("n0"), add("")])) == [("ValueRequired", "start-node")]


def test_waiting_for_a_node_that_does_not_exist():
    assert found(workflow("wf", [add("n0", after=["n9"])])) == [("NodeReferenceNotFound", "n0")]


def test_a_workflow_variable_without_a_type():
    primary = workflow("wf", [add("n0")], inputs=["x"])
    primary.interface.inputs.variables["x"].ClearField("type")
    assert found(primary) == [("ValueRequired", "start-node")]


# what a node runs


def test_a_task_that_does_not_exist_is_named_with_the_nearest_one():
    (problem,) = problems(workflow("wf", [node("n0", task("addd").id)]))
    assert (problem.code, problem.node) == ("TaskReferenceNotFound", "n0")
    assert "did you mean 'p:d:add:v'?" in problem.message


def test_a_workflow_that_does_not_exist():
    nodes = [node("n0", workflow("sub", []).id)]
    assert found(workflow("wf", nodes)) == [("WorkflowReferenceNotFound", "n0")]


@pytest.mark.parametrize(
    "empty", [pb.Node(), pb.Node(task_node=pb.TaskNode()), pb.Node(workflow_node=pb.WorkflowNode())]
)
def test_a_node_that_names_nothing_to_run(empty):
    empty.id = "n0"
    assert found(workflow("wf", [empty])) == [("ValueRequired", "n0")]


def test_a_negative_timeout():
    late = add("n0")
    late.metadata.timeout.seconds = -1
    assert found(workflow("wf", [late])) == [("InvalidValue", "n0")]


def test_an_offloaded_constant_is_taken_for_what_it_says_it_is():
    told = pb.BindingData(offloaded_metadata=pb.LiteralOffloadedMetadata(uri="s3://x", inferred_type=simple(T.INTEGER)))
    consumer = taker(simple(T.INTEGER))
    compile_workflow(workflow("wf", [node("n0", consumer.id, [bound(told)])]), [], [consumer])
    assert found_for(simple(T.STRING), told) == ["MismatchingTypes"]
    untold = pb.BindingData(offloaded_metadata=pb.LiteralOffloadedMetadata(uri="s3://x"))
    assert found_for(simple(T.INTEGER), untold) == ["InvalidLiteralType"]


def test_two_aliases_for_one_output_and_an_alias_that_is_taken():
    twice = add("n0")
    twice.output_aliases.add(var="o0", alias="x")
    twice.output_aliases.add(var="o0", alias="y")
    assert found(workflow("wf", [twice])) == [("DuplicateAlias", "n0")]


def test_an_alias_of_an_output_that_does_not_exist():
    aliased = add("n0")
    aliased.output_aliases.add(var="o7", alias="x")
    assert found(workflow("wf", [aliased])) == [("ParameterNotBound", "n0")]


def test_the_name_behind_an_alias_is_gone():
    producer = add("n0")
    producer.output_aliases.add(var="o0", alias="x")
    nodes = [producer, add("n1", promise("a", "n0", "o0"))]
    assert found(workflow("wf", nodes)) == [("VariableNameNotFound", "n1")]


# bindings


def test_an_input_that_is_not_given():
    (problem,) = problems(workflow("wf", [node("n0", ADD.id, [constant("a", 1)])]))
    assert (problem.code, problem.node) == ("ParameterNotBound", "n0")
    assert problem.message == "input 'b' is not given; it takes int"


def test_a_workflow_output_that_is_not_given():
    primary = workflow("wf", [add("n0")], outputs=[promise("y", "n0", "o0")])
    del primary.outputs[:]
    (problem,) = problems(primary)
    assert (problem.code, problem.node) == ("ParameterNotBound", "end-node")
    assert problem.message.startswith("output 'y'")


def test_an_input_given_twice():
    twice = node("n0", ADD.id, [constant("a", 1), constant("b", 1), constant("a", 2)])
    assert found(workflow("wf", [twice])) == [("ParameterBoundMoreThanOnce", "n0")]


def test_an_input_that_does_not_exist():
    assert found(workflow("wf", [add("n0", constant("c", 1))])) == [("VariableNameNotFound", "n0")]


def test_an_input_without_a_value():
    assert found(workflow("wf", [add("n0", pb.Binding(var="a"))])) == [("ValueRequired", "n0")]


def test_an_input_with_an_empty_value():
    assert found_for(simple(T.INTEGER), pb.BindingData(promise=None)) == ["MismatchingBindings"]


def test_an_output_of_a_node_that_does_not_exist():
    assert found(workflow("wf", [add("n0", promise("a", "n9", "o0"))])) == [("NodeReferenceNotFound", "n0")]


def test_an_output_that_does_not_exist_is_named_with_its_node():
    (problem,) = problems(workflow("wf", [add("n0"), add("n1", promise("a", "n0", "o1"))]))
    assert (problem.code, problem.node) == ("VariableNameNotFound", "n1")
    assert problem.message == "input 'a' comes from n0, which has no output 'o1'; the outputs are 'o0'"


def test_what_a_broken_node_gives_is_not_reported_again():
    nodes = [node("n0", task("nope").id), add("n1", promise("a", "n0", "anything"))]
    assert found(workflow("wf", nodes)) == [("TaskReferenceNotFound", "n0")]


def test_a_type_that_does_not_fit_names_both_sides():
    producer, consumer = giver(simple(T.STRING)), taker(simple(T.INTEGER))
    nodes = [node("n0", producer.id), node("n1", consumer.id, [bound(data())])]
    nodes[0].metadata.name = "producer"
    (problem,) = problems(workflow("wf", nodes), tasks=[producer, consumer])
    assert problem.code == "MismatchingTypes"
    assert problem.message == "input 'a' comes from n0 (producer).o0, str, but takes int"


def test_a_constant_of_another_type():
    assert found_for(simple(T.FLOAT), number(1)) == ["MismatchingTypes"]


def test_constants_nobody_can_read():
    assert found_for(simple(T.INTEGER), pb.BindingData(scalar=pb.Scalar())) == ["UnrecognizedValue"]
    typeless = pb.BindingData(scalar=pb.Scalar(blob=pb.Blob(uri="x")))
    assert found_for(pb.LiteralType(blob=pb.BlobType()), typeless) == ["InvalidLiteralType"]


def test_an_enum_constant_must_be_a_member():
    colors = pb.LiteralType(enum_type=pb.EnumType(values=["red", "blue"]))
    assert found_for(colors, text("green")) == ["IllegalEnumValue"]
    compile_workflow(workflow("wf", [node("n0", taker(colors).id, [bound(text("red"))])]), [], [taker(colors)])


def test_lists_go_into_lists_only_and_every_element_is_checked():
    ints = pb.LiteralType(collection_type=simple(T.INTEGER))
    assert found_for(simple(T.INTEGER), listed(number(1))) == ["MismatchingBindings"]
    assert found_for(ints, listed(number(1), text("x"), text("y"))) == ["MismatchingTypes"] * 2


def test_maps_go_into_maps_only():
    mapped = pb.BindingData(map=pb.BindingDataMap(bindings={"k": text("x")}))
    assert found_for(simple(T.STRUCT), mapped) == ["MismatchingBindings"]
    assert found_for(pb.LiteralType(map_value_type=simple(T.INTEGER)), mapped) == ["MismatchingTypes"]


def test_a_list_for_a_union_must_fit_exactly_one_variant():
    def union(*kinds: int) -> pb.LiteralType:
        variants = [pb.LiteralType(collection_type=simple(kind)) for kind in kinds]
        return pb.LiteralType(union_type=pb.UnionType(variants=variants))

    assert found_for(union(T.STRING, T.FLOAT), listed(number(1))) == ["IncompatibleBindingUnionValue"]
    assert found_for(union(T.STRING, T.FLOAT), listed()) == ["AmbiguousBindingUnionValue"]
    consumer = taker(union(T.STRING, T.INTEGER))
    compile_workflow(workflow("wf", [node("n0", consumer.id, [bound(listed(number(1)))])]), [], [consumer])


def test_a_constant_that_fits_two_variants_of_a_union_fits_none():
    tagged = pb.LiteralType(simple=T.INTEGER, structure=pb.TypeStructure(tag="other"))
    union = pb.LiteralType(union_type=pb.UnionType(variants=[simple(T.INTEGER), tagged]))
    assert found_for(union, number(1)) == ["MismatchingTypes"]


# paths and indexes


POINT = pb.LiteralType(simple=T.STRUCT)
POINT.structure.dataclass_type["x"].simple = T.INTEGER
POINT.structure.dataclass_type["tags"].collection_type.simple = T.STRING


def test_a_field_that_a_dataclass_does_not_have():
    assert found_between(POINT, simple(T.INTEGER), data("z")) == ["FieldNotFound"]


@pytest.mark.parametrize(
    ("path", "target"),
    [(("x",), simple(T.INTEGER)), (("tags", 0), simple(T.STRING)), ((), simple(T.STRUCT))],
)
def test_a_path_ends_in_the_type_of_what_it_reaches(path, target):
    producer, consumer = giver(POINT), taker(target)
    nodes = [node("n0", producer.id), node("n1", consumer.id, [bound(data(*path))])]
    compile_workflow(workflow("wf", nodes), [], [producer, consumer])


def test_a_path_that_ends_in_another_type():
    assert found_between(POINT, simple(T.STRING), data("x")) == ["MismatchingTypes"]
    mapped = pb.LiteralType(map_value_type=simple(T.STRING))
    assert found_between(mapped, simple(T.INTEGER), data("k")) == ["MismatchingTypes"]


def test_a_path_into_an_untyped_struct_leaves_its_type():
    assert found_between(simple(T.STRUCT), simple(T.INTEGER), data("any")) == ["MismatchingTypes"]


def test_the_index_of_old_array_tasks_takes_an_element():
    ints = pb.LiteralType(collection_type=simple(T.INTEGER))
    producer, consumer = giver(ints), taker(simple(T.INTEGER))
    nodes = [node("n0", producer.id), node("n1", consumer.id, [bound(data(var="[1].o0"))])]
    compile_workflow(workflow("wf", nodes), [], [producer, consumer])
    assert found_between(simple(T.INTEGER), simple(T.INTEGER), data(var="[1].o0")) == ["MismatchingTypes"]


@pytest.mark.parametrize("var", ["", "a b", "[x].o0"])
def test_a_name_that_is_no_name(var):
    assert found_between(simple(T.INTEGER), simple(T.INTEGER), data(var=var)) == ["SyntaxError"]


# sub-workflows and the failure node


def test_two_workflows_with_one_id():
    sub = workflow("sub", [node("n0", SAY.id)])
    assert found(workflow("wf", [node("n0", sub.id)]), [sub, sub]) == [("DuplicateId", "start-node")]


def test_problems_of_a_sub_workflow_name_it():
    sub = workflow("sub", [node("n0", ADD.id, [constant("a", 1)])])
    (problem,) = problems(workflow("wf", [node("n0", sub.id)]), [sub])
    assert (problem.code, problem.node) == ("ParameterNotBound", "n0")
    assert problem.message.startswith("in workflow 'sub': input 'b'")


def test_a_workflow_that_contains_itself_is_told_as_a_path():
    sub = workflow("sub", [node("n0", workflow("wf", []).id)])
    (problem,) = problems(workflow("wf", [node("n0", sub.id)]), [sub])
    assert (problem.code, problem.node) == ("CycleDetected", "start-node")
    assert "wf > sub > wf" in problem.message


def test_a_workflow_whose_failure_node_is_itself():
    primary = workflow("wf", [node("n0", SAY.id)], failure_node=node("fn0", workflow("wf", []).id))
    assert found(primary) == [("CycleDetected", "start-node")]


def test_the_failure_node_is_checked_like_any_other():
    primary = workflow("wf", [add("n0")], failure_node=node("fn0", ADD.id, [constant("a", 1)]))
    assert found(primary) == [("ParameterNotBound", "fn0")]


def test_the_failure_node_sees_no_other_node():
    failure = node("fn0", ADD.id, [constant("a", 1), promise("b", "n0", "o0")])
    (problem,) = problems(workflow("wf", [add("n0")], failure_node=failure))
    assert (problem.code, problem.node) == ("NodeReferenceNotFound", "fn0")
    assert "workflow's inputs and constants only" in problem.message


@pytest.mark.parametrize(("name", "code"), [("n0", "DuplicateId"), ("", "ValueRequired")])
def test_the_failure_node_needs_an_id_of_its_own(name, code):
    primary = workflow("wf", [add("n0")], failure_node=node(name, SAY.id))
    assert [each.code for each in problems(primary)] == [code]


# tasks


def container(**fields) -> pb.TaskTemplate:
    made = task("boxed", inputs=["a"])
    made.container.CopyFrom(pb.Container(**{"image": "x", "args": ["run"], **fields}))
    return made


def task_codes(template: pb.TaskTemplate) -> list[tuple[str, str]]:
    return found(workflow("wf", [node("n0", template.id, [constant("a", 1)])]), tasks=[template])


def test_a_container_needs_an_image_and_something_to_run():
    assert task_codes(container(image="")) == [("ValueRequired", "boxed")]
    assert task_codes(container(args=[])) == [("ValueRequired", "boxed")]


@pytest.mark.parametrize("text", ["", "lots", "1 Gi", "1GiB", "-", "1e"])
def test_a_resource_must_be_a_quantity(text):
    entry = pb.Resources.ResourceEntry(name=pb.Resources.MEMORY, value=text)
    template = container(resources=pb.Resources(requests=[entry]))
    (problem,) = problems(workflow("wf", [node("n0", template.id, [constant("a", 1)])]), tasks=[template])
    assert (problem.code, problem.node) == ("UnrecognizedValue", "boxed")
    assert problem.message == f"the request for memory is {text!r}, which is no quantity"


@pytest.mark.parametrize("text", ["1", "0.5", ".5", "500m", "4Gi", "1e3", "1E-2", "2k"])
def test_quantities_as_kubernetes_writes_them_are_taken(text):
    entry = pb.Resources.ResourceEntry(name=pb.Resources.CPU, value=text)
    template = container(resources=pb.Resources(limits=[entry]))
    compile_workflow(workflow("wf", [node("n0", template.id, [constant("a", 1)])]), [], [template])


@pytest.mark.parametrize("name", ["", "Main", "-x", "x" * 64])
def test_a_pod_s_containers_need_names_kubernetes_takes(name):
    template = task("pod", inputs=["a"])
    template.k8s_pod.pod_spec.update({"containers": [{"name": "main"}, {"name": name}]})
    assert task_codes(template) == [("InvalidValue", "pod")]


def test_a_task_variable_without_a_type():
    template = task("odd", inputs=["a"], outputs=["o0"])
    template.interface.outputs.variables["o0"].ClearField("type")
    assert task_codes(template) == [("ValueRequired", "odd")]


@pytest.mark.parametrize("version", [" ", "\t"])
def test_a_cached_task_needs_a_cache_version(version):
    template = task("cached", inputs=["a"], cache_version=version)
    (problem,) = problems(workflow("wf", [node("n0", template.id, [constant("a", 1)])]), tasks=[template])
    assert (problem.code, problem.node) == ("ValueRequired", "cached")
    assert problem.message == "the task is cached but has no cache version"
    assert problem.fix == "give it cache_version='1.0'"


def test_a_node_that_asks_for_caching_needs_a_version_of_its_own_or_its_task_s():
    cached = node("n0", SAY.id)
    cached.metadata.cacheable = True
    assert found(workflow("wf", [cached])) == [("ValueRequired", "n0")]
    cached.metadata.cache_version = "1"
    compile_workflow(workflow("wf", [cached]), [], [SAY])


# several at once


def test_everything_wrong_is_told_at_once_each_thing_once():
    nodes = [
        node("n0", ADD.id, [constant("a", 1), constant("c", 1)]),
        node("n1", task("nope").id),
        add("n2", promise("a", "n9", "o0")),
        add("n2"),
        pb.Node(id="n3", gate_node=pb.GateNode()),
        branch("n4", [promise("x", "n0", "o0")], [(compare("y", 1), add("n0"))]),
    ]
    assert sorted(found(workflow("wf", nodes))) == [
        ("DuplicateId", "n2"),
        ("NoConditionFound", "n3"),
        ("NodeReferenceNotFound", "n2"),
        ("ParameterNotBound", "n0"),
        ("TaskReferenceNotFound", "n1"),
        ("VariableNameNotFound", "n0"),
        ("VariableNameNotFound", "n4"),
    ]


def test_the_text_is_flyte_s():
    with pytest.raises(CompileError) as caught:
        compile_workflow(workflow("wf", [node("n0", ADD.id)]), [], [ADD])
    assert str(caught.value).splitlines() == [
        "Collected Errors: 2",
        "  1. Code: ParameterNotBound, Node Id: n0, Description: input 'a' is not given; it takes int",
        "  2. Code: ParameterNotBound, Node Id: n0, Description: input 'b' is not given; it takes int",
    ]


def test_a_missed_name_is_answered_with_the_nearest_or_with_those_there_are():
    assert known("inputs", ["alpha", "beta"], "alpah") == "did you mean 'alpha'?"
    assert known("inputs", ["b", "a"], "zzz") == "the inputs are 'a', 'b'"
    assert known("inputs", [], "x") == "there are no inputs"
    assert known("inputs", [str(n) for n in range(10)], "zzz").endswith("'7', …")
    assert known("nodes", range(1_000), "x") == "none of the 1000 nodes is called so"


def test_a_variable_without_a_name():
    primary = workflow("wf", [add("n0")], inputs=["", "x"])
    assert found(primary) == [("ValueRequired", "start-node")]


def test_a_task_without_an_id():
    nameless = task("x")
    nameless.ClearField("id")
    nobody = pb.Node(id="n0", task_node=pb.TaskNode(reference_id=pb.Identifier()))
    assert found(workflow("wf", [nobody]), tasks=[nameless]) == [("ValueRequired", "task")]


def test_aliases_of_a_node_that_runs_nothing_known_are_not_reported_too():
    broken = node("n0", task("nope").id)
    broken.output_aliases.add(var="o0", alias="x")
    assert found(workflow("wf", [broken])) == [("TaskReferenceNotFound", "n0")]
