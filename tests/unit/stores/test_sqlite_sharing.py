"""Several threads, handles and processes on one store."""

import logging
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from volant.base.errors import LeaseLostError, StoreFault
from volant.base.ids import EngineId, RunId
from volant.contracts.layout import socket_dir
from volant.contracts.rows import Change
from volant.stores.sqlite import SqliteStore, doorbell
from volant.stores.sqlite.doorbell import bell_folder, make_bell_folder
from volant.stores.sqlite.filelock import FileLock, Turnstile, is_locked
from volant.testing.store_rows import PLAN, make_action, make_event, make_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path, wal_bytes=0)
    yield store
    store.close()
    shutil.rmtree(socket_dir(str(tmp_path)), ignore_errors=True)


def test_a_read_sees_the_state_before_a_commit_in_progress_and_does_not_wait(store: SqliteStore) -> None:
    store.create_run(make_run(), PLAN)

    with store._writer.transaction() as db:
        db.execute("DELETE FROM run")
        assert store.get_run(make_run().run) == make_run()
        assert len(store.list_runs(limit=9).runs) == 1
        db.execute("ROLLBACK")
        db.execute("BEGIN IMMEDIATE")


def test_many_threads_may_commit_and_read_at_once(store: SqliteStore) -> None:
    lease = store.open_engine()
    rows = [make_run(f"run-{letter}") for letter in "abcd"]
    for row in rows:
        store.create_run(row, PLAN, lease)

    def work(run: RunId) -> None:
        for seq in range(1, 21):
            change = Change(run, (make_action(run, f"n{seq}"),), (make_event(run, seq),))
            assert store.commit(lease, [change]) == frozenset()
            assert store.load(run).seq == seq

    threads = [threading.Thread(target=work, args=(row.run,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(store.events(row.run)) for row in rows] == [20] * 4


def test_an_engine_whose_lock_file_was_removed_is_declared_dead(store: SqliteStore, tmp_path: Path) -> None:
    lease = store.open_engine()
    store.create_run(make_run(), PLAN, lease)
    (tmp_path / "engines" / f"{lease.engine}.lock").unlink()
    heir = store.open_engine()

    assert store.claim(heir, limit=1) == [make_run().run]
    with pytest.raises(LeaseLostError):
        store.commit(lease, [Change(make_run().run)])


def test_a_dead_engines_lock_file_goes_with_it(store: SqliteStore, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as other:
        other.open_engine()
        kept = store.open_engine()
    last = store.open_engine()

    found = {path.stem for path in (tmp_path / "engines").iterdir()}

    assert found == {kept.engine, last.engine}


def test_a_forked_child_does_not_keep_its_parents_locks(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.exclusive()
    (come, say_come), (go, say_go) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(say_come, b"!")
        os.read(go, 1)
        os._exit(0)
    os.read(come, 1)
    held = is_locked(tmp_path / "lock")

    lock.close()
    held_by_child = is_locked(tmp_path / "lock")
    os.write(say_go, b"!")
    os.waitpid(child, 0)
    for handle in (come, say_come, go, say_go):
        os.close(handle)

    assert (held, held_by_child) == (True, False)


def test_two_locks_on_one_file_conflict_within_a_process(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.try_exclusive()

    assert not second.try_exclusive()
    first.release()
    assert second.try_exclusive()
    first.close()
    second.close()
    second.close()


def test_who_has_written_queues_behind_who_waits(tmp_path: Path) -> None:
    mine, theirs = Turnstile(tmp_path), Turnstile(tmp_path)
    gate = FileLock(tmp_path / "volant.gate")
    order: list[str] = []

    def wait_and_write() -> None:
        with theirs:
            order.append("theirs")

    with mine:
        waiter = threading.Thread(target=wait_and_write)
        waiter.start()
        while gate.try_exclusive():
            # The other has not come to the gate yet.
            gate.release()
        order.append("mine")
    with mine:
        order.append("mine again")
    waiter.join()

    assert order == ["mine", "theirs", "mine again"]
    for each in (mine, theirs, gate):
        each.close()


def test_a_dead_processes_bell_is_taken_down(store: SqliteStore, tmp_path: Path) -> None:
    bells = bell_folder(tmp_path)
    make_bell_folder(bells)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(bells / "dead"))

    store.create_run(make_run(), PLAN)

    assert list(bells.iterdir()) == []


def test_a_bell_is_taken_down_when_its_store_is_closed(store: SqliteStore, tmp_path: Path) -> None:
    bells = bell_folder(tmp_path)
    store.listen(lambda: None)
    assert len(list(bells.iterdir())) == 1

    store.close()

    assert list(bells.iterdir()) == []


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = Path(socket_dir(str(home)))
    folder.mkdir(0o777)
    folder.chmod(0o777)

    with closing(SqliteStore(home, wal_bytes=0)) as store, pytest.raises(StoreFault, match="alone") as caught:
        store.listen(lambda: None)

    assert str(folder) in caught.value.fix
    folder.rmdir()


class Heard(logging.Handler):
    """Keeps what a logger says, whatever other tests made of the loggers above it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_a_subscriber_that_fails_does_not_deafen_the_others(
    store: SqliteStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, heard = doorbell._log.logger, Heard()
    caplog.set_level(logging.WARNING, logger=logger.name)
    monkeypatch.setattr(logger, "disabled", False)
    monkeypatch.setattr(logger, "handlers", [heard])
    rung = threading.Event()

    def fail() -> None:
        raise RuntimeError("my loop is closed")

    store.listen(fail)
    store.listen(rung.set)
    store.create_run(make_run(), PLAN)

    assert rung.wait(10)
    assert any("my loop is closed" in line for line in heard.lines)


def test_a_change_without_a_bell_is_noticed_all_the_same(store: SqliteStore, tmp_path: Path) -> None:
    rung = threading.Event()

    def ring() -> None:
        if store.find_runs("run-b"):
            rung.set()

    store.listen(ring)
    with closing(SqliteStore(tmp_path, wal_bytes=0)) as mute:
        mute._ringer._folder = tmp_path / "engines"
        mute.create_run(make_run("run-b"), PLAN)

        assert rung.wait(10)


def test_nobody_is_alive_under_an_unknown_name(store: SqliteStore) -> None:
    assert not store._locks.is_alive(EngineId("no-such"))
    assert not store._locks.is_alive(EngineId(""))
