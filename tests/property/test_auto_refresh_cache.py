"""Whatever a service does and whatever owners do meanwhile, every item stays fresh, and the service is spared."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from volant.engine.background import Background
from volant.engine.host import Host
from volant.engine.setup import Setup
from volant.kit.auto_refresh_cache import AutoRefreshCache
from volant.testing.moved_clock import MovedClock
from volant.testing.virtual_loop import VirtualLoop

REFRESH_S = 5.0
REFRESH = dt.timedelta(seconds=REFRESH_S)
JITTER = 0.1
A_BREATH_S = 0.001

names = st.integers(0, 11).map(lambda number: f"j{number}")


class Thing(NamedTuple):
    version: int
    is_over: bool = False


class Plan(NamedTuple):
    """A life of a cache.

    Attributes:
        deeds: (seconds to wait, what an owner or the service does, to which item).
        poison: Items whose presence in a call makes it fail.
        outage: From when to when every call fails.
    """

    deeds: list[tuple[float, str, str]]
    poison: frozenset[str]
    outage: tuple[float, float]
    batch: int
    workers: int
    capacity: int
    calls_per_s: float
    is_async: bool


DEEDS = st.sampled_from(["create", "create", "create", "forget", "put", "hurry", "change", "change", "end", "restart"])
PLANS = st.builds(
    Plan,
    deeds=st.lists(st.tuples(st.sampled_from([0.0, 0.0, 0.01, 0.7, 3.0, 12.0]), DEEDS, names), max_size=40),
    poison=st.frozensets(names, max_size=3),
    outage=st.sampled_from([(0.0, 0.0), (0.0, 0.0), (0.0, 20.0), (10.0, 11.0)]),
    batch=st.sampled_from([1, 2, 5, 100]),
    workers=st.sampled_from([1, 3]),
    capacity=st.sampled_from([3, 100]),
    calls_per_s=st.sampled_from([0.0, 0.0, 4.0]),
    is_async=st.booleans(),
)


class World:
    """A service, a cache, and the owners of its items."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.truth: Counter[str] = Counter()
        self.ended: set[str] = set()
        self.live: set[str] = set()
        self.flying: Counter[str] = Counter()
        self.calls: list[tuple[float, frozenset[str]]] = []
        self.answered: dict[str, float] = {}
        self.gaps: dict[str, list[float]] = {}
        self.told: list[tuple[str, Thing]] = []
        self.answers: dict[str, list[Thing]] = {}
        self.at_once = 0
        self.broken: list[str] = []

    def run(self) -> None:
        clock = MovedClock()
        loop = VirtualLoop(clock)
        try:
            loop.run_until_complete(self._live(clock))
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()
        assert self.broken == []

    async def _live(self, clock: MovedClock) -> None:
        self.loop = asyncio.get_running_loop()
        self.clock = clock
        self.begun = self.loop.time()
        await self._boot()
        for wait_s, deed, name in self.plan.deeds:
            await asyncio.sleep(wait_s)
            await getattr(self, f"_{deed}")(name)
            assert len(self.cache) <= self.plan.capacity
        await asyncio.sleep(200)  # whatever was amiss is over by far
        self.last = self.loop.time()
        await self._shut()

    async def _boot(self) -> None:
        self.background, self.host = Background(), Host(lambda *_: None, 60_000_000)
        facts: Any = SimpleNamespace(http=None, secrets=None, wake=None)
        setup = Setup("mine", {}, {}, self.clock, facts, self.host, self.background)
        self.cache: AutoRefreshCache[Thing] = AutoRefreshCache(
            self._ask_async if self.plan.is_async else self._ask,
            refresh=REFRESH,
            batch=self.plan.batch,
            workers=self.plan.workers,
            capacity=self.plan.capacity,
            jitter=JITTER,
            calls_per_s=self.plan.calls_per_s,
            burst=2,
            is_terminal=lambda thing: thing.is_over,
            changed=self._changed,
            max_back_off=dt.timedelta(seconds=20),
            failure_limit=3,
        )
        self.cache.start(setup)

    async def _shut(self) -> None:
        await self.background.close()
        await self.host.close()

    # ------------------------------------------------------------------------------------------------ the owners

    async def _create(self, name: str) -> None:
        self.live.add(name)
        self.cache.get_or_create(name, Thing(-1))

    async def _forget(self, name: str) -> None:
        self.live.discard(name)
        self.answered.pop(name, None)
        self.cache.forget(name)
        assert self.cache.get(name) is None

    async def _put(self, name: str) -> None:
        if name in self.live:
            self.answered.pop(name, None)
            self.cache.put(name, Thing(-2))
            assert self.cache.get(name) == Thing(-2)

    async def _hurry(self, name: str) -> None:
        self.cache.refresh_now(name)

    async def _change(self, name: str) -> None:
        self.truth[name] += name not in self.ended

    async def _end(self, name: str) -> None:
        self.ended.add(name)

    async def _restart(self, name: str) -> None:
        await self._shut()
        self.flying.clear()
        self.at_once = 0
        self.answered.clear()
        self.calls.clear()  # a fresh engine has a full bucket
        await self._boot()
        assert len(self.cache) == 0
        for owner in sorted(self.live):
            self.cache.get_or_create(owner, Thing(-1))

    def _changed(self, name: str, thing: Thing) -> None:
        self.told.append((name, thing))
        if name in self.live:
            self.cache.get_or_create(name, Thing(-1))  # what an owner does when it looks

    # ----------------------------------------------------------------------------------------------- the service

    async def _ask_async(self, items: Mapping[str, Thing]) -> Mapping[str, Thing]:
        self._begin(items)
        await asyncio.sleep(A_BREATH_S)
        return self._end_call(items)

    def _ask(self, items: Mapping[str, Thing]) -> Mapping[str, Thing]:
        self._begin(items)
        return self._end_call(items)

    def _begin(self, items: Mapping[str, Thing]) -> None:
        self.at_once += 1
        self.flying.update(items.keys())
        self._hold("an item is in one call at a time", max(self.flying.values()) == 1)
        self._hold("no more calls than workers", self.at_once <= self.plan.workers)
        self._hold("calls are batches", 1 <= len(items) <= self.plan.batch)
        self._hold("what is over is left alone", not any(thing.is_over for thing in items.values()))
        self.calls.append((self.loop.time(), frozenset(items)))

    def _hold(self, rule: str, holds: bool) -> None:
        if not holds:
            self.broken.append(rule)  # an assertion raised here would only be a call that fails

    def _end_call(self, items: Mapping[str, Thing]) -> Mapping[str, Thing]:
        self.at_once -= 1
        self.flying.subtract(items.keys())
        begun, ended = self.plan.outage
        if begun <= self.loop.time() - self.begun < ended:
            raise ConnectionResetError("down")
        if self.plan.poison & items.keys():
            raise ValueError("I do not like one of them")
        for name in items:
            if name in self.answered:
                self.gaps.setdefault(name, []).append(self.loop.time() - self.answered[name])
            self.answered[name] = self.loop.time()
        return {name: Thing(self.truth[name], name in self.ended) for name in items}

    # -------------------------------------------------------------------------------------------- what must hold

    @property
    def is_roomy(self) -> bool:
        return self.plan.capacity >= 100

    @property
    def healthy(self) -> set[str]:
        return self.live - self.plan.poison


@given(PLANS)
@settings(max_examples=150, deadline=None)
def test_every_item_is_known_as_it_is_and_none_is_lost(plan: Plan) -> None:
    world = World(plan)
    world.run()
    for name in world.healthy:
        told = [thing for owner, thing in world.told if owner == name and thing.version >= 0]
        truth = Thing(world.truth[name], name in world.ended)
        assert told[-1] == truth, f"{name} was told {told[-1:]}, it is {truth}"
        if world.is_roomy:
            assert world.cache.get(name) == truth
            assert world.cache.failures(name).times == 0


@given(
    # Of three that fail in one call nobody can tell at once whether it is they or the service.
    PLANS.filter(lambda plan: not plan.calls_per_s and plan.outage == (0.0, 0.0) and plan.capacity > 3).filter(
        lambda plan: len(plan.poison) <= 2
    )
)
@example(
    Plan(
        deeds=[(0.0, "create", "j1"), (0.01, "create", "j2"), (0.0, "create", "j0")],
        poison=frozenset({"j1", "j2"}), outage=(0.0, 0.0), batch=5, workers=1, capacity=100, calls_per_s=0.0,
        is_async=False,
    )
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_no_healthy_item_waits_longer_than_a_refresh(plan: Plan) -> None:
    world = World(plan)
    world.run()
    slack_s = 60 * A_BREATH_S  # calls of others, in halves where an item is poison
    for name, gaps in world.gaps.items():
        if name not in plan.poison:
            assert max(gaps) <= REFRESH_S + slack_s, name


@given(PLANS.filter(lambda plan: plan.capacity > 3))
@settings(max_examples=60, deadline=None)
def test_the_service_is_asked_no_more_often_than_it_must_be(plan: Plan) -> None:
    world = World(plan)
    world.run()
    if plan.calls_per_s:
        times = [at for at, _ in world.calls]
        for first in range(len(times)):
            after = times[first : first + 10]
            assert all(n <= 2 + (at - after[0]) * plan.calls_per_s + 1e-6 for n, at in enumerate(after))
    calm = [call for at, call in world.calls if at > world.last - 60]
    lonely = [call for call in calm if call & plan.poison]
    assert len(lonely) <= 60 / (20 * (1 - JITTER)) * 2 * len(plan.poison) + 1  # the longest back-off is 20 s
    together = len(world.healthy - world.ended)
    assert len(calm) - len(lonely) <= 60 / REFRESH_S * max(2, 2 * together / plan.batch) + 2


@given(PLANS.filter(lambda plan: plan.capacity > 3))
@settings(max_examples=100, deadline=None)
def test_owners_are_woken_for_news_and_for_nothing_else(plan: Plan) -> None:
    calm = [deed for deed in plan.deeds if deed[1] in {"create", "hurry", "change", "end"}]
    world = World(plan._replace(deeds=calm, poison=frozenset(), outage=(0.0, 0.0)))
    world.run()
    for name in world.live:
        told = [thing for owner, thing in world.told if owner == name]
        assert told[0].version >= 0
        assert all(before != after for before, after in pairwise(told))
