"""The suite plugin authors subclass, and the works they give it."""

import json

import pytest
from kit_cases import ONE, WORK, Counter, Looped, cast_of
from msgspec.structs import replace

from volant.contracts.plugin import TaskStatus
from volant.idl import pb
from volant.idl.literals import primitive
from volant.testing import kit_scenarios
from volant.testing.kit_life import play
from volant.testing.kit_plan import Plan
from volant.testing.kit_scenarios import MOST_PLACES
from volant.testing.kit_work import Work, closure_of, type_of
from volant.testing.plugin_context import make_task
from volant.testing.plugin_suite import Kit, PluginSuite


class TestLooped(PluginSuite):
    build = staticmethod(Looped)

    @pytest.fixture
    def work(self):
        return WORK

    @pytest.fixture
    def service(self):
        return Counter


class Newer(Looped):
    state_version = 2


def test_a_plugin_that_cannot_show_how_it_was_is_told_what_to_give():
    suite = type("Suite", (PluginSuite,), {"build": staticmethod(Newer)})()

    with pytest.raises(AssertionError, match=r"rule 10 .* has state_version 2, .* `older = \[.*upgraded midway"):
        suite.test_older_states_can_be_tried()


def test_a_failure_tells_the_first_violations_and_how_many_there_are():
    class Forgetful(Looped):
        """Keeps in memory what it should keep in its state."""

        known = False

        async def start_task(self, ctx, task, inputs):
            self.known = True
            return await super().start_task(ctx, task, inputs)

        async def check_task_status(self, ctx):
            if not self.known:
                return TaskStatus.permanent_failure("Forgotten", "what was it?")
            return await super().check_task_status(ctx)

    kept = {}
    kit = Kit(cast_of(Forgetful), "TestIt", "killed", kept.__setitem__)

    with pytest.raises(pytest.fail.Exception) as failure:
        kit.hold(kit_scenarios.commit_kills)

    text = str(failure.value)
    first = "rule 2 (it comes to the end it should): it ended FAILED (Forgotten: what was it?) instead of SUCCEEDED; "
    assert f"{first}at step: killed after commit 2, n0#0 QUEUED, n0 RUNNING" in text
    assert text.splitlines()[-1].startswith("… and ")
    assert '"violations":[{' in kept["volant-kit"]


def test_lives_that_never_end_are_not_played_to_exhaustion():
    class Forgetful(Looped):
        """Waits for ever once its engine was killed."""

        knows = False

        async def start_task(self, ctx, task, inputs):
            self.knows = True
            return await super().start_task(ctx, task, inputs)

        async def check_task_status(self, ctx):
            return await super().check_task_status(ctx) if self.knows else TaskStatus.running()

    broken = played(Forgetful, kit_scenarios.commit_kills)["violations"]
    assert [each["seen"] for each in broken] == ["it was not over after 86400 s"] * 2


def test_a_plugin_that_breaks_a_rule_undisturbed_is_not_disturbed():
    class Forever(Looped):
        async def check_task_status(self, ctx):
            return TaskStatus.running()

    assert played(Forever, kit_scenarios.commit_kills)["lives"] == 0


def test_after_a_few_broken_lives_no_more_are_played():
    class Wrong(Looped):
        """Knows nothing once its engine was killed."""

        knows = False

        async def start_task(self, ctx, task, inputs):
            self.knows = True
            return await super().start_task(ctx, task, inputs)

        async def check_task_status(self, ctx):
            return await super().check_task_status(ctx) if self.knows else TaskStatus.permanent_failure("What", "?")

    broken = played(Wrong, kit_scenarios.commit_kills)["violations"]
    assert len({each["step"] for each in broken}) == 3


def played(build, scenario):
    kept = {}
    with pytest.raises(pytest.fail.Exception):
        Kit(cast_of(build), "TestIt", "killed", kept.__setitem__).hold(scenario)
    return json.loads(kept["volant-kit"])


def test_of_many_places_the_first_the_last_and_some_between_are_taken():
    life = replace(play(cast_of(Looped), Plan()), commits=[""] * 1000)

    numbers = [next(iter(plan.kills)).number for plan in kit_scenarios.commit_kills(life)][::2]

    assert len(numbers) == MOST_PLACES
    assert numbers[:12] == list(range(1, 13))
    assert numbers[-6:] == list(range(995, 1001))
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (primitive(1), pb.LiteralType(simple=pb.SimpleType.INTEGER)),
        (primitive("a"), pb.LiteralType(simple=pb.SimpleType.STRING)),
        (
            pb.Literal(collection=pb.LiteralCollection(literals=[primitive(True)])),
            pb.LiteralType(collection_type=pb.LiteralType(simple=pb.SimpleType.BOOLEAN)),
        ),
        (
            pb.Literal(map=pb.LiteralMap(literals={"a": primitive(1.5)})),
            pb.LiteralType(map_value_type=pb.LiteralType(simple=pb.SimpleType.FLOAT)),
        ),
        (pb.Literal(), pb.LiteralType(simple=pb.SimpleType.NONE)),
    ],
)
def test_what_a_template_does_not_declare_is_declared_from_the_values(literal, expected):
    assert type_of(literal) == expected


def test_what_a_template_declares_stays():
    task = make_task("x")
    task.interface.outputs.variables["n"].type.simple = pb.SimpleType.FLOAT

    closure = pb.CompiledWorkflowClosure.FromString(closure_of([Work(task, ONE, ONE)]))

    interface = closure.tasks[0].template.interface
    assert interface.outputs.variables["n"].type.simple == pb.SimpleType.FLOAT
    assert interface.inputs.variables["n"].type.simple == pb.SimpleType.INTEGER
    assert not task.interface.inputs.variables
