"""Full disks, damaged files and places that cannot be written: a path, a fix, and nothing half written."""

import os
import resource
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from volant.base.errors import StoreFault
from volant.base.ids import Digest
from volant.contracts.rows import Change, Lease, ValueRef
from volant.stores.sqlite import SqliteStore
from volant.testing.store_rows import PLAN, make_action, make_event, make_run

RUN = make_run().run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path, wal_bytes=0)
    yield store
    store.close()


@pytest.fixture
def lease(store: SqliteStore) -> Lease:
    lease = store.open_engine()
    store.create_run(make_run(), PLAN, lease)
    return lease


def _big(number: int) -> Change:
    action = make_action(RUN, f"n{number}", outputs=ValueRef(data=bytes(32 * 1024)))
    return Change(RUN, (action,), (make_event(RUN, number + 1),))


def test_on_a_full_disk_nothing_of_the_call_is_written_and_later_calls_work(
    store: SqliteStore, lease: Lease, tmp_path: Path
) -> None:
    store.commit(lease, [_big(0)])
    (pages,) = store._writer._db.execute("PRAGMA page_count").fetchone()
    store._writer._db.execute(f"PRAGMA max_page_count = {pages + 20}")

    with pytest.raises(StoreFault, match="full") as caught:
        store.commit(lease, [_big(number) for number in range(1, 9)])

    assert str(tmp_path / "volant.db") in str(caught.value)
    assert "free some space" in caught.value.fix
    assert [row.name for row in store.list_actions(RUN)] == ["n0"]
    assert store.load(RUN).seq == 1
    store._writer._db.execute(f"PRAGMA max_page_count = {pages + 2000}")
    assert store.commit(lease, [_big(number) for number in range(1, 9)]) == frozenset()
    assert store.load(RUN).seq == 9


def test_a_store_that_cannot_be_written_can_still_be_read(store: SqliteStore, lease: Lease) -> None:
    store._writer._db.execute("PRAGMA query_only = 1")

    with pytest.raises(StoreFault, match="cannot be written") as caught:
        store.commit(lease, [_big(0)])

    assert "VOLANT_HOME" in caught.value.fix
    assert store.load(RUN).actions == ()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "volant.db").write_bytes(b"garbage" * 1000)

    with pytest.raises(StoreFault, match="not a Volant store") as caught:
        SqliteStore(tmp_path)

    assert "move it away" in caught.value.fix
    assert (tmp_path / "volant.db").read_bytes() == b"garbage" * 1000


def test_a_file_that_lost_its_end_is_refused(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        lease = store.open_engine()
        store.create_run(make_run(), PLAN, lease)
        store.commit(lease, [_big(0)])
    path = tmp_path / "volant.db"
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(StoreFault, match="damaged"):
        SqliteStore(tmp_path)


def test_pages_that_were_overwritten_are_reported_when_they_are_read(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        store.create_run(make_run(), PLAN)
    path = tmp_path / "volant.db"
    head = path.read_bytes()[:4096]
    path.write_bytes(head + os.urandom(path.stat().st_size - 4096))

    with pytest.raises(StoreFault, match="damaged"), closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        store.load(RUN)


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreFault, match="file/home") as caught:
        SqliteStore(tmp_path / "file" / "home")

    assert "VOLANT_HOME" in caught.value.fix


def test_a_folder_in_place_of_the_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "volant.db").mkdir()

    with pytest.raises(StoreFault, match="cannot be opened"):
        SqliteStore(tmp_path)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, wal_bytes=0)
    store.close()

    with pytest.raises(StoreFault, match="closed"):
        store.get_run(RUN)
    with pytest.raises(StoreFault, match="closed"):
        store.create_run(make_run(plan=Digest("d")), PLAN)


def test_a_disk_with_no_room_for_a_presized_log_can_still_be_read(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as store:
        store.create_run(make_run(), PLAN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, hard))

    try:
        with closing(SqliteStore(tmp_path)) as store:
            assert store.get_run(RUN) == make_run()
            assert (tmp_path / "volant.db-wal").stat().st_size < 1024 * 1024
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
