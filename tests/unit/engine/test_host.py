"""Plugin calls: sync ones in threads of the plugin's own, async ones on the loop, each answered exactly once."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, cast

import pytest

from volant.base.clock import SECOND_US
from volant.contracts.plugin import PluginProperties, TaskPlugin
from volant.engine.host import THREADS_PER_PLUGIN, CallTimeoutError, Host
from volant.engine.outbox import Call
from volant.engine.plugin_table import Entry
from volant.testing.moved_clock import MovedClock
from volant.testing.virtual_loop import VirtualLoop

DEADLINE_S = 30


class Asked(NamedTuple):
    """What a host looks at of an attempt."""

    entry: Entry
    context: Any = None


class Answers:
    """A host, and what it answered, in order."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.host = Host(self._answered, DEADLINE_S * SECOND_US)
        self._news = asyncio.Event()

    def _answered(self, _: Call, result: Any) -> None:
        self.given.append(result)
        self._news.set()

    def call(self, plugin: TaskPlugin[Any]) -> None:
        self.host.call(Call(cast("Any", None), cast("Any", Asked(Entry(plugin))), "check"))

    async def until(self, count: int) -> None:
        while len(self.given) < count:
            self._news.clear()
            await self._news.wait()


def plugin(check: Callable[..., Any], *, name: str = "p", inline: bool = False) -> TaskPlugin[Any]:
    made = type(
        "Made",
        (TaskPlugin,),
        {
            "id": name, "task_types": frozenset({name}), "state_type": dict,
            "properties": PluginProperties(inline=inline), "check_task_status": check,
        },
    )  # fmt: skip
    found: TaskPlugin[Any] = made()
    return found


def play(scene: Callable[[Answers], Coroutine[Any, Any, None]]) -> Answers:
    async def within() -> Answers:
        answers = Answers()
        try:
            await scene(answers)
        finally:
            await answers.host.close()
        return answers

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(MovedClock())) as runner:
        return runner.run(within())


# ------------------------------------------------------------------------------------------------------ threads


def test_a_sync_call_runs_in_a_thread_of_its_plugin_and_the_loop_stays_free() -> None:
    where: list[str] = []

    async def scene(answers: Answers) -> None:
        answers.call(plugin(lambda _self, _ctx: where.append(threading.current_thread().name), name="mine"))
        assert answers.host.in_flight == 1
        await answers.until(1)
        assert answers.host.in_flight == 0

    assert play(scene).given == [None]
    assert where[0].startswith("volant-mine")


def test_one_plugin_whose_threads_are_all_busy_holds_up_no_other() -> None:
    go = threading.Event()

    async def scene(answers: Answers) -> None:
        busy = plugin(lambda _self, _ctx: go.wait(), name="busy")
        for _ in range(THREADS_PER_PLUGIN + 1):
            answers.call(busy)
        answers.call(plugin(lambda _self, _ctx: go.set() or "other", name="other"))
        await answers.until(THREADS_PER_PLUGIN + 2)

    given = play(scene).given
    assert sorted(map(str, given)) == ["True"] * (THREADS_PER_PLUGIN + 1) + ["other"]


def test_a_sync_call_that_raises_stop_iteration_is_answered_as_well() -> None:
    """An empty `next(...)`; asyncio's futures refuse to hold it."""

    def raises(_self: Any, _ctx: Any) -> None:
        next(iter(()))

    async def scene(answers: Answers) -> None:
        answers.call(plugin(raises))
        await answers.until(1)

    [answer] = play(scene).given
    assert isinstance(answer, RuntimeError)
    assert str(answer).endswith("raises raised StopIteration")


def test_what_a_call_raises_is_its_answer() -> None:
    problem = ValueError("mine")

    def raises(_self: Any, _ctx: Any) -> None:
        raise problem

    async def araises(_self: Any, _ctx: Any) -> None:
        raise problem

    async def scene(answers: Answers) -> None:
        for check in (raises, araises):
            answers.call(plugin(check, name=check.__name__))
        answers.call(plugin(araises, name="inline", inline=True))
        await answers.until(3)

    assert play(scene).given == [problem] * 3


def test_other_work_shares_the_threads_of_its_plugin() -> None:
    async def scene(answers: Answers) -> None:
        name = await answers.host.in_thread("mine", lambda: threading.current_thread().name)
        assert name.startswith("volant-mine")

    play(scene)


# ---------------------------------------------------------------------------------------------------- deadline


def test_a_sync_call_past_its_deadline_is_answered_once_and_its_late_result_counts_no_more() -> None:
    go, done = threading.Event(), threading.Event()

    def stuck(_self: Any, _ctx: Any) -> str:
        go.wait()
        done.set()
        return "late"

    async def scene() -> list[Any]:
        answers, answered = Answers(), asyncio.Event()
        host = Host(lambda _, result: (answers.given.append(result), answered.set()), 1000)
        host.call(Call(cast("Any", None), cast("Any", Asked(Entry(plugin(stuck)))), "check"))
        await answered.wait()
        assert host.in_flight == 0
        go.set()
        await asyncio.to_thread(done.wait)
        await host.in_thread("p", int)  # behind the late one
        await host.close()
        return answers.given

    given = asyncio.run(scene())  # a thread that hangs holds virtual time still

    assert [type(each) for each in given] == [CallTimeoutError]
    assert str(given[0]) == "check took longer than 0.001 s"


def test_an_async_call_past_its_deadline_is_cancelled() -> None:
    ends: list[str] = []

    async def waits(_self: Any, _ctx: Any) -> None:
        try:
            await asyncio.sleep(DEADLINE_S + 1)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    async def scene(answers: Answers) -> None:
        answers.call(plugin(waits))
        await answers.until(1)

    assert [str(each) for each in play(scene).given] == [f"check took longer than {DEADLINE_S} s"]
    assert ends == ["cancelled"]


def test_a_timeout_of_the_plugins_own_is_not_mistaken_for_the_deadline() -> None:
    async def gives_up(_self: Any, _ctx: Any) -> None:
        async with asyncio.timeout(1):
            await asyncio.sleep(2)

    async def scene(answers: Answers) -> None:
        answers.call(plugin(gives_up))
        await answers.until(1)

    assert [type(each) for each in play(scene).given] == [TimeoutError]


# ------------------------------------------------------------------------------------------------------ inline


def test_an_inline_call_is_answered_before_it_returns() -> None:
    async def at_once(_self: Any, _ctx: Any) -> str:
        return "here"

    async def scene(answers: Answers) -> None:
        answers.call(plugin(at_once, inline=True))
        assert answers.given == ["here"]

    play(scene)


def test_an_inline_call_that_waits_is_told_so() -> None:
    async def waits(_self: Any, _ctx: Any) -> None:
        await asyncio.sleep(0)

    async def scene(answers: Answers) -> None:
        answers.call(plugin(waits, inline=True))

    given = play(scene).given
    assert [str(each) for each in given] == ["plugin p is declared inline, but check waited for something"]


# -------------------------------------------------------------------------------------------------------- close


def test_closing_answers_nobody_and_cancels_what_is_on_the_loop() -> None:
    async def for_ever(_self: Any, _ctx: Any) -> None:
        await asyncio.get_running_loop().create_future()

    async def scene(answers: Answers) -> None:
        answers.call(plugin(for_ever))
        await asyncio.sleep(0)
        await answers.host.close()
        assert answers.host.in_flight == 0

    assert play(scene).given == []


@pytest.mark.parametrize("kind", ["check", "kill"])
def test_a_method_that_is_missing_is_the_answer_and_no_crash(kind: Any) -> None:
    async def scene(answers: Answers) -> None:
        class Empty(TaskPlugin[Any]):
            id = "empty"
            task_types = frozenset({"empty"})
            state_type = dict

        answers.host.call(Call(cast("Any", None), cast("Any", Asked(Entry(Empty()))), kind))
        await answers.until(1)

    assert len(play(scene).given) == 1
