"""Faults of start and of custom state."""

import dataclasses
import datetime as dt
import itertools
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from planting import calm, one_each_time, planted, went_wrong
from samples import (
    EVERY,
    URL,
    QueryPlugin,
    QueryPluginOf1,
    QueryState,
    status_of,
)

from volant.extend import HttpError, TaskStatus
from volant.testing import kit_scenarios
from volant.testing.kit_plan import Fault

_names = itertools.count()


@planted(1, kit_scenarios.call_kills, "killed after outside call 2, POST /jobs", "was started 2 times", **one_each_time)
class StartIsNotIdempotent(QueryPlugin):
    """The service makes a second job of one name, and nobody looks for the first."""


@planted(1, kit_scenarios.plugin_kills, "killed after plugin call 1, start_task", "1 attempts started 2 jobs")
class JobHasARandomName(QueryPlugin):
    def post(self, ctx, name, inputs):
        return super().post(ctx, f"query-{next(_names)}", inputs)


@planted(1, went_wrong(Fault.UNHEARD), "outside call 2, POST /jobs, timed out after the service acted")
class RetriesUnderAnotherName(QueryPlugin):
    def post(self, ctx, name, inputs):
        try:
            return super().post(ctx, name, inputs)
        except HttpError:
            return super().post(ctx, f"{name}-again", inputs)


@planted(5, kit_scenarios.plugin_kills, "killed after plugin call 1, start_task", "is still held")
class LosesItsToken(QueryPlugin):
    """The session of a start that was forgotten has a name nobody knows any more."""

    def start_task(self, ctx, task, inputs):
        session = f"s{next(_names)}"
        ctx.http.request("PUT", f"{URL}/sessions/{session}").checked()
        job = self.post(ctx, ctx.generated_name, inputs)["id"]
        return TaskStatus.queued(QueryState(f"{job}/{session}", self.clock.now_us()), check_after=EVERY)

    def job_of(self, state):
        return state.job.partition("/")[0]

    def finalize(self, ctx):
        if ctx.state is not None:
            self.gone(ctx.http.request("DELETE", f"{URL}/sessions/{ctx.state.job.partition('/')[2]}"))


@planted(2, calm, "undisturbed", "no pool")
class AsksForAPoolThatIsNone(QueryPlugin):
    def start_task(self, ctx, task, inputs):
        ctx.quotas.request("warehose")
        return super().start_task(ctx, task, inputs)


@planted(10, kit_scenarios.commit_kills, "killed after commit", "KeyError")
class StateIsInMemory(QueryPlugin):
    def initialize(self, setup):
        super().initialize(setup)
        self.ids = {}

    def state_of(self, job):
        self.newest = job
        return super().state_of("see memory")

    def start_task(self, ctx, task, inputs):
        status = super().start_task(ctx, task, inputs)
        self.ids[ctx.generated_name] = self.newest
        return status

    def check_task_status(self, ctx):
        answer = ctx.http.request("GET", f"{URL}/jobs/{self.ids[ctx.generated_name]}")
        return self.unknown(ctx.state) if answer.status == 404 else status_of(answer.json(), check_after=EVERY)

    def kill_task(self, ctx, reason):
        for job in self.found(ctx):
            self.gone(ctx.http.request("DELETE", f"{URL}/jobs/{job}"))


@planted(14, kit_scenarios.full_pools, "pool 'warehouse' full at first", "was started while pool 'warehouse' was full")
class StartsWithoutItsGrant(QueryPlugin):
    def start_task(self, ctx, task, inputs):
        ctx.quotas.request("warehouse")
        ctx.http.request("PUT", f"{URL}/sessions/{ctx.generated_name}").checked()
        return TaskStatus.queued(self.state_of(self.post(ctx, ctx.generated_name, inputs)["id"]), check_after=EVERY)


@planted(14, kit_scenarios.full_pools, "pool 'warehouse' full at first", "looked 60 times in 120 s")
class PollsForItsGrant(QueryPlugin):
    def start_task(self, ctx, task, inputs):
        grant = ctx.quotas.request("warehouse")
        if not grant.granted:
            return TaskStatus.not_ready(grant.message, check_after=EVERY)
        return super().start_task(ctx, task, inputs)


@planted(14, kit_scenarios.full_pools, "pool 'warehouse' full at first", "said WAITING_FOR_RESOURCES while")
class BeginsWhileItWaits(QueryPlugin):
    def start_task(self, ctx, task, inputs):
        return TaskStatus.waiting(QueryState("", self.clock.now_us()), check_after=dt.timedelta(minutes=1))

    def check_task_status(self, ctx):
        if ctx.state.job:
            return super().check_task_status(ctx)
        status = super().start_task(ctx, ctx.template(), ctx.inputs())
        wait = TaskStatus.waiting(check_after=dt.timedelta(minutes=1))
        return wait if status.phase is status.phase.NOT_READY else status


class Diary(Struct, frozen=True):
    job: str
    created_us: int
    pages: tuple[str, ...] = ()


@planted(6, calm, "undisturbed", "returned a state of 80,")
class StateGrows(QueryPlugin):
    state_type = Diary

    def state_of(self, job):
        return Diary(job, self.clock.now_us())

    def check_task_status(self, ctx):
        pages = (*ctx.state.pages, "x" * 20_000)
        return replace(super().check_task_status(ctx), state=Diary(ctx.state.job, ctx.state.created_us, pages))


@dataclasses.dataclass(frozen=True)
class Loose:
    job: str
    created_us: int
    began: Any


@planted(6, calm, "undisturbed", "comes back from JSON as")
class StateIsNotJson(QueryPlugin):
    state_type = Loose

    def state_of(self, job):
        return Loose(job, self.clock.now_us(), (2023, 11))


@planted(13, calm, "undisturbed", "secret number 1 is in the state")
class SecretIsInTheState(QueryPlugin):
    state_type = Loose

    def start_task(self, ctx, task, inputs):
        self.token = ctx.secrets.find("warehouse", "token")
        return super().start_task(ctx, task, inputs)

    def state_of(self, job):
        return Loose(job, self.clock.now_us(), self.token)


@planted(13, calm, "undisturbed", "secret number 1 is in the answer")
class SecretIsInAMessage(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        token = ctx.secrets.find("warehouse", "token")
        return TaskStatus.succeeded(status.outputs, message=f"asked with Bearer {token}") if status.outputs else status


@planted(13, calm, "undisturbed", "secret number 1 is in the log")
class SecretIsInTheLog(QueryPlugin):
    def check_task_status(self, ctx):
        ctx.log.info("asks with Bearer %s", ctx.secrets.find("warehouse", "token"))
        return super().check_task_status(ctx)


@planted(10, lambda life: kit_scenarios.upgrades(life, 1), "killed after commit", older=(QueryPluginOf1,))
class UpgradeLosesTheHandle(QueryPlugin):
    def upgrade_state(self, version, data):
        return QueryState("", self.clock.now_us())
