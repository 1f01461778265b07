"""Stands in for plugins that cannot be used because of what is installed: its tasks fail and say why."""

from typing import Any

from volant.base.errors import user_failure
from volant.contracts.plugin import PluginProperties, TaskContext, TaskPlugin, TaskStatus
from volant.idl import pb


class RefusedPlugin(TaskPlugin[Any]):
    """Starts nothing, so that no other plugin takes what is disputed.

    Attributes:
        why: What is wrong.
        fix: What to do about it.
    """

    state_type = type(None)
    properties = PluginProperties(disable_node_level_caching=True, inline=True)

    def __init__(self, name: str, why: str, fix: str) -> None:
        self.id = name  # type: ignore[misc]  # of this one stand-in
        self.why = why
        self.fix = fix

    def runs(self, task: pb.TaskTemplate) -> bool:  # noqa: ARG002 - the contract's signature, here and below
        """No."""
        return False

    async def start_task(
        self,
        ctx: TaskContext[Any],  # noqa: ARG002
        task: pb.TaskTemplate,
        inputs: pb.LiteralMap,  # noqa: ARG002
    ) -> TaskStatus[Any]:
        """A failure that says why."""
        failure = user_failure("UnsupportedTaskType", f"no plugin runs {task.type!r} tasks: {self.why}", fix=self.fix)
        return TaskStatus.failed(failure, retryable=False)

    async def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        """The same: nothing was started."""
        return await self.start_task(ctx, ctx.template(), ctx.inputs())

    async def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        """Nothing was started."""
