"""A programmable double of an HTTP service that runs jobs: in the test's own process, or on a port of its own.

| call | does |
|---|---|
| POST /jobs `{"name", "spec", "script"?}` | 201 and the job; 200 if that name has one; 409 if with another spec |
| GET /jobs/{id} | the job: id, name, phase, at its end `outputs` or `error` |
| GET /jobs?ids=a,b | `{"jobs": [...]}` in that order, unknown ones left out |
| GET /jobs?name=N | `{"jobs": [...]}` of that name |
| DELETE /jobs/{id} | 204, stops and forgets it; 404 when it is gone |
| GET /events?after=N&wait_s=30 | `{"last": M, "names": [...]}`: who changed after N, as soon as somebody has |
| PUT, DELETE /sessions/{name} | 204: takes something, gives it back; what was not given back is a leftover |

What is wrong is answered with a 4xx and `{"error": why}`.
`python -m volant.testing.job_service --port N` serves one; its first line of output is its URL.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, unquote, urlsplit

from volant.contracts.http import Request, Response
from volant.testing.job_answers import Asked, RefusalError, answer, asked_for, number_in
from volant.testing.job_events import JobEvents
from volant.testing.job_script import JobScript, ScriptedJob
from volant.testing.service import OutsideJob

LONGEST_WAIT_S = 60.0


class HttpJobService:
    """Implements `testing.service.Service`.

    Args:
        script: How jobs go.
        scripts: How jobs of certain names go; what came with the request wins over both.
        idempotent: Whether a name has one job; otherwise every POST makes another.
        bulk_limit: How many ids one GET may ask for.
        visible_after_s: How long a new job is not known by its id yet (it is by its name).

    Attributes:
        calls: How often each kind of call came, e.g. "POST /jobs", "GET /jobs/{id}", "GET /jobs?ids".
    """

    def __init__(
        self,
        script: JobScript = JobScript(),  # noqa: B008  frozen
        *,
        scripts: Mapping[str, JobScript] = {},
        idempotent: bool = True,
        bulk_limit: int = 100,
        visible_after_s: float = 0.0,
    ) -> None:
        self.script = script
        self.scripts = dict(scripts)
        self.calls: Counter[str] = Counter()
        self._idempotent = idempotent
        self._bulk_limit = bulk_limit
        self._visible_after_s = visible_after_s
        self._all: dict[str, ScriptedJob] = {}
        self._kept: dict[str, ScriptedJob] = {}
        self._by_name: dict[str, list[ScriptedJob]] = {}
        self._sessions: list[str] = []
        self._events = JobEvents()
        self._now_s = 0.0

    async def handle(self, request: Request) -> Response:
        """Act on one request, and answer."""
        self._now_s = asyncio.get_running_loop().time()
        parts = urlsplit(request.url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        try:
            return await self._route(request, [unquote(part) for part in parts.path.strip("/").split("/")], query)
        except RefusalError as refusal:
            return answer(refusal.status, {"error": str(refusal)})

    def jobs(self) -> Sequence[OutsideJob]:
        """Everything ever started, in order."""
        return [OutsideJob(job.name, self._is_running(job)) for job in self._all.values()]

    def leftovers(self) -> Sequence[str]:
        """Sessions that nobody gave back."""
        return [f"session {name}" for name in self._sessions]

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """Serve it on this machine.

        Args:
            port: 0 for any free one.

        Yields:
            Its URL, without a slash at the end.
        """
        from volant.testing.job_server import served

        async with served(self, port=port) as url:
            yield url

    async def _route(self, request: Request, path: list[str], query: Mapping[str, str]) -> Response:
        match request.method, path:
            case "POST", ["jobs"]:
                return self._post(request.body)
            case "GET", ["jobs"]:
                return self._list(query)
            case "GET", ["jobs", job]:
                self.calls["GET /jobs/{id}"] += 1
                return answer(200, self._known(job).seen(self._now_s))
            case "DELETE", ["jobs", job]:
                return self._delete(job)
            case "GET", ["events"]:
                return await self._changes(number_in(query, "after"), number_in(query, "wait_s"))
            case "PUT" | "DELETE", ["sessions", name]:
                return self._session(request.method, name)
        raise RefusalError(404, f"there is no {request.method} /{'/'.join(path)} here")

    def _post(self, body: bytes) -> Response:
        self.calls["POST /jobs"] += 1
        asked = asked_for(body)
        same = self._by_name.get(asked.name, []) if self._idempotent else []
        if same and same[0].spec != asked.spec:
            raise RefusalError(409, f"the job {asked.name!r} exists already, with another spec")
        job = same[0] if same else self._new(asked)
        return answer(200 if same else 201, job.seen(self._now_s))

    def _new(self, asked: Asked) -> ScriptedJob:
        script = asked.script or self.scripts.get(asked.name, self.script)
        made = ScriptedJob(
            id=f"j{len(self._all) + 1}", name=asked.name, spec=asked.spec, script=script, begun_s=self._now_s
        )
        self._all[made.id] = self._kept[made.id] = made
        self._by_name.setdefault(made.name, []).append(made)
        self._events.expect(made.name, made.id, [made.begun_s + age for age in script.changes_s()])
        return made

    def _list(self, query: Mapping[str, str]) -> Response:
        if "name" in query:
            self.calls["GET /jobs?name"] += 1
            return self._told(self._by_name.get(query["name"], []))
        self.calls["GET /jobs?ids"] += 1
        if "ids" not in query:
            raise RefusalError(400, "say which jobs: ?ids=a,b or ?name=N")
        ids = query["ids"].split(",")
        if len(ids) > self._bulk_limit:
            raise RefusalError(400, f"{len(ids)} ids in one call; at most {self._bulk_limit}")
        return self._told([self._kept[job] for job in ids if self._is_known(job)])

    def _delete(self, job: str) -> Response:
        self.calls["DELETE /jobs/{id}"] += 1
        if job not in self._kept:
            raise RefusalError(404, f"there is no job {job!r}")
        gone = self._kept.pop(job)
        self._by_name[gone.name].remove(gone)
        self._events.forget(gone.name, gone.id)
        return Response(status=204)

    async def _changes(self, after: float, wait_s: float) -> Response:
        self.calls["GET /events"] += 1
        number = int(after)
        if number > self._events.last():
            raise RefusalError(400, f"there was no change {number} yet; begin with after={self._events.last()}")
        await self._events.wait(number, min(wait_s, LONGEST_WAIT_S))
        return answer(200, {"last": self._events.last(), "names": self._events.after(number)})

    def _session(self, method: str, name: str) -> Response:
        self.calls[f"{method} /sessions/{{name}}"] += 1
        if method == "PUT" and name not in self._sessions:
            self._sessions.append(name)
        elif method == "DELETE":
            if name not in self._sessions:
                raise RefusalError(404, f"there is no session {name!r}")
            self._sessions.remove(name)
        return Response(status=204)

    def _told(self, jobs: Sequence[ScriptedJob]) -> Response:
        return answer(200, {"jobs": [job.seen(self._now_s) for job in jobs]})

    def _known(self, job: str) -> ScriptedJob:
        if not self._is_known(job):
            raise RefusalError(404, f"there is no job {job!r}")
        return self._kept[job]

    def _is_known(self, job: str) -> bool:
        return job in self._kept and self._now_s - self._kept[job].begun_s >= self._visible_after_s

    def _is_running(self, job: ScriptedJob) -> bool:
        return job.id in self._kept and not job.is_over(_time_s(self._now_s))


def _time_s(otherwise: float) -> float:
    """The loop's time now; what was last seen of it where no loop runs any more."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return otherwise


if __name__ == "__main__":
    from volant.testing.job_server import serve_jobs

    serve_jobs(HttpJobService)
