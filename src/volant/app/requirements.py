"""What a plan needs of this machine and does not find: plugins, secrets."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

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
    """

    kind: str
    name: str
    task: str
    fix: str


def missing(tasks: Iterable[pb.TaskTemplate], plugins: PluginTable, secrets: SecretSource) -> tuple[Missing, ...]:
    """Everything these tasks need that is not there, each thing once, in the order of the tasks."""
    found: dict[tuple[str, str], Missing] = {}
    for task in tasks:
        for each in (*_plugin(task, plugins), *_secrets(task, secrets)):
            found.setdefault((each.kind, each.name), each)
    return tuple(found.values())


def _plugin(task: Any, plugins: PluginTable) -> Iterator[Missing]:
    entry = plugins.find(task.type)
    # Of the types it is not registered for, the default plugin runs those that say which process to start.
    known = entry is not None and task.type in entry.plugin.task_types
    if entry is None or not (known or task.WhichOneof("target") in ("container", "k8s_pod")):
        fix = f"install a plugin that runs {task.type!r} tasks; `volant plugins` lists those that are installed"
        yield Missing("plugin", task.type, task.id.name, fix)


def _secrets(task: Any, secrets: SecretSource) -> Iterator[Missing]:
    for each in task.security_context.secrets:
        if secrets.find(each.group, each.key, each.group_version) is None:
            name = f"{each.group}/{each.key}" if each.group else each.key
            variable = variable_of(each.group, each.key, each.group_version)
            yield Missing("secret", name, task.id.name, f"set the variable {variable} where the engine runs")
