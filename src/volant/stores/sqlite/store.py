"""The store of one machine: `Journal` and `Records` over one SQLite file."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from volant.base.errors import AlreadyExistsError
from volant.base.ids import Digest, EngineId, RunId
from volant.contracts.journal import Subscription
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import (
    CacheRow,
    Change,
    EventRow,
    Lease,
    ReservationRow,
    RunRow,
    RunSnapshot,
    Standing,
    TokenRow,
    Wish,
)
from volant.stores.refusals import no_run
from volant.stores.sqlite import decode, encode, records, tokens
from volant.stores.sqlite.commit import fence, write
from volant.stores.sqlite.connection import Readers, faults
from volant.stores.sqlite.doorbell import Listener, Ringer, bell_folder
from volant.stores.sqlite.files import Files
from volant.stores.sqlite.liveness import EngineLocks
from volant.stores.sqlite.migrate import CURRENT, WAL_BYTES, Schema, check_schema, prepare
from volant.stores.sqlite.ownership import bury, reserve, unowned
from volant.stores.sqlite.writer import Writer

_EVENTS = f"SELECT {decode.EVENT} FROM event WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?"


class SqliteStore(records.SqliteRecords):
    """Rows in `<home>/volant.db`, durable through a power cut when `commit` returns.

    Any number of processes of one user may have it open; writers take turns in order of arrival.

    Args:
        home: Folder of the store; made if need be.
        wal_bytes: Size to which SQLite's log is made when nobody has the store open.
        schema: Shape of the tables; other than the current one only where migration itself is tested.

    Raises:
        StoreFault: It cannot be opened: damaged, not writable, or of a newer schema.
    """

    def __init__(self, home: Path, *, wal_bytes: int = WAL_BYTES, schema: Schema = CURRENT) -> None:
        self._files = Files(home.absolute())
        self._schema = schema.number
        self._guard = threading.Lock()
        self._listener: Listener | None = None
        with ExitStack() as undo:
            with faults(self._files.database):
                self._lock = undo.enter_context(closing(prepare(self._files, schema, wal_bytes)))
            self._writer = undo.enter_context(closing(Writer(self._files)))
            check_schema(self._files.database, self._writer.schema(), schema.number)
            self._bells = bell_folder(self._files.home)
            self._ringer = Ringer(self._bells)
            undo.pop_all()
        self._locks = EngineLocks(self._files)
        self._readers = Readers(self._files.database)

    def open_engine(self) -> Lease:
        """Register an engine that lives until `close_engine` or this process's death."""
        engine = EngineId(secrets.token_hex(8))
        with faults(self._files.engines):
            self._locks.hold(engine)
        try:
            with self._writer.transaction() as db:
                bury(db, self._locks)
                made = db.execute("INSERT INTO engine (id) VALUES (?)", (engine,))
                return Lease(engine, int(made.lastrowid or 0))
        except BaseException:
            self._locks.drop(engine)
            raise

    def close_engine(self, lease: Lease) -> None:
        """Give up every run it owns; idempotent."""
        with self._writer.transaction() as db:
            db.execute("UPDATE run SET owner = '' WHERE owner = ?", (lease.engine,))
            db.execute("DELETE FROM engine WHERE id = ?", (lease.engine,))
        self._locks.drop(lease.engine)
        self._ringer.ring()

    def create_run(self, run: RunRow, plan: bytes, owner: Lease | None = None) -> None:
        """Store a run, and ring the bell."""
        with self._writer.transaction() as db:
            if owner is not None:
                fence(db, owner)
            if db.execute("SELECT 1 FROM run WHERE run = ?", (run.run,)).fetchone():
                raise AlreadyExistsError(f"run {run.run!r} exists", fix="choose another name")
            db.execute("INSERT OR IGNORE INTO plan VALUES (?, ?)", (run.plan, plan))
            db.execute(encode.INSERT_RUN, encode.new_run(run, owner.engine if owner else ""))
        self._ringer.ring()

    def claim(self, lease: Lease, *, limit: int, only: RunId | None = None) -> list[RunId]:
        """Take ownership of runs that are not over and have no live owner, oldest first."""
        with self._readers.snapshot() as db:
            fence(db, lease)
            if not unowned(db, self._locks, only):
                # The common answer, which needs no transaction.
                return []
        with self._writer.transaction() as db:
            fence(db, lease)
            bury(db, self._locks)
            taken = unowned(db, self._locks, only)[:limit]
            db.executemany("UPDATE run SET owner = ? WHERE id = ?", [(lease.engine, n) for n, _ in taken])
        if taken:
            self._ringer.ring()
        return [run for _, run in taken]

    def load(self, run: RunId) -> RunSnapshot:
        """Everything needed to go on with a run."""
        with self._readers.snapshot() as db:
            run_id, row = records.read_run(db, run)
            (seq,) = db.execute("SELECT max(seq) FROM event WHERE run_id = ?", (run_id,)).fetchone()
            return RunSnapshot(
                row,
                tuple(records.read_actions(db, run, run_id)),
                tuple(records.read_attempts(db, run, run_id)),
                tuple(records.read_wishes(db, "run.id = ?", run_id)),
                seq or 0,
                tuple(records.read_tokens(db, "run = ?", run)),
            )

    def plan(self, digest: Digest) -> bytes:
        """The compiled closure of that digest."""
        with self._readers.snapshot() as db:
            return records.read_plan(db, digest)

    def commit(self, lease: Lease, changes: Sequence[Change]) -> frozenset[RunId]:
        """Write the changes in one transaction, but for those of runs that `lease` does not own; ring."""
        runs = list({change.run: None for change in changes})
        with self._writer.transaction() as db:
            owned = fence(db, lease, runs)
            write(db, self._locks, owned, [change for change in changes if change.run in owned])
        if owned:
            self._ringer.ring()
        return frozenset(run for run in runs if run not in owned)

    def wishes(self, lease: Lease) -> list[Wish]:
        """What is asked of the runs this engine owns and was not consumed yet."""
        with self._readers.snapshot() as db:
            return records.read_wishes(db, "run.owner = ?", lease.engine)

    def wish(self, wish: Wish) -> bool:
        """Ask something of a run's owner, and ring the bell."""
        with self._writer.transaction() as db:
            found = db.execute("SELECT id, over FROM run WHERE run = ?", (wish.run,)).fetchone()
            if found is None:
                raise no_run(wish.run)
            run_id, over = found
            if over:
                return False
            values = (run_id, wish.kind, wish.cause, wish.principal, wish.at_us)
            new = db.execute("INSERT OR IGNORE INTO wish VALUES (?, ?, ?, ?, ?, 0)", values).rowcount == 1
        if new:
            self._ringer.ring()
        return new

    def listen(self, ring: Callable[[], None]) -> Subscription:
        """Call `ring` from the store's thread within a millisecond or so of every change."""
        with self._guard:
            if self._listener is None:
                self._listener = Listener(self._bells, self._files.database)
            return self._listener.add(ring)

    def events(self, run: RunId, after: int = 0, limit: int = 1000) -> list[EventRow]:
        """A run's events with `seq` above `after`, in order."""
        with self._readers.snapshot() as db:
            found = db.execute("SELECT id FROM run WHERE run = ?", (run,)).fetchone()
            if found is None:
                raise no_run(run)
            return [decode.event(run, row) for row in db.execute(_EVENTS, (found[0], after, limit))]

    def cached(self, key: str) -> CacheRow | None:
        """What the cache holds under `key`."""
        with self._readers.snapshot() as db:
            return records.read_cached(db, key)

    def reserve(self, lease: Lease, wanted: ReservationRow) -> ReservationRow:
        """Get or take a reservation, atomically."""
        with self._writer.transaction() as db:
            fence(db, lease)
            return reserve(db, self._locks, wanted)

    def ask(self, lease: Lease, wanted: Sequence[TokenRow], limits: Mapping[str, PoolLimits]) -> list[Standing]:
        """Ask for tokens of pools, in one transaction."""
        with self._writer.transaction() as db:
            owned = fence(db, lease, list({row.run: None for row in wanted}))
            granted = tokens.ask(db, self._locks, owned, wanted, limits)
            found = [tokens.standing(db, row) for row in wanted]
        if not {(row.run, row.name) for row in wanted}.issuperset((head.run, head.name) for head in granted):
            self._ringer.ring()
        return found

    def granted(self, pool: str, after: int) -> list[TokenRow]:
        """Tokens of a pool that are held, granted after that."""
        with self._readers.snapshot() as db:
            return records.read_tokens(db, "pool = ? AND granted = 1 AND place > ?", pool, after)

    def close(self) -> None:
        """Let go of files and threads, and let the engines opened here be dead; idempotent."""
        with self._guard:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        self._locks.close()
        self._readers.close()
        self._writer.close()
        self._ringer.close()
        self._lock.close()
