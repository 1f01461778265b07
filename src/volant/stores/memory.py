"""A store in this process's memory: the reference the others are held against, and what simulations run on.

It has no thread and reads no clock: the same calls give the same answers, always.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from volant.base.errors import AlreadyExistsError, LeaseLostError, NotFoundError
from volant.base.ids import ActionName, Digest, EngineId, RunId
from volant.contracts.journal import Subscription
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import (
    ActionRow,
    AttemptRow,
    CacheRow,
    Change,
    EventRow,
    HoldRow,
    Lease,
    ReservationRow,
    Row,
    RunRow,
    RunSnapshot,
    Standing,
    TokenRow,
    Wish,
)
from volant.stores.changes import check_change, repeated_event
from volant.stores.memory_records import NOBODY, MemoryRecords, RunTable
from volant.stores.memory_tokens import Pool
from volant.stores.tokens import attempt_is_over

_Ring: TypeAlias = Callable[[], None]


class MemoryStore(MemoryRecords):
    """`Journal` and `Records` over dicts. Bells ring in the committing thread, after the commit."""

    def __init__(self) -> None:
        super().__init__()
        self._epoch = 0
        self._numbers = 0
        self._rings: list[_Ring] = []

    def open_engine(self) -> Lease:
        """Register an engine; ids are "engine-1", "engine-2", …"""
        with self._lock:
            self._epoch += 1
            engine = EngineId(f"engine-{self._epoch}")
            self._engines[engine] = True
            return Lease(engine, self._epoch)

    def close_engine(self, lease: Lease) -> None:
        """Give up every run it owns; idempotent."""
        with self._lock:
            if self._engines.pop(lease.engine, None) is None:
                return
            for table in self._runs.values():
                if table.owner == lease.engine:
                    table.owner = NOBODY
        self._ring()

    def kill(self, engine: EngineId) -> None:
        """Let an engine be dead from now on, without giving up anything, as SIGKILL would."""
        with self._lock:
            if engine in self._engines:
                self._engines[engine] = False

    def create_run(self, run: RunRow, plan: bytes, owner: Lease | None = None) -> None:
        """Store a run, and ring the bell."""
        with self._lock:
            if owner is not None:
                self._fence(owner)
            if run.run in self._runs:
                raise AlreadyExistsError(f"run {run.run!r} exists", fix="choose another name")
            self._numbers += 1
            self._plans.setdefault(run.plan, plan)
            self._runs[run.run] = RunTable(self._numbers, run, owner.engine if owner else NOBODY)
        self._ring()

    def claim(self, lease: Lease, *, limit: int, only: RunId | None = None) -> list[RunId]:
        """Take ownership of runs that are not over and have no live owner, oldest first."""
        with self._lock:
            self._fence(lease)
            wanted = [run for run, table in self._runs.items() if only in (None, run) and self._is_free(table)]
            for run in wanted[:limit]:
                self._runs[run].owner = lease.engine
            return wanted[:limit]

    def load(self, run: RunId) -> RunSnapshot:
        """Everything needed to go on with a run."""
        with self._lock:
            table = self._table(run)
            newest: dict[ActionName, int] = {}
            for action, number in table.attempts:
                newest[action] = max(number, newest.get(action, 0))
            attempts = [
                row
                for (action, number), row in sorted(table.attempts.items())
                if newest[action] == number or row.kill_due or row.finalize_due
            ]
            seq = table.events[-1].seq if table.events else 0
            wishes = tuple(_open_wishes(table))
            tokens = tuple(row for row in self.list_tokens() if row.run == run)
            return RunSnapshot(table.row, tuple(table.actions.values()), tuple(attempts), wishes, seq, tokens)

    def plan(self, digest: Digest) -> bytes:
        """The compiled closure of that digest."""
        with self._lock:
            if digest not in self._plans:
                raise NotFoundError(f"there is no plan {digest!r}")
            return self._plans[digest]

    def commit(self, lease: Lease, changes: Sequence[Change]) -> frozenset[RunId]:
        """Write the changes in order, but for those of runs that `lease` does not own; ring the bell."""
        with self._lock:
            self._fence(lease)
            lost = frozenset(change.run for change in changes if not self._owns(lease, change.run))
            kept = [change for change in changes if change.run not in lost]
            self._check(kept)
            for change in kept:
                self._apply(self._runs[change.run], change)
        if kept:
            self._ring()
        return lost

    def wishes(self, lease: Lease) -> list[Wish]:
        """What is asked of the runs this engine owns and was not consumed yet."""
        with self._lock:
            owned = [table for table in self._runs.values() if table.owner == lease.engine]
            return [wish for table in owned for wish in _open_wishes(table)]

    def wish(self, wish: Wish) -> bool:
        """Ask something of a run's owner, and ring the bell."""
        with self._lock:
            table = self._table(wish.run)
            if table.row.phase.is_terminal or wish.kind in table.wishes:
                return False
            table.wishes[wish.kind] = wish
        self._ring()
        return True

    def listen(self, ring: _Ring) -> Subscription:
        """Call `ring` after every change, in the thread that made it."""
        with self._lock:
            self._rings.append(ring)
        return _Listener(self._rings, ring)

    def events(self, run: RunId, after: int = 0, limit: int = 1000) -> list[EventRow]:
        """A run's events with `seq` above `after`, in order."""
        with self._lock:
            table = self._table(run)
            start = bisect_right(table.events, after, key=lambda event: event.seq)
            return table.events[start : start + limit]

    def cached(self, key: str) -> CacheRow | None:
        """What the cache holds under `key`."""
        with self._lock:
            return self._cache.get(key)

    def reserve(self, lease: Lease, wanted: ReservationRow) -> ReservationRow:
        """Get or take a reservation, atomically."""
        with self._lock:
            self._fence(lease)
            holder = self._reservations.get(wanted.key)
            if holder is not None and holder != wanted and self._is_valid(holder):
                return holder
            self._reservations[wanted.key] = wanted
            return wanted

    def ask(self, lease: Lease, wanted: Sequence[TokenRow], limits: Mapping[str, PoolLimits]) -> list[Standing]:
        """Ask for tokens of pools, in one transaction."""
        with self._lock:
            self._fence(lease)
            for row in wanted:
                self._check_asker(lease, row)
            for row in wanted:
                self._pools.setdefault(row.pool, Pool(self._is_cared_for)).join(row, limits[row.pool])
            granted = [row for pool in self._asked(wanted) for row in pool.grant(wanted[0].asked_us)]
            found = [self._pools[row.pool].standing((row.run, row.name)) for row in wanted]
        if not {(row.run, row.name) for row in wanted}.issuperset((row.run, row.name) for row in granted):
            self._ring()
        return found

    def granted(self, pool: str, after: int) -> list[TokenRow]:
        """Tokens of a pool that are held, granted after that."""
        with self._lock:
            held = self._pools[pool].held.values() if pool in self._pools else ()
            return [row for row in held if row.place > after]

    def close(self) -> None:
        """Stop ringing; idempotent."""
        with self._lock:
            self._rings.clear()

    def _asked(self, wanted: Iterable[TokenRow]) -> list[Pool]:
        return [self._pools[name] for name in dict.fromkeys(row.pool for row in wanted)]

    def _check_asker(self, lease: Lease, wanted: TokenRow) -> None:
        if not self._owns(lease, wanted.run):
            raise LeaseLostError(f"{wanted.run} belongs to another engine")
        attempt = self._runs[wanted.run].attempts.get((wanted.action, wanted.number))
        if attempt is None or (attempt.phase.is_terminal and not attempt.finalize_due):
            raise attempt_is_over(wanted)

    def _let_go(self, change: Change) -> None:
        for pool in self._pools.values():
            if sum(pool.let_go((change.run, name)) for name in change.tokens):
                pool.grant(change.at_us)

    def _ring(self) -> None:
        for ring in tuple(self._rings):
            ring()

    def _fence(self, lease: Lease) -> None:
        if not self._engines.get(lease.engine, False):
            raise LeaseLostError(f"engine {lease.engine!r} was declared dead; it must not write any more")

    def _owns(self, lease: Lease, run: RunId) -> bool:
        table = self._runs.get(run)
        return table is not None and table.owner == lease.engine

    def _is_free(self, table: RunTable) -> bool:
        return not table.row.phase.is_terminal and not self._engines.get(table.owner, False)

    def _is_cared_for(self, run: RunId) -> bool:
        return self._engines.get(self._runs[run].owner, False)

    def _is_valid(self, holder: ReservationRow) -> bool:
        table = self._runs.get(holder.run)
        if table is None or table.row.phase.is_terminal or not self._engines.get(table.owner, False):
            return False
        action = table.actions.get(holder.action)
        return action is None or not action.phase.is_terminal

    def _check(self, changes: Sequence[Change]) -> None:
        newest: dict[RunId, int] = {}
        for change in changes:
            check_change(change)
            for event in change.events:
                events = self._runs[change.run].events
                if event.seq <= newest.get(change.run, events[-1].seq if events else 0):
                    raise repeated_event(change.run)
                newest[change.run] = event.seq

    def _apply(self, table: RunTable, change: Change) -> None:
        for row in change.rows:
            self._put(table, row)
        table.events.extend(change.events)
        for key in change.release:
            if key in self._reservations and self._reservations[key].run == change.run:
                del self._reservations[key]
        if change.tokens:
            self._let_go(change)
        table.consumed.update(kind for kind in change.consume if kind in table.wishes)

    def _put(self, table: RunTable, row: Row) -> None:
        match row:
            case ActionRow():
                table.actions[row.name] = row
            case AttemptRow():
                table.attempts[row.action, row.number] = row
            case RunRow():
                table.row = row
            case CacheRow():
                self._cache[row.key] = row
            case HoldRow():
                self._holds.add((row.run, row.held))


class _Listener:
    """One subscriber of a memory store."""

    def __init__(self, rings: list[_Ring], ring: _Ring) -> None:
        self._rings = rings
        self._own = ring

    def close(self) -> None:
        """Stop ringing; idempotent, and safe from within a ring."""
        if self._own in self._rings:
            self._rings.remove(self._own)


def _open_wishes(table: RunTable) -> list[Wish]:
    if table.row.phase.is_terminal:
        return []
    return [wish for kind, wish in table.wishes.items() if kind not in table.consumed]
