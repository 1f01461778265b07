"""Plugin calls in production: async ones on the loop, sync ones in the plugin's own threads, each with a deadline.

The async methods of a plugin declared `inline` never wait and are driven by one `send`, without a task.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from volant.base.clock import SECOND_US
from volant.base.errors import SystemFault
from volant.engine.outbox import Call
from volant.engine.plugin_table import Entry
from volant.engine.run_state import CallKind, Live

THREADS_PER_PLUGIN = 8
T = TypeVar("T")


class CallTimeoutError(SystemFault):
    """A plugin call took longer than its deadline. It counts as a raise."""


def method_of(live: Live, kind: CallKind) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The bound method of a call and its arguments."""
    plugin, ctx = live.entry.plugin, live.context
    if kind == "start":
        return plugin.start_task, (ctx, ctx.template(), ctx.inputs())
    if kind == "check":
        return plugin.check_task_status, (ctx,)
    if kind == "outputs":
        return plugin.read_outputs, (ctx,)
    if kind == "kill":
        return plugin.kill_task, (ctx, live.row.kill_due)
    return plugin.finalize, (ctx,)


class Host:
    """Makes plugin calls and hands back their results.

    Args:
        answer: Called on the loop with each call and what it returned or raised, exactly once.
        deadline_us: How long a call may take; one that never waits is not held to it.
    """

    def __init__(self, answer: Callable[[Call, Any], None], deadline_us: int) -> None:
        self._answer = answer
        self.deadline_s = deadline_us / SECOND_US
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._async: dict[tuple[str, CallKind], bool] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.in_flight = 0

    def call(self, call: Call) -> None:
        """Make a call; its answer may come before this returns."""
        live, kind = call.live, call.kind
        try:
            method, arguments = method_of(live, kind)
            if self._is_async(live.entry, kind, method):
                self._drive(call, method(*arguments))
            else:
                self._begin_in_thread(call, method, arguments)
        except Exception as error:  # noqa: BLE001  a plugin may raise anything; it hurts its own attempt only
            self._answer(call, error)

    async def close(self) -> None:
        """Wait for nothing: what is in flight is repeated by the next engine."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        for pool in self._threads.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _is_async(self, entry: Entry, kind: CallKind, method: Callable[..., Any]) -> bool:
        known = self._async.get((entry.id, kind))
        if known is None:
            known = self._async[entry.id, kind] = inspect.iscoroutinefunction(method)
        return known

    def _drive(self, call: Call, coroutine: Coroutine[Any, Any, Any]) -> None:
        if call.live.entry.properties.inline:
            self._answer(call, _driven(call, coroutine))
            return
        self.in_flight += 1
        task = asyncio.get_running_loop().create_task(_within(self.deadline_s, call, coroutine))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._task_done(call, done))

    def _task_done(self, call: Call, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self.in_flight -= 1
        if not task.cancelled():
            self._answer(call, task.exception() or task.result())

    def in_thread(self, plugin: str, function: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        """A sync function, called in the threads of that plugin."""
        pool = self._threads.get(plugin)
        if pool is None:
            pool = self._threads[plugin] = ThreadPoolExecutor(THREADS_PER_PLUGIN, f"volant-{plugin}")
        return asyncio.get_running_loop().run_in_executor(pool, _without_stop, function, *arguments)

    def _begin_in_thread(self, call: Call, method: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.in_flight += 1
        future = self.in_thread(call.live.entry.id, method, *arguments)
        answered = _Once(self, call)
        timer = asyncio.get_running_loop().call_later(self.deadline_s, answered.timeout)

        def done(result: "asyncio.Future[Any]") -> None:
            timer.cancel()
            if not result.cancelled():
                answered.give(result.exception() or result.result())

        future.add_done_callback(done)

    def finished(self, call: Call, result: Any) -> None:
        """A call in a thread has its answer."""
        self.in_flight -= 1
        self._answer(call, result)


class _Once:
    """The first answer counts: a result, or the deadline."""

    def __init__(self, host: Host, call: Call) -> None:
        self._host = host
        self._call = call
        self._open = True

    def give(self, result: Any) -> None:
        if self._open:
            self._open = False
            self._host.finished(self._call, result)

    def timeout(self) -> None:
        self.give(_too_long(self._call, self._host.deadline_s))


def _without_stop(function: Callable[..., T], *arguments: Any) -> T:
    """What it returns; asyncio's futures cannot hold a StopIteration, and would never be done."""
    try:
        return function(*arguments)
    except StopIteration as error:
        raise RuntimeError(f"{getattr(function, '__qualname__', function)} raised StopIteration") from error


def _driven(call: Call, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine that never waits returns."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    return TypeError(f"plugin {call.live.entry.id} is declared inline, but {call.kind} waited for something")


async def _within(deadline_s: float, call: Call, coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        async with asyncio.timeout(deadline_s) as ours:
            return await coroutine
    except TimeoutError as error:
        if ours.expired():
            raise _too_long(call, deadline_s) from error
        raise  # the plugin's own: a service it called did not answer


def _too_long(call: Call, deadline_s: float) -> CallTimeoutError:
    return CallTimeoutError(f"{call.kind} took longer than {deadline_s:g} s")
