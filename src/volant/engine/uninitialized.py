"""Stands in for a plugin whose `initialize` raised: its tasks fail and say why, everything else goes on."""

from typing import Any, NoReturn

from volant.base.errors import Failure, FaultKind, SystemFault
from volant.contracts.plugin import TaskContext, TaskPlugin, TaskStatus
from volant.idl import pb

_FIX = "set right what the plugin says, or its [plugins] settings, and run it again"


class Uninitialized(TaskPlugin[Any]):
    """Starts nothing. What an earlier engine started is left to the next one: looks and kills raise."""

    def __init__(self, plugin: str, error: BaseException) -> None:
        self._why = f"plugin {plugin!r} could not be initialized: {type(error).__name__}: {error}"
        self._fix = getattr(error, "fix", "") or _FIX

    async def start_task(
        self,
        ctx: TaskContext[Any],  # noqa: ARG002 - the contract's signature, here and below
        task: pb.TaskTemplate,  # noqa: ARG002
        inputs: pb.LiteralMap,  # noqa: ARG002
    ) -> TaskStatus[Any]:
        """A failure that says why; another attempt of this engine's would end the same way."""
        return TaskStatus.failed(Failure("PluginFailed", self._why, FaultKind.SYSTEM, fix=self._fix), retryable=False)

    async def check_task_status(self, ctx: TaskContext[Any]) -> NoReturn:  # noqa: ARG002
        """Not possible."""
        raise SystemFault(self._why)

    async def kill_task(self, ctx: TaskContext[Any], reason: str) -> NoReturn:  # noqa: ARG002
        """Not possible."""
        raise SystemFault(self._why)
