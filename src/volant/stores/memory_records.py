"""The memory store's tables, and how they are looked up."""

import threading
from dataclasses import dataclass, field

from volant.base.ids import ActionName, Digest, EngineId, RunId, run_name
from volant.base.phases import RunPhase
from volant.contracts.quotas import PoolLimits
from volant.contracts.records import RunPage, Usage
from volant.contracts.rows import ActionRow, AttemptRow, CacheRow, EventRow, ReservationRow, RunRow, TokenRow, Wish
from volant.stores.memory_tokens import Pool
from volant.stores.paging import token_number
from volant.stores.refusals import no_action, no_run

NOBODY = EngineId("")
_SCHEMA = 2


@dataclass(slots=True)
class RunTable:
    """One run and all that is keyed by it.

    Attributes:
        number: Grows with every run ever created.
        owner: `NOBODY` while unclaimed.
        wishes: By kind.
        consumed: Kinds of the wishes acted on.
    """

    number: int
    row: RunRow
    owner: EngineId = NOBODY
    actions: dict[ActionName, ActionRow] = field(default_factory=dict)
    attempts: dict[tuple[ActionName, int], AttemptRow] = field(default_factory=dict)
    events: list[EventRow] = field(default_factory=list)
    wishes: dict[str, Wish] = field(default_factory=dict)
    consumed: set[str] = field(default_factory=set)


class MemoryRecords:
    """`contracts.records.Records` over dicts; nothing survives the process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs: dict[RunId, RunTable] = {}
        self._plans: dict[Digest, bytes] = {}
        self._cache: dict[str, CacheRow] = {}
        self._reservations: dict[str, ReservationRow] = {}
        self._holds: set[tuple[RunId, RunId]] = set()
        self._engines: dict[EngineId, bool] = {}
        self._pools: dict[str, Pool] = {}

    def get_run(self, run: RunId) -> RunRow:
        """One run."""
        with self._lock:
            return self._table(run).row

    def find_runs(self, name: str) -> list[RunRow]:
        """Runs of that name, newest first."""
        with self._lock:
            return [table.row for run, table in reversed(self._runs.items()) if run_name(run) == name]

    def list_runs(
        self, *, limit: int, token: str = "", phases: frozenset[RunPhase] = frozenset(), entity: str = ""
    ) -> RunPage:
        """Runs, newest first."""
        below = token_number(token)
        with self._lock:
            found = [
                table
                for table in reversed(self._runs.values())
                if (below is None or table.number < below)
                and (not phases or table.row.phase in phases)
                and (not entity or table.row.spec.entity == entity)
            ]
        rows = tuple(table.row for table in found[:limit])
        return RunPage(rows, str(found[limit - 1].number) if len(found) > limit else "")

    def owner(self, run: RunId) -> tuple[str, bool]:
        """The owning engine's id and whether it is alive."""
        with self._lock:
            owner = self._table(run).owner
            return owner, self._engines.get(owner, False)

    def live_engines(self) -> list[str]:
        """Ids of the engines that are alive."""
        with self._lock:
            return [engine for engine, alive in self._engines.items() if alive]

    def abort_wish(self, run: RunId) -> Wish | None:
        """The abort asked for, consumed or not."""
        with self._lock:
            return self._table(run).wishes.get("abort")

    def get_action(self, run: RunId, name: ActionName) -> ActionRow:
        """One action."""
        with self._lock:
            table = self._runs.get(run)
            if table is None or name not in table.actions:
                raise no_action(run, name)
            return table.actions[name]

    def list_actions(self, run: RunId, parent: ActionName | None = None) -> list[ActionRow]:
        """A run's actions in the order in which they were enqueued."""
        with self._lock:
            rows = self._table(run).actions.values()
            return [row for row in rows if parent is None or row.parent == parent]

    def list_attempts(self, run: RunId, action: ActionName | None = None) -> list[AttemptRow]:
        """Attempts, by action and number."""
        with self._lock:
            rows = sorted(self._table(run).attempts.items())
        return [row for key, row in rows if action is None or key[0] == action]

    def list_cached(self, task: str, limit: int = 100) -> list[CacheRow]:
        """Cache entries of one task, newest first."""
        with self._lock:
            found = [row for row in self._cache.values() if row.task == task]
        return sorted(found, key=lambda row: (-row.created_us, row.key))[:limit]

    def list_tokens(self, pool: str = "") -> list[TokenRow]:
        """Tokens held and waited for, of one pool or of all."""
        with self._lock:
            return [row for name in sorted(self._pools) if pool in ("", name) for row in self._pools[name].rows()]

    def pool_limits(self) -> dict[str, PoolLimits]:
        """What each pool has that was ever asked of."""
        with self._lock:
            return {name: pool.limits for name, pool in self._pools.items()}

    def holders(self, run: RunId) -> list[RunId]:
        """Runs that name blobs of `run`, other than itself."""
        with self._lock:
            return sorted(holder for holder, held in self._holds if held == run and holder != run)

    def forget_run(self, run: RunId) -> bool:
        """Delete a run that is over and that nobody holds, with its rows, events and cache entries."""
        with self._lock:
            table = self._table(run)
            if not table.row.phase.is_terminal or self.holders(run):
                return False
            del self._runs[run]
            self._holds = {hold for hold in self._holds if hold[0] != run}
            self._cache = {key: row for key, row in self._cache.items() if row.run != run}
            self._reservations = {key: row for key, row in self._reservations.items() if row.run != run}
            used = {other.row.plan for other in self._runs.values()}
            self._plans = {digest: plan for digest, plan in self._plans.items() if digest in used}
            return True

    def used_codes(self) -> set[str]:
        """Digests of the source bundles that some run still names."""
        with self._lock:
            return {table.row.code for table in self._runs.values()} - {""}

    def usage(self) -> Usage:
        """How much it holds; no bytes on disk."""
        with self._lock:
            tables = list(self._runs.values())
            counts = {
                "run": len(tables),
                "plan": len(self._plans),
                "action": sum(len(table.actions) for table in tables),
                "attempt": sum(len(table.attempts) for table in tables),
                "event": sum(len(table.events) for table in tables),
                "wish": sum(len(table.wishes) for table in tables),
                "cache": len(self._cache),
                "reservation": len(self._reservations),
                "hold": len(self._holds),
                "token": sum(len(pool.rows()) for pool in self._pools.values()),
                "engine": len(self._engines),
            }
        return Usage(0, counts, _SCHEMA)

    def _table(self, run: RunId) -> RunTable:
        table = self._runs.get(run)
        if table is None:
            raise no_run(run)
        return table
