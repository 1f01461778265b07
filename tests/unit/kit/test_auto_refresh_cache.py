"""The cache that is kept fresh in the background, under virtual time."""

import asyncio
import datetime as dt
import math
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from volant.base.errors import UserError
from volant.contracts.http import HttpUnavailableError
from volant.engine.background import Background
from volant.engine.host import Host
from volant.engine.setup import Setup
from volant.kit.auto_refresh_cache import AutoRefreshCache
from volant.testing.moved_clock import MovedClock
from volant.testing.virtual_loop import VirtualLoop

REFRESH = dt.timedelta(seconds=10)
Items = Mapping[str, str]


class Scene:
    """A service whose things are strings, and a cache over it.

    Attributes:
        truth: What it says of each; what is missing is "?".
        poison: What makes calls fail.
        error: What every call raises.
        calls: The names asked about, in one string a call.
        woken: (name, item) as told to owners.
    """

    def __init__(self) -> None:
        self.truth: dict[str, str] = {}
        self.poison: set[str] = set()
        self.error: BaseException | None = None
        self.calls: list[str] = []
        self.woken: list[tuple[str, str]] = []
        self.clock = MovedClock()
        self.background = Background()
        self.host = Host(lambda *_: None, 60_000_000)

    def cache(self, sync: Any = None, **options: Any) -> AutoRefreshCache[str]:
        facts: Any = SimpleNamespace(http=None, secrets=None, wake=None)
        made: AutoRefreshCache[str] = AutoRefreshCache(
            sync or self.ask, refresh=REFRESH, **{"changed": self.changed, "jitter": 0.0, **options}
        )
        made.start(Setup("mine", {}, {}, self.clock, facts, self.host, self.background))
        return made

    def changed(self, name: str, item: str) -> None:
        self.woken.append((name, item))

    async def ask(self, items: Items) -> Items:
        self.calls.append("".join(items))
        await asyncio.sleep(0.001)
        if self.error is not None:
            raise self.error
        if self.poison & items.keys():
            raise ValueError("one of them")
        return {name: self.truth.get(name, "?") for name in items}


def play(act: Callable[[Scene], Coroutine[Any, Any, None]]) -> Scene:
    scene = Scene()
    loop = VirtualLoop(scene.clock)

    async def within() -> None:
        await act(scene)
        await scene.background.close()
        await scene.host.close()

    try:
        loop.run_until_complete(within())
    finally:
        loop.close()
    return scene


def test_a_new_item_is_asked_about_at_once_and_then_every_refresh() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()
        assert cache.get_or_create("a", "new") == "new"
        assert cache.synced_us("a") == 0
        await asyncio.sleep(1)
        assert cache.get("a") == "?"
        assert cache.get_or_create("a", "newer") == "?"
        assert scene.clock.us - cache.synced_us("a") == pytest.approx(999_000, abs=100)
        await asyncio.sleep(34)

    assert play(act).calls == ["a"] * 4


def test_five_thousand_items_are_asked_about_in_full_calls() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(jitter=0.1)
        for number in range(5000):
            cache.get_or_create(f"{number},", "new")
        await asyncio.sleep(100)
        assert len(cache) == 5000

    sizes = [call.count(",") for call in play(act).calls]
    assert set(sizes) == {100}
    assert len(sizes) <= 11 * 56


def test_items_drift_apart_though_they_came_together() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(jitter=0.1)
        for number in range(1000):
            cache.get_or_create(f"{number},", "new")
        await asyncio.sleep(0.1)
        assert len(scene.calls) == 10
        times = []
        for _ in range(100):
            before = len(scene.calls)
            await asyncio.sleep(0.1)
            times.append(len(scene.calls) - before)
        assert max(times) <= 4

    play(act)


def test_sync_functions_run_in_the_plugins_threads() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(lambda items: dict.fromkeys(items, "seen"))
        cache.get_or_create("a", "new")
        await asyncio.sleep(1)
        assert cache.get("a") == "seen"

    assert play(act).woken == [("a", "seen")]


def test_every_thread_may_use_it() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()

        def elsewhere() -> str:
            return cache.get_or_create("a", "new")

        with ThreadPoolExecutor(1) as thread:
            loop = asyncio.get_running_loop()
            assert await loop.run_in_executor(thread, elsewhere) == "new"
            await asyncio.sleep(1)
            assert cache.get("a") == "?"
            await loop.run_in_executor(thread, cache.refresh_now, "a")
            await asyncio.sleep(1)

    assert play(act).calls == ["a", "a"]


def test_an_owner_is_woken_when_something_changed_and_only_then() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()
        cache.get_or_create("a", "?")
        await asyncio.sleep(15)
        assert scene.woken == []
        scene.truth["a"] = "more"
        await asyncio.sleep(30)

    assert play(act).woken == [("a", "more")]


def test_what_a_call_leaves_out_is_unchanged_and_what_nobody_asked_about_is_ignored() -> None:
    async def act(scene: Scene) -> None:
        async def answer(items: Items) -> Items:
            return {"b": "seen", "c": "stranger"}

        cache = scene.cache(answer)
        cache.get_or_create("a", "new")
        cache.get_or_create("b", "new")
        await asyncio.sleep(1)
        assert [cache.get(name) for name in "abc"] == ["new", "seen", None]

    assert play(act).woken == [("b", "seen")]


def test_terminal_items_are_not_asked_about_any_more() -> None:
    async def act(scene: Scene) -> None:
        scene.truth["a"] = "over"
        cache = scene.cache(is_terminal=lambda item: item == "over")
        cache.get_or_create("a", "new")
        cache.get_or_create("b", "over")
        await asyncio.sleep(60)
        cache.refresh_now("a")
        await asyncio.sleep(60)
        assert (cache.get("a"), cache.get("b")) == ("over", "over")

    assert play(act).calls == ["a"]


def test_an_answer_about_a_forgotten_item_is_dropped() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()
        cache.get_or_create("a", "new")
        await asyncio.sleep(0.0005)
        cache.forget("a")
        await asyncio.sleep(60)
        assert cache.get("a") is None

    scene = play(act)
    assert (scene.calls, scene.woken) == (["a"], [])


def test_an_answer_about_a_replaced_item_is_dropped_and_the_new_one_asked_about_after_it() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()
        cache.get_or_create("a", "new")
        await asyncio.sleep(0.0005)
        cache.put("a", "newer")
        await asyncio.sleep(0.001)
        assert (cache.get("a"), scene.calls) == ("newer", ["a", "a"])
        await asyncio.sleep(1)
        assert cache.get("a") == "?"

    assert play(act).calls == ["a", "a"]


def test_news_during_a_call_are_asked_about_after_it() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()
        cache.get_or_create("a", "new")
        await asyncio.sleep(0.0005)
        cache.refresh_now("a")
        await asyncio.sleep(1)

    assert play(act).calls == ["a", "a"]


def test_a_poison_item_is_found_at_once_and_hurts_nobody_else() -> None:
    async def act(scene: Scene) -> None:
        scene.poison = {"c"}
        cache = scene.cache()
        for name in "abcdefgh":
            cache.get_or_create(name, "new")
        await asyncio.sleep(0.1)
        assert [cache.get(name) for name in "abcdefgh"] == ["?", "?", "new", "?", "?", "?", "?", "?"]
        failures = cache.failures("c")
        assert failures.times == 1
        assert failures.last.startswith("ValueError: one of them (test_auto_refresh_cache.py:")
        assert cache.failures("a") == (0, "")
        scene.calls.clear()
        await asyncio.sleep(35)
        assert "c" in scene.calls
        assert all(call == "c" for call in scene.calls if "c" in call)
        scene.poison = set()
        await asyncio.sleep(60)
        assert (cache.get("c"), cache.failures("c").times) == ("?", 0)

    play(act)


def test_a_service_that_is_down_is_not_asked_about_each_item() -> None:
    async def act(scene: Scene) -> None:
        scene.error = ConnectionResetError("down")
        cache = scene.cache()
        for number in range(100):
            cache.get_or_create(f"{number},", "new")
        await asyncio.sleep(9)

    assert (
        len(play(act).calls) <= 2 * math.ceil(math.log2(100)) + 2
    )  # down to two items, and each half beside them once


def test_failures_are_followed_by_waits_that_double_up_to_a_limit() -> None:
    async def act(scene: Scene) -> None:
        scene.error = ConnectionResetError("down")
        times: list[float] = []

        async def ask(items: Items) -> Items:
            times.append(round(asyncio.get_running_loop().time()))
            return await scene.ask(items)

        cache = scene.cache(ask, max_back_off=dt.timedelta(seconds=30))
        cache.get_or_create("a", "new")
        await asyncio.sleep(130)
        assert times == [0, 10, 30, 60, 90, 120]
        cache.refresh_now("a")
        scene.error = None
        await asyncio.sleep(15)
        assert times[6:] == [130, 140]

    play(act)


def test_an_owner_is_woken_when_failures_reach_the_limit() -> None:
    async def act(scene: Scene) -> None:
        scene.error = ConnectionResetError("down")
        cache = scene.cache(failure_limit=3, max_back_off=REFRESH)
        cache.get_or_create("a", "new")
        await asyncio.sleep(15)
        assert scene.woken == []
        await asyncio.sleep(10)
        assert cache.failures("a").times == 3
        assert cache.failures("a").last.startswith("ConnectionResetError: down (test_auto_refresh_cache.py:")

    assert play(act).woken == [("a", "new")]


def test_a_service_that_says_when_to_come_again_is_left_alone_until_then() -> None:
    async def act(scene: Scene) -> None:
        scene.error = HttpUnavailableError("429", status=429, retry_after=dt.timedelta(seconds=40))
        cache = scene.cache()
        cache.get_or_create("a", "new")
        cache.get_or_create("b", "new")
        await asyncio.sleep(39)

    assert play(act).calls == ["ab"]


def test_a_call_that_takes_too_long_has_failed() -> None:
    async def act(scene: Scene) -> None:
        async def hang(items: Items) -> Items:
            await asyncio.sleep(1000)
            return {}

        cache = scene.cache(hang, timeout=dt.timedelta(seconds=5))
        cache.get_or_create("a", "new")
        await asyncio.sleep(6)
        assert cache.failures("a") == (1, "SystemFault: no answer within 5 s")

    play(act)


def test_whatever_goes_wrong_in_a_call_no_item_is_lost() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache()
        cache.get_or_create("a", "new")
        scene.error = asyncio.CancelledError()
        await asyncio.sleep(1)
        assert cache.failures("a").times == 1
        scene.error = None
        await asyncio.sleep(15)
        assert cache.get("a") == "?"

    play(act)


def test_a_function_that_answers_in_another_form_is_told_so() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(lambda items: list(items))
        cache.get_or_create("a", "new")
        await asyncio.sleep(1)
        assert "returned list, not the new items by id" in cache.failures("a").last

    play(act)


def test_an_owner_that_cannot_be_told_stops_nobody() -> None:
    async def act(scene: Scene) -> None:
        def changed(name: str, item: str) -> None:
            raise RuntimeError("no")

        cache = scene.cache(changed=changed)
        cache.get_or_create("a", "new")
        await asyncio.sleep(25)

    assert play(act).calls == ["a"] * 3


def test_a_full_cache_drops_terminal_items_first_and_wakes_nobody_for_them() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(capacity=2, is_terminal=lambda item: item == "over")
        cache.get_or_create("a", "over")
        cache.get_or_create("b", "new")
        cache.get_or_create("c", "new")
        assert (len(cache), cache.get("a"), cache.get("b")) == (2, None, "new")
        await asyncio.sleep(15)

    assert {name for name, _ in play(act).woken} == {"b", "c"}


def test_a_full_cache_drops_who_was_asked_about_last_and_wakes_its_owner_a_refresh_later() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(capacity=2)
        cache.get_or_create("a", "?")
        await asyncio.sleep(1)
        cache.get_or_create("b", "?")
        await asyncio.sleep(1)
        cache.get_or_create("c", "?")
        assert [cache.get(name) for name in "abc"] == ["?", None, "?"]
        await asyncio.sleep(9.9)
        assert scene.woken == []
        await asyncio.sleep(0.2)

    assert play(act).woken == [("b", "?")]


def test_calls_are_as_many_as_the_rate_allows() -> None:
    async def act(scene: Scene) -> None:
        cache = scene.cache(batch=1, calls_per_s=2, burst=1)
        for number in range(100):
            cache.get_or_create(f"{number},", "new")
        await asyncio.sleep(20.2)

    assert len(play(act).calls) == 41


def test_numbers_that_make_no_sense_are_refused_all_at_once() -> None:
    with pytest.raises(UserError, match=r"batch = 0, capacity = -1, jitter = 2"):
        AutoRefreshCache(lambda items: items, refresh=REFRESH, changed=print, batch=0, capacity=-1, jitter=2)
