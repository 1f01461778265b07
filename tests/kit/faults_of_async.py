"""Faults of async methods, of time, and of remote jobs."""

import datetime as dt
import itertools
import os
import time

from planting import calm, first, on_render, on_sensor, planted
from samples import (
    EVERY,
    URL,
    RenderJob,
    RenderPlugin,
    SensorPlugin,
    SensorState,
    spec_of,
    status_of,
)
from scenes import BAD, jobs_service, jobs_work

from volant.extend import TaskStatus
from volant.testing import kit_scenarios

_names = itertools.count()


@planted(7, calm, "undisturbed", "time.sleep(0.5)", **on_sensor)
class SleepsOnTheLoop(SensorPlugin):
    async def check_task_status(self, ctx):
        time.sleep(0.5)  # noqa: ASYNC251  that is the fault
        return await super().check_task_status(ctx)


@planted(7, calm, "undisturbed", "http.request(GET", **on_sensor)
class CallsOnTheLoop(SensorPlugin):
    async def check_task_status(self, ctx):
        ctx.http.request("GET", f"{URL}/{self.thing(ctx)}")
        return await super().check_task_status(ctx)


@planted(7, calm, "undisturbed", "open(", **on_sensor)
class ReadsAFileOnTheLoop(SensorPlugin):
    async def check_task_status(self, ctx):
        with open(os.devnull, "rb") as file:  # noqa: ASYNC230, PTH123  that is the fault
            file.read()
        return await super().check_task_status(ctx)


@planted(2, calm, "undisturbed", "(NeverCame:", **on_sensor)
class WallClock(SensorPlugin):
    def waits(self, ctx):
        waited = dt.timedelta(seconds=time.time() - ctx.state.since_us / 1_000_000)
        if waited > self.patience:
            return TaskStatus.permanent_failure("NeverCame", f"waited for {waited}")
        return TaskStatus.running(check_after=EVERY)


@planted(9, kit_scenarios.commit_kills, "killed after commit", "AttributeError", **on_sensor)
class ClockIsInMemory(SensorPlugin):
    async def start_task(self, ctx, task, inputs):
        self.since_us = self.clock.now_us()
        return await super().start_task(ctx, task, inputs)

    def waits(self, ctx):
        waited = dt.timedelta(microseconds=self.clock.now_us() - self.since_us)
        if waited > self.patience:
            return TaskStatus.permanent_failure("NeverCame", f"waited for {waited}")
        return TaskStatus.running(SensorState(self.since_us), check_after=EVERY)


@planted(4, kit_scenarios.unheard_aborts, "POST /jobs, lost its connection", "still runs", **on_render)
class FindsNothing(RenderPlugin):
    async def find(self, ctx):
        return None


@planted(4, kit_scenarios.aborts, "aborted after commit", "still runs", **on_render)
class DeletesNothing(RenderPlugin):
    async def delete(self, ctx, job):
        """Nothing."""


@planted(4, first(kit_scenarios.aborts_and_kills), "killed after plugin call", "answered 404", **on_render)
class DeleteRaisesWhenGone(RenderPlugin):
    async def delete(self, ctx, job):
        (await self.http.arequest("DELETE", f"{URL}/jobs/{job.id}")).checked()


@planted(7, calm, "undisturbed", "time.sleep(1)", **on_render)
class BulkCallSleeps(RenderPlugin):
    async def get(self, jobs):
        time.sleep(1)  # noqa: ASYNC251  that is the fault
        return await super().get(jobs)


@planted(2, calm, "undisturbed", "it was not over", work=jobs_work("render", BAD), service=lambda: jobs_service(BAD))
class FailureIsNoEnd(RenderPlugin):
    def status(self, ctx, job, seen):
        return status_of(seen) if seen["phase"] in {"QUEUED", "SUCCEEDED"} else TaskStatus.running()


@planted(1, kit_scenarios.call_kills, "killed after outside call", "jobs:", **on_render)
class RemoteJobHasARandomName(RenderPlugin):
    async def create(self, ctx, task, inputs):
        wanted = {"name": f"render-{next(_names)}", "spec": spec_of(inputs)}
        return RenderJob((await self.http.arequest("POST", f"{URL}/jobs", json=wanted)).checked().json()["id"])
