"""Faults that show when two attempts run at once."""

from planting import on_render, planted
from samples import QueryPlugin, RenderPlugin

from volant.testing import kit_scenarios


@planted(3, kit_scenarios.pairs, "a second attempt at the same time", "output 'n' is", **on_render)
class BulkAnswersComeInAnyOrder(RenderPlugin):
    async def get(self, jobs):
        return list(reversed(await super().get(jobs)))


@planted(3, kit_scenarios.pairs, "begun 7.5 s later", "output 'n' is")
class NewestJobIsInAnAttribute(QueryPlugin):
    """The state would say it."""

    newest = ""

    def state_of(self, job):
        self.newest = job
        return super().state_of(job)

    def job_of(self, state):
        return self.newest or super().job_of(state)


@planted(1, kit_scenarios.pairs, "a second attempt at the same time", "started 1 job between them")
class NameIsInAnAttribute(QueryPlugin):
    """Between its two calls to the service another thread has set it anew."""

    def start_task(self, ctx, task, inputs):
        self.name = ctx.generated_name
        return super().start_task(ctx, task, inputs)

    def post(self, ctx, name, inputs):
        return super().post(ctx, self.name, inputs)
