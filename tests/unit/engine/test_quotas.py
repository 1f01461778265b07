"""Pools of tokens, as plugins and their users see them. Source: `contracts.quotas`."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from volant.base.errors import SystemFault, UserError
from volant.base.ids import ActionName, AttemptKey
from volant.base.phases import ActionPhase
from volant.contracts.plugin import TaskContext, TaskPlugin
from volant.contracts.quotas import Grant, PoolLimits
from volant.contracts.rows import Change
from volant.contracts.status import StatusPhase, TaskStatus
from volant.engine.quotas import AttemptQuotas, Desk
from volant.stores.memory import MemoryStore
from volant.testing.engine_rig import Rig
from volant.testing.moved_clock import MovedClock
from volant.testing.scripted import done, flow, going
from volant.testing.store_rows import make_attempt, make_token
from volant.testing.store_scenes import owned

WIDE = flow({"a": "", "b": "", "c": ""})
ONE = {"slots": PoolLimits(total=1)}


def asks(amount: int = 1, pool: str = "slots", after: dt.timedelta | None = None) -> Any:
    """What a plugin does that needs tokens to start."""

    def step(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        grant = ctx.quotas.request(pool, amount)
        return going() if grant.granted else TaskStatus.not_ready(grant.message, check_after=after)

    return step


def needy(rig: Rig, *names: str, **more: Any) -> None:
    """Tasks that ask whenever they are started, and are looked at twice before they are done."""
    for name in names:
        rig.script(name, [_Needy(asks(**more))])


class _Needy:
    def __init__(self, start: Any) -> None:
        self._start = start

    def __call__(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
        if ctx.state is None:
            status: TaskStatus[Any] = self._start(ctx)
            return status if status.phase is StatusPhase.NOT_READY else going(state=0)
        return going(state=ctx.state + 1) if ctx.state < 1 else done(o=1)


def overlaps(rig: Rig) -> int:
    """How many attempts ran at once, at most."""
    running: set[str] = set()
    most = 0
    for event in rig.story:
        who, _, what = event.partition(" ")
        if "#" in who and what == "RUNNING":
            running.add(who)
        elif "#" in who and what in ("SUCCEEDED", "FAILED", "ABORTED"):
            running.discard(who)
        most = max(most, len(running))
    return most


def test_as_many_run_as_there_are_tokens_and_nobody_polls(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b", "c")

    run = rig.create("r", WIDE, {"a": 1})
    rig.play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert overlaps(rig) == 1
    starts = [event for event in rig.story if event.startswith("start ")]
    assert len(starts) == 5, "each once, and each that waited once more"
    assert rig.store.list_tokens() == []


def test_who_waits_says_its_place_and_who_holds_the_pool(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b", "c")

    run = rig.create("r", WIDE, {"a": 1})
    rig.play(until="check a#0")
    rig.turn()

    assert rig.action(run, "c").message == "number 2 in line for pool 'slots': 1 of 1 tokens are held (p 1)"
    rig.play()
    assert rig.action(run, "c").message == ""


def test_a_grant_wakes_at_once_who_wanted_to_be_asked_much_later(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b", after=dt.timedelta(hours=1))
    begun = rig.clock.us

    rig.create("r", flow({"a": "", "b": ""}), {"a": 1})
    rig.play()

    assert rig.clock.us - begun < 1_000_000


def test_the_next_engine_wakes_them_as_well(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b", after=dt.timedelta(hours=1))
    begun = rig.clock.us
    rig.create("r", flow({"a": "", "b": ""}), {"a": 1})
    rig.play(until="check a#0")
    rig.turn()

    rig.crash().play()

    assert rig.clock.us - begun < 1_000_000


def test_a_grant_between_the_answer_and_its_record_is_not_lost(make_rig: type[Rig]) -> None:
    """While `b` is being told to wait, `a` ends."""
    rig = make_rig(quotas=ONE)
    needy(rig, "a")

    def late(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        grant = ctx.quotas.request("slots")
        if grant.granted:
            return done(o=1)
        rows = rig.store.list_tokens()
        rig.play(until="finalize a#0")
        for _ in range(3):
            rig.turn()
        assert rig.store.list_tokens() != rows, "the grant has come"
        return TaskStatus.not_ready(grant.message, check_after=dt.timedelta(days=1))

    rig.script("b", [late])
    begun = rig.clock.us

    run = rig.create("r", flow({"a": "", "b": ""}), {"a": 1})
    rig.play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert rig.clock.us - begun < 1_000_000


def test_the_next_engine_starts_at_once_who_was_granted_while_nobody_listened(make_rig: type[Rig]) -> None:
    """The engine that let go of the tokens died in the same moment."""
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b", after=dt.timedelta(hours=1))
    begun = rig.clock.us
    rig.create("r", flow({"a": "", "b": ""}), {"a": 1})
    rig.play(until="finalize a#0")
    while [row.action for row in rig.store.list_tokens() if row.granted] != ["b"]:
        rig.turn()

    rig.crash().play()

    assert rig.clock.us - begun < 1_000_000


def test_a_start_that_was_woken_and_raised_is_repeated_soon(make_rig: type[Rig]) -> None:
    """Not only when it had wanted to be asked again; it holds its tokens already."""
    rig = make_rig(quotas=ONE)
    needy(rig, "a")
    answers: list[Exception | TaskStatus[Any]] = [ConnectionError("no answer"), done(o=1)]

    def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
        grant = ctx.quotas.request("slots")
        if not grant.granted:
            return TaskStatus.not_ready(grant.message, check_after=dt.timedelta(hours=1))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    rig.script("b", [start])
    begun = rig.clock.us

    run = rig.create("r", flow({"a": "", "b": ""}), {"a": 1})
    rig.play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert rig.clock.us - begun < 2_000_000


def test_an_abandoned_run_in_line_does_not_hold_up_the_others(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b")
    lease, abandoned = owned(rig.store, "abandoned")
    rig.store.commit(lease, [Change(abandoned, (make_attempt(abandoned, "n"),))])
    run = rig.create("r", flow({"a": "", "b": ""}), {"a": 1})
    rig.play(until="start a#0")
    rig.store.ask(lease, [make_token(abandoned, "n", pool="slots")], ONE)
    rig.store.kill(lease.engine)

    rig.play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert [row.granted for row in rig.store.list_tokens()] == [False]


def test_several_pools_are_asked_for_in_one_order_lest_two_attempts_wait_for_each_other(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas={"oven": PoolLimits(total=1), "table": PoolLimits(total=1)})

    def in_order(*pools: str) -> Any:
        def start(ctx: TaskContext[Any]) -> TaskStatus[Any]:
            grants = [ctx.quotas.request(pool) for pool in pools]
            return going() if all(grant.granted for grant in grants) else TaskStatus.not_ready(grants[-1].message)

        return start

    rig.script("a", [in_order("oven", "table", "oven"), done(o=1)])
    rig.script("b", [in_order("table", "oven")])

    run = rig.create("r", flow({"a": "", "b": "a"}), {"a": 1})
    rig.play()

    assert rig.action(run, "a").phase is ActionPhase.SUCCEEDED
    error = rig.action(run, "b").error
    assert error is not None
    assert error.message == "pool 'oven' was asked for after pool 'table'"
    assert error.fix == "ask for several pools in the order of their names, whatever the task"
    assert rig.store.list_tokens() == []


@pytest.mark.parametrize(
    "moment", ["start a#0", "a#0 RUNNING", "start b#0", "a#0 SUCCEEDED", "finalize a#0", "check b#0"]
)
def test_wherever_an_engine_dies_tokens_are_neither_lost_nor_given_twice(make_rig: type[Rig], moment: str) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b", "c")
    run = rig.create("r", WIDE, {"a": 1})
    rig.play(until=moment)
    assert moment in rig.story

    rig.crash().play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert overlaps(rig) == 1
    assert rig.store.list_tokens() == []


def test_who_is_aborted_while_it_waits_leaves_the_line(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    needy(rig, "a", "b")
    one, two = rig.create("one", flow({"a": ""}), {"a": 1}), rig.create("two", flow({"b": ""}), {"a": 1})
    rig.play(until="start b#0")

    rig.abort(two)
    rig.play()

    assert rig.events(one)[-1] == "WF SUCCEEDED"
    assert rig.events(two)[-1] == "WF ABORTED"
    assert rig.store.list_tokens() == []


def test_a_retry_asks_anew_and_its_failed_attempt_has_let_go(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    rig.script("a", [asks(), TaskStatus.retryable_failure("Boom", "no luck")])
    rig.script("a", [asks(), done(o=1)], attempt=1)

    run = rig.create("r", flow({"a": ""}, a={"retries": 1}), {"a": 1})
    rig.play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert rig.store.list_tokens() == []


def test_tokens_are_held_until_finalize_has_returned(make_rig: type[Rig]) -> None:
    rig = make_rig(quotas=ONE)
    held: list[int] = []
    rig.script("a", [asks(), done(o=1)], finalize=[lambda _: held.append(len(rig.store.list_tokens()))])

    rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play()

    assert held == [1]
    assert rig.store.list_tokens() == []


def test_a_plugin_without_finalize_lets_go_with_its_end(make_rig: type[Rig]) -> None:
    class Plain(TaskPlugin[Any]):
        id = "plain"
        task_types = frozenset({"plain"})
        state_type = object
        quotas = ONE

        def start_task(self, ctx: TaskContext[Any], task: Any, inputs: Any) -> TaskStatus[Any]:
            status: TaskStatus[Any] = asks()(ctx)
            return status

        def check_task_status(self, ctx: TaskContext[Any]) -> TaskStatus[Any]:
            return done(o=1)

    rig = make_rig(Plain)
    run = rig.create("r", flow({"a": "", "b": ""}, a={"task_type": "plain"}, b={"task_type": "plain"}), {"a": 1})
    rig.play()

    assert rig.events(run)[-1] == "WF SUCCEEDED"
    assert rig.store.list_tokens() == []


@pytest.mark.parametrize(
    ("wanted", "message", "fix"),
    [
        ({"pool": "slot"}, "there is no pool 'slot'; the pools are: slots", "did you mean 'slots'?"),
        ({"pool": "oven"}, "there is no pool 'oven'; the pools are: slots", "add [quotas.oven] to the settings"),
        ({"amount": 3}, "3 tokens of pool 'slots' were asked for; 1 to 2 can be had", "raise [quotas.slots]"),
        ({"amount": 0}, "0 tokens of pool 'slots' were asked for; 1 to 2 can be had", "ask for fewer"),
    ],
)
def test_what_can_never_be_granted_fails_the_attempt_and_says_why(
    make_rig: type[Rig], wanted: dict[str, Any], message: str, fix: str
) -> None:
    rig = make_rig(quotas={"slots": PoolLimits(total=5, per_project=2)})
    needy(rig, "a", **wanted)

    run = rig.create("r", flow({"a": ""}), {"a": 1})
    rig.play()

    error = rig.action(run, "a").error
    assert error is not None
    assert error.message == message
    assert fix in error.fix


# ------------------------------------------------------------------------------------- asked from a loop, and late


class _Desk:
    """A desk on a store with one run and some attempts."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.lease, self.run = owned(self.store)
        self.rows = [make_attempt(self.run, f"n{n}") for n in range(5)]
        self.store.commit(self.lease, [Change(self.run, tuple(self.rows))])
        self.desk = Desk(self.store, self.lease, MovedClock(), {"slots": PoolLimits(total=2)})

    def quotas(self, n: int) -> AttemptQuotas:
        row = self.rows[n]
        return AttemptQuotas(self.desk, AttemptKey(self.run, ActionName(row.action), 0), row.generated_name)


def test_the_blocking_question_is_refused_on_the_loop() -> None:
    quotas = _Desk().quotas(0)

    async def ask() -> Grant:
        return quotas.request("slots")

    with pytest.raises(SystemFault, match="would block the engine's loop") as caught:
        asyncio.run(ask())

    assert "arequest" in caught.value.fix


def test_what_is_asked_on_the_loop_at_a_time_is_asked_in_one_transaction() -> None:
    counted = _Counting()
    desk = _Desk(counted)

    async def ask() -> list[Grant]:
        return await asyncio.gather(*(desk.quotas(n).arequest("slots") for n in range(5)))

    grants = asyncio.run(ask())

    assert [grant.granted for grant in grants] == [True, True, False, False, False]
    assert [grant.place for grant in grants] == [0, 0, 1, 2, 3]
    assert counted.asked == [5]


def test_whoever_is_cancelled_does_not_take_along_those_who_ask_beside_it() -> None:
    desk = _Desk()

    async def ask() -> Grant:
        first = asyncio.create_task(desk.quotas(0).arequest("slots"))
        second = asyncio.create_task(desk.quotas(1).arequest("slots"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(ask()).granted


def test_one_that_is_refused_does_not_spoil_it_for_those_who_ask_beside_it() -> None:
    desk = _Desk(_Counting())
    stranger = AttemptQuotas(desk.desk, AttemptKey(desk.run, ActionName("gone"), 0), "gone")

    async def ask() -> list[Any]:
        everybody = [desk.quotas(0), stranger, desk.quotas(1)]
        return await asyncio.gather(*(each.arequest("slots") for each in everybody), return_exceptions=True)

    first, refused, second = asyncio.run(ask())

    assert [first.granted, second.granted] == [True, True]
    assert isinstance(refused, UserError)
    stranger.let_go()
    assert not desk.desk.has_waiters


def test_a_call_past_its_deadline_that_asks_after_all_is_over_gets_nothing() -> None:
    desk = _Desk()
    quotas = desk.quotas(0)
    assert quotas.let_go() == ()

    with pytest.raises(SystemFault, match="is over"):
        quotas.request("slots")

    assert desk.store.list_tokens() == []
    assert not desk.desk.has_waiters


class _Counting(MemoryStore):
    """Remembers how many were asked for at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def ask(self, lease: Any, wanted: Any, limits: Any) -> Any:
        self.asked.append(len(wanted))
        return super().ask(lease, wanted, limits)
