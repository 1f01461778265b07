"""The asyncio shell: claims, commits, calls and sleeps of a real engine, on a store in memory."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest

from volant.base.clock import SystemClock
from volant.base.errors import LeaseLostError, StoreFault, SystemFault, UserError, VolantError
from volant.base.ids import EngineId, RunId
from volant.base.phases import RunPhase
from volant.contracts.plugin import PluginProperties, PluginSetup, TaskContext, TaskPlugin
from volant.contracts.rows import Change, Lease, Wish
from volant.contracts.status import TaskStatus
from volant.engine.engine import Engine
from volant.engine.options import EngineOptions
from volant.engine.uninitialized import Uninitialized
from volant.idl import pb
from volant.plugins.core_sleep import CoreSleep
from volant.plugins.echo import EchoPlugin
from volant.stores.blob_memory import MemoryBlobStore
from volant.stores.memory import MemoryStore
from volant.testing import builders
from volant.testing.memory_launcher import MemoryLauncher, MemoryProcesses
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.scripted import HANGS, done, flow

PATIENCE_S = 20
ONE = {"a": {"task_type": "mine"}}


class Mine(TaskPlugin[Any]):
    """Task type "mine": succeeds at once. What tests need is in their own sub-classes."""

    id = "mine"
    task_types = frozenset({"mine"})
    state_type = object

    def initialize(self, setup: PluginSetup) -> None:
        self.setup = setup

    def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Any:
        return done(o=1)

    def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        pass


class Hanging(Mine):
    """Runs for ever; says when it was started."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Any:
        self.started.set()
        return HANGS


def in_loop(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(scene(), PATIENCE_S)

    asyncio.run(within())


def make(
    store: MemoryStore,
    *plugins: TaskPlugin[Any],
    launchers: Mapping[str, Any] = MappingProxyType({}),
    settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    **options: Any,
) -> Engine:
    return Engine(
        journal=store,
        blobs=MemoryBlobStore(),
        plugins=plugins,
        launchers=launchers,
        secrets=NoSecrets(),
        http=NoHttp(),
        clock=SystemClock(),
        options=EngineOptions(**{"call_retry_us": 1, "call_ceiling_us": 1, **options}),
        plugin_settings=settings,
    )


@contextlib.asynccontextmanager
async def started(engine: Engine) -> AsyncIterator[Engine]:
    await engine.start()
    try:
        yield engine
    finally:
        await engine.drain(stop_jobs=True)


def create(store: MemoryStore, plan: bytes, name: str = "r") -> RunId:
    row = builders.run_row(f"p:d:{name}", plan, {"a": 1})
    store.create_run(row, plan)
    return row.run


async def over(store: MemoryStore, run: RunId) -> RunPhase:
    """The run's end, as a follower of the bell sees it."""
    loop, rang = asyncio.get_running_loop(), asyncio.Event()
    bell = store.listen(lambda: loop.call_soon_threadsafe(rang.set))
    while not store.get_run(run).phase.is_terminal:
        await rang.wait()
        rang.clear()
    bell.close()
    return store.get_run(run).phase


# ------------------------------------------------------------------------------------------------- to the end


def test_a_run_goes_to_its_end() -> None:
    async def scene() -> None:
        nap = builders.task("nap", task_type="core-sleep", inputs=["duration"])
        echo = builders.task("echo", task_type="echo", inputs=["a"], outputs=["a"])
        nodes = [
            builders.node("n0", nap.id, [builders.constant("duration", 0)]),
            builders.node("n1", echo.id, [builders.promise("a", "", "a")], after=["n0"]),
        ]
        plan = builders.closure(
            builders.workflow("wf", nodes, inputs=["a"], outputs=[builders.promise("o", "n1", "a")]), [nap, echo]
        )
        store = MemoryStore()
        run = create(store, plan)
        async with started(make(store, CoreSleep(), EchoPlugin())) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED
        assert store.get_run(run).phase is RunPhase.SUCCEEDED
        assert store.live_engines() == []

    in_loop(scene)


def test_a_wide_run_goes_to_its_end_while_commits_and_calls_overlap() -> None:
    async def scene() -> None:
        store = MemoryStore()
        nodes = {f"n{k}": "" for k in range(300)}
        run = create(store, flow(nodes, **{name: {"task_type": "mine"} for name in nodes}))
        async with started(make(store, Mine(), group_limit=20)) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)


# ------------------------------------------------------------------------------------------------ plugin calls


def test_sync_methods_run_in_their_plugins_own_threads() -> None:
    threads: list[str] = []

    class Sync(Mine):
        def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            threads.append(threading.current_thread().name)
            return done(o=1)

    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, Sync())) as engine:
            await engine.run(run)

    in_loop(scene)
    assert len(threads) == 1
    assert threads[0].startswith("volant-mine")


def test_async_methods_may_wait_on_the_engines_loop() -> None:
    class Async(Mine):
        async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            await asyncio.sleep(0)
            return done(o=1)

    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, Async())) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)


def test_inline_methods_are_called_without_a_task_of_their_own() -> None:
    tasks: list[str] = []

    class Inline(Mine):
        properties = PluginProperties(inline=True)

        async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            current = asyncio.current_task()
            assert current is not None
            tasks.append(repr(current.get_coro()))
            return done(o=1)

    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, Inline())) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)
    assert "Engine._run_loop" in tasks[0]


async def failure_of(plugin: TaskPlugin[Any], **options: Any) -> Any:
    """What the first attempt of "mine" ends with, when one raise is enough."""
    store = MemoryStore()
    run = create(store, flow({"a": ""}, **ONE))
    async with started(make(store, plugin, max_raises=1, **options)) as engine:
        assert await engine.run(run) is RunPhase.FAILED
    return store.list_attempts(run)[0].error


def test_an_inline_method_that_waits_is_told_so() -> None:
    class Liar(Mine):
        properties = PluginProperties(inline=True)

        async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            await asyncio.sleep(0)

    async def scene() -> None:
        error = await failure_of(Liar())
        assert error.code == "PluginFailed"
        assert "declared inline, but start waited" in error.message

    in_loop(scene)


def test_an_async_call_that_takes_too_long_counts_as_a_raise() -> None:
    class Slow(Mine):
        async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            await asyncio.get_running_loop().create_future()

    async def scene() -> None:
        error = await failure_of(Slow(), call_deadline_us=10_000)
        assert "CallTimeoutError: start took longer than 0.01 s" in error.message

    in_loop(scene)


def test_a_sync_call_that_takes_too_long_counts_as_a_raise_and_its_late_answer_as_nothing() -> None:
    class Slow(Mine):
        def __init__(self) -> None:
            self.enough = threading.Event()

        def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            self.enough.wait(PATIENCE_S)
            return done(o=1)

    async def scene() -> None:
        plugin = Slow()
        try:
            error = await failure_of(plugin, call_deadline_us=10_000)
        finally:
            plugin.enough.set()
        assert "CallTimeoutError: start took longer than 0.01 s" in error.message

    in_loop(scene)


def test_a_plugins_own_timeout_is_not_taken_for_the_engines() -> None:
    class Impatient(Mine):
        async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            raise TimeoutError("the gateway did not answer in 5 s")

    async def scene() -> None:
        error = await failure_of(Impatient())
        assert "TimeoutError: the gateway did not answer in 5 s" in error.message

    in_loop(scene)


def test_a_plugin_may_wake_an_attempt_from_any_thread() -> None:
    class Woken(Mine):
        async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
            threading.Thread(target=self.setup.wake, args=(ctx.key,)).start()
            return HANGS

        async def check_task_status(self, ctx: Any) -> Any:
            return done(o=1)

    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, Woken())) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)


def test_a_plugin_gets_its_settings_once_and_the_engines_launchers() -> None:
    async def scene() -> None:
        plugin = Mine()
        engine = make(MemoryStore(), plugin, settings={"mine": {"x": 1}, "other": {"y": 2}})
        async with started(engine):
            assert plugin.setup.settings == {"x": 1}
            assert plugin.setup.launchers is engine.launchers

    in_loop(scene)


class Broken(Mine):
    """Cannot be initialized."""

    id = "broken"
    task_types = frozenset({"brittle"})
    problem: Exception = RuntimeError("no server")

    def initialize(self, setup: PluginSetup) -> None:
        raise self.problem


def test_a_plugin_that_cannot_be_initialized_fails_its_own_tasks_once_and_says_why() -> None:
    async def scene() -> None:
        store = MemoryStore()
        brittle = create(store, flow({"a": ""}, a={"task_type": "brittle"}), "brittle")
        fine = create(store, flow({"a": ""}, **ONE), "fine")
        async with started(make(store, Broken(), Mine())) as engine:
            phases = [await engine.run(run) for run in (brittle, fine)]
        assert phases == [RunPhase.FAILED, RunPhase.SUCCEEDED]
        [attempt] = store.list_attempts(brittle, None)
        assert attempt.error is not None
        assert attempt.error.code == "PluginFailed"
        assert attempt.error.message == "plugin 'broken' could not be initialized: RuntimeError: no server"

    in_loop(scene)


def test_a_plugin_that_wants_to_end_the_process_when_it_is_initialized_ends_its_own_tasks_only() -> None:
    class Quits(Broken):
        def initialize(self, setup: PluginSetup) -> None:
            raise SystemExit(7)

    async def scene() -> None:
        store = MemoryStore()
        brittle = create(store, flow({"a": ""}, a={"task_type": "brittle"}), "brittle")
        fine = create(store, flow({"a": ""}, **ONE), "fine")
        async with started(make(store, Quits(), Mine())) as engine:
            assert [await engine.run(run) for run in (brittle, fine)] == [RunPhase.FAILED, RunPhase.SUCCEEDED]

    in_loop(scene)


def test_what_an_earlier_engine_started_is_not_given_up_for_a_plugin_that_cannot_be_initialized_now() -> None:
    async def scene() -> None:
        stand_in = Uninitialized("broken", RuntimeError("no server"))
        for call in (stand_in.check_task_status, partial(stand_in.kill_task, reason="")):
            with pytest.raises(SystemFault, match="no server"):
                await call(None)

    in_loop(scene)


def test_settings_that_a_plugin_refuses_stop_the_engine_which_gives_its_lease_back() -> None:
    async def scene() -> None:
        store, plugin = MemoryStore(), Broken()
        plugin.problem = UserError("there is no setting 'x'")
        with pytest.raises(UserError, match="no setting 'x'"):
            await make(store, plugin, settings={"broken": {"x": 1}}).start()
        assert store.live_engines() == []

    in_loop(scene)


def test_an_engine_that_cannot_start_leaves_nothing_behind() -> None:
    """Neither what plugins began in the background, nor listeners, threads, or open doors to the outside."""
    ends: list[str] = []

    class Busy(Mine):
        def initialize(self, setup: PluginSetup) -> None:
            async def watch() -> None:
                await asyncio.get_running_loop().create_future()

            setup.background(watch, "watch")

    class Deaf(MemoryStore):
        def listen(self, ring: Callable[[], None]) -> Any:
            raise StoreFault("the bells cannot be opened")

    class Door(NoHttp):
        async def close(self) -> None:
            ends.append("http")

    class Launcher(MemoryLauncher):
        async def close(self, *, stop_jobs: bool) -> None:
            ends.append(f"launcher {stop_jobs}")

    async def scene() -> None:
        store = Deaf()
        engine = Engine(
            journal=store, blobs=MemoryBlobStore(), plugins=[Busy()], secrets=NoSecrets(), http=Door(),
            launchers={"pool": Launcher(MemoryProcesses(None))}, clock=SystemClock(),
        )  # fmt: skip
        with pytest.raises(StoreFault, match="bells"):
            await engine.start()
        assert store.live_engines() == []
        assert "mine: watch" not in [task.get_name() for task in asyncio.all_tasks()]

    in_loop(scene)
    assert ends == ["launcher False", "http"]


def test_a_wake_up_that_comes_when_the_engine_is_gone_is_no_fault() -> None:
    """A thread of a plugin may be the last to know."""

    class Waking(Mine):
        def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Any:
            self.wake = ctx.wake
            return done(o=1)

    plugin = Waking()

    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, plugin)) as engine:
            await engine.run(run)

    in_loop(scene)
    plugin.wake()


def test_a_plugin_that_misses_settings_nobody_wrote_hurts_its_own_tasks_only(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        store, plugin = MemoryStore(), Broken()
        plugin.problem = UserError("say where the service is")
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, plugin, Mine())) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)
    assert caplog.messages == ["plugin broken cannot be used: UserError: say where the service is"]


class Counted(NoHttp):
    """Says whether it is open."""

    is_open = False

    async def open(self) -> None:
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False


def test_outside_services_can_be_called_from_initialize_until_the_engine_is_drained() -> None:
    seen = []
    http = Counted()

    class Asking(Mine):
        def initialize(self, setup: PluginSetup) -> None:
            seen.append((setup.http is http, http.is_open))

    async def scene() -> None:
        engine = Engine(
            journal=MemoryStore(), blobs=MemoryBlobStore(), plugins=[Asking()], launchers={}, secrets=NoSecrets(),
            http=http, clock=SystemClock(),
        )  # fmt: skip
        async with started(engine):
            assert http.is_open

    in_loop(scene)
    assert (seen, http.is_open) == ([(True, True)], False)


# --------------------------------------------------------------------------------------------- several engines


def test_a_run_of_another_living_engine_cannot_be_had() -> None:
    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        plugin = Hanging()
        async with started(make(store, plugin)) as first, started(make(store, Mine())) as second:
            task = asyncio.create_task(first.run(run))
            await plugin.started.wait()
            with pytest.raises(LeaseLostError, match="belongs to another engine"):
                await second.run(run)
            task.cancel()

    in_loop(scene)


def test_an_engine_that_serves_takes_over_the_runs_of_a_dead_one() -> None:
    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        plugin = Hanging()
        dead = make(store, plugin)
        await dead.start()
        task = asyncio.create_task(dead.run(run))
        await plugin.started.wait()
        store.kill(dead.lease.engine)

        class Adopts(Mine):
            async def check_task_status(self, ctx: Any) -> Any:
                return done(o=1)

        async with started(make(store, Adopts())) as second:
            serving = asyncio.create_task(second.serve())
            assert await over(store, run) is RunPhase.SUCCEEDED
            await second.drain(stop_jobs=False)
            await serving
        task.cancel()
        with contextlib.suppress(LeaseLostError):
            await dead.drain(stop_jobs=True)

    in_loop(scene)


def test_an_engine_declared_dead_stops_and_says_so() -> None:
    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": "", "b": "a"}, a={"task_type": "mine"}, b={"task_type": "mine"}))

        class Killed(Mine):
            async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
                store.kill(engine.lease.engine)
                return done(o=1)

        engine = make(store, Killed())
        async with started(engine):
            with pytest.raises(LeaseLostError):
                await engine.run(run)
        assert store.get_run(run).phase is RunPhase.RUNNING

    in_loop(scene)


def test_losing_one_run_ends_that_run_and_not_the_others() -> None:
    async def scene() -> None:
        store = MemoryStore()
        lost, kept = create(store, flow({"a": ""}, **ONE), "lost"), create(store, flow({"a": ""}, **ONE), "kept")

        class Robbed(Mine):
            async def start_task(self, ctx: Any, task: Any, inputs: Any) -> Any:
                if ctx.key.run == lost:  # as a store whose leases expire would
                    store._runs[lost].owner = EngineId("engine-7")
                return done(o=1)

        async with started(make(store, Robbed())) as engine:
            first, second = await asyncio.gather(engine.run(lost), engine.run(kept), return_exceptions=True)
        assert isinstance(first, LeaseLostError)
        assert second is RunPhase.SUCCEEDED

    in_loop(scene)


def test_an_engine_that_serves_claims_what_is_created_later() -> None:
    async def scene() -> None:
        store = MemoryStore()
        async with started(make(store, Mine())) as engine:
            serving = asyncio.create_task(engine.serve())
            for name in ("one", "two"):
                run = create(store, flow({"a": ""}, **ONE), name)
                assert await over(store, run) is RunPhase.SUCCEEDED
            await engine.drain(stop_jobs=True)
            await serving

    in_loop(scene)


# ------------------------------------------------------------------------------------------------ wishes, ends


def test_an_abort_wished_for_reaches_a_running_run() -> None:
    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        plugin = Hanging()
        async with started(make(store, plugin)) as engine:
            task = asyncio.create_task(engine.run(run))
            await plugin.started.wait()
            store.wish(Wish(run=run, kind="abort", cause="enough", principal="me", at_us=1))
            assert await task is RunPhase.ABORTED
        error = store.get_run(run).error
        assert error is not None
        assert error.message == "enough"

    in_loop(scene)


def test_draining_leaves_a_run_that_another_engine_goes_on_with() -> None:
    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": "", "b": "a"}, a={"task_type": "mine"}, b={"task_type": "mine"}))
        plugin = Hanging()
        first = make(store, plugin)
        await first.start()
        task = asyncio.create_task(first.run(run))
        await plugin.started.wait()

        await first.drain(stop_jobs=True)

        with pytest.raises(LeaseLostError, match="drained"):
            await task
        assert store.get_run(run).phase is RunPhase.RUNNING
        assert store.owner(run) == ("", False)

        class Resumes(Mine):
            async def check_task_status(self, ctx: Any) -> Any:
                return done(o=1)

        async with started(make(store, Resumes())) as second:
            assert await second.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)


def test_draining_twice_is_draining_once() -> None:
    async def scene() -> None:
        engine = make(MemoryStore(), Mine())
        await engine.start()

        await engine.drain(stop_jobs=False)
        await engine.drain(stop_jobs=True)

    in_loop(scene)


class FailingMemoryStore(MemoryStore):
    """A double: a store whose disk is full from the n-th commit on, until it is mended."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.commits_left = after

    def commit(self, lease: Lease, changes: Sequence[Change]) -> frozenset[RunId]:
        if self.commits_left <= 0:
            raise StoreFault("disk full")
        self.commits_left -= 1
        return super().commit(lease, changes)


@pytest.mark.parametrize("after", range(4))
def test_a_full_disk_ends_the_engine_and_loses_nothing(after: int) -> None:
    async def scene() -> None:
        store = FailingMemoryStore(after)
        kind = {"task_type": "mine"}
        run = create(store, flow({"a": "", "b": "a", "c": "b"}, a=kind, b=kind, c=kind))
        async with started(make(store, Mine())) as engine:
            with pytest.raises(StoreFault, match="disk full"):
                await engine.run(run)

        store.commits_left = 1_000_000
        async with started(make(store, Mine())) as second:
            assert await second.run(run) is RunPhase.SUCCEEDED
        events = store.events(run)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))

    in_loop(scene)


# -------------------------------------------------------------------------------------------------- launchers


def test_what_runs_is_counted_before_a_run_goes_on() -> None:
    counted: list[RunId] = []

    class Counting(MemoryLauncher):
        async def census(self, run: RunId) -> Any:
            counted.append(run)
            return await super().census(run)

    class AfterCensus(Mine):
        def start_task(self, ctx: Any, task: Any, inputs: Any) -> TaskStatus[Any]:
            assert counted == [ctx.key.run]
            return done(o=1)

    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        launcher = Counting(MemoryProcesses(None))
        async with started(make(store, AfterCensus(), launchers={"pool": launcher})) as engine:
            assert await engine.run(run) is RunPhase.SUCCEEDED

    in_loop(scene)


class Uncountable(MemoryLauncher):
    """A launcher double whose census fails, as one without rights would."""

    async def census(self, run: RunId) -> None:
        raise PermissionError(f"sockets of {run}")


def test_a_run_whose_processes_cannot_be_counted_says_so_and_does_not_hang() -> None:
    async def scene() -> None:
        store = MemoryStore()
        run = create(store, flow({"a": ""}, **ONE))
        async with started(make(store, Mine(), launchers={"pool": Uncountable(MemoryProcesses(None))})) as engine:
            with pytest.raises(SystemFault, match="could not be counted"):
                await engine.run(run)

    in_loop(scene)


def test_a_run_that_cannot_go_on_here_hurts_no_other() -> None:
    async def scene() -> None:
        store = MemoryStore()
        stuck = create(store, flow({"a": ""}, **ONE), "stuck")
        plugin = Hanging()
        first = make(store, plugin)
        await first.start()
        going = asyncio.create_task(first.run(stuck))
        await plugin.started.wait()
        store.kill(first.lease.engine)
        async with started(make(store, EchoPlugin())) as second:
            fine = create(store, flow({"a": ""}, a={"task_type": "echo"}), "fine")
            with pytest.raises(VolantError, match="'mine', which is not here"):
                await second.run(stuck)
            assert (await second.run(fine)).is_terminal
        going.cancel()
        with contextlib.suppress(LeaseLostError):
            await first.drain(stop_jobs=True)

    in_loop(scene)


def test_draining_an_engine_that_never_started_is_fine() -> None:
    async def scene() -> None:
        await make(MemoryStore(), Mine()).drain(stop_jobs=True)

    in_loop(scene)
