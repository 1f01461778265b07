"""Random workflows of every kind of node, all of them right: what the compiler is tried with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from volant.compiler.compile import compile_workflow
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

_INTS = pb.LiteralType(collection_type=INT)
_MAYBE = pb.LiteralType(union_type=pb.UnionType(variants=[INT, pb.LiteralType(simple=pb.SimpleType.NONE)]))
_DEPTH = 3


def _typed(template: pb.TaskTemplate, **types: pb.LiteralType) -> pb.TaskTemplate:
    for name, kind in types.items():
        side = template.interface.inputs if name == "a" else template.interface.outputs
        side.variables[name].type.CopyFrom(kind)
    return template


ADD = task("add", inputs=["a", "b"], outputs=["o0"])
LISTER = _typed(task("lister", inputs=["a"], outputs=["o0"]), a=_INTS)
MAPPED = _typed(task("mapped", inputs=["a", "b"], outputs=["all"]), a=_INTS, all=_INTS)
MAYBE = _typed(task("maybe", inputs=["a"], outputs=["o0"]), a=_MAYBE)
LEAF = workflow("leaf", [node("n0", ADD.id, [promise("a", "", "a"), promise("b", "", "b")])], inputs=["a", "b"],
                outputs=[promise("o0", "n0", "o0")])  # fmt: skip
PLAN = launch_plan("plan", LEAF, defaults={"b": integer(1)})
FIXED = launch_plan("fixed", LEAF, fixed={"b": integer(1)})


@dataclass
class Given:
    """What a compile is given; every message may be changed.

    Attributes:
        primary: Of inputs "x" and "y".
        sub_workflows: Those it may refer to; some it does not.
        tasks: Likewise.
        launch_plans: Likewise.
    """

    primary: pb.WorkflowTemplate
    sub_workflows: list[pb.WorkflowTemplate]
    tasks: list[pb.TaskTemplate]
    launch_plans: list[pb.LaunchPlan]

    def compiled(self) -> pb.CompiledWorkflowClosure:
        """The closure.

        Raises:
            CompileError: Something was made wrong.
        """
        return compile_workflow(self.primary, self.sub_workflows, self.tasks, self.launch_plans)


def random_given(draw: Random, most: int = 12) -> Given:
    """A right workflow of up to `most` nodes, and a sub-workflow of as many that it may run."""
    sub = _workflow(draw, "sub", most, LEAF)
    primary = _workflow(draw, "wf", most, sub)
    primary.nodes.append(node("sub", sub.id, [promise("x", "", "x"), constant("y", 1)]))
    if draw.random() < 0.3:
        bindings = [promise("a", "", "x"), constant("b", 2)]
        primary.failure_node.CopyFrom(node("fn0", ADD.id, bindings))
    return Given(_copy(primary), [sub, _copy(LEAF)], [_copy(each) for each in (ADD, LISTER, MAPPED, MAYBE)],
                 [_copy(PLAN), _copy(FIXED)])  # fmt: skip


def _copy(message: Any) -> Any:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def _workflow(draw: Random, name: str, most: int, sub: pb.WorkflowTemplate) -> pb.WorkflowTemplate:
    maker = _Maker(draw, sub)
    nodes = [maker.top(f"n{number}") for number in range(draw.randint(1, most))]
    outputs = [maker.source("o0"), maker.source("o1")]
    draw.shuffle(nodes)
    return workflow(name, nodes, inputs=["x", "y"], outputs=outputs)


@dataclass
class _Maker:
    """Makes nodes that use those it made before.

    Attributes:
        draw: All chance.
        sub: A workflow they may run.
        ints: Where an int can be had: node and variable.
        names: Of the nodes made.
    """

    draw: Random
    sub: pb.WorkflowTemplate
    ints: list[tuple[str, str]] = field(default_factory=lambda: [("", "x"), ("start-node", "y")])
    names: list[str] = field(default_factory=list)

    def top(self, name: str) -> pb.Node:
        """A node of the workflow itself, which later ones may use."""
        made, output = self.any(name, _DEPTH)
        if self.names and self.draw.random() < 0.2:
            made.upstream_node_ids.append(self.draw.choice(self.names))
        self.names.append(name)
        if output:
            self.ints.append((name, output))
        return made

    def any(self, name: str, depth: int) -> tuple[pb.Node, str]:
        """A node and the variable it gives an int in, "" for none."""
        kinds = [self.plain, self.lister, self.maybe, self.sub_workflow, self.plan, self.fixed]
        kinds += [self.gate, self.signal, self.sleep, self.mapped]
        kinds += [self.mapped_plan] if depth == _DEPTH else []  # its "o0" is a list, which no other case gives
        chosen: Callable[[str], tuple[pb.Node, str]] = self.draw.choice(kinds)
        if depth and self.draw.random() < 0.25:
            return self.branch(name, depth - 1)
        return chosen(name)

    def source(self, var: str) -> pb.Binding:
        """A binding to an int from somewhere."""
        if self.draw.random() < 0.25:
            return constant(var, self.draw.randint(-9, 9))
        return promise(var, *self.draw.choice(self.ints))

    def many(self, var: str) -> pb.Binding:
        """A binding to a list of ints."""
        binding = pb.Binding(var=var)
        binding.binding.collection.SetInParent()
        for _ in range(self.draw.randint(0, 3)):
            binding.binding.collection.bindings.append(self.source("").binding)
        return binding

    def plain(self, name: str) -> tuple[pb.Node, str]:
        made = node(name, ADD.id, [self.source("a"), self.source("b")])
        if self.draw.random() < 0.2:
            made.output_aliases.add(var="o0", alias="total")
            return made, "total"
        return made, "o0"

    def lister(self, name: str) -> tuple[pb.Node, str]:
        return node(name, LISTER.id, [self.many("a")]), "o0"

    def maybe(self, name: str) -> tuple[pb.Node, str]:
        given = [self.source("a")] if self.draw.random() < 0.5 else []
        return node(name, MAYBE.id, given), "o0"

    def sub_workflow(self, name: str) -> tuple[pb.Node, str]:
        return node(name, self.sub.id, [self.source(var) for var in sorted(self.sub.interface.inputs.variables)]), "o0"

    def plan(self, name: str) -> tuple[pb.Node, str]:
        given = [self.source(var) for var in self.draw.choice(["a", "ab"])]
        return launch_plan_node(name, PLAN.id, given), "o0"

    def fixed(self, name: str) -> tuple[pb.Node, str]:
        return launch_plan_node(name, FIXED.id, [self.source("a")]), "o0"

    def gate(self, name: str) -> tuple[pb.Node, str]:
        return approval(name, [self.source("o0")]), "o0"

    def signal(self, name: str) -> tuple[pb.Node, str]:
        return signal(name), "o0"

    def sleep(self, name: str) -> tuple[pb.Node, str]:
        return sleeping(name), ""

    def mapped(self, name: str) -> tuple[pb.Node, str]:
        given = [self.many("a"), self.source("b")]
        return array(name, node("inner", MAPPED.id, given), given), ""

    def mapped_plan(self, name: str) -> tuple[pb.Node, str]:
        given = [self.many("a")]
        return array(name, launch_plan_node("inner", FIXED.id, given), given, wraps=True), ""

    def branch(self, name: str, depth: int) -> tuple[pb.Node, str]:
        """A branch of one to three cases, with an else or without; what it gives depends on them all."""
        inputs = [self.source(".x"), self.source("n0.o0")]
        found = [self.any(f"n{number}", depth) for number in range(self.draw.randint(1, 4))]
        arms = [made for made, _ in found]
        otherwise = arms.pop() if len(arms) > 1 and self.draw.random() < 0.5 else None
        gives = {"o0" if output == "total" else output for _, output in found}  # aliases do not leave a branch
        made = branch(name, inputs, [(self.condition(), each) for each in arms], otherwise)
        return made, "o0" if gives == {"o0"} else ""

    def condition(self) -> pb.BooleanExpression:
        made = compare(".x", self.draw.choice(["n0.o0", 3]))
        return both(made, self.condition()) if self.draw.random() < 0.3 else made
