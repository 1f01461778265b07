"""Lives of the conformance kit."""

import asyncio
import datetime as dt
import gc
import threading
import time
from typing import ClassVar

import pytest
from kit_cases import ONE, SOON, URL, WORK, Counter, Looped, State, Threaded, cast_of

from volant.base.phases import RunPhase
from volant.contracts.http import HttpError
from volant.contracts.plugin import TaskStatus
from volant.contracts.quotas import PoolLimits
from volant.idl import pb
from volant.idl.literals import primitive
from volant.testing import kit_scenarios
from volant.testing.kit_life import play
from volant.testing.kit_plan import Fault, Moment, Plan, Point
from volant.testing.kit_rules import violations
from volant.testing.kit_work import Work
from volant.testing.plugin_context import make_task
from volant.testing.plugin_suite import Kit

BOTH = pytest.mark.parametrize("build", [Threaded, Looped])


@BOTH
def test_an_undisturbed_life_is_on_record_step_by_step(build):
    life = play(cast_of(build), Plan())

    assert (life.phase, life.problem, life.step, life.lasted_s) == (RunPhase.SUCCEEDED, "", "undisturbed", 6.0)
    assert [call.method for call in life.plugin_calls] == ["start_task", *["check_task_status"] * 3, "finalize"]
    assert [call.what for call in life.outside_calls] == ["POST /life-n0-0-reezbpa", *["GET /life-n0-0-reezbpa"] * 3]
    assert [call.state for call in life.plugin_calls[:3]] == [b'{"looks":0}', b'{"looks":1}', b'{"looks":2}']
    assert life.outputs == pb.LiteralMap(literals=ONE)
    assert [(job.name, job.is_running) for job in life.jobs] == [("life-n0-0-reezbpa", False)]
    assert not life.blocking


@BOTH
@pytest.mark.parametrize("moment", Moment)
def test_an_engine_dies_at_the_step_that_was_named_and_another_goes_on(build, moment):
    life = play(cast_of(build), Plan(kills=frozenset({Point(moment, 2)})))

    assert life.phase is RunPhase.SUCCEEDED
    assert life.step.startswith(f"killed {moment} 2, ")
    assert {call.engine for call in life.plugin_calls} == {1, 2}


@BOTH
def test_what_dies_between_a_call_and_its_commit_is_called_again_with_the_state_before(build):
    life = play(cast_of(build), Plan(kills=frozenset({Point(Moment.AFTER_PLUGIN, 2)})))

    assert [call.is_lost for call in life.plugin_calls[:4]] == [False, True, False, False]
    assert [call.state for call in life.plugin_calls[1:3]] == [b'{"looks":1}'] * 2


@BOTH
def test_an_aborted_life_ends_with_a_kill(build):
    life = play(cast_of(build), Plan(abort=Point(Moment.BEFORE_CALL, 2)))

    assert life.phase is RunPhase.ABORTED
    assert life.step == "aborted before outside call 2, GET /life-n0-0-reezbpa"
    assert [call.method for call in life.plugin_calls][-2:] == ["kill_task", "finalize"]
    assert life.jobs == []


def test_a_dead_engine_reaches_nobody(tmp_path):
    services = []

    class Stubborn(Looped):
        """Tries again whatever happens."""

        async def check_task_status(self, ctx):
            try:
                return await super().check_task_status(ctx)
            finally:
                await ctx.http.arequest("PUT", f"{URL}/late")

    def service():
        services.append(Counter())
        return services[-1]

    play(cast_of(Stubborn, service=service), Plan(kills=frozenset({Point(Moment.BEFORE_CALL, 2)})))

    methods = [request.method for request in services[0].requests]
    assert methods.count("GET") == methods.count("PUT") == 3


def test_every_call_can_be_made_twice():
    life = play(cast_of(Threaded), Plan(twice=True))

    assert life.phase is RunPhase.SUCCEEDED
    assert len(life.outside_calls) == 2 * 4


def test_a_wake_for_nothing_is_a_look_more():
    calm, woken = play(cast_of(Looped), Plan()), play(cast_of(Looped), Plan(woken=True))

    assert len(woken.plugin_calls) > len(calm.plugin_calls)
    assert woken.phase is RunPhase.SUCCEEDED


@BOTH
@pytest.mark.parametrize("fault", Fault)
def test_a_call_goes_wrong_in_the_way_that_was_named(build, fault):
    life = play(cast_of(build), Plan(fault=(3, fault)))

    assert life.phase is RunPhase.SUCCEEDED
    assert life.step == f"outside call 3, GET /life-n0-0-reezbpa, {fault}"
    assert [call.raised.partition(":")[0] for call in life.plugin_calls if call.raised] == _RAISED[fault]


_RAISED = {
    Fault.LOST: ["HttpError"],
    Fault.UNHEARD: ["HttpError"],
    Fault.RESET: ["HttpError"],
    Fault.BUSY: ["HttpUnavailableError"],
    Fault.BROKEN: ["HttpUnavailableError"],
    Fault.LATE: [],
    Fault.REPEATED: [],
    Fault.STALE: [],
}


@pytest.mark.parametrize(
    ("fault", "seen", "took_s"),
    [
        (Fault.LOST, [], 9),
        (Fault.UNHEARD, ["PUT"], 9),
        (Fault.RESET, ["PUT"], 0),
        (Fault.BUSY, [], 0),
        (Fault.BROKEN, [], 0),
        (Fault.LATE, ["PUT"], 20),
        (Fault.REPEATED, ["PUT", "PUT"], 0),
        (Fault.STALE, ["PUT"], 0),
    ],
)
def test_what_a_service_sees_of_a_call_that_goes_wrong(fault, seen, took_s):
    told = {}

    class OneCall(Looped):
        async def start_task(self, ctx, task, inputs):
            loop = asyncio.get_running_loop()
            begun = loop.time()
            try:
                timeout_s = 30 if fault is Fault.LATE else 9
                told["status"] = (await ctx.http.arequest("PUT", f"{URL}/x", timeout_s=timeout_s)).status
            except HttpError:
                told["status"] = None
            told["took_s"] = loop.time() - begun
            return TaskStatus.succeeded(pb.LiteralMap(literals=ONE))

    services = []
    play(cast_of(OneCall, service=lambda: services.append(Counter()) or services[-1]), Plan(fault=(1, fault)))

    assert [request.method for request in services[0].requests] == seen
    assert told["took_s"] == pytest.approx(took_s, abs=0.001)
    expected = {Fault.BUSY: 429, Fault.BROKEN: 500, Fault.LOST: None, Fault.UNHEARD: None, Fault.RESET: None}
    assert told["status"] == expected.get(fault, 200)


def test_a_stale_answer_is_the_one_before():
    numbers = []

    class Asks(Looped):
        async def start_task(self, ctx, task, inputs):
            for _ in range(3):
                numbers.append((await ctx.http.arequest("GET", f"{URL}/x")).json()["number"])
            return TaskStatus.succeeded(pb.LiteralMap(literals=ONE))

    play(cast_of(Asks), Plan(fault=(2, Fault.STALE)))

    assert numbers == [1, 1, 2]


def test_what_hangs_on_the_loop_is_broken_off_in_real_time(monkeypatch):
    monkeypatch.setattr("volant.testing.kit_life.HUNG_S", 1.0)

    class Locked(Looped):
        async def check_task_status(self, ctx):
            lock = threading.Lock()
            return lock.acquire() and lock.acquire()

    life = play(cast_of(Locked), Plan())

    [place] = [text for text in life.blocking if text.startswith("it hangs at test_kit_life.py:")]
    assert place.endswith(", in check_task_status (plugin call 2, check_task_status)")
    told = "it was broken off after 1 s of real time: plugin call 2, check_task_status hangs at test_kit_life.py:"
    assert life.problem.startswith(told)
    assert [violation.rule for violation in violations(life, life)] == [2, 7]


def test_an_endless_loop_is_broken_off_too(monkeypatch):
    monkeypatch.setattr("volant.testing.kit_life.HUNG_S", 1.0)

    class Endless(Looped):
        async def start_task(self, ctx, task, inputs):
            while True:
                pass

    assert "in start_task" in play(cast_of(Endless), Plan()).problem


def test_what_hangs_in_a_thread_is_broken_off_and_left_to_itself(monkeypatch):
    monkeypatch.setattr("volant.testing.kit_life.HUNG_S", 1.0)
    never = threading.Event()

    class Waits(Threaded):
        def check_task_status(self, ctx):
            never.wait()

    life = play(cast_of(Waits), Plan())
    never.set()

    assert "plugin call 2, check_task_status hangs at test_kit_life.py:" in life.problem
    assert life.blocking == []
    assert [violation.rule for violation in violations(life, life)] == [2]


def test_what_hangs_once_its_engine_is_dead_is_left_to_itself_too(monkeypatch):
    monkeypatch.setattr("volant.testing.kit_life.HUNG_S", 1.0)
    never = threading.Event()

    class Stubborn(Threaded):
        def check_task_status(self, ctx):
            try:
                return super().check_task_status(ctx)
            except BaseException:
                never.wait()
                raise

    life = play(cast_of(Stubborn), Plan(kills=frozenset({Point(Moment.BEFORE_CALL, 2)})))
    never.set()

    assert "hangs at test_kit_life.py:" in life.problem
    assert life.step == "killed before outside call 2, GET /life-n0-0-reezbpa"


def test_a_plugin_that_hangs_undisturbed_is_waited_for_once(monkeypatch):
    monkeypatch.setattr("volant.testing.kit_life.HUNG_S", 1.0)
    starts = []

    class Locked(Looped):
        async def start_task(self, ctx, task, inputs):
            starts.append(ctx.generated_name)
            lock = threading.Lock()
            return lock.acquire() and lock.acquire()

    for _ in range(3):
        with pytest.raises(pytest.fail.Exception, match=r"rule 7 .* it hangs at"):
            Kit(cast_of(Locked), "TestIt", "killed", lambda *_: None).hold(kit_scenarios.commit_kills)

    assert len(starts) == 1


def test_a_life_without_end_is_broken_off():
    class Forever(Looped):
        async def check_task_status(self, ctx):
            return TaskStatus.running(check_after=SOON)

    class Forgotten(Looped):
        async def check_task_status(self, ctx):
            return TaskStatus.running()

    assert play(cast_of(Forever), Plan()).problem == "it was not over after 500 plugin calls"
    assert play(cast_of(Forgotten), Plan()).problem == "it was not over after 86400 s"


def test_a_fault_of_the_double_is_told_as_one():
    class Broken(Counter):
        async def handle(self, request):
            raise KeyError("oops")

    life = play(cast_of(Looped, service=Broken), Plan())

    assert life.problem == "the double raised KeyError: 'oops'"


def test_a_plugin_that_calls_outside_without_a_double_is_told_what_to_give():
    life = play(cast_of(Looped, service=None), Plan())

    assert life.phase is RunPhase.FAILED
    assert "this suite has no double" in life.attempts[0].error.message
    assert life.attempts[0].error.fix == "override the fixture `service`"


def test_time_in_threads_is_virtual_too():
    class Sleeps(Threaded):
        def start_task(self, ctx, task, inputs):
            time.sleep(30)
            return super().start_task(ctx, task, inputs)

    life = play(cast_of(Sleeps), Plan())

    assert life.lasted_s == 36
    assert not life.blocking


def test_what_blocks_the_loop_is_counted_and_does_not_block(tmp_path):
    class Blocks(Looped):
        async def start_task(self, ctx, task, inputs):
            time.sleep(3600)  # noqa: ASYNC251  that is the fault
            (tmp_path / "x").write_text("x")
            with pytest.raises(Exception, match="called on the engine's loop"):
                ctx.http.request("GET", f"{URL}/x")
            return await super().start_task(ctx, task, inputs)

    blocking = play(cast_of(Blocks), Plan()).blocking

    assert blocking == [
        "time.sleep(3600) (plugin call 1, start_task)",
        f"open('{tmp_path}/x', 'w') (plugin call 1, start_task)",
        f"http.request(GET {URL}/x) (plugin call 1, start_task)",
    ]


def test_background_work_goes_on_and_dies_with_its_engine():
    seen = []

    class Watches(Looped):
        def initialize(self, setup):
            setup.background(self.watch, "watch")

        async def watch(self):
            seen.append("begun")
            while True:
                await asyncio.sleep(1)
                seen.append("tick")

    life = play(cast_of(Watches), Plan(kills=frozenset({Point(Moment.AFTER_CALL, 3)})))

    assert life.phase is RunPhase.SUCCEEDED
    assert seen.count("begun") == 2
    assert seen.count("tick") in range(4, 8)


def test_an_upgrade_begins_with_the_older_plugin():
    class Newer(Looped):
        state_version = 2

        def upgrade_state(self, version, data):
            return State(data["looks"] + 100)

    plan = Plan(older=0, kills=frozenset({Point(Moment.AFTER_COMMIT, 3)}))
    life = play(cast_of(Newer, older=(Looped,)), plan)

    assert life.phase is RunPhase.SUCCEEDED
    assert [call.state for call in life.plugin_calls if call.state][-1].startswith(b'{"looks":10')


def test_a_deadline_in_the_middle_kills():
    life = play(cast_of(Threaded), Plan(timeout_s=3))

    assert life.phase is RunPhase.FAILED
    assert "kill_task" in [call.method for call in life.plugin_calls]
    assert life.jobs == []


class Pooled(Threaded):
    quotas: ClassVar = {"pool": PoolLimits(total=3, per_project=2)}

    def start_task(self, ctx, task, inputs):
        grant = ctx.quotas.request("pool")
        return super().start_task(ctx, task, inputs) if grant.granted else TaskStatus.not_ready(grant.message)


def test_a_pool_that_is_full_at_first_is_somebody_elses_for_two_minutes():
    [undisturbed, killed, *_] = [play(cast_of(Pooled), plan) for plan in kit_scenarios.full_pools(calm_of(Pooled))]

    first, second, *_ = undisturbed.plugin_calls
    assert "number 1 in line for pool 'pool': 3 of 3 tokens are held" in first.status.message
    assert (first.method, second.method, second.at_us - first.at_us) == ("start_task", "start_task", 120_000_000)
    assert [asked.granted for asked in undisturbed.asked] == [False, True]
    assert undisturbed.tokens == undisturbed.early == killed.early == []
    assert (undisturbed.phase, killed.phase) == (RunPhase.SUCCEEDED, RunPhase.SUCCEEDED)
    assert killed.step == "pool 'pool' full at first, then killed after plugin call 1, start_task"


def test_a_plugin_without_pools_or_limits_finds_none_full():
    class Unlimited(Pooled):
        quotas: ClassVar = {"pool": PoolLimits()}

    assert kit_scenarios.full_pools(calm_of(Looped)) == kit_scenarios.full_pools(calm_of(Unlimited)) == []


def test_who_is_aborted_in_line_leaves_it():
    plan = next(plan for plan in kit_scenarios.full_pools(calm_of(Pooled)) if plan.abort)

    life = play(cast_of(Pooled), plan)

    assert (life.phase, life.jobs, life.tokens) == (RunPhase.ABORTED, [], [])


@BOTH
def test_two_attempts_live_at_the_same_time(build):
    two = {"n": primitive(2)}
    work = WORK._replace(beside=Work(make_task("counted"), two, ONE))

    life = play(cast_of(build, work=work), Plan(lag_s=3))

    begun = {call.attempt: call.at_us - life.began_us for call in reversed(life.plugin_calls)}
    assert begun == {"n0#0": 0, "n1#0": 3_000_000}
    assert [dict(result.literals) for result in life.results] == [ONE, ONE]
    assert len({job.name for job in life.jobs}) == 2
    assert life.step == "a second attempt at the same time, begun 3 s later"


def test_of_two_attempts_at_once_both_have_asked_before_either_is_answered():
    services = []
    play(cast_of(Threaded, service=lambda: services.append(Counter()) or services[-1]), Plan(lag_s=0))

    assert [request.method for request in services[0].requests[:2]] == ["POST", "POST"]


def calm_of(build):
    return play(cast_of(build), Plan())


def test_a_hundred_lives_leave_no_thread_and_no_loop_behind():
    before = threading.active_count()

    for number in range(1, 6):
        for moment in Moment:
            play(cast_of(Threaded), Plan(kills=frozenset({Point(moment, number)})))
    gc.collect()  # an open loop would warn here, and warnings are errors

    assert threading.active_count() == before


def test_a_day_takes_no_time():
    class Sleeper(Looped):
        async def check_task_status(self, ctx):
            if ctx.state.looks:
                return TaskStatus.succeeded(pb.LiteralMap(literals=ONE))
            return TaskStatus.running(State(1), check_after=dt.timedelta(hours=20))

    assert play(cast_of(Sleeper), Plan()).lasted_s == 20 * 3600 + 2
