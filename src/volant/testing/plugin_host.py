"""Calls a plugin as the engine does, one step at a time, and refuses what the engine would refuse."""

import asyncio
import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self

from msgspec import UNSET

from volant.base.clock import Clock
from volant.base.ids import AttemptKey
from volant.base.log import BoundLog, get_log
from volant.contracts.launcher import Launcher
from volant.contracts.plugin import Builder, NotYet, TaskStatus
from volant.contracts.rows import MAX_STATE_BYTES
from volant.idl import pb
from volant.testing.moved_clock import MovedClock
from volant.testing.plugin_context import RUN, FakeAttempt, read_state, write_state

_SHORTEST_LOOK = dt.timedelta(milliseconds=1)
_MOST_STEPS = 1000


class PluginHost:
    """The part of an engine that a plugin sees. Implements `contracts.plugin.PluginSetup`.

    Time is moved, never waited for, unless launchers with real processes are given. A `restart` forgets all
    that an engine would forget: the plugin object and the launchers.

    Args:
        build: Makes the plugin.
        settings: `[plugins.<id>]`.
        make_launchers: Makes launchers that are not started yet.
    """

    def __init__(
        self,
        build: Builder,
        *,
        settings: Mapping[str, Any] | None = None,
        make_launchers: Callable[[], Mapping[str, Launcher]] = dict,
    ) -> None:
        self.settings: Mapping[str, Any] = settings or {}
        self.launchers: Mapping[str, Launcher] = {}
        self.moved = MovedClock()
        self.plugin = build()
        self._build = build
        self._make_launchers = make_launchers
        self._epoch = 0
        self._woken = asyncio.Event()

    @property
    def clock(self) -> Clock:
        """The moved clock."""
        return self.moved

    @property
    def log(self) -> BoundLog:
        """The plugin's own log."""
        return get_log("testing", plugin=self.plugin.id)

    def wake(self, key: AttemptKey) -> None:
        """Ask for a look soon."""
        self._woken.set()

    async def __aenter__(self) -> Self:
        await self.restart()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close(stop_jobs=True)

    async def restart(self) -> None:
        """A new engine: new plugin object, new launchers that adopt what runs."""
        await self._close(stop_jobs=False)
        self._epoch += 1
        self.launchers = self._make_launchers()
        for launcher in self.launchers.values():
            launcher.start(self.wake, self._epoch)
            await launcher.census(RUN)
        self.plugin = self._build()
        self.plugin.initialize(self)

    async def start(self, ctx: FakeAttempt) -> TaskStatus[Any]:
        """Call `start_task`; nothing is saved."""
        return self._checked(await self._call(self.plugin.start_task, ctx, ctx.template(), ctx.inputs()))

    async def look(self, ctx: FakeAttempt) -> TaskStatus[Any]:
        """Call `check_task_status`; nothing is saved."""
        return self._checked(await self._call(self.plugin.check_task_status, ctx))

    async def kill(self, ctx: FakeAttempt) -> None:
        """Call `kill_task` until it is over."""
        for _ in range(_MOST_STEPS):
            try:
                await self._call(self.plugin.kill_task, ctx, "a test wants it")
            except NotYet as problem:
                await self._pass(problem.after)
            else:
                return
        raise AssertionError(f"{self.plugin.id}: kill_task was not over after {_MOST_STEPS} calls")

    async def finalize(self, ctx: FakeAttempt) -> None:
        """Call `finalize`."""
        await self._call(self.plugin.finalize, ctx)

    async def outputs(self, ctx: FakeAttempt, status: TaskStatus[Any]) -> pb.LiteralMap:
        """The outputs of a success, asked for as the engine does."""
        found = status.outputs
        if found is None:
            found = await self._call(self.plugin.read_outputs, ctx)
        return pb.LiteralMap.FromString(found or b"") if isinstance(found, bytes | None) else found

    def save(self, ctx: FakeAttempt, status: TaskStatus[Any]) -> None:
        """Commit a status."""
        if status.state is not UNSET:
            ctx.saved = write_state(status.state)

    async def step(self, ctx: FakeAttempt, status: TaskStatus[Any] | None) -> TaskStatus[Any]:
        """The status after `status`: the right call, when it is due. Nothing is saved."""
        if status is None:
            return await self.start(ctx)
        await self._pass(status.check_after)
        not_ready = status.phase == status.phase.NOT_READY
        return await (self.start(ctx) if not_ready else self.look(ctx))

    async def live(self, ctx: FakeAttempt) -> TaskStatus[Any]:
        """A whole life up to its end, saved at each step; not finalized."""
        status: TaskStatus[Any] | None = None
        for _ in range(_MOST_STEPS):
            status = await self.step(ctx, status)
            self.save(ctx, status)
            if status.phase.is_terminal:
                return status
        raise AssertionError(f"{self.plugin.id}: the attempt was not over after {_MOST_STEPS} looks")

    async def _close(self, *, stop_jobs: bool) -> None:
        for launcher in self.launchers.values():
            await launcher.close(stop_jobs=stop_jobs)
        self.launchers = {}

    async def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        if inspect.iscoroutinefunction(method):
            return await method(*arguments)
        return await asyncio.to_thread(method, *arguments)

    async def _pass(self, wait: dt.timedelta | None) -> None:
        """Let the time pass until the next look is due."""
        if self.launchers:
            await asyncio.wait_for(self._woken.wait(), wait.total_seconds() if wait else None)
        elif wait is not None:
            self.moved.advance(wait)
        elif not self._woken.is_set():
            raise AssertionError(f"{self.plugin.id}: looks only when woken, and nobody wakes it")
        self._woken.clear()

    def _checked(self, status: TaskStatus[Any]) -> TaskStatus[Any]:
        """The status, once it is one the engine accepts."""
        assert isinstance(status, TaskStatus), f"{self.plugin.id} returned {status!r}, not a TaskStatus"
        failed = status.phase > status.phase.SUCCEEDED
        assert failed == (status.error is not None), f"{status.phase.name} with error {status.error}"
        assert status.outputs is None or status.phase == status.phase.SUCCEEDED, "outputs without success"
        assert status.check_after is None or status.check_after >= _SHORTEST_LOOK, "a look in under 1 ms"
        if status.state is not UNSET:
            self._check_state(status.state)
        return status

    def _check_state(self, state: Any) -> None:
        data = write_state(state)
        assert len(data) <= MAX_STATE_BYTES, f"a state of {len(data)} bytes; at most {MAX_STATE_BYTES}"
        again = read_state(self.plugin.state_type, data)
        assert again == state, f"the state {state!r} comes back from JSON as {again!r}"
