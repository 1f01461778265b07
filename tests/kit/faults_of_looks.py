"""Faults of looks."""

import datetime as dt
import itertools

from planting import calm, failing, planted
from samples import (
    EVERY,
    QueryPlugin,
    outputs_of,
    spec_of,
)

from volant.extend import TaskStatus, pb
from volant.idl.literals import primitive

_names = itertools.count()


@planted(8, calm, "undisturbed", "went from RUNNING to QUEUED")
class PhaseGoesBack(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        is_odd = self.clock.now_us() // 2_000_000 % 2
        return TaskStatus.running(check_after=EVERY) if is_odd and not status.phase.is_terminal else status


@planted(2, calm, "undisturbed", "it was not over")
class NobodyLooksAgain(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        return status if status.phase.is_terminal else TaskStatus.running()


@planted(12, calm, "undisturbed", "looks in")
class LooksAllTheTime(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        soon = dt.timedelta(milliseconds=20)
        return status if status.phase.is_terminal else TaskStatus.running(check_after=soon)


@planted(5, calm, "undisturbed", "still runs")
class EndsEarly(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        is_running = status.phase is status.phase.RUNNING
        return TaskStatus.succeeded(outputs_of({"outputs": spec_of(ctx.inputs())})) if is_running else status


@planted(2, calm, "undisturbed", "it ended SUCCEEDED instead of FAILED", **failing)
class FailureIsIgnored(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        return TaskStatus.succeeded() if status.error else status


@planted(2, calm, "undisturbed", "it failed with 'Failed' instead of 'BadQuery'", **failing)
class FailureHasAnotherName(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        return TaskStatus.permanent_failure("Failed", "it failed") if status.error else status


@planted(2, calm, "undisturbed", "output")
class OutputsAreMissing(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        return TaskStatus.succeeded() if status.outputs else status


@planted(3, calm, "undisturbed", "output 'n' is")
class OutputsAreWrong(QueryPlugin):
    def check_task_status(self, ctx):
        status = super().check_task_status(ctx)
        return TaskStatus.succeeded(pb.LiteralMap(literals={"n": primitive(0)})) if status.outputs else status


@planted(11, calm, "undisturbed", "changed its template")
class TemplateIsChanged(QueryPlugin):
    def start_task(self, ctx, task, inputs):
        task.config["started"] = "yes"
        return super().start_task(ctx, task, inputs)


@planted(11, calm, "undisturbed", "changed its inputs")
class InputsAreChanged(QueryPlugin):
    def start_task(self, ctx, task, inputs):
        inputs.literals["limit"].CopyFrom(primitive(100))
        return super().start_task(ctx, task, inputs)
