"""Scenes the store suites begin with: runs somebody owns, rows with every field set."""

from typing import Protocol

from volant.base.errors import (
    Failure,
    FaultKind,
)
from volant.base.ids import ROOT, ActionName, RunId
from volant.base.phases import ActionPhase, AttemptPhase, RunPhase, Stage
from volant.contracts.journal import Journal
from volant.contracts.records import Records
from volant.contracts.rows import (
    ActionRow,
    AttemptRow,
    CacheStatus,
    Change,
    HoldRow,
    Lease,
    RunRow,
    RunSpec,
    ValueRef,
)
from volant.testing.store_rows import (
    PLAN,
    make_action,
    make_attempt,
    make_cached,
    make_event,
    make_run,
    make_wish,
)


class Store(Journal, Records, Protocol):
    """Both contracts at once."""

    def close(self) -> None:
        """Let go of files and threads; idempotent."""
        ...


def created(store: Store, name: str = "run-a") -> RunId:
    """A run without owner."""
    row = make_run(name)
    store.create_run(row, PLAN)
    return row.run


def owned(store: Store, name: str = "run-a") -> tuple[Lease, RunId]:
    """A run of a fresh engine."""
    return owned_by(store, store.open_engine(), name)


def owned_by(store: Store, lease: Lease, name: str) -> tuple[Lease, RunId]:
    """A run of that engine."""
    row = make_run(name)
    store.create_run(row, PLAN, lease)
    return lease, row.run


def tick(run: RunId, seq: int) -> Change:
    """One event."""
    return Change(run, (), (make_event(run, seq),))


def finish(store: Store, lease: Lease, run: RunId) -> None:
    """A run that ends well, with a row of every kind."""
    rows = (
        make_run(phase=RunPhase.SUCCEEDED),
        make_action(run),
        make_attempt(run),
        make_cached(run),
        HoldRow(run, run),
    )
    store.wish(make_wish(run))
    store.commit(lease, [Change(run, rows, (make_event(run, 1),))])


FAILURE = Failure(
    "USER:Bad", "größer\nthan it looks", FaultKind.USER, FaultKind.SYSTEM, "trace", "f.py:3", "mend it", "n0"
)


def full_run() -> RunRow:
    """A run with every field set."""
    spec = RunSpec(
        entity="mod.wf",
        source="flights.py",
        max_parallelism=25,
        interruptible=False,
        overwrite_cache=True,
        environment={"A": "1"},
        labels={"team": "x"},
        raw_prefix="file:///raw",
        recovered_from="run-0",
    )
    return RunRow(
        run=make_run().run,
        plan=make_run().plan,
        code="code-1",
        spec=spec,
        inputs=ValueRef(data=b"in"),
        phase=RunPhase.FAILING,
        error=FAILURE,
        outputs=ValueRef(uri="file:///o"),
        created_us=1,
        started_us=2,
        ended_us=3,
    )


def full_action(run: RunId) -> ActionRow:
    """An action with every field set."""
    return ActionRow(
        run=run,
        name=ActionName("n0/1/n2"),
        parent=ActionName("n0"),
        kind="workflow",
        spec_node_id="n2",
        generation=1,
        index=2,
        display="two",
        target="mod.sub",
        phase=ActionPhase.RUNNING,
        stage=Stage.HANDLING_FAILURE,
        pending=FAILURE,
        error=Failure("SYSTEM", "x"),
        inputs=ValueRef(data=b"in"),
        outputs=ValueRef(row=(ROOT, "outputs")),
        attempts=3,
        system_failures=1,
        cache=CacheStatus("HIT", "key", "run-0", "n9"),
        message="waits",
        queued_us=1,
        started_us=2,
        ended_us=3,
    )


def full_attempt(run: RunId) -> AttemptRow:
    """An attempt with every field set."""
    return AttemptRow(
        run=run,
        action=ActionName("n0/1/n2"),
        number=3,
        plugin="echo",
        generated_name="run-a-n0-3",
        phase=AttemptPhase.WAITING_FOR_RESOURCES,
        version=4,
        begun=True,
        state=b'{"n": 1}',
        state_version=2,
        kill_due="aborted",
        finalize_due=True,
        look_us=9,
        interruptible=True,
        error=FAILURE,
        details=b"{}",
        queued_us=1,
        started_us=2,
        ended_us=3,
    )
