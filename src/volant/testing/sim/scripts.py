"""What a seed draws: graphs, and what every attempt of every task will do. Pure functions of the seed."""

import random
from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import RunSpec
from volant.idl import pb
from volant.testing import builders

MS = 1_000
POOL = "slots"
End: TypeAlias = Literal[
    "succeed",
    "retryable",
    "permanent",
    "system",
    "hang",
    "raise",
    "no_outputs",
    "wrong_outputs",
    "huge_state",
]
_MILD: tuple[End, ...] = ("succeed",) * 8 + ("retryable", "system", "raise")
_WILD: tuple[End, ...] = (*_MILD, "permanent", "no_outputs", "wrong_outputs", "huge_state", "hang")


class Script(Struct, frozen=True):
    """What one attempt does.

    Attributes:
        end: How it ends, unless it is killed before.
        instant: Whether `start_task` already says so.
        duration_us: How long the outside job takes.
        look_us: How often it asks to be looked at.
        not_ready: How often `start_task` answers NotReady first.
        raises: How often each method raises before it does its work.
        not_yet: How often `kill_task` answers NotYet first.
        tokens: How many tokens of `POOL` it needs for its job; 0 for none.
        patient: Whether it wants to be asked again much later, when it is refused.
    """

    end: End
    instant: bool
    duration_us: int
    look_us: int
    not_ready: int
    raises: int
    not_yet: int
    tokens: int
    patient: bool


class Scenario(NamedTuple):
    """One drawn world.

    Attributes:
        closure: The compiled workflow.
        spec: How the run is made.
        mild: Whether it must end the same however it is crashed: no aborts, no timeouts, no lasting failure.
        aborts_at_us: When somebody aborts it, after its start; 0 for never.
        crashes: How many crashes there will be.
        zombies: Whether a crashed engine lives on without knowing.
        twin: Whether a second run of the same workflow goes on beside it, and shares its cache.
        recovers: Whether, if it does not succeed, another run recovers it.
        limits: What `POOL` has; every second world needs none of it.
    """

    closure: bytes
    spec: RunSpec
    mild: bool
    aborts_at_us: int
    crashes: int
    zombies: bool
    twin: bool
    recovers: bool
    limits: PoolLimits


def draw(seed: int) -> Scenario:
    """The world of a seed."""
    rng = random.Random(f"scenario {seed}")
    mild = rng.random() < 0.4
    graph = _Graph(rng, mild)
    primary = graph.workflow("wf", rng.randint(1, 12), depth=0)
    spec = RunSpec(
        entity="wf",
        max_parallelism=rng.choice([0, 0, 1, 2, 3]),
        interruptible=rng.choice([None, True, False]),
        overwrite_cache=rng.random() < 0.1,
    )
    aborts = rng.randint(1, 400) * MS if not mild and rng.random() < 0.25 else 0
    closure = builders.closure(primary, graph.tasks.values(), graph.subs)
    return Scenario(
        closure, spec, mild, aborts, rng.randint(0, 3), rng.random() < 0.5,
        rng.random() < 0.3, rng.random() < 0.3, _limits(rng),
    )  # fmt: skip


def _limits(rng: random.Random) -> PoolLimits:
    if rng.random() < 0.5:
        return PoolLimits()
    total = rng.randint(2, 4)
    return PoolLimits(total=total, per_project=rng.choice([0, 0, 1, 2, total]))


def script_of(scenario: Scenario, seed: int, action: str, number: int, max_attempts: int) -> Script:
    """What attempt `number` of an action does in the world of `seed`."""
    rng = random.Random(f"script {seed} {action} {number}")
    end = rng.choice(_MILD if scenario.mild else _WILD)
    if scenario.mild and number >= min(1, max_attempts - 1):
        end = "succeed"
    return Script(
        end=end,
        instant=rng.random() < 0.3,
        duration_us=rng.randint(0, 200) * MS,
        look_us=rng.choice([5, 20, 60, 500]) * MS,
        not_ready=rng.choice([0, 0, 0, 1, 2]),
        raises=rng.choice([0, 0, 0, 1, 3]),
        not_yet=rng.choice([0, 0, 1, 2]),
        tokens=_tokens(rng, scenario.limits),
        patient=rng.choice([False, True]),
    )


def _tokens(rng: random.Random, limits: PoolLimits) -> int:
    wanted = rng.choice([0, 1, 1, 2])
    return min(wanted, limits.total, limits.per_project or limits.total)


class _Graph:
    """Draws workflows; every task adds its inputs and 1, so the right result is known."""

    def __init__(self, rng: random.Random, mild: bool) -> None:
        self.rng = rng
        self.mild = mild
        self.tasks: dict[str, pb.TaskTemplate] = {}
        self.subs: list[pb.WorkflowTemplate] = []

    def workflow(self, name: str, size: int, depth: int) -> pb.WorkflowTemplate:
        """A workflow of `size` nodes with one input "a" and one output "o"."""
        nodes: list[pb.Node] = []
        for index in range(size):
            above = [node.id for node in nodes if self.rng.random() < 0.35]
            nodes.append(self._node(f"n{index}", name, above, depth))
        last = nodes[-1].id
        failure = None
        if not self.mild and self.rng.random() < 0.3:
            failure = self._failure_node(name)
        return builders.workflow(
            name, nodes, inputs=["a"], outputs=[builders.promise("o", last, "o")], failure_node=failure,
            fail_fast=self.rng.random() < 0.6,
        )  # fmt: skip

    def _node(self, node_id: str, owner: str, above: list[str], depth: int) -> pb.Node:
        data = above[:2]
        order_only = above[2:]
        timeout = 0.0 if self.mild or self.rng.random() < 0.75 else self.rng.choice([0.05, 0.2])
        if depth < 2 and self.rng.random() < 0.15:
            sub = self.workflow(f"{owner}-{node_id}", self.rng.randint(1, 3), depth + 1)
            self.subs.append(sub)
            source = builders.promise("a", data[0], "o") if data else builders.promise("a", "", "a")
            return builders.node(node_id, sub.id, [source], after=above, timeout_s=timeout)
        inputs = [f"x{k}" for k in range(len(data))]
        bindings = [builders.promise(var, node, "o") for var, node in zip(inputs, data, strict=True)]
        if not data:
            inputs, bindings = ["x0"], [builders.promise("x0", "", "a")]
        task = self._task(f"{owner}.{node_id}", inputs)
        return builders.node(node_id, task.id, bindings, after=order_only, timeout_s=timeout)

    def _failure_node(self, owner: str) -> pb.Node:
        task = self._task(f"{owner}.fn0", ["a"])
        return builders.node("fn0", task.id, [builders.promise("a", "", "a")])

    def _task(self, name: str, inputs: list[str]) -> pb.TaskTemplate:
        cached = self.rng.random() < 0.2
        task = builders.task(
            name, task_type="chaos", inputs=inputs, outputs=["o"], retries=self.rng.choice([0, 1, 1, 2, 3]),
            cache_version="1" if cached else "", serialize=cached and self.rng.random() < 0.5,
        )  # fmt: skip
        self.tasks[name] = task
        return task


def expected(plan_inputs: Mapping[str, int]) -> int:
    """What a chaos task makes of its inputs."""
    return sum(plan_inputs.values()) + 1
