"""Which plugin runs a task type."""

from collections.abc import Iterable
from typing import Any

from volant.base.errors import UserError
from volant.contracts.plugin import PluginProperties, TaskPlugin

_FIX = "uninstall one of them; `volant plugins` names their packages"


class Entry:
    """A plugin and what the engine reads off it once.

    Attributes:
        task_types: What it runs: what it is registered for, less what another plugin runs in its stead.
        default: Likewise whether it runs every type that nobody is registered for.
        finalizes: Whether `finalize` must be called; a plugin that does not override it pays nothing.
    """

    __slots__ = ("default", "finalizes", "id", "plugin", "properties", "state_type", "state_version", "task_types")

    def __init__(
        self, plugin: TaskPlugin[Any], *, task_types: frozenset[str] | None = None, default: bool | None = None
    ) -> None:
        self.plugin = plugin
        self.id = plugin.id
        self.task_types: frozenset[str] = plugin.task_types if task_types is None else task_types
        self.default = plugin.default if default is None else default
        self.properties: PluginProperties = plugin.properties
        self.state_type = plugin.state_type
        self.state_version = plugin.state_version
        self.finalizes = type(plugin).finalize is not TaskPlugin.finalize


class PluginTable:
    """Plugins by task type; one of them may be the default. What nobody runs now may still have attempts to look after.

    Raises:
        UserError: Two plugins claim one id, one type, or to be the default.
    """

    def __init__(self, plugins: Iterable[TaskPlugin[Any] | Entry]) -> None:
        self.entries: dict[str, Entry] = {}
        self._types: dict[str, Entry] = {}
        self._default: Entry | None = None
        for plugin in plugins:
            self._add(plugin if isinstance(plugin, Entry) else Entry(plugin))

    def find(self, task_type: str) -> Entry | None:
        """The plugin registered for a type, else the default one, else None."""
        return self._types.get(task_type, self._default)

    def _add(self, entry: Entry) -> None:
        if entry.id in self.entries:
            raise UserError(f"two plugins have the id {entry.id!r}", fix=_FIX)
        for task_type in entry.task_types:
            if other := self._types.get(task_type):
                raise UserError(
                    f"task type {task_type!r} is claimed by plugins {other.id!r} and {entry.id!r}", fix=_FIX
                )
            self._types[task_type] = entry
        if entry.default:
            if self._default:
                raise UserError(f"plugins {self._default.id!r} and {entry.id!r} both want to be the default", fix=_FIX)
            self._default = entry
        self.entries[entry.id] = entry
