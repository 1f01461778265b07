"""Real processes on one SQLite store: killed while they commit, taking turns, ringing each other."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

from volant.contracts.layout import socket_dir
from volant.contracts.rows import Change
from volant.stores.sqlite import SqliteStore
from volant.testing.store_rows import PLAN, make_action, make_attempt, make_event, make_run

RUN = make_run().run
KILLS = 10

# Commits numbered changes for ever: action n<i>, its attempt and event i belong together.
COMMITTER = """
import sys
from pathlib import Path
from volant.contracts.rows import Change
from volant.stores.sqlite import SqliteStore
from volant.testing.store_rows import make_action, make_attempt, make_event, make_run

store, run = SqliteStore(Path(sys.argv[1])), make_run(sys.argv[2]).run
lease = store.open_engine()
assert store.claim(lease, limit=1, only=run) == [run], "the run of a killed engine was not free"
number = store.load(run).seq
while True:
    number += 1
    rows = (make_action(run, f"n{number}"), make_attempt(run, f"n{number}"))
    store.commit(lease, [Change(run, rows, (make_event(run, number),))])
    print(number, flush=True)
"""

WISHER = """
import sys
from pathlib import Path
from volant.stores.sqlite import SqliteStore
from volant.testing.store_rows import make_run, make_wish

assert SqliteStore(Path(sys.argv[1])).wish(make_wish(make_run().run))
"""


def _start(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def _read_numbers(child: "subprocess.Popen[str]", count: int) -> int:
    """The last of so many numbers that the child printed."""
    assert child.stdout is not None
    return [int(child.stdout.readline()) for _ in range(count)][-1]


def _kill(child: "subprocess.Popen[str]", printed: int) -> int:
    """The last number that the child managed to print."""
    assert child.stdout is not None
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().splitlines(keepends=True)
    child.wait()
    child.stdout.close()
    whole = [int(line) for line in rest if line.endswith("\n")]
    return whole[-1] if whole else printed


def test_killed_engines_lose_nothing_and_leave_nothing_half_done(tmp_path: Path) -> None:
    draw = random.Random(2)
    with closing(SqliteStore(tmp_path)) as store:
        store.create_run(make_run(), PLAN)

    for _ in range(KILLS):
        child = _start(COMMITTER, str(tmp_path), "run-a")
        printed = _read_numbers(child, draw.randint(1, 60))
        for _ in range(draw.randrange(20_000)):
            pass
        printed = _kill(child, printed)

        with closing(SqliteStore(tmp_path)) as store:
            snapshot = store.load(RUN)
            assert snapshot.seq in (printed, printed + 1)
            names = [f"n{number}" for number in range(1, snapshot.seq + 1)]
            assert [row.name for row in snapshot.actions] == names
            assert sorted(row.action for row in snapshot.attempts) == sorted(names)
            events = store.events(RUN, limit=snapshot.seq + 1)
            assert [event.seq for event in events] == list(range(1, snapshot.seq + 1))
            assert store.claim(store.open_engine(), limit=1) == [RUN]

    with closing(sqlite3.connect(tmp_path / "volant.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_live_engine_takes_over_from_a_killed_one_at_once(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path)) as store:
        store.create_run(make_run(), PLAN)
        child = _start(COMMITTER, str(tmp_path), "run-a")
        _read_numbers(child, 1)
        heir = store.open_engine()
        assert store.claim(heir, limit=1) == []

        _kill(child, 1)

        assert store.claim(heir, limit=1) == [RUN]
        seq = store.load(RUN).seq + 1
        change = Change(RUN, (make_action(RUN, f"n{seq}"), make_attempt(RUN, f"n{seq}")), (make_event(RUN, seq),))
        assert store.commit(heir, [change]) == frozenset()
        assert store.live_engines() == [heir.engine]


def test_two_processes_that_commit_all_the_time_take_turns(tmp_path: Path) -> None:
    runs = [make_run(name) for name in ("run-a", "run-b")]
    with closing(SqliteStore(tmp_path)) as store:
        for row in runs:
            store.create_run(row, PLAN)
        children = [_start(COMMITTER, str(tmp_path), name) for name in ("run-a", "run-b")]
        for child in children:
            _read_numbers(child, 1)
        before = [store.load(row.run).seq for row in runs]

        for child in children:
            _read_numbers(child, 100)
        done = [store.load(row.run).seq - seq for row, seq in zip(runs, before, strict=True)]

        for child in children:
            _kill(child, 0)
    assert min(done) * 10 > max(done), done


def test_a_wish_made_in_another_process_rings_the_owners_bell(tmp_path: Path) -> None:
    asked = threading.Event()
    with closing(SqliteStore(tmp_path)) as store:
        lease = store.open_engine()
        store.create_run(make_run(), PLAN, lease)

        def look() -> None:
            if store.wishes(lease):
                asked.set()

        store.listen(look)
        child = _start(WISHER, str(tmp_path))

        assert asked.wait(30)
        assert child.wait() == 0
        assert child.stdout is not None
        child.stdout.close()
    shutil.rmtree(socket_dir(str(tmp_path)))
