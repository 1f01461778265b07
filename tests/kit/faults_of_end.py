"""Faults of kill and finalize, and of what a service may do."""

import itertools

from planting import calm, first, planted, went_wrong
from samples import (
    URL,
    QueryPlugin,
)

from volant.extend import HttpError, NotYet, TaskStatus
from volant.testing import kit_scenarios
from volant.testing.kit_plan import Fault

_names = itertools.count()


@planted(4, kit_scenarios.aborts, "aborted after commit", "still runs")
class KillIsSwallowed(QueryPlugin):
    def kill_task(self, ctx, reason):
        ctx.log.info("asked to stop: %s", reason)


@planted(4, kit_scenarios.aborts_and_kills, "killed after plugin call", "answered 404")
class KillRaisesWhenGone(QueryPlugin):
    def kill_task(self, ctx, reason):
        for job in [self.job_of(ctx.state)] if ctx.state is not None else self.found(ctx):
            ctx.http.request("DELETE", f"{URL}/jobs/{job}").checked()


@planted(4, kit_scenarios.unheard_aborts, "POST /jobs, lost its connection", "still runs")
class KillNeedsAState(QueryPlugin):
    def kill_task(self, ctx, reason):
        if ctx.state is not None:
            super().kill_task(ctx, reason)


@planted(2, first(kit_scenarios.aborts), "aborted after commit", "it was not over")
class KillNeverEnds(QueryPlugin):
    def kill_task(self, ctx, reason):
        super().kill_task(ctx, reason)
        raise NotYet("still stopping")


@planted(5, calm, "undisturbed", "session")
class FinalizeIsSkipped(QueryPlugin):
    def finalize(self, ctx):
        """Nothing."""


@planted(9, kit_scenarios.plugin_kills, "finalize", "answered 404")
class FinalizeRaisesWhenGone(QueryPlugin):
    def finalize(self, ctx):
        ctx.http.request("DELETE", f"{URL}/sessions/{ctx.generated_name}").checked()


@planted(2, went_wrong(Fault.BUSY), "was answered 429", "(Refused:")
class BusyIsAFailure(QueryPlugin):
    def check_task_status(self, ctx):
        answer = ctx.http.request("GET", f"{URL}/jobs/{self.job_of(ctx.state)}")
        if answer.status not in {200, 404}:
            return TaskStatus.permanent_failure("Refused", f"the warehouse said {answer.status}")
        return super().check_task_status(ctx)


@planted(2, went_wrong(Fault.RESET), "lost its connection", "(NoAnswer:")
class ResetIsAFailure(QueryPlugin):
    def check_task_status(self, ctx):
        try:
            return super().check_task_status(ctx)
        except HttpError as error:
            return TaskStatus.permanent_failure("NoAnswer", str(error))


@planted(2, calm, "undisturbed", "(QueryLost:")
class NotVisibleYetIsAFailure(QueryPlugin):
    def unknown(self, state):
        return TaskStatus.retryable_failure("QueryLost", "the warehouse does not know it")
