"""Task type "core-sleep"."""

import asyncio
import datetime as dt

import pytest

from volant.idl import pb
from volant.idl.literals import primitive
from volant.idl.messages import Sleep, to_custom
from volant.plugins import core_sleep
from volant.testing.plugin_context import FakeAttempt, make_task
from volant.testing.plugin_host import PluginHost


def first_status(tmp_path, custom=None, inputs=None):
    async def scene():
        async with PluginHost(core_sleep.build) as host:
            return await host.start(
                FakeAttempt(host.plugin, make_task("core-sleep", custom=custom), inputs, root=tmp_path)
            )

    return asyncio.run(scene())


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


def test_a_look_that_comes_early_waits_for_the_rest(tmp_path):
    async def scene():
        async with PluginHost(core_sleep.build) as host:
            ctx = FakeAttempt(host.plugin, make_task("core-sleep", custom=seconds(5)), root=tmp_path)
            host.save(ctx, await host.start(ctx))
            host.moved.advance(dt.timedelta(seconds=4))
            early, again = await host.look(ctx), await host.look(ctx)
            host.moved.advance(dt.timedelta(microseconds=999_500))
            almost = await host.look(ctx)
            return early, again, almost

    early, again, almost = asyncio.run(scene())

    assert early == again
    assert early.check_after == dt.timedelta(seconds=1)
    assert almost.check_after == dt.timedelta(milliseconds=1)


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
    """The engine drives them with one step, without a task on the loop."""

    async def scene():
        async with PluginHost(core_sleep.build) as host:
            ctx = FakeAttempt(host.plugin, make_task("core-sleep", custom=seconds(1)), root=tmp_path)
            with pytest.raises(StopIteration) as over:
                host.plugin.start_task(ctx, ctx.template(), ctx.inputs()).send(None)
            return over.value.value

    assert asyncio.run(scene()).check_after == dt.timedelta(seconds=1)
