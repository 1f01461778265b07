"""Work beside calls: begun anew when it fails, less often each time, and cancelled with the engine."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from volant.base.errors import SystemFault
from volant.base.log import get_log
from volant.engine.background import FIRST_WAIT_S, LONGEST_WAIT_S, Background
from volant.testing.moved_clock import MovedClock
from volant.testing.virtual_loop import VirtualLoop

LOG = get_log("plugin.mine")


def play(scene: Callable[[Background], Coroutine[Any, Any, None]]) -> None:
    async def within() -> None:
        background = Background()
        try:
            await scene(background)
        finally:
            await background.close()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(MovedClock())) as runner:
        runner.run(within())


def now() -> float:
    return asyncio.get_running_loop().time()


def test_work_that_fails_is_begun_anew_after_waits_that_double_up_to_half_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun: list[float] = []

    async def scene(background: Background) -> None:
        enough = asyncio.Event()

        async def fails() -> None:
            begun.append(now())
            if len(begun) == 12:
                enough.set()
            raise ValueError("no answer")

        background.begin(fails, "mine: watch", LOG)
        await enough.wait()

    play(scene)

    waits = [round(later - before, 3) for before, later in itertools.pairwise(begun)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert caplog.messages[0] == "mine: watch: begun anew in 0.1 s: ValueError: no answer"


def test_work_that_went_well_for_a_while_is_begun_anew_soon() -> None:
    ends: list[float] = []
    begun: list[float] = []

    async def scene(background: Background) -> None:
        enough = asyncio.Event()

        async def fails_late() -> None:
            begun.append(now())
            if len(begun) == 4:
                enough.set()
            await asyncio.sleep(LONGEST_WAIT_S + 1)
            ends.append(now())
            raise ValueError

        background.begin(fails_late, "watch", LOG)
        await enough.wait()

    play(scene)

    assert [round(later - end, 3) for end, later in zip(ends, begun[1:], strict=True)] == [FIRST_WAIT_S] * 3


def test_work_that_returns_is_done() -> None:
    begun: list[float] = []

    async def scene(background: Background) -> None:
        async def returns() -> None:
            begun.append(now())

        background.begin(returns, "once", LOG)
        await asyncio.sleep(1000)

    play(scene)
    assert len(begun) == 1


def test_work_is_cancelled_when_the_engine_stops_whether_it_runs_or_waits_to_be_begun_anew() -> None:
    ends: list[str] = []

    async def scene(background: Background) -> None:
        async def runs() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ends.append("runs")

        async def fails() -> None:
            ends.append("fails")
            raise ValueError

        background.begin(runs, "runs", LOG)
        background.begin(fails, "fails", LOG)
        await asyncio.sleep(FIRST_WAIT_S / 2)
        await background.close()
        await background.close()
        await asyncio.sleep(1000)

    play(scene)
    assert ends == ["fails", "runs"]


def test_work_that_will_not_go_holds_up_the_end_for_a_second_only() -> None:
    async def scene(background: Background) -> None:
        async def stays() -> None:
            for _ in range(2):
                try:
                    await asyncio.sleep(5)
                except asyncio.CancelledError:
                    continue

        background.begin(stays, "stays", LOG)
        await asyncio.sleep(0)
        before = now()
        await background.close()
        assert round(now() - before, 3) == 1

    play(scene)


def test_what_it_waits_for_may_be_cancelled_without_an_end_of_the_work() -> None:
    begun: list[float] = []

    async def scene(background: Background) -> None:
        enough = asyncio.Event()

        async def waits() -> None:
            begun.append(now())
            if len(begun) == 2:
                enough.set()
            call = asyncio.get_running_loop().create_future()
            call.cancel()
            await call

        background.begin(waits, "watch", LOG)
        await enough.wait()

    play(scene)
    assert len(begun) == 2


def test_work_is_refused_off_the_loop_and_once_the_engine_stops() -> None:
    refused: list[str] = []

    async def work() -> None:
        raise AssertionError

    def begin(background: Background) -> None:
        with pytest.raises(SystemFault) as caught:
            background.begin(work, "mine: watch", LOG)
        refused.append(str(caught.value))

    async def scene(background: Background) -> None:
        await asyncio.to_thread(begin, background)
        await background.close()
        begin(background)

    play(scene)

    assert refused == [
        "mine: watch: work in the background begins on the engine's loop only",
        "mine: watch: the engine stops, and begins nothing in the background any more",
    ]
