"""Entry-point groups: what is installed, from where, found without importing it.

Two distributions that claim one name are an error that names both; a name that fails to load is reported and
never stops the engine.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from volant.base.errors import UserError

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


def installed(group: str) -> Iterator[Found]:
    """Everything installed in a group, by name.

    Raises:
        UserError: Two distributions claim one name.
    """
    for claims in claimed(group).values():
        yield only(group, claims)


def claimed(group: str) -> dict[str, list[Found]]:
    """Who claims which name of a group, by name; one claim per value, for a path may be searched twice."""
    found: dict[str, dict[str, Found]] = {}
    for entry in sorted(entry_points(group=group), key=lambda point: point.name):
        dist = entry.dist
        claim = Found(entry.name, entry.value, f"{dist.name} {dist.version}" if dist else "unknown", entry)
        found.setdefault(entry.name, {})[entry.value] = claim
    return {name: sorted(claims.values(), key=lambda each: each.distribution) for name, claims in found.items()}


def only(group: str, claims: Sequence[Found]) -> Found:
    """The one claim of a name.

    Raises:
        UserError: There are more.
    """
    if len(claims) > 1:
        raise UserError(
            f"{group}: {claims[0].name!r} is claimed by {claims[0].distribution} and {claims[1].distribution}",
            fix="uninstall one of them",
        )
    return claims[0]
