"""Three plugins as they should be: the good ones, of which `faults` makes bad ones.

`RenderPlugin` is the easy contract, `QueryPlugin` the full one with sync methods, `SensorPlugin` with async ones.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct

from volant.extend import (
    FaultKind,
    JobContext,
    PluginSetup,
    PoolLimits,
    RemoteJobPlugin,
    Request,
    Response,
    TaskContext,
    TaskPlugin,
    TaskStatus,
    UserError,
    pb,
    primitive,
)

URL = "http://jobs.example"
EVERY = dt.timedelta(seconds=2)
GRACE = dt.timedelta(seconds=30)


def spec_of(inputs: pb.LiteralMap) -> dict[str, int]:
    return {name: value.scalar.primitive.integer for name, value in inputs.literals.items()}


def outputs_of(seen: dict[str, Any]) -> pb.LiteralMap:
    return pb.LiteralMap(literals={name: primitive(value) for name, value in seen["outputs"].items()})


def status_of(seen: dict[str, Any], **more: Any) -> TaskStatus[Any]:
    """What an answer of the job service means."""
    match seen["phase"]:
        case "QUEUED":
            return TaskStatus.queued(**more)
        case "SUCCEEDED":
            return TaskStatus.succeeded(outputs_of(seen))
        case "FAILED":
            return TaskStatus.permanent_failure(seen["error"]["code"], seen["error"]["message"])
    return TaskStatus.running(**more)


# ----------------------------------------------------------------------------------------------- a remote job


class RenderJob(Struct, frozen=True):
    id: str


class RenderPlugin(RemoteJobPlugin[RenderJob, dict[str, Any]]):
    """Over the job service: bulk looks, and its pushes."""

    id = "render"
    task_types = frozenset({"render"})

    async def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> RenderJob:
        wanted = {"name": ctx.generated_name, "spec": spec_of(inputs)}
        return RenderJob((await self.http.arequest("POST", f"{URL}/jobs", json=wanted)).checked().json()["id"])

    async def find(self, ctx: JobContext) -> RenderJob | None:
        answer = await self.http.arequest("GET", f"{URL}/jobs", params={"name": ctx.generated_name})
        return next((RenderJob(job["id"]) for job in answer.checked().json()["jobs"]), None)

    async def get(self, jobs: Sequence[RenderJob]) -> Sequence[dict[str, Any] | None]:
        ids = ",".join(job.id for job in jobs)
        answer = await self.http.arequest("GET", f"{URL}/jobs", params={"ids": ids})
        known = {job["id"]: job for job in answer.checked().json()["jobs"]}
        return [known.get(job.id) for job in jobs]

    def status(self, ctx: JobContext, job: RenderJob, seen: dict[str, Any]) -> TaskStatus[RenderJob]:
        return status_of(seen)

    async def delete(self, ctx: JobContext, job: RenderJob) -> None:
        answer = await self.http.arequest("DELETE", f"{URL}/jobs/{job.id}")
        if answer.status != 404:
            answer.checked()

    async def watch(self) -> AsyncIterator[str]:
        after = 0
        while True:
            params = {"after": str(after), "wait_s": "20"}
            told = (await self.http.arequest("GET", f"{URL}/events", params=params)).checked().json()
            after = told["last"]
            for name in told["names"]:
                yield name


# ------------------------------------------------------------------------------- the full contract, in threads


class QueryState(Struct, frozen=True):
    """Attributes:
    job: The service's id.
    created_us: Since when it should know it.
    """

    job: str
    created_us: int


class QueryStateOf1(Struct, frozen=True):
    id: str


class QueryPlugin(TaskPlugin[Any]):
    """One query of a warehouse: a token of a pool, a session, a job; all three are given back."""

    id = "query"
    task_types = frozenset({"query"})
    state_type = QueryState
    state_version = 2
    quotas: ClassVar[Mapping[str, PoolLimits]] = {"warehouse": PoolLimits(total=2)}

    def initialize(self, setup: PluginSetup) -> None:
        self.clock = setup.clock

    def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[Any]:
        grant = ctx.quotas.request("warehouse")
        if not grant.granted:
            return TaskStatus.not_ready(grant.message)
        ctx.http.request("PUT", f"{URL}/sessions/{ctx.generated_name}").checked()
        state = self.state_of(self.post(ctx, ctx.generated_name, inputs)["id"])
        return TaskStatus.queued(state, check_after=EVERY)

    def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        answer = ctx.http.request("GET", f"{URL}/jobs/{self.job_of(ctx.state)}")
        if answer.status == 404:
            return self.unknown(ctx.state)
        return status_of(answer.checked().json(), check_after=EVERY)

    def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        ids = [self.job_of(ctx.state)] if ctx.state is not None else self.found(ctx)
        for job in ids:
            self.gone(ctx.http.request("DELETE", f"{URL}/jobs/{job}"))

    def finalize(self, ctx: TaskContext[Any]) -> None:
        self.gone(ctx.http.request("DELETE", f"{URL}/sessions/{ctx.generated_name}"))

    def upgrade_state(self, version: int, data: dict[str, Any]) -> QueryState:
        return QueryState(data["id"], self.clock.now_us())

    def post(self, ctx: TaskContext[Any], name: str, inputs: pb.LiteralMap) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {ctx.secrets.find('warehouse', 'token')}"}
        wanted = {"name": name, "spec": spec_of(inputs)}
        answer = ctx.http.request("POST", f"{URL}/jobs", headers=headers, json=wanted).checked()
        found: dict[str, Any] = answer.json()
        return found

    def state_of(self, job: str) -> Any:
        return QueryState(job, self.clock.now_us())

    def job_of(self, state: Any) -> str:
        return str(state.job)

    def unknown(self, state: Any) -> TaskStatus[Any]:
        if self.clock.now_us() - state.created_us < GRACE / dt.timedelta(microseconds=1):
            return TaskStatus.queued(message="the warehouse does not show it yet", check_after=EVERY)
        return TaskStatus.retryable_failure("QueryLost", "the warehouse does not know it", FaultKind.SYSTEM)

    def found(self, ctx: TaskContext[Any]) -> list[str]:
        answer = ctx.http.request("GET", f"{URL}/jobs", params={"name": ctx.generated_name}).checked()
        return [job["id"] for job in answer.json()["jobs"]]

    def gone(self, answer: Response) -> None:
        if answer.status != 404:
            answer.checked()


class QueryPluginOf1(QueryPlugin):
    """As it was: its state had only an id, under another name."""

    state_type = QueryStateOf1
    state_version = 1

    def state_of(self, job: str) -> QueryStateOf1:
        return QueryStateOf1(job)

    def job_of(self, state: Any) -> str:
        return str(state.id)

    def unknown(self, state: Any) -> TaskStatus[Any]:
        return TaskStatus.queued(check_after=EVERY)


# ---------------------------------------------------------------------------------- the full contract, async


class SensorState(Struct, frozen=True):
    """Attributes:
    since_us: When it began to wait.
    """

    since_us: int


class SensorPlugin(TaskPlugin[Any]):
    """Waits until something is on a shelf; not for ever."""

    id = "sensor"
    task_types = frozenset({"sensor"})
    state_type = SensorState
    patience = dt.timedelta(seconds=60)

    def initialize(self, setup: PluginSetup) -> None:
        self.clock = setup.clock

    async def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[Any]:
        if "thing" not in inputs.literals:
            raise UserError("say which thing to wait for", fix="give the task an input named thing")
        return TaskStatus.running(SensorState(self.clock.now_us()), check_after=EVERY)

    async def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        answer = await ctx.http.arequest("GET", f"{URL}/{self.thing(ctx)}")
        if answer.is_success:
            return TaskStatus.succeeded(outputs_of({"outputs": {"size": len(answer.body)}}))
        if answer.status != 404:
            answer.checked()
        return self.waits(ctx)

    async def kill_task(self, ctx: TaskContext[Any], reason: str) -> None:
        """Nothing was started."""

    def thing(self, ctx: TaskContext[Any]) -> str:
        return ctx.inputs().literals["thing"].scalar.primitive.string_value

    def waits(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        waited = dt.timedelta(microseconds=self.clock.now_us() - ctx.state.since_us)
        if waited > self.patience:
            return TaskStatus.permanent_failure("NeverCame", f"{self.thing(ctx)} did not come in {self.patience}")
        return TaskStatus.running(message=f"waiting for {self.thing(ctx)}", check_after=EVERY)


class Shelf:
    """A double of what a sensor looks at: a thing is there from some moment on.

    Args:
        from_s: Counted from the first look.
    """

    def __init__(self, from_s: float) -> None:
        self._from_s = from_s
        self._first_s: float | None = None

    async def handle(self, request: Request) -> Response:
        now_s = asyncio.get_running_loop().time()
        self._first_s = now_s if self._first_s is None else self._first_s
        there = request.method == "GET" and now_s - self._first_s >= self._from_s
        return Response(status=200, body=b"abc") if there else Response(status=404)

    def jobs(self) -> Sequence[Any]:
        return ()

    def leftovers(self) -> Sequence[str]:
        return ()
