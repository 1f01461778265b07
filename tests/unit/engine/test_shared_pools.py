"""Two real engines on one SQLite store share a pool; sync and async plugins ask. `contracts.quotas`."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from volant.base.clock import SystemClock
from volant.base.phases import RunPhase
from volant.contracts.plugin import PluginSetup, TaskContext, TaskPlugin
from volant.contracts.quotas import PoolLimits
from volant.contracts.status import TaskStatus
from volant.engine.engine import Engine
from volant.stores.blob_memory import MemoryBlobStore
from volant.stores.sqlite import SqliteStore
from volant.testing import builders
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.scripted import done, flow

PATIENCE_S = 30
OVEN = {"task_type": "oven"}
WIDE = flow(dict.fromkeys("abcdef", ""), a=OVEN, b=OVEN, c=OVEN, d=OVEN, e=OVEN, f=OVEN)


class Oven:
    """What is scarce: one cake at a time."""

    def __init__(self) -> None:
        self.baking: set[str] = set()
        self.most = 0

    def enter(self, name: str) -> None:
        self.baking.add(name)
        self.most = max(self.most, len(self.baking))


class Baker(TaskPlugin[Any]):
    id = "baker"
    task_types = frozenset({"oven"})
    state_type = object
    quotas = {"oven": PoolLimits(total=1)}  # noqa: RUF012  as the contract has it

    def __init__(self, oven: Oven) -> None:
        self.oven = oven

    def initialize(self, setup: PluginSetup) -> None:
        self.wake = setup.wake

    def start_task(self, ctx: TaskContext[Any], task: Any, inputs: Any) -> Any:
        grant = ctx.quotas.request("oven")
        return self.begin(ctx) if grant.granted else TaskStatus.not_ready(grant.message)

    def begin(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        self.oven.enter(ctx.generated_name)
        self.wake(ctx.key)
        return TaskStatus.running()

    def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        return done(o=1)

    def finalize(self, ctx: TaskContext[Any]) -> None:
        self.oven.baking.discard(ctx.generated_name)


class AsyncBaker(Baker):
    async def start_task(self, ctx: TaskContext[Any], task: Any, inputs: Any) -> Any:
        grant = await ctx.quotas.arequest("oven")
        return self.begin(ctx) if grant.granted else TaskStatus.not_ready(grant.message)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[list[SqliteStore]]:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as one, closing(SqliteStore(tmp_path, wal_bytes=0)) as two:
        yield [one, two]


def _engine(store: SqliteStore, plugin: TaskPlugin[Any]) -> Engine:
    return Engine(
        journal=store, blobs=MemoryBlobStore(), plugins=[plugin], launchers={}, secrets=NoSecrets(), http=NoHttp(),
        clock=SystemClock(),
    )  # fmt: skip


async def _bake(store: SqliteStore, plugin: TaskPlugin[Any], name: str) -> RunPhase:
    row = builders.run_row(name, WIDE, {"a": 1})
    store.create_run(row, WIDE)
    engine = _engine(store, plugin)
    await engine.start()
    try:
        return await engine.run(row.run)
    finally:
        await engine.drain(stop_jobs=True)


@pytest.mark.parametrize("baker", [Baker, AsyncBaker])
def test_two_engines_never_hold_more_than_there_is_and_both_come_to_an_end(
    stores: list[SqliteStore], baker: type[Baker]
) -> None:
    oven = Oven()

    async def both() -> list[RunPhase]:
        bakeries = (_bake(store, baker(oven), f"{project}:d:r") for store, project in zip(stores, "pq", strict=True))
        return await asyncio.wait_for(asyncio.gather(*bakeries), PATIENCE_S)

    assert asyncio.run(both()) == [RunPhase.SUCCEEDED] * 2
    assert oven.most == 1
    assert stores[0].list_tokens() == []


def test_settings_win_over_what_a_plugin_declares(stores: list[SqliteStore]) -> None:
    oven = Oven()

    async def bake() -> RunPhase:
        engine = Engine(
            journal=stores[0], blobs=MemoryBlobStore(), plugins=[Baker(oven)], launchers={}, secrets=NoSecrets(),
            http=NoHttp(), clock=SystemClock(), quotas={"oven": PoolLimits(total=0, per_project=0)},
        )  # fmt: skip
        row = builders.run_row("p:d:r", WIDE, {"a": 1})
        stores[0].create_run(row, WIDE)
        await engine.start()
        try:
            return await asyncio.wait_for(engine.run(row.run), PATIENCE_S)
        finally:
            await engine.drain(stop_jobs=True)

    assert asyncio.run(bake()) is RunPhase.SUCCEEDED
    assert oven.most >= 1
