"""An engine dies, another goes on. ARCHITECTURE 4; scenario 79. Crashes at random are the simulation's."""

from typing import Any

import pytest

from volant.contracts.plugin import TaskContext, TaskPlugin
from volant.contracts.status import TaskStatus
from volant.engine.options import EngineOptions
from volant.engine.outbox import Group
from volant.idl import pb
from volant.plugins.echo import EchoPlugin
from volant.testing.engine_rig import Rig
from volant.testing.scripted import HANGS, done, flow, going, ints

MOMENTS = [
    "WF RUNNING",
    "a QUEUED",
    "start a#0",
    "a RUNNING",
    "check a#0",
    "a SUCCEEDED",
    "finalize a#0",
    "b QUEUED",
    "start c#0",
    "d QUEUED",
    "d SUCCEEDED",
    "end-node SUCCEEDED",
    "WF SUCCEEDING",
    "finalize d#0",
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("group", [1, 250])
def test_wherever_an_engine_dies_the_run_ends_as_if_nothing_had_happened(
    make_rig: type[Rig], moment: str, group: int
) -> None:
    rig = make_rig(options=EngineOptions(group_limit=group))

    def script(rig: Rig) -> Any:
        rig.script("a", [going(state=1), going(state=2), done(o=5)])
        return rig.create("r", flow({"a": "", "b": "a", "c": "a", "d": "b c"}), {"a": 1})

    calm = Rig()
    calm_run = script(calm)
    calm.play()
    run = script(rig)
    rig.play(until=moment)
    assert moment in rig.story

    rig.crash().play()

    assert rig.events(run) == calm.events(calm_run)
    assert rig.outputs(run) == calm.outputs(calm_run)
    assert all(f"finalize {name}#0" in rig.story for name in "abcd")


def test_a_start_is_repeated_with_the_same_name_where_its_answer_was_lost(rig: Rig) -> None:
    """Scenario 79."""
    created: list[str] = []

    def create(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        created.append(ctx.generated_name)
        return going(state="created")

    rig.script("a", [create, create, done(o=1)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="start a#0")

    rig.crash().play()

    assert len(created) == 2
    assert len(set(created)) == 1
    assert len(rig.attempts(run, "a")) == 1
    assert rig.events(run).count("a QUEUED") == 1


def test_what_ran_is_looked_at_at_once_and_not_started_again(rig: Rig) -> None:
    rig.script("a", [going(after_ms=3_600_000, state={"pid": 7}), lambda ctx: done(o=ctx.state["pid"])])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="a RUNNING")
    died = rig.clock.us

    rig.crash().play()

    assert rig.story.count("start a#0") == 1
    assert rig.clock.us == died
    assert rig.outputs(run) == {"o": 7}


def test_the_deadline_of_an_attempt_counts_from_its_start_and_not_from_the_crash(rig: Rig) -> None:
    rig.script("a", [HANGS])
    run = rig.create("r", flow({"a": ""}, a={"timeout_s": 10}), {"a": 1})
    rig.play(until="a RUNNING")
    rig.clock.us += 9_000_000

    rig.crash().play(until="kill a#0: timeout")

    started = rig.attempts(run, "a")[0].started_us
    assert 10_000_000 <= rig.clock.us - started < 10_100_000


def test_budgets_are_not_refilled_by_a_crash(rig: Rig) -> None:
    for number in range(3):
        rig.script("a", [going(), TaskStatus.retryable_failure("Boom", "no luck")], attempt=number)
    run = rig.create("r", flow({"a": ""}, a={"retries": 2}), {"a": 1})

    for number in range(3):
        rig.play(until=f"start a#{number}").crash()
    rig.play()

    assert len(rig.attempts(run, "a")) == 3
    assert rig.run(run).phase.name == "FAILED"


def test_a_finalize_that_was_due_is_made_good_though_its_run_went_on(rig: Rig) -> None:
    rig.script("a", [done(o=1)], finalize=[ConnectionError()] * 5)
    run = rig.create("r", flow({"a": "", "b": "a"}), {"a": 1})
    rig.play(until="b SUCCEEDED")

    rig.crash().play()

    assert not rig.attempts(run, "a")[0].finalize_due
    assert rig.story.index("finalize a#0") < rig.story.index("WF SUCCEEDED")


def test_an_engine_that_lost_a_run_writes_and_calls_nothing_more_of_it(rig: Rig) -> None:
    rig.script("a", [going(), going(), done(o=1)])
    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play(until="start a#0")
    zombie = rig.propeller
    rig.crash()

    zombie.turn()
    zombie.committed(Group([], []), lost=frozenset({run}))
    rig.clock.us += 1_000_000
    zombie.turn()

    assert zombie.runs == {}
    assert zombie.calls() == []
    assert zombie.take() == Group([], [])
    assert rig.play().outputs(run) == {"o": 1}


def test_an_over_run_is_not_claimed_again(rig: Rig) -> None:
    rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play()

    rig.crash().play()

    assert rig.propeller.runs == {}


class Mine(TaskPlugin[Any]):
    """A plugin somebody will uninstall."""

    id = "mine"
    task_types = frozenset({"mine"})
    state_type = object

    def start_task(self, ctx: TaskContext[Any], task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[Any]:
        return TaskStatus.running({"job": 7})


class Newer(Mine):
    """The same plugin, after an update."""

    state_version = 2

    def upgrade_state(self, version: int, data: dict[str, Any]) -> Any:
        return {"from": version, "upgrades": data.get("upgrades", 0) + 1}

    def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        return TaskStatus.succeeded(state=ctx.state, outputs=ints(o=len(ctx.state)))

    def finalize(self, ctx: TaskContext[Any]) -> None:
        finalized.append(ctx.state)


finalized: list[Any] = []


def test_a_newer_plugin_goes_on_with_the_state_of_an_older_one(make_rig: type[Rig]) -> None:
    installed: list[type[TaskPlugin[Any]]] = [Mine]
    rig = make_rig(lambda: installed[0]())
    run = rig.create("r", flow({"a": ""}, a={"task_type": "mine"}), {"a": 1})
    rig.play(until="a RUNNING")
    installed[0] = Newer
    finalized.clear()

    rig.crash().play()

    assert rig.outputs(run) == {"o": 2}
    assert finalized == [{"from": 1, "upgrades": 1}]


def test_a_plugin_that_is_gone_is_named_with_what_to_do(make_rig: type[Rig]) -> None:
    installed: list[type[TaskPlugin[Any]]] = [Mine]
    rig = make_rig(lambda: installed[0]())
    run = rig.create("r", flow({"a": ""}, a={"task_type": "mine"}), {"a": 1})
    rig.play(until="a RUNNING")
    installed[0] = EchoPlugin

    rig.crash().play()

    [(refused, why)] = rig.propeller.refused
    assert (refused, "install it" in why.fix) == (run, True)
    assert "'mine', which is not here" in str(why)
    assert rig.run(run).phase.name == "RUNNING"
