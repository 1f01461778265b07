"""What pools cost in SQLite: counted in steps of its machine, not in time."""

from contextlib import closing
from pathlib import Path

from volant.base.ids import RunId
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Change, Lease
from volant.stores.sqlite import SqliteStore
from volant.testing.store_rows import make_attempt, make_token
from volant.testing.store_scenes import owned

LIMITS = {"pool": PoolLimits(total=50)}


def test_neither_asking_nor_letting_go_costs_more_when_many_wait(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        lease, run = owned(store)
        _line_up(store, lease, run, 0, 70)
        few = _steps(store, lease, run, ask=70, let_go=0)
        _line_up(store, lease, run, 71, 1100)

        many = _steps(store, lease, run, ask=1100, let_go=1)

        assert len(store.list_tokens()) == 1099
        assert many < few * 1.2


def _line_up(store: SqliteStore, lease: Lease, run: RunId, first: int, after: int) -> None:
    numbers = range(first, after + 1)
    store.commit(lease, [Change(run, (make_attempt(run, f"n{n}"),)) for n in numbers])
    store.ask(lease, [make_token(run, f"n{n}") for n in numbers[:-1]], LIMITS)


def _steps(store: SqliteStore, lease: Lease, run: RunId, *, ask: int, let_go: int) -> int:
    steps = [0]

    def step() -> None:
        steps[0] += 1

    db = store._writer._db
    db.set_progress_handler(step, 1)
    store.ask(lease, [make_token(run, f"n{ask}")], LIMITS)
    store.commit(lease, [Change(run, tokens=(make_token(run, f"n{let_go}").name,))])
    db.set_progress_handler(None, 0)
    return steps[0]
