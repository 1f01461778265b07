"""What a plugin gets once, from a real engine."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from volant.base.ids import RunId
from volant.base.phases import RunPhase
from volant.contracts.plugin import PluginSetup, TaskContext, TaskPlugin
from volant.contracts.status import TaskStatus
from volant.engine.engine import Engine
from volant.idl import pb
from volant.stores.blob_memory import MemoryBlobStore
from volant.stores.memory import MemoryStore
from volant.testing import builders
from volant.testing.moved_clock import MovedClock
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.scripted import HANGS, done, flow
from volant.testing.virtual_loop import VirtualLoop

ONE = {"a": {"task_type": "mine"}}


class Mine(TaskPlugin[Any]):
    """Task type "mine": what a test does at `initialize` is in its own function."""

    id = "mine"
    task_types = frozenset({"mine"})
    state_type = object

    def __init__(self, initialize: Callable[[PluginSetup], None]) -> None:
        self._initialize = initialize
        self.started: list[TaskContext[Any]] = []
        self.has_started = asyncio.Event()

    def initialize(self, setup: PluginSetup) -> None:
        self._initialize(setup)

    async def start_task(
        self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[Any]:  # fmt: skip
        self.started.append(ctx)
        self.has_started.set()
        return HANGS

    async def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        return done(o=1)

    async def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        pass


def play(plugin: Mine, scene: Callable[[Engine, MemoryStore], Coroutine[Any, Any, None]]) -> None:
    clock = MovedClock()

    async def within() -> None:
        store = MemoryStore()
        engine = Engine(
            journal=store, blobs=MemoryBlobStore(), plugins=[plugin], launchers={}, secrets=NoSecrets(),
            http=NoHttp(), clock=clock, plugin_settings={"mine": {"x": 1}},
        )  # fmt: skip
        await engine.start()
        try:
            await scene(engine, store)
        finally:
            await engine.drain(stop_jobs=True)

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        runner.run(within())


def create(store: MemoryStore) -> RunId:
    plan = flow({"a": ""}, **ONE)
    row = builders.run_row("p:d:r", plan, {"a": 1})
    store.create_run(row, plan)
    return row.run


def test_background_work_wakes_an_attempt_that_only_waits_to_be_woken() -> None:
    def initialize(setup: PluginSetup) -> None:
        async def watch() -> None:
            await plugin.has_started.wait()
            setup.wake(plugin.started[0].key)

        setup.background(watch, "watch")

    plugin = Mine(initialize)

    async def scene(engine: Engine, store: MemoryStore) -> None:
        assert await engine.run(create(store)) is RunPhase.SUCCEEDED

    play(plugin, scene)


def test_background_work_that_fails_stops_neither_the_engine_nor_itself() -> None:
    tries: list[int] = []

    def initialize(setup: PluginSetup) -> None:
        async def watch() -> None:
            tries.append(len(tries))
            if len(tries) < 3 or not plugin.started:
                raise ConnectionError("not yet")
            setup.wake(plugin.started[0].key)

        setup.background(watch, "watch")

    plugin = Mine(initialize)

    async def scene(engine: Engine, store: MemoryStore) -> None:
        assert await engine.run(create(store)) is RunPhase.SUCCEEDED

    play(plugin, scene)
    assert len(tries) == 3


def test_background_work_ends_with_the_engine() -> None:
    ends: list[str] = []

    def initialize(setup: PluginSetup) -> None:
        async def watch() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ends.append("over")

        setup.background(watch, "watch")

    async def scene(engine: Engine, store: MemoryStore) -> None:
        await asyncio.sleep(0)

    play(Mine(initialize), scene)
    assert ends == ["over"]


def test_a_sync_function_runs_in_the_plugins_own_threads_and_its_answer_comes_back() -> None:
    found: asyncio.Queue[str] = asyncio.Queue()

    def initialize(setup: PluginSetup) -> None:
        async def ask() -> None:
            await found.put(await setup.in_thread(lambda: threading.current_thread().name))

        setup.background(ask, "ask")

    async def scene(engine: Engine, store: MemoryStore) -> None:
        assert (await found.get()).startswith("volant-mine")

    play(Mine(initialize), scene)


def test_it_holds_what_is_the_engines() -> None:
    setups: list[PluginSetup] = []

    async def scene(engine: Engine, store: MemoryStore) -> None:
        [setup] = setups
        assert setup.settings == {"x": 1}
        assert setup.clock is engine.clock
        assert setup.launchers is engine.launchers
        assert isinstance(setup.http, NoHttp)
        assert setup.secrets.find("group", "key") is None

    play(Mine(setups.append), scene)
