"""Task type "scripted": a test says what each attempt does, call by call. For `testing.engine_rig`."""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from volant.contracts.plugin import TaskContext, TaskPlugin, TaskStatus
from volant.idl import pb
from volant.testing import builders

Step: TypeAlias = TaskStatus[Any] | Exception | Callable[[TaskContext[Any]], TaskStatus[Any]]
"""What one call of a scripted attempt returns, raises or computes."""


def ints(**values: int) -> pb.LiteralMap:
    """A LiteralMap of ints."""
    return pb.LiteralMap(literals={name: builders.integer(value) for name, value in values.items()})


def going(after_ms: int = 10, **more: Any) -> TaskStatus[Any]:
    """Still running; looked at again after so many milliseconds."""
    return TaskStatus.running(check_after=dt.timedelta(milliseconds=after_ms), **more)


def done(**outputs: int) -> TaskStatus[Any]:
    """Succeeded with these ints."""
    return TaskStatus.succeeded(ints(**outputs))


HANGS: TaskStatus[Any] = TaskStatus.running()
"""Running for ever, and never asked again unless woken."""


def flow(
    nodes: Mapping[str, str],
    *,
    fail_fast: bool = True,
    failure_node: pb.Node | None = None,
    more_tasks: Iterable[pb.TaskTemplate] = (),
    **tasks: Mapping[str, Any],
) -> bytes:
    """The compiled closure of a workflow of scripted tasks, one a node, task and node of the same name.

    Args:
        nodes: To each node those above it, separated by blanks. Its inputs x0, x1, … are their outputs "o";
            without any above, x0 is the workflow's input "a". The workflow's output "o" is the last node's.
        fail_fast: The failure policy.
        failure_node: Runs after a failure.
        more_tasks: What the failure node needs.
        tasks: To a node, arguments of `builders.task`, and `timeout_s`.
    """
    made_nodes: list[pb.Node] = []
    made_tasks = list(more_tasks)
    for name, above in nodes.items():
        wanted = dict(tasks.get(name, {}))
        timeout_s = wanted.pop("timeout_s", 0)
        sources = [(node, "o") for node in above.split()] or [("", "a")]
        bindings = [builders.promise(f"x{k}", *source) for k, source in enumerate(sources)]
        wanted = {"task_type": "scripted", "inputs": [each.var for each in bindings], "outputs": ["o"], **wanted}
        made_tasks.append(builders.task(name, **wanted))
        made_nodes.append(builders.node(name, made_tasks[-1].id, bindings, timeout_s=timeout_s))
    last = made_tasks[-1]
    outputs = [builders.promise("o", last.id.name, "o")] if "o" in last.interface.outputs.variables else []
    primary = builders.workflow(
        "wf", made_nodes, inputs=["a"], outputs=outputs, failure_node=failure_node, fail_fast=fail_fast
    )
    return builders.closure(primary, made_tasks)


class Stage:
    """What scripted attempts do. It is the world outside: it outlives engines."""

    def __init__(self) -> None:
        self._scripts: dict[tuple[str, int, str], deque[Any]] = {}

    def script(self, task: str, attempt: int, track: str, turns: Iterable[Any]) -> None:
        """Say what the calls on a track do, one after the other; a last one that is no exception is repeated."""
        self._scripts[task, attempt, track] = deque(turns)

    def play(self, track: str, ctx: TaskContext[Any], usual: Callable[[], Any]) -> Any:
        """What this call returns, or the exception it raises."""
        turns = self._scripts.get((ctx.template().id.name, ctx.key.number, track))
        if not turns:
            return usual()
        turn = turns.popleft() if len(turns) > 1 or isinstance(turns[0], Exception) else turns[0]
        if isinstance(turn, Exception):
            raise turn
        return turn(ctx) if callable(turn) else turn


class ScriptedPlugin(TaskPlugin[Any]):
    """Task type "scripted": does what its stage says.

    Unless a script says otherwise an attempt succeeds at once; each output is 1 and the sum of its int inputs.
    Any JSON may be its state.
    """

    id = "scripted"
    task_types = frozenset({"scripted"})
    state_type = object

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[Any]:
        """The first of the script's statuses."""
        status: TaskStatus[Any] = self.stage.play("status", ctx, lambda: _sum(ctx))
        return status

    def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        """The next of them."""
        status: TaskStatus[Any] = self.stage.play("status", ctx, lambda: _sum(ctx))
        return status

    def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        """Nothing, once the script's exceptions are used up."""
        self.stage.play("kill", ctx, lambda: None)

    def finalize(self, ctx: TaskContext[Any]) -> None:
        """Nothing, once the script's exceptions are used up."""
        self.stage.play("finalize", ctx, lambda: None)

    def read_outputs(self, ctx: TaskContext[Any]) -> pb.LiteralMap | bytes | None:
        """What the script says, else the file the attempt left."""
        outputs: pb.LiteralMap | bytes | None = self.stage.play("outputs", ctx, lambda: ctx.left("outputs.pb"))
        return outputs


def _sum(ctx: TaskContext[Any]) -> TaskStatus[Any]:
    total = 1 + sum(literal.scalar.primitive.integer for literal in ctx.inputs().literals.values())
    return done(**dict.fromkeys(ctx.template().interface.outputs.variables, total))
