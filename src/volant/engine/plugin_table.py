"""Which plugin runs a task type."""

from collections.abc import Iterable
from typing import Any

from volant.base.errors import UserError
from volant.contracts.plugin import PluginProperties, TaskPlugin

_FIX = "uninstall one of them; `volant plugins` names their packages"


class Entry:
    """A plugin and what the engine reads off it once.

    Attributes:
        finalizes: Whether `finalize` must be called; a plugin that does not override it pays nothing.
    """

    __slots__ = ("finalizes", "id", "plugin", "properties", "state_type", "state_version")

    def __init__(self, plugin: TaskPlugin[Any]) -> None:
        self.plugin = plugin
        self.id = plugin.id
        self.properties: PluginProperties = plugin.properties
        self.state_type = plugin.state_type
        self.state_version = plugin.state_version
        self.finalizes = type(plugin).finalize is not TaskPlugin.finalize


class PluginTable:
    """Plugins by task type; one of them may be the default.

    Raises:
        UserError: Two plugins claim one id, one type, or to be the default.
    """

    def __init__(self, plugins: Iterable[TaskPlugin[Any]]) -> None:
        self.entries: dict[str, Entry] = {}
        self._types: dict[str, Entry] = {}
        self._default: Entry | None = None
        for plugin in plugins:
            self._add(Entry(plugin))

    def find(self, task_type: str) -> Entry | None:
        """The plugin registered for a type, else the default one, else None."""
        return self._types.get(task_type, self._default)

    def _add(self, entry: Entry) -> None:
        if entry.id in self.entries:
            raise UserError(f"two plugins have the id {entry.id!r}", fix=_FIX)
        for task_type in entry.plugin.task_types:
            if other := self._types.get(task_type):
                raise UserError(
                    f"task type {task_type!r} is claimed by plugins {other.id!r} and {entry.id!r}", fix=_FIX
                )
            self._types[task_type] = entry
        if entry.plugin.default:
            if self._default:
                raise UserError(f"plugins {self._default.id!r} and {entry.id!r} both want to be the default", fix=_FIX)
            self._default = entry
        self.entries[entry.id] = entry
