"""Entry-point groups: what is installed, from where, found without importing it.

Two distributions that claim one name are an error that names both; a name that fails to load is reported and
never stops the engine.
"""

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from volant.base.errors import UserError

PLUGINS = "volant.plugins"


class Found(NamedTuple):
    """One entry point.

    Attributes:
        name: What it serves.
        value: "module:attribute".
        distribution: Who ships it, "name version".
    """

    name: str
    value: str
    distribution: str
    entry: EntryPoint

    def load(self) -> Any:
        """Import it."""
        return self.entry.load()


def installed(group: str) -> Iterator[Found]:
    """Everything installed in a group, by name.

    Raises:
        UserError: Two distributions claim one name.
    """
    seen: dict[str, Found] = {}
    for entry in sorted(entry_points(group=group), key=lambda point: point.name):
        dist = entry.dist
        found = Found(entry.name, entry.value, f"{dist.name} {dist.version}" if dist else "unknown", entry)
        if (other := seen.get(entry.name)) and other.value != found.value:
            raise UserError(
                f"{group}: {entry.name!r} is claimed by {other.distribution} and {found.distribution}",
                fix="uninstall one of them",
            )
        seen[entry.name] = found
    yield from seen.values()
