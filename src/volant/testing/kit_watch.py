"""Watches a plugin: puts each of its calls on record, and makes it twice where the plan says so."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from volant.contracts.plugin import NotYet, TaskContext, TaskPlugin
from volant.contracts.status import TaskStatus
from volant.idl.literals import wire
from volant.kit.json_form import from_json, to_json
from volant.testing.kit_plan import EngineKilled
from volant.testing.kit_record import PluginCall
from volant.testing.kit_stage import Stage

METHODS = ("start_task", "check_task_status", "read_outputs", "kill_task", "finalize")


def watch(plugin: TaskPlugin[Any], stage: Stage) -> TaskPlugin[Any]:
    """The same plugin, its methods watched."""
    for name in METHODS:
        method = getattr(plugin, name)
        wrap = _watched_async if inspect.iscoroutinefunction(method) else _watched_sync
        setattr(plugin, name, functools.wraps(method)(wrap(plugin, name, method, stage)))
    return plugin


def _watched_sync(plugin: TaskPlugin[Any], name: str, method: Callable[..., Any], stage: Stage) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        if name == "start_task" and (later := stage.lagging(arguments[0].key.action)):
            return later
        seen = _Seen(plugin, name, arguments, stage)
        try:
            result = method(*arguments)
            if stage.plan.twice:
                result = method(*arguments)
        except BaseException as error:
            seen.raised(error)
            raise
        return seen.returned(result)

    return call


def _watched_async(plugin: TaskPlugin[Any], name: str, method: Callable[..., Any], stage: Stage) -> Callable[..., Any]:
    async def call(*arguments: Any) -> Any:
        if name == "start_task" and (later := stage.lagging(arguments[0].key.action)):
            return later
        seen = _Seen(plugin, name, arguments, stage)
        try:
            result = await method(*arguments)
            if stage.plan.twice:
                result = await method(*arguments)
        except BaseException as error:
            seen.raised(error)
            raise
        return seen.returned(result)

    return call


class _Seen:
    """One call, while it is made."""

    def __init__(self, plugin: TaskPlugin[Any], name: str, arguments: tuple[Any, ...], stage: Stage) -> None:
        ctx: TaskContext[Any] = arguments[0]
        self._plugin = plugin
        self._stage = stage
        self._arguments = arguments
        self._mortal = stage.mortal
        self._mortal.check()
        self.call: PluginCall = stage.plugin_call(name, f"{ctx.key.action}#{ctx.key.number}")
        self._before = _given(arguments)

    def raised(self, error: BaseException) -> None:
        """It raised."""
        self._stage.ended(self.call)
        if isinstance(error, Exception) and not self._mortal.is_dead:
            self.call.raised = f"{type(error).__name__}: {error}"
            self.call.is_not_yet = isinstance(error, NotYet)
            self._compare()

    def returned(self, result: Any) -> Any:
        """It returned; the engine may die before it hears of it.

        Raises:
            EngineKilled: It does.
        """
        self._stage.ended(self.call)
        if self._mortal.is_dead:
            raise EngineKilled
        self._compare()
        if isinstance(result, TaskStatus):
            self._status(result)
        self._stage.returned(self.call)
        return result

    def _compare(self) -> None:
        changed = [name for name, now in _given(self._arguments).items() if now != self._before[name]]
        self.call.mutated = " and ".join(changed)

    def _status(self, status: TaskStatus[Any]) -> None:
        self.call.status = status
        if status.state is not UNSET:
            self._state(status.state)

    def _state(self, state: Any) -> None:
        try:
            self.call.state = to_json(state)
            again = from_json(self.call.state, self._plugin.state_type)
        except Exception as error:  # noqa: BLE001  whatever a state raises is a finding
            self.call.state_problem = f"it does not survive JSON: {type(error).__name__}: {error}"
        else:
            if again != state:
                self.call.state_problem = f"{state!r} comes back from JSON as {again!r}"


def _given(arguments: tuple[Any, ...]) -> dict[str, bytes]:
    """What the plugin must leave as it is, as bytes."""
    ctx: TaskContext[Any] = arguments[0]
    given = {"template": ctx.template().SerializeToString(deterministic=True)}
    if len(arguments) > 2:
        given["inputs"] = wire(arguments[2])
    return given
