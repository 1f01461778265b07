"""Small plugins and doubles with which the harness itself is tried."""

import asyncio
import datetime as dt
from pathlib import Path

from msgspec import Struct

from volant.contracts.http import Response
from volant.contracts.plugin import TaskPlugin, TaskStatus
from volant.idl import pb
from volant.idl.literals import primitive
from volant.testing.kit_cast import Cast
from volant.testing.kit_work import Work
from volant.testing.plugin_context import make_task
from volant.testing.service import OutsideJob

URL = "http://counter.example"
ONE = {"n": primitive(1)}
WORK = Work(make_task("counted"), ONE, ONE)
SOON = dt.timedelta(seconds=2)


class Counter:
    """A double: jobs of 5 s, a running number in every answer. Names may be posted again."""

    def __init__(self):
        self.requests = []
        self.begun = {}
        self.now = 0.0

    async def handle(self, request):
        self.now = asyncio.get_running_loop().time()
        self.requests.append(request)
        name = request.url.partition("?")[0].rsplit("/", 1)[1]
        if request.method == "POST":
            self.begun.setdefault(name, self.now)
        elif request.method == "DELETE":
            self.begun.pop(name, None)
        over = name in self.begun and self.now - self.begun[name] >= 5
        return Response(status=200, body=f'{{"over": {str(over).lower()}, "number": {len(self.requests)}}}'.encode())

    def jobs(self):
        now = asyncio.get_running_loop().time()
        return [OutsideJob(name, is_running=now - begun < 5) for name, begun in self.begun.items()]

    def leftovers(self):
        return ()


class State(Struct, frozen=True):
    looks: int


class Threaded(TaskPlugin[State]):
    """Starts a job of the double and looks at it, in threads."""

    id = "counted"
    task_types = frozenset({"counted"})
    state_type = State

    def start_task(self, ctx, task, inputs):
        ctx.http.request("POST", f"{URL}/{ctx.generated_name}").checked()
        return TaskStatus.queued(State(0), check_after=SOON)

    def check_task_status(self, ctx):
        seen = ctx.http.request("GET", f"{URL}/{ctx.generated_name}").checked().json()
        if seen["over"]:
            return TaskStatus.succeeded(pb.LiteralMap(literals=ONE))
        return TaskStatus.running(State(ctx.state.looks + 1), check_after=SOON)

    def kill_task(self, ctx, reason):
        ctx.http.request("DELETE", f"{URL}/{ctx.generated_name}").checked()

    def finalize(self, ctx):
        """Nothing is held."""


class Looped(Threaded):
    """The same on the engine's loop."""

    async def start_task(self, ctx, task, inputs):
        (await ctx.http.arequest("POST", f"{URL}/{ctx.generated_name}")).checked()
        return TaskStatus.queued(State(0), check_after=SOON)

    async def check_task_status(self, ctx):
        seen = (await ctx.http.arequest("GET", f"{URL}/{ctx.generated_name}")).checked().json()
        if seen["over"]:
            return TaskStatus.succeeded(pb.LiteralMap(literals=ONE))
        return TaskStatus.running(State(ctx.state.looks + 1), check_after=SOON)

    async def kill_task(self, ctx, reason):
        (await ctx.http.arequest("DELETE", f"{URL}/{ctx.generated_name}")).checked()


def cast_of(build, tmp_path=Path("/kit"), **more):
    return Cast(
        **{"build": build, "work": WORK, "service": Counter, "launchers": lambda _: {}, "root": tmp_path, **more}
    )
