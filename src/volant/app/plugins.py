"""The plugins installed here; a broken one is reported and stops nothing."""

from typing import Any, NamedTuple

from volant.base.log import get_log
from volant.contracts.plugin import TaskPlugin
from volant.contracts.registry import PLUGINS, Found, installed

_NEEDED = ("id", "task_types", "state_type")


class Installed(NamedTuple):
    """One entry point of the group `volant.plugins`.

    Attributes:
        found: What is known without importing it.
        plugin: It; None where it is broken.
        problem: Why it cannot be used; "" where it can.
    """

    found: Found
    plugin: TaskPlugin[Any] | None
    problem: str


def installed_plugins() -> list[Installed]:
    """Every plugin installed here, loaded, by name.

    Raises:
        UserError: Two distributions claim one name.
    """
    return [_load(found) for found in installed(PLUGINS)]


def usable_plugins() -> list[TaskPlugin[Any]]:
    """Those that work; the others are named in the log.

    Raises:
        UserError: Two distributions claim one name.
    """
    log = get_log("plugins")
    everything = installed_plugins()
    for each in everything:
        if each.problem:
            log.warning("plugin %s of %s: %s", each.found.name, each.found.distribution, each.problem)
    return [each.plugin for each in everything if each.plugin is not None]


def _load(found: Found) -> Installed:
    try:
        plugin = found.load()()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code may raise anything
        return Installed(found, None, f"{type(error).__name__}: {error}")
    if not isinstance(plugin, TaskPlugin):
        return Installed(found, None, f"{found.value} made {plugin!r}, which is no TaskPlugin")
    if missing := [name for name in _NEEDED if not hasattr(plugin, name)]:
        return Installed(found, None, f"{type(plugin).__name__} does not say its {', '.join(missing)}")
    return Installed(found, plugin, "")
