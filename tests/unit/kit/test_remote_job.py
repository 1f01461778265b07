"""The easy engine contract, on the real engine under virtual time, against a service that lives in memory."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import pytest
from msgspec import Struct
from pydantic import BaseModel

from volant.base.errors import UserError
from volant.base.ids import ActionName, RunId
from volant.base.phases import RunPhase
from volant.contracts.http import HttpError, HttpRefusedError, HttpUnavailableError
from volant.contracts.plugin import TaskPlugin
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import AttemptRow, Wish
from volant.contracts.status import StatusPhase, TaskStatus
from volant.engine.engine import Engine
from volant.idl import pb
from volant.kit.remote_job import JobContext, RemoteJobPlugin
from volant.kit.remote_job_state import RemoteJob
from volant.kit.remote_job_status import GRACE, missing
from volant.stores.blob_memory import MemoryBlobStore
from volant.stores.memory import MemoryStore
from volant.testing import builders
from volant.testing.moved_clock import MovedClock
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.scripted import flow, ints
from volant.testing.virtual_loop import VirtualLoop

ONE = {"a": {"task_type": "remote"}}


class Handle(Struct, frozen=True):
    """A job of the service."""

    name: str


class Service:
    """Knows jobs by name. What a test sets decides how it behaves.

    Attributes:
        walk: What a job says at each moment since it was made, in seconds.
        created: Names in the order they came, also again.
        answers: What `get` says or raises instead, one call after the other.
    """

    def __init__(self, clock: MovedClock) -> None:
        self.clock = clock
        self.walk: dict[float, str | None] = {0: "queued", 2: "running", 12: "done"}
        self.jobs: dict[str, int] = {}
        self.created: list[str] = []
        self.deleted: list[str] = []
        self.found: list[str] = []
        self.gets: list[int] = []
        self.answers: list[str | BaseException | None] = []
        self.creates: list[BaseException] = []
        self.loses_answers = 0
        self.pushed: asyncio.Queue[str] = asyncio.Queue()

    def create(self, name: str) -> Handle:
        self.created.append(name)
        if self.creates:
            raise self.creates.pop(0)
        self.jobs.setdefault(name, self.clock.us)
        if self.loses_answers:
            self.loses_answers -= 1
            raise HttpError("reset")
        return Handle(name)

    def find(self, name: str) -> Handle | None:
        self.found.append(name)
        return Handle(name) if name in self.jobs else None

    def get(self, names: Sequence[str]) -> list[str | None]:
        self.gets.append(len(names))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return [answer for _ in names]
        return [self._now(name) for name in names]

    def delete(self, name: str) -> None:
        self.deleted.append(name)
        self.jobs.pop(name, None)

    def _now(self, name: str) -> str | None:
        if name not in self.jobs:
            return None
        age_s = (self.clock.us - self.jobs[name]) / 1e6
        return [said for since, said in self.walk.items() if since <= age_s][-1]


PHASES: dict[str, Callable[..., TaskStatus[Any]]] = {
    "queued": TaskStatus.queued,
    "running": TaskStatus.running,
    "done": lambda: TaskStatus.succeeded(ints(o=7)),
    "bare": TaskStatus.succeeded,
    "failed": lambda: TaskStatus.retryable_failure("Exit1", "it failed"),
}


class Remote(RemoteJobPlugin[Handle, str]):
    """Task type "remote", all async."""

    id = "remote"
    task_types = frozenset({"remote"})

    def __init__(self, service: Service) -> None:
        self.service = service

    async def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Handle:
        return self.service.create(ctx.generated_name)

    async def find(self, ctx: JobContext) -> Handle | None:
        return self.service.find(ctx.generated_name)

    async def get(self, jobs: Sequence[Handle]) -> Sequence[str | None]:
        await asyncio.sleep(0.001)
        return self.service.get([job.name for job in jobs])

    def status(self, ctx: JobContext, job: Handle, seen: str) -> TaskStatus[Handle]:
        return PHASES[seen]()

    async def delete(self, ctx: JobContext, job: Handle) -> None:
        self.service.delete(job.name)


class Threaded(RemoteJobPlugin[Handle, str]):
    """The same, all sync."""

    id = "remote"
    task_types = frozenset({"remote"})

    def __init__(self, service: Service) -> None:
        self.service = service

    def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Handle:
        return self.service.create(ctx.generated_name)

    def find(self, ctx: JobContext) -> Handle | None:
        return self.service.find(ctx.generated_name)

    def get(self, jobs: Sequence[Handle]) -> list[str | None]:
        return self.service.get([job.name for job in jobs])

    async def status(self, ctx: JobContext, job: Handle, seen: str) -> TaskStatus[Handle]:
        return PHASES[seen]()

    def delete(self, ctx: JobContext, job: Handle) -> None:
        self.service.delete(job.name)


class World:
    """A store, a service, and engines one after the other."""

    def __init__(self, build: Callable[[Service], TaskPlugin[Any]] = Remote) -> None:
        self.clock = MovedClock()
        self.service = Service(self.clock)
        self.store = MemoryStore()
        self.blobs = MemoryBlobStore()
        self.build = build
        self.settings: Mapping[str, Any] = {}
        self.quotas: Mapping[str, PoolLimits] = {}

    def play(self, act: Callable[["World"], Coroutine[Any, Any, None]]) -> "World":
        loop = self.loop = VirtualLoop(self.clock)
        try:
            loop.run_until_complete(act(self))
        finally:
            loop.close()
        return self

    async def engine(self, build: Callable[[Service], TaskPlugin[Any]] | None = None) -> Engine:
        made = Engine(
            journal=self.store,
            blobs=self.blobs,
            plugins=[(build or self.build)(self.service)],
            launchers={},
            secrets=NoSecrets(),
            http=NoHttp(),
            clock=self.clock,
            plugin_settings={"remote": self.settings},
            quotas=self.quotas,
        )
        await made.start()
        return made

    def create(self, name: str = "r", **tasks: Mapping[str, Any]) -> RunId:
        tasks = tasks or ONE
        plan = flow(dict.fromkeys(tasks, ""), **tasks)
        row = builders.run_row(f"p:d:{name}", plan, {"a": 1}, created_us=self.clock.us)
        self.store.create_run(row, plan)
        return row.run

    async def run(self, **tasks: Mapping[str, Any]) -> RunPhase:
        engine = await self.engine()
        phase = await engine.run(self.create(**tasks))
        await engine.drain(stop_jobs=True)
        return phase

    def attempt(self) -> AttemptRow:
        """The first one of node "a"."""
        return self.store.list_attempts(RunId("p:d:r"), ActionName("a"))[0]

    @property
    def age_s(self) -> float:
        return (self.clock.us - MovedClock().us) / 1e6


def ends(phase: RunPhase, **tasks: Mapping[str, Any]) -> Callable[[World], Coroutine[Any, Any, None]]:
    async def act(world: World) -> None:
        assert await world.run(**tasks) is phase

    return act


def state_of(row: AttemptRow) -> RemoteJob:
    return msgspec.json.decode(row.state, type=RemoteJob)


@pytest.mark.parametrize("build", [Remote, Threaded])
def test_a_task_is_one_job_whose_end_is_seen_at_most_a_refresh_later(build: Any) -> None:
    world = World(build).play(ends(RunPhase.SUCCEEDED))
    assert world.service.created == [world.attempt().generated_name]
    assert world.service.deleted == []
    assert world.age_s <= 12 + 5.1
    assert state_of(world.attempt()).phase is StatusPhase.SUCCEEDED


def test_many_jobs_are_asked_about_in_one_call() -> None:
    tasks = {f"a{number}": {"task_type": "remote"} for number in range(60)}
    world = World().play(ends(RunPhase.SUCCEEDED, **tasks))
    assert len(world.service.created) == 60
    assert max(world.service.gets) >= 50
    assert len(world.service.gets) <= 12


def test_a_create_whose_answer_is_lost_is_called_again_and_finds_its_job() -> None:
    world = World()
    world.service.loses_answers = 2
    world.play(ends(RunPhase.SUCCEEDED))
    assert len(world.service.created) == 3
    assert len(world.service.jobs) == 1


def test_a_job_whose_create_never_answers_is_found_and_deleted() -> None:
    world = World()
    world.service.loses_answers = 1000
    world.play(ends(RunPhase.FAILED))
    assert world.service.jobs == {}
    error = world.attempt().error
    assert error is not None
    assert error.code == "PluginFailed"


@pytest.mark.parametrize("refusal", [UserError("no such queue"), HttpRefusedError("400: no such queue", status=400)])
def test_a_job_that_is_refused_ends_the_task_by_the_users_fault(refusal: Exception) -> None:
    world = World()
    world.service.creates = [refusal]
    world.play(ends(RunPhase.FAILED, a={"task_type": "remote", "retries": 3}))
    error = world.attempt().error
    assert error is not None
    assert (error.kind, "no such queue" in error.message) == ("USER", True)
    assert len(world.service.created) == 1


def test_a_service_that_says_when_to_come_again_is_asked_then_at_no_cost() -> None:
    world = World()
    world.service.creates = [HttpUnavailableError("429", status=429, retry_after=dt.timedelta(seconds=100))] * 12
    world.play(ends(RunPhase.SUCCEEDED))
    assert world.age_s == pytest.approx(1212, abs=6)
    assert world.attempt().number == 0


def test_a_service_that_asks_to_come_again_at_once_is_given_a_second() -> None:
    world = World()
    world.service.creates = [HttpUnavailableError("503", status=503, retry_after=dt.timedelta())] * 20
    world.play(ends(RunPhase.SUCCEEDED))
    assert world.age_s >= 20


def test_a_failure_the_service_tells_is_tried_again_as_another_job() -> None:
    world = World()
    world.service.walk = {0: "queued", 3: "failed"}
    world.play(ends(RunPhase.FAILED, a={"task_type": "remote", "retries": 1}))
    assert len(set(world.service.created)) == 2
    assert world.service.deleted == []


def test_an_engine_that_dies_leaves_the_job_to_the_next() -> None:
    async def act(world: World) -> None:
        first = await world.engine()
        run = world.create()
        waiting = asyncio.ensure_future(first.run(run))
        await asyncio.sleep(8)
        await first.drain(stop_jobs=False)
        waiting.cancel()
        second = await world.engine()
        assert await second.run(run) is RunPhase.SUCCEEDED
        await second.drain(stop_jobs=True)

    world = World().play(act)
    assert len(world.service.created) == 1


@pytest.mark.parametrize("build", [Remote, Threaded])
def test_an_aborted_task_has_its_job_deleted_once(build: Any) -> None:
    async def act(world: World) -> None:
        engine = await world.engine()
        run = world.create()
        waiting = asyncio.ensure_future(engine.run(run))
        await asyncio.sleep(7)
        world.store.wish(Wish(run=run, kind="abort", cause="enough", principal="me", at_us=world.clock.us))
        assert await waiting is RunPhase.ABORTED
        await engine.drain(stop_jobs=True)

    world = World(build).play(act)
    assert (world.service.jobs, len(world.service.deleted)) == ({}, 1)


def test_a_task_that_runs_out_of_time_has_its_job_deleted() -> None:
    world = World()
    world.service.walk = {0: "running"}
    world.play(ends(RunPhase.FAILED, a={"task_type": "remote", "timeout_s": 30}))
    assert world.service.jobs == {}


def test_a_late_reply_takes_no_phase_back() -> None:
    world = World()
    world.service.walk = {0: "running", 6: "queued", 11: "running", 20: "done"}
    world.play(ends(RunPhase.SUCCEEDED))
    told = [event.phase for event in world.store.events(RunId("p:d:r"), limit=100) if event.kind == "attempt"]
    assert told == ["QUEUED", "RUNNING", "SUCCEEDED"]


def test_a_job_the_service_does_not_show_yet_is_waited_for() -> None:
    world = World()
    world.service.walk = {0: None, 20: "running", 50: None, 60: "running", 100: "done"}
    world.play(ends(RunPhase.SUCCEEDED))
    assert len(world.service.created) == 1


def test_a_job_the_service_does_not_know_any_more_is_lost() -> None:
    world = World()
    world.service.walk = {0: "running", 10: None}
    world.play(ends(RunPhase.FAILED))
    error = world.attempt().error
    assert error is not None
    assert (error.code, error.kind) == ("JobLost", "SYSTEM")
    assert len(set(world.service.created)) > 1


def test_a_job_is_not_lost_by_an_answer_from_before_the_grace_was_over() -> None:
    class Rarely(Remote):
        refresh = dt.timedelta(seconds=60)

    world = World(Rarely)
    world.service.walk = {0: None, 40: "running", 100: "done"}  # asked about at once, and after a minute
    world.play(ends(RunPhase.SUCCEEDED))
    assert len(world.service.created) == 1


def test_a_job_is_not_lost_while_the_service_says_nothing() -> None:
    world = World()
    world.service.answers = [None, *[HttpError("reset")] * 4]  # for more than the grace
    world.play(ends(RunPhase.SUCCEEDED))
    assert len(world.service.created) == 1


def test_a_clock_set_back_does_not_hide_that_a_job_is_lost() -> None:
    state = RemoteJob(msgspec.Raw(b"{}"), 1, missing_us=10**12)
    status = missing(state, 5_000_000, 5_000_000, dt.timedelta(seconds=5), dt.timedelta(seconds=300))
    assert (status.state, status.check_after) == (RemoteJob(state.job, 1, missing_us=5_000_000), GRACE)


@pytest.mark.parametrize("refresh_ms", [1, 1_000])
def test_a_service_that_restarts_within_some_seconds_costs_no_attempt_whatever_the_refresh(refresh_ms: int) -> None:
    class Often(Remote):
        refresh = dt.timedelta(milliseconds=refresh_ms)

        async def get(self, jobs: Sequence[Handle]) -> Sequence[str | None]:
            if 3 < world.age_s < 30:
                raise HttpError("refused")
            return await super().get(jobs)

    world = World(Often)
    world.play(ends(RunPhase.SUCCEEDED))
    assert len(world.service.created) == 1


def test_a_service_that_loses_all_its_jobs_gets_each_of_them_once_more() -> None:
    async def act(world: World) -> None:
        engine = await world.engine()
        run = world.create(**{name: {"task_type": "remote", "retries": 1} for name in "abc"})
        waiting = asyncio.ensure_future(engine.run(run))
        await asyncio.sleep(3)
        world.service.jobs.clear()
        assert await waiting is RunPhase.SUCCEEDED
        await engine.drain(stop_jobs=True)

    world = World().play(act)
    assert len(set(world.service.created)) == 6


def test_a_create_that_returns_after_the_kill_leaves_nothing_behind() -> None:
    class Slow(Threaded):
        def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Handle:
            world.loop.wait_in_thread(asyncio.sleep(100))  # beyond the deadline of a call
            return super().create(ctx, task, inputs)

    async def act(world: World) -> None:
        engine = await world.engine()
        run = world.create()
        waiting = asyncio.ensure_future(engine.run(run))
        await asyncio.sleep(80)
        world.store.wish(Wish(run=run, kind="abort", cause="enough", principal="me", at_us=world.clock.us))
        await waiting
        await engine.drain(stop_jobs=True)

    world = World(Slow)
    world.play(act)
    assert len(world.service.created) == 1
    assert world.service.jobs == {}


def test_a_job_that_cannot_be_asked_about_ends_its_attempt_and_is_deleted() -> None:
    world = World()
    world.service.answers = ["running", *[HttpError("reset")] * 10]
    world.play(ends(RunPhase.SUCCEEDED))
    error = world.attempt().error
    assert error is not None
    assert (error.code, error.kind) == ("StatusUnavailable", "SYSTEM")
    assert "10 times in a row; the last: HttpError: reset" in error.message
    assert world.service.deleted == [world.attempt().generated_name]
    assert len(set(world.service.created)) == 2


def test_some_failures_to_ask_do_no_harm() -> None:
    world = World()
    world.service.answers = [*[HttpError("reset")] * 5, "running", *[HttpError("reset")] * 5]
    world.play(ends(RunPhase.SUCCEEDED))
    assert len(world.service.created) == 1


def test_outputs_are_read_at_the_end_where_the_status_brings_none() -> None:
    class Reads(Remote):
        async def read_outputs(self, ctx: JobContext) -> pb.LiteralMap:
            assert ctx.state is not None
            assert ctx.state.is_over
            return ints(o=8)

    world = World(Reads)
    world.service.walk = {0: "bare"}
    world.play(ends(RunPhase.SUCCEEDED))


def test_a_status_may_replace_the_handle() -> None:
    class Renames(Remote):
        def status(self, ctx: JobContext, job: Handle, seen: str) -> TaskStatus[Handle]:
            if seen == "running" and job.name == ctx.generated_name:
                self.service.jobs["other"] = self.service.jobs.pop(job.name)
                return TaskStatus.running(Handle("other"))
            return super().status(ctx, job, seen)

    world = World(Renames).play(ends(RunPhase.SUCCEEDED))
    assert msgspec.json.decode(state_of(world.attempt()).job, type=Handle) == Handle("other")


def test_what_the_service_pushes_is_seen_at_once() -> None:
    class Pushed(Remote):
        async def watch(self) -> AsyncIterator[str]:
            while True:
                yield await self.service.pushed.get()
                raise HttpError("the stream broke")

    async def act(world: World) -> None:
        engine = await world.engine()
        waiting = asyncio.ensure_future(engine.run(world.create()))
        await asyncio.sleep(0.5)
        for wanted in ("running", "done"):
            world.service.walk = {0: wanted}
            world.service.pushed.put_nowait("a stranger")
            world.service.pushed.put_nowait(world.service.created[0])
            await asyncio.sleep(0.5)
        assert waiting.done()
        await engine.drain(stop_jobs=True)

    world = World(Pushed)
    world.service.walk = {0: "queued"}
    world.play(act)


@pytest.mark.parametrize("build", ["none", "awaited"])
def test_a_watch_may_push_nothing_or_be_had_by_waiting(build: str, caplog: pytest.LogCaptureFixture) -> None:
    class Silent(Remote):
        def watch(self) -> Any:
            return None

    class Awaited(Remote):
        async def watch(self) -> Any:  # type: ignore[override]
            return self.pushes() if build == "awaited" else None

        async def pushes(self) -> AsyncIterator[str]:
            yield "a stranger"
            await asyncio.sleep(1000)

    World(Silent if build == "none" else Awaited).play(ends(RunPhase.SUCCEEDED))
    assert "begun anew" not in caplog.text


def test_a_generator_in_the_place_of_a_method_is_told() -> None:
    with pytest.raises(UserError) as caught:

        class Yields(Remote):
            def watch(self) -> Any:
                yield "a"

            def get(self, jobs: Sequence[Handle]) -> Any:
                yield from jobs

    assert "watch is a plain generator" in str(caught.value)
    assert "get is a generator: let it return, not yield" in str(caught.value)


def test_attempts_wait_for_a_token_of_the_pool_before_they_create_a_job() -> None:
    class Pooled(Remote):
        pool = "gpus"
        quotas: ClassVar[Mapping[str, PoolLimits]] = {"gpus": PoolLimits(total=2)}

    tasks = {f"a{number}": {"task_type": "remote"} for number in range(6)}
    world = World(Pooled).play(ends(RunPhase.SUCCEEDED, **tasks))
    times = sorted(world.service.jobs.values())
    assert len(times) == 6
    assert all(later - first >= 12e6 for first, later in zip(times, times[2:], strict=False))


@dataclasses.dataclass
class DataHandle:
    name: str
    since: dt.datetime


class PydanticHandle(BaseModel):
    name: str
    since: dt.datetime


SINCE = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "make", [lambda name: DataHandle(name, SINCE), lambda name: PydanticHandle(name=name, since=SINCE)]
)
def test_a_handle_may_be_a_dataclass_or_a_pydantic_model(make: Callable[[str], Any]) -> None:
    class Other(RemoteJobPlugin[Any, str]):
        id = "remote"
        task_types = frozenset({"remote"})
        job_type = type(make(""))

        def __init__(self, service: Service) -> None:
            self.service = service

        async def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Any:
            return make(self.service.create(ctx.generated_name).name)

        async def find(self, ctx: JobContext) -> Any:
            return None

        async def get(self, jobs: Sequence[Any]) -> Sequence[str | None]:
            assert all(job == make(job.name) for job in jobs)
            return self.service.get([job.name for job in jobs])

        def status(self, ctx: JobContext, job: Any, seen: str) -> TaskStatus[Any]:
            assert job == make(ctx.generated_name)
            return PHASES[seen]()

        async def delete(self, ctx: JobContext, job: Any) -> None:
            self.service.delete(job.name)

    World(Other).play(ends(RunPhase.SUCCEEDED))


def test_a_handle_of_an_older_version_is_upgraded() -> None:
    class Newer(Remote):
        state_version = 2

        def upgrade_job(self, version: int, data: Any) -> Handle:
            assert (version, set(data)) == (1, {"name"})
            return Handle(data["name"])

    async def act(world: World) -> None:
        first = await world.engine()
        run = world.create()
        waiting = asyncio.ensure_future(first.run(run))
        await asyncio.sleep(8)
        await first.drain(stop_jobs=False)
        waiting.cancel()
        second = await world.engine(Newer)
        assert await second.run(run) is RunPhase.SUCCEEDED
        await second.drain(stop_jobs=True)

    world = World().play(act)
    assert len(world.service.created) == 1
    assert world.attempt().state_version == 2


def test_a_create_that_gives_something_else_is_told_so() -> None:
    class Wrong(Remote):
        async def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Any:
            await super().create(ctx, task, inputs)
            return {"id": 3}

    world = World(Wrong).play(ends(RunPhase.FAILED))
    error = world.attempt().error
    assert error is not None
    assert "Wrong.create gave a dict that cannot be kept as job_type Handle" in error.message
    assert world.service.jobs == {}


def test_a_get_that_gives_too_few_answers_is_told_so() -> None:
    class Few(Remote):
        async def get(self, jobs: Sequence[Handle]) -> Sequence[str | None]:
            return []

    world = World(Few).play(ends(RunPhase.FAILED))
    error = world.attempt().error
    assert error is not None
    assert "Few.get gave 0 answers for 1 jobs; give one for each" in error.message


@pytest.mark.parametrize("answers", [None, {"j0": "SUCCEEDED"}, "SUCCEEDED"])
def test_a_get_that_gives_no_list_is_told_what_to_give(answers: Any) -> None:
    class Odd(Remote):
        async def get(self, jobs: Sequence[Handle]) -> Any:
            return answers

    error = World(Odd).play(ends(RunPhase.FAILED)).attempt().error
    assert error is not None
    assert f"Odd.get gave a {type(answers).__name__}; return a list: for each job, in their order" in error.message


def test_a_get_that_fails_says_so_at_the_first_time_and_then_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    class Wrong(Remote):
        async def get(self, jobs: Sequence[Handle]) -> Any:
            return {}["phase"]

    World(Wrong).play(ends(RunPhase.FAILED))

    told = [each.getMessage() for each in caplog.records if "asking about" in each.getMessage()]
    assert len(told) == 1
    assert "KeyError: 'phase' (test_remote_job.py:" in told[0]


class Options(Struct, frozen=True):
    url: str
    most: int = 3


def test_settings_are_checked_and_made_into_their_type() -> None:
    class Set(Remote):
        settings_type = Options

    async def act(world: World) -> None:
        plugin = Set(world.service)
        engine = await world.engine(lambda _: plugin)
        assert plugin.settings == Options("https://x", 3)
        await engine.drain(stop_jobs=True)

    world = World()
    world.settings = {"url": "https://x"}
    world.play(act)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"url": 3}, r"\[plugins\.remote\]: Expected `str`, got `int` - at `\$\.url`"),
        ({"url": "x", "mst": 3}, r"\[plugins\.remote\]: there is no setting 'mst'; there are most, url"),
        ({}, r"\[plugins\.remote\]: .*missing required field `url`"),
    ],
)
def test_settings_that_are_wrong_are_refused_with_their_place(table: Mapping[str, Any], problem: str) -> None:
    class Set(Remote):
        settings_type = Options

    async def act(world: World) -> None:
        with pytest.raises(UserError, match=problem):
            await world.engine()

    world = World(Set)
    world.settings = table
    world.play(act)


def test_a_definition_is_checked_when_the_class_is_made_and_all_at_once() -> None:
    with pytest.raises(UserError) as caught:

        class Half(RemoteJobPlugin[Any, str]):
            id = "half"
            task_types = "half"  # type: ignore[assignment]
            refresh = 5  # type: ignore[assignment]

            def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Any:
                return None

    told = str(caught.value)
    assert "Half: it has no method find (the job of that name, or None); it has no method get" in told
    assert "task_types is 'half': write task_types = frozenset({\"half\"})" in told
    assert "refresh is 5: write a datetime.timedelta above zero" in told
    assert "it has no job_type" in told


def test_a_method_with_other_parameters_is_refused_with_its_right_ones() -> None:
    def create(self: Any, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Handle:
        return Handle("j0")

    with pytest.raises(UserError, match=r"create takes other arguments: write def create\(self, ctx, task, inputs\)"):
        type("Bad", (Remote,), {"create": create})


def test_a_job_type_without_a_json_form_is_refused() -> None:
    class Opaque:
        pass

    with pytest.raises(UserError, match="job_type Opaque has no JSON form"):
        type("Bad", (Remote,), {"job_type": Opaque})


def test_a_base_class_without_an_id_is_not_checked_but_its_subclass_is() -> None:
    class Base(RemoteJobPlugin[Handle, str]):
        task_types = frozenset({"x"})

    with pytest.raises(UserError, match="it has no method create"):
        type("Concrete", (Base,), {"id": "x"})


def test_an_initialize_that_forgets_the_one_it_overrides_is_told_so() -> None:
    class Forgets(Remote):
        def initialize(self, setup: Any) -> None:
            self.clock = setup.clock

    world = World(Forgets).play(ends(RunPhase.FAILED))
    error = world.attempt().error
    assert error is not None
    assert "does not call super().initialize(setup)" in error.message
