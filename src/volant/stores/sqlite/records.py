"""Looking things up in the database: `contracts.records.Records`."""

import sqlite3

from volant.base.errors import NotFoundError
from volant.base.ids import ActionName, EngineId, RunId
from volant.base.phases import RunPhase
from volant.contracts.quotas import PoolLimits
from volant.contracts.records import RunPage, Usage
from volant.contracts.rows import ActionRow, AttemptRow, CacheRow, RunRow, TokenRow, Wish
from volant.stores.paging import token_number
from volant.stores.refusals import no_action, no_run
from volant.stores.sqlite import decode
from volant.stores.sqlite.connection import Readers
from volant.stores.sqlite.files import Files
from volant.stores.sqlite.liveness import EngineLocks
from volant.stores.sqlite.writer import Writer

_TABLES = ("run", "plan", "action", "attempt", "event", "wish", "cache", "reservation", "hold", "token", "engine")
_RUN = f"SELECT {decode.RUN} FROM run"
_ACTION = f"SELECT {decode.ACTION} FROM action"
_ATTEMPT = f"SELECT {decode.ATTEMPT} FROM attempt"
_CACHE = f"SELECT {decode.CACHE} FROM cache"
_TOKEN = f"SELECT {decode.TOKEN} FROM token"
_WISH = f"SELECT {decode.WISH} FROM wish JOIN run ON run.id = wish.run_id"


class SqliteRecords:
    """The reading half of the store, and forgetting."""

    _files: Files
    _schema: int
    _readers: Readers
    _writer: Writer
    _locks: EngineLocks

    def get_run(self, run: RunId) -> RunRow:
        """One run."""
        with self._readers.snapshot() as db:
            return read_run(db, run)[1]

    def find_runs(self, name: str) -> list[RunRow]:
        """Runs of that name, newest first."""
        with self._readers.snapshot() as db:
            return [decode.run(row) for row in db.execute(f"{_RUN} WHERE name = ? ORDER BY id DESC", (name,))]

    def list_runs(
        self, *, limit: int, token: str = "", phases: frozenset[RunPhase] = frozenset(), entity: str = ""
    ) -> RunPage:
        """Runs, newest first."""
        below = token_number(token)
        where, values = ["1"], list[object]()
        if below is not None:
            where, values = [*where, "id < ?"], [*values, below]
        if phases:
            marks = ", ".join("?" * len(phases))
            where, values = [*where, f"phase IN ({marks})"], [*values, *map(int, phases)]
        if entity:
            where, values = [*where, "entity = ?"], [*values, entity]
        sql = f"{_RUN} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        with self._readers.snapshot() as db:
            found = db.execute(sql, (*values, limit + 1)).fetchall()
        token = str(found[limit - 1][0]) if len(found) > limit else ""
        return RunPage(tuple(decode.run(row) for row in found[:limit]), token)

    def owner(self, run: RunId) -> tuple[str, bool]:
        """The owning engine's id and whether it is alive."""
        with self._readers.snapshot() as db:
            found = db.execute("SELECT owner FROM run WHERE run = ?", (run,)).fetchone()
        if found is None:
            raise no_run(run)
        return found[0], self._locks.is_alive(EngineId(found[0]))

    def live_engines(self) -> list[str]:
        """Ids of the engines that are alive."""
        with self._readers.snapshot() as db:
            engines = [row[0] for row in db.execute("SELECT id FROM engine ORDER BY epoch")]
        return [engine for engine in engines if self._locks.is_alive(engine)]

    def abort_wish(self, run: RunId) -> Wish | None:
        """The abort asked for, consumed or not."""
        with self._readers.snapshot() as db:
            read_run(db, run)
            found = db.execute(f"{_WISH} WHERE run.run = ? AND wish.kind = 'abort'", (run,)).fetchone()
        return decode.wish(found) if found else None

    def get_action(self, run: RunId, name: ActionName) -> ActionRow:
        """One action."""
        sql = f"{_ACTION} WHERE run_id = (SELECT id FROM run WHERE run = ?) AND name = ?"
        with self._readers.snapshot() as db:
            found = db.execute(sql, (run, name)).fetchone()
        if found is None:
            raise no_action(run, name)
        return decode.action(run, found)

    def list_actions(self, run: RunId, parent: ActionName | None = None) -> list[ActionRow]:
        """A run's actions in the order in which they were enqueued."""
        with self._readers.snapshot() as db:
            run_id, _ = read_run(db, run)
            return read_actions(db, run, run_id, parent)

    def list_attempts(self, run: RunId, action: ActionName | None = None) -> list[AttemptRow]:
        """Attempts, by action and number."""
        with self._readers.snapshot() as db:
            run_id, _ = read_run(db, run)
            where, values = ("", (run_id,)) if action is None else (" AND action = ?", (run_id, action))
            sql = f"{_ATTEMPT} WHERE run_id = ?{where} ORDER BY action, number"
            return [decode.attempt(run, row) for row in db.execute(sql, values)]

    def list_cached(self, task: str, limit: int = 100) -> list[CacheRow]:
        """Cache entries of one task, newest first."""
        sql = f"{_CACHE} WHERE task = ? ORDER BY created_us DESC, key LIMIT ?"
        with self._readers.snapshot() as db:
            return [decode.cache(row) for row in db.execute(sql, (task, limit))]

    def list_tokens(self, pool: str = "") -> list[TokenRow]:
        """Tokens held and waited for, of one pool or of all."""
        where, values = ("", ()) if not pool else (" WHERE pool = ?", (pool,))
        sql = f"{_TOKEN}{where} ORDER BY pool, granted DESC, place, asked_us, run, name"
        with self._readers.snapshot() as db:
            return [decode.token(row) for row in db.execute(sql, values)]

    def pool_limits(self) -> dict[str, PoolLimits]:
        """What each pool has that was ever asked of."""
        with self._readers.snapshot() as db:
            found = db.execute("SELECT pool, total, per_project FROM pool").fetchall()
        return {pool: PoolLimits(total=total, per_project=each) for pool, total, each in found}

    def holders(self, run: RunId) -> list[RunId]:
        """Runs that name blobs of `run`, other than itself."""
        with self._readers.snapshot() as db:
            return _holders(db, run)

    def forget_run(self, run: RunId) -> bool:
        """Delete a run that is over and that nobody holds, with its rows, events and cache entries."""
        with self._writer.transaction() as db:
            run_id, row = read_run(db, run)
            if not row.phase.is_terminal or _holders(db, run):
                return False
            for table in ("action", "attempt", "event", "wish"):
                db.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
            for table in ("cache", "reservation", "hold", "run"):
                db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
            unused = "DELETE FROM plan WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM run WHERE plan = digest)"
            db.execute(unused, (row.plan,))
            return True

    def used_codes(self) -> set[str]:
        """Digests of the source bundles that some run still names."""
        with self._readers.snapshot() as db:
            return {row[0] for row in db.execute("SELECT DISTINCT code FROM run WHERE code != ''")}

    def usage(self) -> Usage:
        """How much it holds; bytes include SQLite's log, which has 16 MiB from the start."""
        with self._readers.snapshot() as db:
            counts = {table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in _TABLES}
        return Usage(self._files.size(), counts, self._schema)


def read_run(db: sqlite3.Connection, run: RunId) -> tuple[int, RunRow]:
    """A run's number in the tables, and its row.

    Raises:
        NotFoundError: No such run.
    """
    found = db.execute(f"{_RUN} WHERE run = ?", (run,)).fetchone()
    if found is None:
        raise no_run(run)
    return found[0], decode.run(found)


def read_actions(db: sqlite3.Connection, run: RunId, run_id: int, parent: ActionName | None = None) -> list[ActionRow]:
    """A run's actions, or only a parent's children, in the order in which they were enqueued."""
    where, values = ("", (run_id,)) if parent is None else (" AND parent = ?", (run_id, parent))
    found = db.execute(f"{_ACTION} WHERE run_id = ?{where} ORDER BY id", values)
    return [decode.action(run, row) for row in found]


def read_attempts(db: sqlite3.Connection, run: RunId, run_id: int) -> list[AttemptRow]:
    """The newest attempt of each of a run's actions, and those with something due."""
    newest = "SELECT max(number) FROM attempt AS one WHERE one.run_id = this.run_id AND one.action = this.action"
    where = f"run_id = ? AND (kill_due != '' OR finalize_due OR number = ({newest}))"
    sql = f"{_ATTEMPT} AS this WHERE {where} ORDER BY action, number"
    return [decode.attempt(run, row) for row in db.execute(sql, (run_id,))]


def read_wishes(db: sqlite3.Connection, where: str, value: object) -> list[Wish]:
    """Wishes that are not consumed, of runs that are not over and that `where` picks."""
    sql = f"{_WISH} WHERE wish.consumed = 0 AND run.over = 0 AND {where} ORDER BY wish.rowid"
    return [decode.wish(row) for row in db.execute(sql, (value,))]


def read_tokens(db: sqlite3.Connection, where: str, *values: object) -> list[TokenRow]:
    """Tokens that `where` picks, by place."""
    return [decode.token(row) for row in db.execute(f"{_TOKEN} WHERE {where} ORDER BY place", values)]


def read_cached(db: sqlite3.Connection, key: str) -> CacheRow | None:
    """What the cache holds under `key`."""
    found = db.execute(f"{_CACHE} WHERE key = ?", (key,)).fetchone()
    return decode.cache(found) if found else None


def read_plan(db: sqlite3.Connection, digest: str) -> bytes:
    """The compiled closure of that digest.

    Raises:
        NotFoundError: No such plan.
    """
    found = db.execute("SELECT body FROM plan WHERE digest = ?", (digest,)).fetchone()
    if found is None:
        raise NotFoundError(f"there is no plan {digest!r}")
    return bytes(found[0])


def _holders(db: sqlite3.Connection, run: RunId) -> list[RunId]:
    found = db.execute("SELECT run FROM hold WHERE held = ? AND run != held ORDER BY run", (run,))
    return [row[0] for row in found]
