"""Task type "echo": its outputs are its inputs. The smallest complete plugin; start yours from it.

A `volant.plugins.Echo` message in the task's custom part makes it take its time, or fail, as a test needs.
"""

import datetime as dt

from msgspec import Struct

from volant.base.errors import FaultKind, UserError
from volant.contracts.plugin import PluginProperties, StatusPhase, TaskContext, TaskPlugin, TaskStatus
from volant.idl import pb
from volant.idl.messages import Echo, from_custom
from volant.kit.refusal import refused


class EchoState(Struct, frozen=True):
    """How far an attempt has come.

    Attributes:
        told: How many phases it has reported.
    """

    told: int


class EchoPlugin(TaskPlugin[EchoState]):
    """Walks through the phases it is asked for, then succeeds with its inputs, or fails."""

    id = "echo"
    task_types = frozenset({"echo"})
    state_type = EchoState
    properties = PluginProperties(inline=True)

    async def start_task(
        self, ctx: TaskContext[EchoState], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[EchoState]:
        """The first phase of the walk."""
        try:
            wanted = from_custom(task, Echo)
        except UserError as problem:
            return refused(problem)
        return _step(ctx, wanted, told=0)

    async def check_task_status(self, ctx: TaskContext[EchoState]) -> TaskStatus[EchoState]:
        """The next phase of the walk."""
        assert ctx.state is not None
        return _step(ctx, from_custom(ctx.template(), Echo), told=ctx.state.told)

    async def kill_task(self, ctx: TaskContext[EchoState], reason: str) -> None:
        """Nothing runs outside; there is nothing to stop."""


def _step(ctx: TaskContext[EchoState], wanted: Echo, told: int) -> TaskStatus[EchoState]:
    walk = [*wanted.phases, *[Echo.RUNNING] * wanted.looks]
    if told < len(walk):
        delay = max(wanted.delay.ToTimedelta(), dt.timedelta(milliseconds=1))
        return TaskStatus(phase=StatusPhase(walk[told]), state=EchoState(told + 1), check_after=delay)
    if ctx.key.number < wanted.failures:
        return _failure(ctx, wanted)
    return TaskStatus.succeeded(ctx.inputs_wire())


def _failure(ctx: TaskContext[EchoState], wanted: Echo) -> TaskStatus[EchoState]:
    fail = TaskStatus.permanent_failure if wanted.permanent else TaskStatus.retryable_failure
    kind = FaultKind.SYSTEM if wanted.system else FaultKind.USER
    return fail(wanted.code or "EchoFailed", f"attempt {ctx.key.number} was asked to fail", kind)


def build() -> EchoPlugin:
    """What the entry point names."""
    return EchoPlugin()
