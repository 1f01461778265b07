"""Random workflows compile and load; each fault planted in one is found, with its code."""

import random
from collections.abc import Callable

import pytest

from volant.compiler.build import load_plan
from volant.compiler.compile import compile_workflow
from volant.compiler.plan import END, START
from volant.compiler.problems import CompileError
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing.builders import constant, node, promise, task, workflow

SEEDS = range(60)
ADD = task("add", inputs=["a", "b"], outputs=["o0"])
SUB = workflow("sub", [node("n0", ADD.id, [promise("a", "", "a"), promise("b", "", "b")])], inputs=["a", "b"],
               outputs=[promise("o0", "n0", "o0")])  # fmt: skip


def random_workflow(seed: int) -> pb.WorkflowTemplate:
    """Up to 40 nodes, tasks and sub-workflows, that use earlier nodes, workflow inputs and constants."""
    draw = random.Random(seed)
    nodes: list[pb.Node] = []
    for number in range(draw.randint(2, 40)):
        bindings = [random_source(draw, var, nodes) for var in ("a", "b")]
        after = draw.sample([each.id for each in nodes], k=draw.randint(0, min(2, len(nodes))))
        nodes.append(node(f"n{number}", draw.choice([ADD, SUB]).id, bindings, after=after))
    draw.shuffle(nodes)
    return workflow("wf", nodes, inputs=["x"], outputs=[random_source(draw, "y", nodes)])


def random_source(draw: random.Random, var: str, nodes: list[pb.Node]) -> pb.Binding:
    kind = draw.randint(0, 3)
    if kind == 0:
        return constant(var, draw.randint(0, 9))
    if kind == 1 or not nodes:
        return promise(var, draw.choice(["", START]), "x")
    return promise(var, draw.choice(nodes).id, "o0")


def compiled(template: pb.WorkflowTemplate) -> pb.CompiledWorkflowClosure:
    return compile_workflow(template, [SUB], [ADD])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_workflow_compiles_and_its_plan_says_the_same(seed):
    template = random_workflow(seed)
    plan = load_plan(wire(compiled(template)))
    nodes = plan.graphs[plan.root].nodes
    assert set(nodes) == {START, END, *(each.id for each in template.nodes)}
    assert [each.index for each in nodes.values()] == list(range(len(nodes)))
    for name, made in nodes.items():
        assert list(made.upstream) == sorted(made.upstream)
        assert all(name in nodes[producer].downstream for producer in made.upstream)
        assert all(name in nodes[consumer].upstream for consumer in made.downstream)
        assert made.upstream or name == START
        assert made.downstream or name == END
    assert every_order_is_possible(nodes)


def every_order_is_possible(nodes) -> bool:
    """Whether running what is ready, again and again, runs everything."""
    done: set[str] = set()
    while ready := {name for name, made in nodes.items() if name not in done and done.issuperset(made.upstream)}:
        done |= ready
    return len(done) == len(nodes)


def unknown_task(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    made.task_node.reference_id.CopyFrom(task("nope").id)


def unknown_node(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    made.inputs[0].CopyFrom(promise("a", "n99", "o0"))


def unknown_output(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    made.inputs[0].CopyFrom(promise("a", "", "z"))


def missing_binding(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    del made.inputs[draw.randint(0, 1)]


def wrong_type(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    made.inputs[0].binding.scalar.primitive.string_value = "x"


def duplicate_id(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    template.nodes.append(made)


def cycle(draw: random.Random, made: pb.Node, template: pb.WorkflowTemplate) -> None:
    """Closes a ring of two, which the start leads into."""
    partner = pb.Node()
    partner.CopyFrom(made)
    partner.id = "ring"
    partner.inputs[0].CopyFrom(promise("a", made.id, "o0"))
    made.inputs[0].CopyFrom(promise("a", "ring", "o0"))
    made.inputs[1].CopyFrom(promise("b", "", "x"))
    template.nodes.append(partner)


FAULTS: dict[str, Callable[[random.Random, pb.Node, pb.WorkflowTemplate], None]] = {
    "TaskReferenceNotFound": unknown_task,
    "NodeReferenceNotFound": unknown_node,
    "VariableNameNotFound": unknown_output,
    "ParameterNotBound": missing_binding,
    "MismatchingTypes": wrong_type,
    "DuplicateId": duplicate_id,
    "CycleDetected": cycle,
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_planted_fault_is_found_with_its_code_and_nothing_else_is(code):
    for seed in SEEDS:
        draw, template = random.Random(seed), random_workflow(seed)
        FAULTS[code](draw, draw.choice(template.nodes), template)
        with pytest.raises(CompileError) as caught:
            compiled(template)
        assert {problem.code for problem in caught.value.problems} == {code}, f"seed {seed}"


@pytest.mark.parametrize("seed", SEEDS)
def test_compiling_twice_gives_the_same_bytes(seed):
    assert wire(compiled(random_workflow(seed))) == wire(compiled(random_workflow(seed)))
