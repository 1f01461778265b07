"""What a plugin says of itself, held against what it must say."""

import inspect
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from volant.contracts.plugin import PluginProperties, TaskPlugin
from volant.contracts.quotas import PoolLimits

_NEEDED = {
    "id": 'id = "my-sensor"',
    "task_types": 'task_types = frozenset({"my-sensor"})',
    "state_type": "state_type = MyState",
}
"""What has no default, and how it is written."""

_NEVER_AWAITED = ("initialize", "runs", "upgrade_state")


def _is_texts(value: object) -> bool:
    return isinstance(value, AbstractSet) and all(isinstance(each, str) and each for each in value)


def _is_limits(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(limits, PoolLimits) for name, limits in value.items()
    )


_MUST_BE: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("id", lambda value: isinstance(value, str) and bool(value), 'a text, such as "my-sensor"'),
    ("task_types", _is_texts, 'a set of texts, such as frozenset({"my-sensor"})'),
    ("default", lambda value: isinstance(value, bool), "True or False"),
    ("state_type", lambda value: isinstance(value, type), "a class"),
    ("state_version", lambda value: isinstance(value, int) and value >= 1, "a whole number from 1 on"),
    ("quotas", _is_limits, 'a mapping from pool names to limits, such as {"warehouse": PoolLimits(total=20)}'),
    ("properties", lambda value: isinstance(value, PluginProperties), "PluginProperties"),
)


def complaint_about(plugin: object, what: str) -> str:
    """What is wrong with something that should be a plugin; "" for nothing."""
    if not isinstance(plugin, TaskPlugin):
        return f"{what} made {plugin!r}, which is no TaskPlugin"
    of = type(plugin).__name__
    if missing := [name for name in _NEEDED if not hasattr(plugin, name)]:
        return f"{of} does not say its {', '.join(missing)}; write {', '.join(_NEEDED[name] for name in missing)}"
    for name, is_right, wanted in _MUST_BE:
        if not is_right(value := getattr(plugin, name)):
            return f"{of}.{name} is {value!r}; it must be {wanted}"
    if found := [name for name in _NEVER_AWAITED if inspect.iscoroutinefunction(getattr(plugin, name))]:
        return f"{of}.{found[0]} is async, and nobody would wait for it; write def {found[0]}"
    return "" if plugin.task_types or plugin.default else f"{of}.task_types is empty: it would run nothing"
