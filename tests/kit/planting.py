"""How a fault is planted, and where the kit must find it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from samples import Shelf
from scenes import BAD, GOOD, jobs_service, jobs_work, sensor_work

from volant.testing import kit_scenarios
from volant.testing.job_service import HttpJobService
from volant.testing.kit_plan import Fault, Plan
from volant.testing.kit_record import Life
from volant.testing.kit_work import Work
from volant.testing.service import Service

Scenario = Callable[[Life], list[Plan]]


class Planted(NamedTuple):
    """One fault.

    Attributes:
        build: Makes the plugin that has it.
        rule: The rule it breaks.
        scenario: In which lives that shows.
        step: Words of the step at which it is told.
        seen: Words of what was seen.
        work: What is run.
        service: Makes the double.
        older: Makes the plugin as it was.
    """

    build: Callable[[], Any]
    rule: int
    scenario: Scenario
    step: str
    seen: str = ""
    work: Work = jobs_work("query", GOOD)
    service: Callable[[], Service] = lambda: jobs_service(GOOD)
    older: tuple[Callable[[], Any], ...] = ()


PLANTED: dict[str, Planted] = {}


def planted(rule: int, scenario: Scenario, step: str, seen: str = "", **more: Any) -> Callable[[type[Any]], type[Any]]:
    def plant(plugin: type[Any]) -> type[Any]:
        PLANTED[plugin.__name__] = Planted(plugin, rule, scenario, step, seen, **more)
        return plugin

    return plant


def calm(_: Life) -> list[Plan]:
    return [Plan()]


def went_wrong(fault: Fault) -> Scenario:
    return lambda life: kit_scenarios.faults(life, fault)


def first(scenario: Scenario) -> Scenario:
    """Only its first life: the others are as long, and no different."""
    return lambda life: scenario(life)[:1]


on_sensor: dict[str, Any] = {"work": sensor_work(), "service": lambda: Shelf(from_s=5)}
on_render: dict[str, Any] = {"work": jobs_work("render", GOOD)}
failing: dict[str, Any] = {"work": jobs_work("query", BAD), "service": lambda: jobs_service(BAD)}
one_each_time: dict[str, Any] = {"service": lambda: HttpJobService(GOOD, idempotent=False)}
