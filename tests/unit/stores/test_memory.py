"""What only the memory store promises."""

import threading

from volant.contracts.rows import Change
from volant.stores.memory import MemoryStore
from volant.testing.store_rows import PLAN, make_action, make_run


def test_bells_ring_in_the_thread_that_committed_and_after_the_commit() -> None:
    store = MemoryStore()
    lease, row = store.open_engine(), make_run()
    store.create_run(row, PLAN, lease)
    seen: list[tuple[threading.Thread, int]] = []
    store.listen(lambda: seen.append((threading.current_thread(), len(store.list_actions(row.run)))))

    store.commit(lease, [Change(row.run, (make_action(row.run),))])

    assert seen == [(threading.current_thread(), 1)]


def test_a_subscriber_may_close_itself_and_commit_from_within_a_ring() -> None:
    store = MemoryStore()
    names = iter(["run-b", "run-c"])

    def ring() -> None:
        subscription.close()
        store.create_run(make_run(next(names)), PLAN)

    subscription = store.listen(ring)
    store.create_run(make_run("run-a"), PLAN)

    assert len(store.list_runs(limit=9).runs) == 2


def test_the_same_calls_give_the_same_names() -> None:
    leases = [[store.open_engine() for _ in range(2)] for store in (MemoryStore(), MemoryStore())]

    assert leases[0] == leases[1] == [("engine-1", 1), ("engine-2", 2)]


def test_killing_an_engine_that_does_not_exist_changes_nothing() -> None:
    store = MemoryStore()
    lease = store.open_engine()
    store.close_engine(lease)

    store.kill(lease.engine)

    assert store.live_engines() == []
    assert store.usage().counts["engine"] == 0
