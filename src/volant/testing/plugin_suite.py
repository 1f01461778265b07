"""What every plugin must hold to: whole lives on the real engine, in virtual time, disturbed wherever one can be.

Subclass `PluginSuite` in your tests, name the plugin's `build` (as a staticmethod), override the fixture `work`
with tasks that end by themselves, and, if the plugin calls an outside service, the fixture `service` with a double
of it. The rules are in `testing.kit_rules`; a failure names the rule that was broken, and the step.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from volant.contracts.launcher import Launcher
from volant.contracts.plugin import Builder
from volant.contracts.quotas import PoolLimits
from volant.testing import kit_scenarios
from volant.testing.kit_cast import Cast
from volant.testing.kit_life import play
from volant.testing.kit_plan import Fault, Plan
from volant.testing.kit_record import Life
from volant.testing.kit_report import PROPERTY, seen
from volant.testing.kit_rules import Violation, violations
from volant.testing.kit_work import Work
from volant.testing.service import Service

__all__ = ["Kit", "PluginSuite", "Work"]

_MOST_TOLD = 5
_MOST_REAL_LIVES = 3
_MOST_BROKEN = 3
_MOST_ENDLESS = 2
"""Lives without end take long to see; one that hangs takes longest, and is the last."""

_HUNG: dict[Builder, list[Violation]] = {}
"""What plugins broke whose undisturbed life hangs: that is not waited for again."""


class Kit:
    """Plays the lives of one scenario, and tells what they broke."""

    def __init__(self, cast: Cast, suite: str, scenario: str, keep: Callable[[str, object], None]) -> None:
        self.cast = cast
        self._suite = suite
        self._scenario = scenario
        self._keep = keep

    def hold(self, scenario: Callable[[Life], Sequence[Plan]]) -> None:
        """Play a scenario, after an undisturbed life that says where it can be disturbed.

        One that breaks a rule undisturbed is not disturbed; of others a few broken lives are enough.

        Raises:
            AssertionError: A rule was broken.
        """
        lives, broken = ([], hung) if (hung := _HUNG.get(self.cast.build)) else self._played(scenario)
        told = seen(self._suite, self._scenario, lives, broken)
        self._keep(PROPERTY, msgspec.json.encode(told).decode())
        if broken:
            more = f"\n… and {len(broken) - _MOST_TOLD} more" if len(broken) > _MOST_TOLD else ""
            pytest.fail("\n".join(map(str, broken[:_MOST_TOLD])) + more, pytrace=False)

    def _played(self, scenario: Callable[[Life], Sequence[Plan]]) -> tuple[list[Life], list[Violation]]:
        calm = play(self.cast, Plan())
        broken = violations(calm, calm)
        if calm.hangs:
            _HUNG[self.cast.build] = broken
        plans = _spread(scenario(calm)) if self.cast.real_time else scenario(calm)
        if broken:
            return [calm for plan in plans if plan.is_calm], broken
        lives: list[Life] = []
        seen = Counter[str]()
        for plan in plans:
            life = calm if plan.is_calm else play(self.cast, plan, calm)
            found = violations(life, calm)
            lives.append(life)
            broken += found
            seen.update(broken=bool(found), endless=bool(life.problem), hung=life.hangs)
            if seen["broken"] >= _MOST_BROKEN or seen["endless"] >= _MOST_ENDLESS or seen["hung"]:
                break
        return lives, broken


class PluginSuite:
    """Whole lives of attempts, with a disturbance wherever one can come.

    Attributes:
        build: Makes the plugin.
        older: Makes the plugin as it was with earlier state versions, for upgrades midway.
        settings: `[plugins.<id>]` for it.
        quotas: Limits of the pools it asks for, where the plugin's own do not fit a test.
        secrets: What `ctx.secrets` has, by "group/key"; the kit sees to it that no value is written down.
        real_time: Play fewer lives, in real time and with real files: for plugins with real processes.
    """

    build: ClassVar[Builder]
    older: ClassVar[Sequence[Builder]] = ()
    settings: ClassVar[Mapping[str, Any]] = {}
    quotas: ClassVar[Mapping[str, PoolLimits]] = {}
    secrets: ClassVar[Mapping[str, str]] = {}
    real_time: ClassVar[bool] = False

    @pytest.fixture
    def work(self) -> Work:
        """What to run; give it parameters to run several."""
        raise NotImplementedError("say what to run: override the fixture `work`")

    @pytest.fixture
    def service(self) -> Callable[[], Service] | None:
        """Makes the double of the outside service, a fresh one for each life; None where there is none."""
        return None

    @pytest.fixture
    def launchers(self) -> Callable[[Any], Mapping[str, Launcher]]:
        """Makes the launchers a process plugin needs, not started, from the life's double; for each engine."""
        return lambda _: {}

    @pytest.fixture
    def kit(
        self,
        work: Work,
        service: Callable[[], Service] | None,
        launchers: Callable[[Any], Mapping[str, Launcher]],
        tmp_path: Path,
        record_property: Callable[[str, object], None],
        request: pytest.FixtureRequest,
    ) -> Kit:
        """Plays lives of this suite."""
        suite = type(self)
        cast = Cast(
            build=suite.build, work=work, service=service, launchers=launchers, root=tmp_path,
            older=tuple(suite.older), settings=suite.settings, quotas=suite.quotas, secrets=suite.secrets,
            real_time=suite.real_time,
        )  # fmt: skip
        name = request.node.originalname.removeprefix("test_").replace("_", " ")
        return Kit(cast, suite.__name__, name, record_property)

    def test_it_says_what_it_is(self) -> None:
        """Id, task types and limits are such that the engine can register it."""
        plugin = type(self).build()
        assert plugin.id
        assert plugin.default or plugin.task_types
        assert plugin.properties.generated_name_max_length >= 14
        assert plugin.state_version >= 1

    def test_older_states_can_be_tried(self) -> None:
        """A plugin whose state has changed once brings along how it was."""
        plugin = type(self).build()
        needs = plugin.state_version > 1 and not self.older
        assert not needs, (
            f"rule 10 (nothing but the saved state is needed): {plugin.id} has state_version {plugin.state_version}, "
            "and nothing says how it was before; give the suite `older = [a builder of the plugin with an earlier "
            "state_version, …]`; at step: upgraded midway"
        )

    def test_an_undisturbed_life_keeps_every_rule(self, kit: Kit) -> None:
        """From start to finalize."""
        kit.hold(lambda _: [Plan()])

    def test_an_engine_killed_around_any_commit_changes_nothing(self, kit: Kit) -> None:
        """Before it is written, and after."""
        kit.hold(kit_scenarios.commit_kills)

    def test_an_engine_killed_around_any_outside_call_changes_nothing(self, kit: Kit) -> None:
        """Before the service sees it, and between its acting and the commit."""
        kit.hold(kit_scenarios.call_kills)

    def test_an_engine_killed_between_any_plugin_call_and_its_commit_changes_nothing(self, kit: Kit) -> None:
        """The call is made again, by a new engine that knows nothing of it."""
        kit.hold(kit_scenarios.plugin_kills)

    def test_an_engine_killed_twice_changes_nothing(self, kit: Kit) -> None:
        """The repeated call is lost too."""
        kit.hold(kit_scenarios.double_kills)

    @pytest.mark.parametrize("fault", list(Fault), ids=[fault.name.lower() for fault in Fault])
    def test_an_outside_call_that_goes_wrong_is_made_good(self, kit: Kit, fault: Fault) -> None:
        """Each call, in each way."""
        kit.hold(lambda calm: kit_scenarios.faults(calm, fault))

    def test_calls_made_twice_are_calls_made_once(self, kit: Kit) -> None:
        """Each of them, kill and finalize too."""
        kit.hold(lambda calm: [*kit_scenarios.twice(calm), *_twice_aborted(calm)])

    def test_a_wake_for_nothing_does_no_harm(self, kit: Kit) -> None:
        """Looks come early."""
        kit.hold(kit_scenarios.wakes)

    def test_an_abort_at_any_moment_leaves_nothing(self, kit: Kit) -> None:
        """After each commit, so in each phase; and while each outside call is on its way."""
        kit.hold(kit_scenarios.aborts)

    def test_an_abort_and_a_killed_engine_leave_nothing(self, kit: Kit) -> None:
        """The kill is repeated, or all that is known is the generated name."""
        kit.hold(kit_scenarios.aborts_and_kills)

    def test_an_abort_while_an_answer_is_lost_leaves_nothing(self, kit: Kit) -> None:
        """The start has failed as far as anybody knows; its job runs, and only its name is known."""
        kit.hold(kit_scenarios.unheard_aborts)

    def test_a_deadline_in_the_middle_leaves_nothing(self, kit: Kit) -> None:
        """It is killed like an aborted one."""
        kit.hold(kit_scenarios.deadlines)

    def test_nothing_starts_while_its_pools_are_full(self, kit: Kit) -> None:
        """Somebody else holds all tokens of each pool it asks for, at first; it waits in line, or is aborted there."""
        kit.hold(kit_scenarios.full_pools)

    def test_two_attempts_at_once_do_not_disturb_each_other(self, kit: Kit) -> None:
        """One object serves both; what one says, keeps and is answered is not the other's."""
        kit.hold(kit_scenarios.pairs)

    def test_an_upgrade_midway_changes_nothing(self, kit: Kit) -> None:
        """What an older plugin began, this one brings to the same end."""
        kit.hold(lambda calm: kit_scenarios.upgrades(calm, len(self.older)))


def _twice_aborted(calm: Life) -> list[Plan]:
    return [msgspec.structs.replace(plan, twice=True) for plan in kit_scenarios.aborts(calm)]


def _spread(plans: Sequence[Plan]) -> list[Plan]:
    """A few of them, from the first to one near the last."""
    count = min(len(plans), _MOST_REAL_LIVES)
    return [plans[index * len(plans) // count] for index in range(count)]
