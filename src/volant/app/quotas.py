"""Pools of tokens for people: what each has, who holds it, who waits."""

import difflib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from volant.app.plugins import usable_plugins
from volant.app.site import Site
from volant.base.errors import NotFoundError
from volant.base.ids import RunId
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import TokenRow
from volant.engine.quotas import pools_of


class PoolView(NamedTuple):
    """One pool.

    Attributes:
        limits: What it has: as the settings or a plugin here say, else as who asked last did.
        holders: Who holds tokens, in the order in which they were granted.
        line: Who waits, longest first.
        away: Who left the line, because its turn came when no engine had its run.
        idle: Runs of the three that no engine has.
    """

    name: str
    limits: PoolLimits
    holders: tuple[TokenRow, ...]
    line: tuple[TokenRow, ...]
    away: tuple[TokenRow, ...]
    idle: frozenset[RunId]

    @property
    def held(self) -> int:
        """Tokens held."""
        return sum(row.amount for row in self.holders)

    @property
    def waiting(self) -> int:
        """Attempts that wait, in line or away."""
        return len(self.line) + len(self.away)


def pool_views(site: Site, pool: str = "") -> list[PoolView]:
    """All pools that are known here or were ever asked of, by name; or one of them.

    Raises:
        NotFoundError: No such pool.
    """
    entries = usable_plugins(site).entries()
    rows = site.store.list_tokens(pool)  # before the limits: a pool in use has some
    known = {**site.store.pool_limits(), **pools_of([entry.plugin for entry in entries], site.settings.quotas)}
    idle = frozenset(run for run in {row.run for row in rows} if not site.store.owner(run)[1])
    views = _views(known, rows, idle)
    if not pool:
        return views
    found = [view for view in views if view.name == pool]
    if not found:
        raise _no_pool(pool, [view.name for view in views])
    return found


def _views(known: Mapping[str, PoolLimits], rows: Iterable[TokenRow], idle: frozenset[RunId]) -> list[PoolView]:
    by_pool: dict[str, list[TokenRow]] = {pool: [] for pool in known}
    for row in rows:
        by_pool[row.pool].append(row)
    return [_view(name, known[name], by_pool[name], idle) for name in sorted(by_pool)]


def _view(name: str, limits: PoolLimits, rows: list[TokenRow], idle: frozenset[RunId]) -> PoolView:
    waiting = [row for row in rows if not row.granted]
    return PoolView(
        name,
        limits,
        holders=tuple(row for row in rows if row.granted),
        line=tuple(row for row in waiting if row.place),
        away=tuple(row for row in waiting if not row.place),
        idle=idle.intersection(row.run for row in rows),
    )


def _no_pool(pool: str, known: list[str]) -> NotFoundError:
    near = difflib.get_close_matches(pool, known, n=1)
    there = f"the pools are {', '.join(known)}" if known else f"add [quotas.{pool}] to the settings"
    return NotFoundError(f"there is no pool {pool!r}", fix=f"did you mean {near[0]!r}?" if near else there)
