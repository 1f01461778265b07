"""A rig whose runs are held against the invariants when the test is over."""

from collections.abc import Iterator

import pytest

from volant.compiler.build import load_plan
from volant.testing.engine_rig import Rig
from volant.testing.sim import invariants
from volant.testing.sim.chaos import Service

# Those that hold whatever a test scripts; the others know the simulation's own plugin.
RULES = (1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 18, 19)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    validate(rig)


@pytest.fixture
def make_rig() -> Iterator[type[Rig]]:
    """`Rig` itself; what it makes is validated."""
    made: list[Rig] = []

    class Made(Rig):
        def __init__(self, *args, **options) -> None:
            super().__init__(*args, **options)
            made.append(self)

    yield Made
    for rig in made:
        validate(rig)


def validate(rig: Rig) -> None:
    for run in rig.store.list_runs(limit=1000).runs:
        if run.phase.is_terminal:
            plan = load_plan(rig.store.plan(run.plan))
            evidence = invariants.Evidence(rig.store, run.run, plan, Service(rig.clock))
            found = [(number, each) for number in RULES for each in invariants._RULES[number](evidence)]
            assert not found
