"""Task type "core-sleep"."""

import asyncio
import datetime as dt

import pytest
from plugin_lives import life_of, said

from volant.base.ids import ActionName, AttemptKey
from volant.idl import pb
from volant.idl.literals import primitive
from volant.idl.messages import Sleep, to_custom
from volant.plugins import core_sleep
from volant.testing.kit_stage import RUN
from volant.testing.kit_work import NODE
from volant.testing.plugin_context import make_task


def first_status(tmp_path, custom=None, inputs=None):
    return said(life_of(core_sleep.build, make_task("core-sleep", custom=custom), tmp_path, inputs))[0]


def seconds(number):
    return to_custom(Sleep(duration=dt.timedelta(seconds=number)))


def test_no_time_at_all_is_over_at_once(tmp_path):
    status = first_status(tmp_path)

    assert (status.phase, status.outputs) == (status.phase.SUCCEEDED, pb.LiteralMap())


def test_it_is_looked_at_exactly_when_it_is_over(tmp_path):
    status = first_status(tmp_path, seconds(1.5))

    assert (status.phase, status.check_after) == (status.phase.RUNNING, dt.timedelta(seconds=1.5))


@pytest.mark.parametrize(("value", "wait_s"), [(dt.timedelta(seconds=2), 2), (0.25, 0.25), (3, 3), (0.0000001, None)])
def test_the_input_wins_over_the_message(tmp_path, value, wait_s):
    status = first_status(tmp_path, seconds(60), {"duration": primitive(value)})

    assert status.check_after == (wait_s and dt.timedelta(seconds=wait_s))


class Nudged(core_sleep.CoreSleep):
    """Woken for nothing after 4 s, once more in the same moment, and almost a second later."""

    def initialize(self, setup):
        super().initialize(setup)
        setup.background(lambda: self.nudge(setup), "nudge")

    async def nudge(self, setup):
        for after_s in (4, 0, 0.999_5):
            await asyncio.sleep(after_s)
            setup.wake(AttemptKey(RUN, ActionName(NODE), 0))


def test_a_look_that_comes_early_waits_for_the_rest(tmp_path):
    life = life_of(Nudged, make_task("core-sleep", custom=seconds(5)), tmp_path)

    looks = [(call.at_us - life.began_us, call.status.check_after) for call in life.plugin_calls if call.status]
    assert looks == [
        (0, dt.timedelta(seconds=5)),
        (4_000_000, dt.timedelta(seconds=1)),
        (4_000_000, dt.timedelta(seconds=1)),
        (4_999_500, dt.timedelta(milliseconds=1)),
        (5_000_500, None),
    ]


def text(**custom):
    struct = pb.Struct()
    struct.update(custom)
    return struct


@pytest.mark.parametrize(
    ("custom", "inputs", "named"),
    [
        (text(duration="soon"), None, "volant.plugins.Sleep"),
        (text(lenght="5s"), None, "lenght"),
        (seconds(-1), None, "-1.0 s"),
        (None, {"duration": primitive("5")}, "'duration'"),
        (None, {"duration": primitive(float("nan"))}, "nan"),
        (None, {"duration": primitive(float("inf"))}, "inf"),
    ],
)
def test_what_is_no_time_is_the_authors_permanent_failure(tmp_path, custom, inputs, named):
    status = first_status(tmp_path, custom, inputs)

    assert status.phase == status.phase.PERMANENT_FAILURE
    assert status.error.code == "BadTaskSpecification"
    assert named in status.error.message
    assert status.error.fix


def test_its_calls_never_suspend(tmp_path):
    """It says so of itself; the engine takes it at its word, and would make a wait a failure."""
    life = life_of(core_sleep.build, make_task("core-sleep", custom=seconds(1)), tmp_path)

    assert core_sleep.CoreSleep.properties.inline
    assert [(call.method, call.raised) for call in life.plugin_calls] == [
        ("start_task", ""),
        ("check_task_status", ""),
    ]
    assert life.phase.name == "SUCCEEDED"
