"""The engine's moments, and its changes on their way."""

from volant.base.ids import ActionName, RunId
from volant.compiler.build import load_plan
from volant.contracts.rows import Change
from volant.engine.outbox import Outbox, RunOver
from volant.engine.run_state import RunState
from volant.engine.timers import Timers
from volant.testing import builders
from volant.testing.scripted import flow

ONE, TWO = RunId("p:d:one"), RunId("p:d:two")
NODE = ActionName("n0")


def test_moments_come_up_in_order_and_those_of_one_moment_as_they_were_set() -> None:
    timers = Timers()
    timers.set(30, "look", ONE, NODE, 1)
    timers.set(10, "deadline", ONE, NODE)
    timers.set(10, "patience", TWO, NODE)

    assert timers.next_us() == 10
    assert [(timer.kind, timer.run) for timer in timers.due(29, 9)] == [("deadline", ONE), ("patience", TWO)]
    assert [timer.attempt for timer in timers.due(30, 9)] == [1]
    assert timers.next_us() is None


def test_no_more_moments_are_taken_than_asked_for() -> None:
    timers = Timers()
    for due in range(5):
        timers.set(due, "look", ONE, NODE)

    assert len(timers.due(100, 3)) == 3
    assert len(timers.due(100, 3)) == 2


def test_changes_leave_in_order_with_their_effects() -> None:
    outbox = Outbox()
    plan = flow({"a": ""})
    over = RunOver(RunState(builders.run_row(ONE, plan), load_plan(plan), 0))
    outbox.put(Change(ONE), [over], urgent=False, now_us=5)
    outbox.put(Change(TWO), urgent=True, now_us=9)

    assert (len(outbox), outbox.is_urgent, outbox.lazy_since_us) == (2, True, 5)
    first = outbox.take(1)
    assert (first.changes, first.effects) == ([Change(ONE)], [(ONE, over)])
    assert outbox.take(9).changes == [Change(TWO)]
    assert not outbox.is_urgent


def test_an_informative_change_may_wait_until_somebody_is_in_a_hurry() -> None:
    outbox = Outbox()
    outbox.hurry()
    outbox.put(Change(ONE), urgent=False, now_us=5)
    assert not outbox.is_urgent

    outbox.hurry()

    assert outbox.is_urgent


def test_a_lost_runs_changes_are_forgotten_and_the_others_kept() -> None:
    outbox = Outbox()
    for run in (ONE, TWO, ONE):
        outbox.put(Change(run), urgent=True, now_us=5)

    outbox.drop(ONE)

    assert outbox.take(9).changes == [Change(TWO)]


def test_nobody_waits_for_what_was_forgotten() -> None:
    outbox = Outbox()
    outbox.put(Change(ONE), urgent=True, now_us=5)

    outbox.drop(ONE)
    outbox.put(Change(TWO), urgent=False, now_us=9)

    assert not outbox.is_urgent
