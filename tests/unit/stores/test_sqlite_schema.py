"""Opening a store: made, migrated after a copy, or refused."""

import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from volant.base.errors import StoreFault
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Change
from volant.stores.sqlite import SqliteStore
from volant.stores.sqlite.migrate import CURRENT, Schema
from volant.testing.store_rows import PLAN, make_attempt, make_run, make_token

ADD_MOOD = "ALTER TABLE run ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'"
FIRST = Schema(1, resources.files("volant.stores.sqlite").joinpath("schema_1.sql").read_text(), {})
NEXT = Schema(CURRENT.number + 1, CURRENT.create, {CURRENT.number: ADD_MOOD})


def _make_store(home: Path) -> None:
    with closing(SqliteStore(home, wal_bytes=0)) as store:
        store.create_run(make_run(), PLAN)


def test_an_older_store_is_copied_and_migrated(tmp_path: Path) -> None:
    _make_store(tmp_path)

    with closing(SqliteStore(tmp_path, wal_bytes=0, schema=NEXT)) as store:
        assert store.get_run(make_run().run) == make_run()
        assert store.usage().schema == NEXT.number

    with closing(sqlite3.connect(tmp_path / "volant.db")) as db:
        assert db.execute("SELECT mood FROM run").fetchall() == [("calm",)]
    with closing(sqlite3.connect(tmp_path / f"volant.db.v{CURRENT.number}.bak")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (CURRENT.number,)
        assert copy.execute("SELECT name FROM run").fetchall() == [("run-a",)]


def test_a_store_of_schema_1_gets_its_pools_and_keeps_its_runs(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0, schema=FIRST)) as old:
        lease = old.open_engine()
        run = make_run().run
        old.create_run(make_run(), PLAN, lease)
        old.commit(lease, [Change(run, (make_attempt(run),))])

    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        lease = store.open_engine()
        assert store.claim(lease, limit=1) == [run]
        assert store.ask(lease, [make_token(run)], {"pool": PoolLimits(total=1)})[0].granted
        assert store.usage().schema == CURRENT.number

    with closing(sqlite3.connect(tmp_path / "volant.db")) as db, closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(CURRENT.create)
        shape = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        assert db.execute(shape).fetchall() == fresh.execute(shape).fetchall()
    assert (tmp_path / "volant.db.v1.bak").exists()


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    _make_store(tmp_path)
    broken = NEXT._replace(steps={CURRENT.number: f"{ADD_MOOD}; SELECT no_such_column FROM run"})

    with pytest.raises(StoreFault):
        SqliteStore(tmp_path, wal_bytes=0, schema=broken)

    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        assert store.get_run(make_run().run) == make_run()


def test_a_newer_store_is_refused_naming_both_numbers_and_the_fix(tmp_path: Path) -> None:
    _make_store(tmp_path)
    SqliteStore(tmp_path, wal_bytes=0, schema=NEXT).close()

    with pytest.raises(StoreFault, match=f"schema {NEXT.number}, newer than {CURRENT.number}") as caught:
        SqliteStore(tmp_path, wal_bytes=0)

    assert "upgrade Volant" in caught.value.fix


def test_an_older_store_in_use_is_not_migrated_under_its_users(tmp_path: Path) -> None:
    _make_store(tmp_path)

    with closing(SqliteStore(tmp_path, wal_bytes=0)) as user:
        with pytest.raises(StoreFault, match="another process has it open"):
            SqliteStore(tmp_path, wal_bytes=0, schema=NEXT)
        user.create_run(make_run("run-b"), PLAN)

    assert not (tmp_path / f"volant.db.v{CURRENT.number}.bak").exists()


def test_a_store_from_before_the_oldest_known_step_is_refused(tmp_path: Path) -> None:
    _make_store(tmp_path)

    with pytest.raises(StoreFault, match=f"no way from {CURRENT.number} to {NEXT.number}"):
        SqliteStore(tmp_path, wal_bytes=0, schema=NEXT._replace(steps={}))


def test_the_log_has_its_size_before_the_first_commit_and_a_used_one_is_left_alone(tmp_path: Path) -> None:
    wal = tmp_path / "volant.db-wal"

    with closing(SqliteStore(tmp_path)) as first, closing(SqliteStore(tmp_path)) as second:
        assert wal.stat().st_size == 16 * 1024 * 1024
        first.create_run(make_run(), PLAN)
        assert second.get_run(make_run().run) == make_run()
        assert wal.stat().st_size == 16 * 1024 * 1024


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store, store._writer.transaction() as db:
        settings = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "fullfsync")]
        assert settings == [2, 1]
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
