"""Where plugins come from: `--plugin FILE`, `[plugins.<id>] from`, entry points of installed packages."""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from volant.app.plugin_file import BrokenPluginError, made, plugin_of_file, plugin_of_module, split
from volant.contracts.plugin import TaskPlugin
from volant.contracts.registry import PLUGINS, Found, claimed
from volant.contracts.worker_wire import Problem

FROM = "from"
"""The key of `[plugins.<id>]` that says where a plugin comes from; not handed to it."""

OTHERS = ""
"""Stands among task types for every type that nobody is registered for."""


class Rank(enum.IntEnum):
    """Who goes before whom, the first first."""

    OPTION = 0
    SETTINGS = 1
    PACKAGE = 2


class Offer(Struct, frozen=True, kw_only=True, eq=False):
    """One place that names a plugin, and what was found there.

    Attributes:
        rank: Which kind of place.
        name: Of its entry point, of its settings, or its file.
        value: "file.py:build" or "module:build".
        origin: For people: "--plugin sensor.py", "[plugins.sensor] of the settings" or "file-sensor 0.1".
        plugin: It; None where it is broken.
        problem: Why it is broken; None where it is not.
    """

    rank: Rank
    name: str
    value: str
    origin: str
    plugin: TaskPlugin[Any] | None = None
    problem: Problem | None = None

    @property
    def id(self) -> str:
        """The plugin's id, also of a broken one where the settings say it; "" where nobody does."""
        if self.plugin is not None:
            return self.plugin.id
        return self.name if self.rank is Rank.SETTINGS else ""

    @property
    def types(self) -> tuple[str, ...]:
        """What it wants to run, `OTHERS` last; empty for a broken one."""
        if self.plugin is None:
            return ()
        return (*sorted(self.plugin.task_types), *[OTHERS] * self.plugin.default)

    def __str__(self) -> str:
        return f"{self.id or self.name!r} of {self.origin}" if self.rank is Rank.PACKAGE else self.origin


def offers(settings: Mapping[str, Mapping[str, Any]], files: Iterable[str]) -> list[Offer]:
    """Every plugin anybody names, loaded, those that go before others first; broken ones with what is wrong.

    Args:
        settings: `[plugins]`.
        files: As `--plugin` names them.

    Raises:
        BrokenPluginError: A plugin that was asked for by `--plugin` cannot be used.
    """
    asked = [_asked(each) for each in dict.fromkeys(files)]
    of_settings = [_of_settings(name, table[FROM]) for name, table in settings.items() if FROM in table]
    return [*asked, *of_settings, *_installed()]


def _asked(text: str) -> Offer:
    file, name = split(text)
    try:
        plugin = plugin_of_file(Path(file).absolute(), name)
    except BrokenPluginError as error:
        [problem] = error.problems
        raise BrokenPluginError(Problem(f"--plugin {text}: {problem.message}", *_rest(problem))) from error
    return Offer(rank=Rank.OPTION, name=Path(file).stem, value=text, origin=f"--plugin {text}", plugin=plugin)


def _rest(problem: Problem) -> tuple[Any, ...]:
    return problem.fix, problem.trace, problem.usage, problem.place


def _of_settings(name: str, value: object) -> Offer:
    plugin, problem = _tried(lambda: _named(name, value))
    origin = f"[plugins.{name}] of the settings"
    return Offer(rank=Rank.SETTINGS, name=name, value=str(value), origin=origin, plugin=plugin, problem=problem)


def _named(name: str, value: object) -> TaskPlugin[Any]:
    if not isinstance(value, str) or not value:
        raise BrokenPluginError(
            Problem(f"from = {value!r} names no plugin", 'write from = "file.py:build" or from = "module:build"')
        )
    target, inside = split(value)
    is_file = target.endswith(".py")
    plugin = plugin_of_file(Path(target), inside) if is_file else plugin_of_module(target, inside)
    if plugin.id != name:
        raise BrokenPluginError(
            Problem(f"{value} holds the plugin {plugin.id!r}, not {name!r}", f"write [plugins.{plugin.id}]")
        )
    return plugin


def _installed() -> Iterator[Offer]:
    for claims in claimed(PLUGINS).values():
        for found in claims:
            yield _of_package(found)


def _of_package(found: Found) -> Offer:
    plugin, problem = _tried(lambda: made(found.load, found.value))
    return Offer(
        rank=Rank.PACKAGE,
        name=found.name,
        value=found.value,
        origin=found.distribution,
        plugin=plugin,
        problem=problem,
    )


def _tried(load: Callable[[], TaskPlugin[Any]]) -> tuple[TaskPlugin[Any] | None, Problem | None]:
    try:
        return load(), None
    except BrokenPluginError as error:
        return None, error.problems[0]
