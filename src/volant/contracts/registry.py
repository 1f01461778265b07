"""Entry-point groups: what is installed, from where, found without importing it.

What two distributions claim neither of them gets, and a name that fails to load is reported and never stops the
engine; both is up to who asks.
"""

import functools
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

PLUGINS = "volant.plugins"
TYPES = "volant.types"


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


@functools.cache
def claimed(group: str) -> Mapping[str, Sequence[Found]]:
    """Who claims which name of a group, by name; one claim per value, for a path may be searched twice.

    Looked up once per process: that reads every installed package's files.
    """
    found: dict[str, dict[str, Found]] = {}
    for entry in sorted(entry_points(group=group), key=lambda point: point.name):
        dist = entry.dist
        claim = Found(entry.name, entry.value, f"{dist.name} {dist.version}" if dist else "unknown", entry)
        found.setdefault(entry.name, {})[entry.value] = claim
    return {name: sorted(claims.values(), key=lambda each: each.distribution) for name, claims in found.items()}
