"""What a plan needs of this machine and does not find: plugins, secrets."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from volant.app.plugins import load_roster
from volant.app.refused_plugin import RefusedPlugin
from volant.app.serving import serving_engines
from volant.app.site import Site
from volant.base.errors import UserError
from volant.base.ids import RunId
from volant.compiler.plan import Plan
from volant.contracts.plugin import TaskPlugin
from volant.contracts.secrets import SecretSource
from volant.engine.plugin_table import PluginTable
from volant.idl import pb
from volant.kit.secret_names import variable_of


class Missing(Struct, frozen=True):
    """One thing that is not there.

    Attributes:
        kind: "plugin" or "secret".
        name: The task type, or "group/key".
        task: The first task that needs it.
        fix: What to do.
        why: Why it is not there, where more is known than that; "" otherwise.
    """

    kind: str
    name: str
    task: str
    fix: str
    why: str = ""


def missing(tasks: Iterable[pb.TaskTemplate], plugins: PluginTable, secrets: SecretSource) -> tuple[Missing, ...]:
    """Everything these tasks need that is not there, each thing once, in the order of the tasks."""
    found: dict[tuple[str, str], Missing] = {}
    for task in tasks:
        for each in (*_plugin(task, plugins), *_secrets(task, secrets)):
            found.setdefault((each.kind, each.name), each)
    return tuple(found.values())


def check_plugins(site: Site, plan: Plan, run: RunId | None = None) -> None:
    """Make sure that the plugins an engine of this process would have do not dispute a task's type.

    An engine that is alive already has plugins of its own.

    Args:
        site: Where it will run.
        plan: What will run.
        run: The run, where it exists already.

    Raises:
        BrokenPluginError: A plugin that `--plugin` asks for cannot be used.
        UserError: A task's type is claimed by more than one plugin; or a living engine would run it, without
            what `--plugin` names.
    """
    if others := _others(site, run):
        _check_own(site, others)
        return
    plugins = PluginTable(load_roster(site.settings, site.plugins).entries())
    for task in plan.tasks.values():
        entry = plugins.find(task.type)
        if entry is not None and isinstance(entry.plugin, RefusedPlugin):
            raise UserError(f"no plugin runs {task.name!r}: {entry.plugin.why}", fix=entry.plugin.fix)


def _others(site: Site, run: RunId | None) -> list[str]:
    """Ids of the engines that would run it instead of one of this process."""
    owner, is_alive = site.store.owner(run) if run is not None else ("", False)
    return [str(owner)] if is_alive else serving_engines(site)


def _check_own(site: Site, others: list[str]) -> None:
    if site.plugins:
        words = " ".join(f"--plugin {each}" for each in site.plugins)
        raise UserError(
            f"engine {others[0]} is alive in {site.home} and would run it, with its own plugins only",
            fix=f"start that engine with them: `volant engine {words}`, and leave --plugin out here; or stop it",
        )


def _plugin(task: Any, plugins: PluginTable) -> Iterator[Missing]:
    entry = plugins.find(task.type)
    if entry is not None and isinstance(entry.plugin, RefusedPlugin):
        yield Missing("plugin", task.type, task.id.name, entry.plugin.fix, entry.plugin.why)
    elif entry is None or (why := _refusal(entry.plugin, task)) is not None:
        fix = f"install a plugin that runs {task.type!r} tasks, or name its file with --plugin; see `volant plugins`"
        yield Missing("plugin", task.type, task.id.name, fix, why if entry is not None and why else "")


def _refusal(plugin: TaskPlugin[Any], task: Any) -> str | None:
    """Why a plugin does not run a task, "" where it says no more; None where it does."""
    try:
        return None if plugin.runs(task) else ""
    except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
        return f"the plugin {plugin.id!r} could not say whether it runs it: {type(error).__name__}: {error}"


def _secrets(task: Any, secrets: SecretSource) -> Iterator[Missing]:
    for each in task.security_context.secrets:
        if secrets.find(each.group, each.key, each.group_version) is None:
            name = f"{each.group}/{each.key}" if each.group else each.key
            variable = variable_of(each.group, each.key, each.group_version)
            yield Missing("secret", name, task.id.name, f"set the variable {variable} where the engine runs")
