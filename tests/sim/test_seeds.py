"""Thousands of worlds: whatever happens in whatever order, every invariant holds."""

import pytest

from volant.testing.sim.scripts import Scenario, draw
from volant.testing.sim.world import World

CHUNK = 125
FIXED = [seed for seed in range(400) if (world := draw(seed)).mild and not world.twin][:10]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 2000, CHUNK))
def test_every_invariant_holds_in_every_world(first: int) -> None:
    for seed in range(first, first + CHUNK):
        World(seed, draw(seed)).play()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_gives_the_same_events(seed: int) -> None:
    assert World(seed, draw(seed)).play().events == World(seed, draw(seed)).play().events


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before commit", "after commit"])
@pytest.mark.parametrize("seed", FIXED)
def test_a_crash_at_any_commit_changes_nothing_in_the_end(seed: int, where: str) -> None:
    scenario = _uncrashed(draw(seed))
    calm = World(seed, scenario, frozenset()).play()
    for point in range(calm.points[where]):
        crashed = World(seed, scenario, frozenset({(where, point)})).play()
        assert crashed.outcome() == calm.outcome(), f"crash {where} {point}"


def _uncrashed(scenario: Scenario) -> Scenario:
    return scenario._replace(crashes=0, zombies=False)
