"""What type checkers know of the easy engine contract: methods may be sync or async. Read, never run."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, assert_type

from volant.extend import (
    AutoRefreshCache,
    Http,
    HttpError,
    HttpRefusedError,
    HttpUnavailableError,
    JobContext,
    RemoteJob,
    RemoteJobPlugin,
    Request,
    Response,
    TaskStatus,
    pb,
    primitive,
)


@dataclass(frozen=True)
class Handle:
    id: str


@dataclass(frozen=True)
class Options:
    url: str


class Seen(TypedDict):
    phase: str


class Asynchronous(RemoteJobPlugin[Handle, Seen]):
    id = "asynchronous"
    task_types = frozenset({"asynchronous"})
    settings_type = Options
    settings: Options
    pool = "gpus"

    async def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Handle:
        answer = await self.http.arequest("POST", self.settings.url, json={"name": ctx.generated_name})
        return Handle(answer.checked().json()["id"])

    async def find(self, ctx: JobContext) -> Handle | None:
        return None

    async def get(self, jobs: Sequence[Handle]) -> list[Seen | None]:
        return [None for _ in jobs]

    def status(self, ctx: JobContext, job: Handle, seen: Seen) -> TaskStatus[Handle]:
        if seen["phase"] == "MOVED":
            return TaskStatus.running(Handle("elsewhere"), message="it moved")
        if seen["phase"] == "FAILED":
            return TaskStatus.retryable_failure("Exit1", "it failed")
        return TaskStatus.running()

    async def delete(self, ctx: JobContext, job: Handle) -> None:
        await self.http.arequest("DELETE", f"{self.settings.url}/{job.id}")

    async def watch(self) -> AsyncIterator[str]:
        yield "name"

    def upgrade_job(self, version: int, data: Any) -> Handle:
        return Handle(data["id"])


class Synchronous(RemoteJobPlugin[str, str]):
    id = "synchronous"
    task_types = frozenset({"synchronous"})

    def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> str:
        return ctx.generated_name

    def find(self, ctx: JobContext) -> str | None:
        return None

    def get(self, jobs: Sequence[str]) -> Sequence[str | None]:
        return [*jobs]

    async def status(self, ctx: JobContext, job: str, seen: str) -> TaskStatus[str]:
        return TaskStatus.succeeded()

    def delete(self, ctx: JobContext, job: str) -> None: ...


assert_type(TaskStatus.running(Handle("x")), TaskStatus[Handle])


def asked(http: Http, cache: AutoRefreshCache[int], job: RemoteJob) -> Response:
    """Calls of one's own, and what they raise."""
    try:
        answer = http.request("GET", "https://example.org", params={"q": "1"}, timeout_s=3)
        assert_type(answer.retry_after, dt.timedelta | None)
        return answer.checked()
    except HttpUnavailableError as error:
        assert_type(error.retry_after, dt.timedelta | None)
        raise
    except HttpRefusedError as error:
        assert_type(error.status, int)
        raise
    except HttpError:
        assert_type(cache.get_or_create("name", 0), int)
        assert_type(cache.get("name"), int | None)
        cache.refresh_now("name")
        assert_type(job.created_us, int)
        raise


def sent(request: Request) -> pb.Literal:
    """What a double of a service reads."""
    assert_type(request.method, str)
    return primitive(len(request.body))
