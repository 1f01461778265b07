"""Random right workflows of every kind of node compile, and their closures hold what Flyte's rules say."""

import random

import pytest

from volant.compiler.build import load_plan
from volant.compiler.compile import compile_workflow
from volant.compiler.nodes import children, with_inner
from volant.compiler.plan import END, START
from volant.idl import pb
from volant.idl.bindings import promises
from volant.idl.literals import wire
from volant.testing.builders import constant, node, promise, task, workflow
from volant.testing.random_closures import random_given

SEEDS = range(60)
ADD = task("add", inputs=["a", "b"], outputs=["o0"])
SUB = workflow("sub", [node("n0", ADD.id, [promise("a", "", "a"), promise("b", "", "b")])], inputs=["a", "b"],
               outputs=[promise("o0", "n0", "o0")])  # fmt: skip


def neighbours(side) -> dict[str, list[str]]:
    return {key: list(side[key].ids) for key in side}


def used(made: pb.Node) -> set[str]:
    return {producer for each in made.inputs for producer, _ in promises(each.binding)}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_edge_has_its_reason_and_every_reason_its_edge(seed):
    closure = random_given(random.Random(seed)).compiled()
    for compiled in (closure.primary, *closure.sub_workflows):
        up, down = neighbours(compiled.connections.upstream), neighbours(compiled.connections.downstream)
        top = {each.id: each for each in compiled.template.nodes}
        for name, made in top.items():
            reasons = (used(made) | set(made.upstream_node_ids)) if name != START else set()
            assert set(up.get(name, [])) - ({START, *top} if name == END else {START}) <= reasons
            assert reasons <= set(up.get(name, []))
            assert name == START or up[name]
            assert name == END or down[name]
            assert all(name in down[producer] for producer in up.get(name, []))
            for child in (each for inner in children(made) for each in with_inner(inner)):
                assert set(up.get(child.id, [])) in (used(child), set())
                assert child.id not in down
        assert list(up.values()) == [sorted(each) for each in up.values()]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_given_is_changed_and_the_same_gives_the_same_bytes(seed):
    one, other = random_given(random.Random(seed)), random_given(random.Random(seed))
    before = wire(one.primary), [wire(each) for each in (*one.sub_workflows, *one.tasks, *one.launch_plans)]
    assert wire(one.compiled()) == wire(other.compiled())
    assert (wire(one.primary), [wire(each) for each in (*one.sub_workflows, *one.tasks, *one.launch_plans)]) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_nodes_changes_the_order_of_nodes_only(seed):
    given = random_given(random.Random(seed))
    before = given.compiled().primary
    nodes = list(given.primary.nodes)
    random.Random(seed).shuffle(nodes)
    shuffled = pb.WorkflowTemplate()
    shuffled.CopyFrom(given.primary)
    del shuffled.nodes[:]
    shuffled.nodes.extend(nodes)
    given.primary = shuffled
    after = given.compiled().primary
    assert after.connections == before.connections
    assert {each.id: each for each in after.template.nodes} == {each.id: each for each in before.template.nodes}


# what runs today


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


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_workflow_compiles_and_its_plan_says_the_same(seed):
    template = random_workflow(seed)
    plan = load_plan(wire(compile_workflow(template, [SUB], [ADD])))
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
