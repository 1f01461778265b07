"""Pools of the memory store."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from volant.base.ids import RunId
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Standing, TokenRow
from volant.stores.tokens import Head, most_first, next_of

Who: TypeAlias = tuple[RunId, str]
"""A run and the generated name of one of its attempts."""

_Rows: TypeAlias = dict[Who, TokenRow]


class Pool:
    """One pool.

    Args:
        is_owned: Whether a living engine has a run.

    Attributes:
        held: By run and name, in the order in which they were granted.
        lines: By project, then by run and name, in the order in which they were asked for.
        away: By run and name: who left the line because no engine had its run.
        limits: What it has.
    """

    def __init__(self, is_owned: Callable[[RunId], bool]) -> None:
        self._is_owned = is_owned
        self.held: _Rows = {}
        self.lines: dict[str, _Rows] = {}
        self.away: _Rows = {}
        self.limits = PoolLimits()
        self._use: Counter[str] = Counter()
        self._number = 0

    def join(self, wanted: TokenRow, limits: PoolLimits) -> None:
        """Stand in line, unless it does so already, or holds what it wants."""
        self.limits = limits
        line = self.lines.setdefault(wanted.project, {})
        who = (wanted.run, wanted.name)
        if who not in self.held and who not in line:
            asked = self.away.pop(who, wanted)
            line[who] = replace(asked, granted=False, place=self._next(), granted_us=0)

    def grant(self, now_us: int) -> list[TokenRow]:
        """Grant to whoever fits; who did."""
        granted: list[TokenRow] = []
        while head := next_of(self._heads(), self._use.total(), self.limits):
            who = (head.run, head.name)
            row = next(line.pop(who) for line in self.lines.values() if who in line)
            if not self._is_owned(row.run):
                self.away[who] = replace(row, place=0)
                continue
            self._use[row.project] += row.amount
            self.held[who] = replace(row, granted=True, place=self._next(), granted_us=now_us)
            granted.append(self.held[who])
        return granted

    def let_go(self, who: Who) -> bool:
        """Forget who holds or waits; whether there was anything."""
        if row := self.held.pop(who, None):
            self._use[row.project] -= row.amount
            return True
        return any(line.pop(who, None) for line in (self.away, *self.lines.values()))

    def standing(self, who: Who) -> Standing:
        """Where somebody who asked stands."""
        use = most_first(self._use)
        if who in self.held:
            return Standing(True, 0, self._use.total(), use)
        waiting = sorted((row.place, row.run, row.name) for row in self._waiting())
        place = 1 + next(place for place, (_, *other) in enumerate(waiting) if tuple(other) == who)
        return Standing(False, place, self._use.total(), use)

    def rows(self) -> list[TokenRow]:
        """Who holds, who left the line, then who waits."""
        away = sorted(self.away.values(), key=lambda row: (row.asked_us, row.run, row.name))
        return [*self.held.values(), *away, *sorted(self._waiting(), key=lambda row: row.place)]

    def _waiting(self) -> Iterator[TokenRow]:
        for line in self.lines.values():
            yield from line.values()

    def _heads(self) -> Iterator[Head]:
        for project, line in self.lines.items():
            for row in line.values():
                if row.amount <= (self.limits.most or row.amount):
                    yield Head(row.run, row.name, row.amount, row.place, self._use[project])
                    break

    def _next(self) -> int:
        self._number += 1
        return self._number
