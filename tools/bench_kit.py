"""What plugins cost: many outside jobs at once, a pushed wake-up, waiting for a quota, and a newcomer's first plugin.

The outside service is `volant.testing.job_service` in a process of its own, over real HTTP.
"""

import asyncio
import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from volant.contracts.plugin import TaskContext, TaskPlugin
from volant.contracts.quotas import PoolLimits
from volant.contracts.status import TaskStatus
from volant.engine.engine import Engine
from volant.idl import pb
from volant.kit.http_client import HttpClient
from volant.kit.remote_job import JobContext, RemoteJobPlugin
from volant.stores.sqlite import SqliteStore

ROOT = Path(__file__).parent.parent
TYPE = "bench-job"
JOBS, READY_S, WINDOW_S, CHANGING = 5000, 40.0, 20.0, 10
"""So many jobs; all are in flight after READY_S; over the WINDOW_S that follows, one in CHANGING changes."""

CREATES_AT_ONCE = 8
PUSHES, JOB_S = 50, 0.01
WAITERS, TOKENS, WAIT_S = 1000, 50, 10.0


class Figures(NamedTuple):
    """What one shape measures.

    Attributes:
        title: What is done.
        measure: Does it, with a folder on a real disk; the figures by their name.
        goal: In words.
        repeats: Fresh processes, at most.
    """

    title: str
    measure: Callable[[str], dict[str, float]]
    goal: str
    repeats: int = 3


def row(shape: Figures, measured: Sequence[dict[str, float]]) -> str:
    """A line of the page: each figure's median, with its spread where there is one."""
    cells = []
    for name in measured[0]:
        values = sorted(each[name] for each in measured)
        spread = f" ({values[0]:,g}–{values[-1]:,g})" if values[0] != values[-1] else ""
        cells.append(f"{name}: {statistics.median(values):,g}{spread}")
    return f"| {shape.title} | {'; '.join(cells)} | {shape.goal} |"


# -------------------------------------------------------------------------------------------------- the plugins


class BenchJob(RemoteJobPlugin[str, dict[str, Any]]):
    """Jobs of the double. Counts what it asks, and when it learns of what.

    Attributes:
        script: How a job goes, by the number of jobs before it and the time.
    """

    id = TYPE
    task_types = frozenset({TYPE})

    def __init__(self, script: Callable[[int, float], dict[str, Any]]) -> None:
        self.script = script
        self.created = 0
        self.bulk_calls = 0
        self.due: dict[str, float] = {}
        self.delays: list[float] = []
        self._phase: dict[str, str] = {}
        self._numbers = itertools.count()
        self._few = asyncio.Semaphore(CREATES_AT_ONCE)

    async def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> str:
        async with self._few:  # the service begins a job's time when it hears of it: nothing may queue before that
            now = time.monotonic()
            script = self.script(next(self._numbers), now)
            wanted = {"name": ctx.generated_name, "spec": {}, "script": script}
            job = (await self.http.arequest("POST", f"{self.url}/jobs", json=wanted)).checked().json()
        self.due[job["id"]] = now + script["duration_s"] / 2
        self.created += 1
        return str(job["id"])

    async def find(self, ctx: JobContext) -> str | None:
        answer = await self.http.arequest("GET", f"{self.url}/jobs", params={"name": ctx.generated_name})
        return next((job["id"] for job in answer.checked().json()["jobs"]), None)

    async def get(self, jobs: Sequence[str]) -> Sequence[dict[str, Any] | None]:
        self.bulk_calls += 1
        answer = await self.http.arequest("GET", f"{self.url}/jobs", params={"ids": ",".join(jobs)})
        known = {job["id"]: job for job in answer.checked().json()["jobs"]}
        return [known.get(job) for job in jobs]

    def status(self, ctx: JobContext, job: str, seen: dict[str, Any]) -> TaskStatus[str]:
        if seen["phase"] == "SUCCEEDED":
            return TaskStatus.succeeded(pb.LiteralMap())
        if seen["phase"] == "RUNNING" and self._phase.get(job) != "RUNNING":
            self.delays.append(time.monotonic() - self.due[job])
        self._phase[job] = seen["phase"]
        return TaskStatus.running()

    async def delete(self, ctx: JobContext, job: str) -> None:
        await self.http.arequest("DELETE", f"{self.url}/jobs/{job}")

    @property
    def url(self) -> str:
        return str(self.settings["url"])


class PushedJob(BenchJob):
    """The same, told of changes by the service."""

    async def watch(self) -> AsyncIterator[str]:
        after = 0
        while True:
            params = {"after": str(after), "wait_s": "20"}
            told = (await self.http.arequest("GET", f"{self.url}/events", params=params)).checked().json()
            after = told["last"]
            for name in told["names"]:
                yield name


class Waiting(TaskPlugin[Any]):
    """Takes a token and keeps it."""

    id = TYPE
    task_types = frozenset({TYPE})
    state_type = int
    quotas: ClassVar = {"scarce": PoolLimits(total=TOKENS)}

    def __init__(self) -> None:
        self.granted = 0
        self.calls = 0

    async def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[Any]:
        self.calls += 1
        grant = await ctx.quotas.arequest("scarce")
        if not grant.granted:
            return TaskStatus.not_ready(grant.message)
        self.granted += 1
        return TaskStatus.running(1)

    async def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        self.calls += 1
        return TaskStatus.running()

    async def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        self.calls += 1


# --------------------------------------------------------------------------------------------------- the shapes


def _remote_jobs(disk: str) -> dict[str, float]:
    return _played(disk, _many_jobs)


async def _many_jobs(home: Path, url: str) -> dict[str, float]:
    window = time.monotonic() + READY_S

    def script(number: int, now: float) -> dict[str, Any]:
        # It changes half-way: a few in the window, at moments spread over it, the others long after.
        changes_at = window + (number / JOBS) * WINDOW_S if number % CHANGING == 0 else now + 3600
        return {"duration_s": 2 * (changes_at - now)}

    plugin = BenchJob(script)
    async with _engine(home, plugin, url) as (engine, store):
        run = asyncio.create_task(engine.run(_create(store, "r", JOBS)))
        await _until(lambda: plugin.created == JOBS)
        ready_s = READY_S - (window - time.monotonic())
        await asyncio.sleep(window - time.monotonic())
        calls, cpu, began = plugin.bulk_calls, time.process_time(), time.monotonic()
        await asyncio.sleep(WINDOW_S)
        cpu, calls, took = time.process_time() - cpu, plugin.bulk_calls - calls, time.monotonic() - began
        await asyncio.sleep(plugin.refresh.total_seconds() * 1.5)  # what changed last is still to be seen
        run.cancel()
    return {
        "% of a core": round(100 * cpu / took, 1),
        "calls each refresh": round(calls / took * plugin.refresh.total_seconds(), 1),
        "changes": len(plugin.delays),
        "worst s from change to seen": round(max(plugin.delays), 2),
        "s until all are in flight": round(ready_s, 1),
    }


def _push(disk: str) -> dict[str, float]:
    return _played(disk, _pushed_jobs)


async def _pushed_jobs(home: Path, url: str) -> dict[str, float]:
    plugin = PushedJob(lambda _number, _now: {"duration_s": JOB_S, "phases": ["RUNNING"]})
    took: list[float] = []
    async with _engine(home, plugin, url) as (engine, store):
        await engine.run(_create(store, "first", 1))  # loads what is loaded once
        for number in range(PUSHES):
            began = time.perf_counter()
            await engine.run(_create(store, f"r{number}", 1))
            took.append((time.perf_counter() - began) * 1e3)
    return {"ms, median": round(statistics.median(took), 1), "ms, worst": round(max(took), 1)}


def _quota_waiters(disk: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=disk) as home:
        return asyncio.run(_waiting(Path(home)))


async def _waiting(home: Path) -> dict[str, float]:
    plugin = Waiting()
    async with _engine(home, plugin, "") as (engine, store):
        began = time.monotonic()
        run = asyncio.create_task(engine.run(_create(store, "r", WAITERS + TOKENS)))
        await _until(lambda: plugin.calls >= WAITERS + TOKENS)
        placed_s = time.monotonic() - began
        await asyncio.sleep(2)  # what is to be written is written
        calls, cpu = plugin.calls, time.process_time()
        await asyncio.sleep(WAIT_S)
        cpu, calls = time.process_time() - cpu, plugin.calls - calls
        run.cancel()
    assert plugin.granted == TOKENS
    return {
        "% of a core while they wait": round(100 * cpu / WAIT_S, 2),
        "plugin calls meanwhile": calls,
        "s until all are in line": round(placed_s, 2),
    }  # fmt: skip


def _newcomer(disk: str) -> dict[str, float]:
    command = [sys.executable, ROOT / "tools" / "test_kit.py", "--json"]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    seconds = json.loads(told.splitlines()[-1])
    return {"s to green": seconds["to_green_s"], "s in all": round(sum(seconds["steps_s"].values()), 1)}


SHAPES = {
    "remote-jobs": Figures(
        f"{JOBS:,} jobs in flight, refresh 5 s, {JOBS // CHANGING} change within {WINDOW_S:g} s",
        _remote_jobs,
        "under 40 % of a core; a change seen at most one refresh later",
    ),
    "push": Figures(f"a job of {JOB_S * 1e3:g} ms that pushes its end", _push, "at most 60 ms"),
    "quota-waiters": Figures(
        f"{WAITERS:,} attempts wait for {TOKENS} tokens", _quota_waiters, "nothing while they wait"
    ),
    "newcomer": Figures("from an empty folder to a tested plugin", _newcomer, "under 60 s", repeats=1),
}


# ------------------------------------------------------------------------------------------------------- inside


def _played(disk: str, scene: Callable[[Path, str], Any]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=disk) as home, _served() as url:
        found: dict[str, float] = asyncio.run(scene(Path(home), url))
        return found


@contextlib.contextmanager
def _served() -> Iterator[str]:
    """The URL of the double, in a process of its own."""
    command = [sys.executable, "-m", "volant.testing.job_service", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


@contextlib.asynccontextmanager
async def _engine(home: Path, plugin: TaskPlugin[Any], url: str) -> AsyncIterator[tuple[Engine, SqliteStore]]:
    from volant.app.secret_source import LocalSecrets
    from volant.base.clock import SystemClock
    from volant.stores.blob_file import FileBlobStore

    store = SqliteStore(home)
    engine = Engine(
        journal=store, blobs=FileBlobStore(home), plugins=[plugin], launchers={}, secrets=LocalSecrets(),
        http=HttpClient(), clock=SystemClock(), plugin_settings={TYPE: {"url": url}},
    )  # fmt: skip
    await engine.start()
    try:
        yield engine, store
    finally:
        await engine.drain(stop_jobs=True)
        store.close()


def _create(store: SqliteStore, name: str, size: int) -> Any:
    from volant.base.ids import RunId
    from volant.testing import builders

    task = builders.task("job", task_type=TYPE)
    nodes = [builders.node(f"n{number}", task.id) for number in range(size)]
    closure = builders.closure(builders.workflow("wf", nodes), [task])
    run = RunId(f"p:d:{name}")
    store.create_run(builders.run_row(run, closure), closure)
    return run


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.05)
