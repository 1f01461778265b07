"""What every store must pass of `contracts.journal`, line by line."""

import threading
from collections.abc import Callable, Iterator

import pytest

from volant.base.errors import (
    AlreadyExistsError,
    LeaseLostError,
    NotFoundError,
)
from volant.base.ids import ROOT, ActionName, Digest
from volant.base.phases import ActionPhase, RunPhase
from volant.contracts.rows import (
    MAX_CHANGE_ROWS,
    Change,
    HoldRow,
    Lease,
    ReservationRow,
    Row,
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
from volant.testing.store_scenes import (
    Store,
    created,
    full_action,
    full_attempt,
    full_run,
    owned,
    owned_by,
    tick,
)

_PATIENCE = 10.0
"""Seconds after which a bell that has not rung never will."""


class StoreHooks:
    """What a suite needs to know of a store."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """An empty store, closed afterwards. Override this."""
        raise NotImplementedError

    def doomed_engine(self, store: Store) -> tuple[Lease, Callable[[], None]]:
        """A live engine, and what kills it as SIGKILL would, without closing anything. Override this."""
        raise NotImplementedError

    def reopen(self, store: Store) -> Store:
        """The same data through another handle, where there is such a thing; else the same one."""
        return store


class JournalSuite(StoreHooks):
    """Behaviour of a store that the engine relies on."""

    # --- engines -------------------------------------------------------------------------------------

    def test_engines_have_names_of_their_own_and_growing_epochs(self, store: Store) -> None:
        """Workers tell an older engine from a newer one by its epoch."""
        first, second = store.open_engine(), store.open_engine()

        assert first.engine != second.engine
        assert first.epoch < second.epoch

    def test_epochs_grow_even_when_no_older_engine_is_left(self, store: Store) -> None:
        """An epoch is never given twice."""
        first = store.open_engine()
        store.close_engine(first)

        assert store.open_engine().epoch > first.epoch

    def test_an_engine_is_alive_until_it_is_closed_or_dies(self, store: Store) -> None:
        """`live_engines` names exactly those."""
        stays, closes = store.open_engine(), store.open_engine()
        doomed, die = self.doomed_engine(store)
        assert sorted(store.live_engines()) == sorted([stays.engine, closes.engine, doomed.engine])

        store.close_engine(closes)
        store.close_engine(closes)
        die()

        assert store.live_engines() == [stays.engine]

    def test_closing_an_engine_gives_up_its_runs(self, store: Store) -> None:
        """They can be claimed by the next one at once."""
        lease, run = owned(store)
        store.close_engine(lease)

        assert store.owner(run) == ("", False)
        assert store.claim(store.open_engine(), limit=1) == [run]

    # --- creating, loading ---------------------------------------------------------------------------

    def test_a_created_run_is_there_with_all_its_fields(self, store: Store) -> None:
        """What was asked for comes back as it was."""
        row = full_run()
        store.create_run(row, PLAN)

        assert self.reopen(store).get_run(row.run) == row
        assert store.load(row.run) == (row, (), (), (), 0, ())
        assert store.plan(row.plan) == PLAN

    def test_a_name_that_is_taken_changes_nothing(self, store: Store) -> None:
        """AlreadyExistsError, and the existing run stays."""
        row = make_run()
        store.create_run(row, PLAN)

        with pytest.raises(AlreadyExistsError, match="run-a"):
            store.create_run(make_run(code="other", plan=Digest("plan-2")), b"other plan")

        assert store.get_run(row.run) == row
        with pytest.raises(NotFoundError):
            store.plan(Digest("plan-2"))

    def test_a_plan_is_stored_once_for_all_its_runs(self, store: Store) -> None:
        """Its digest is its key."""
        for name in ("run-a", "run-b"):
            store.create_run(make_run(name), PLAN)

        assert store.usage().counts["plan"] == 1

    def test_a_run_may_be_born_owned(self, store: Store) -> None:
        """Then nobody else can claim it."""
        lease, run = owned(store)

        assert store.owner(run) == (lease.engine, True)
        assert store.claim(store.open_engine(), limit=10) == []

    def test_what_does_not_exist_is_not_found(self, store: Store) -> None:
        """Every look-up by name says so."""
        run = make_run().run
        with pytest.raises(NotFoundError):
            store.load(run)
        with pytest.raises(NotFoundError):
            store.get_run(run)
        with pytest.raises(NotFoundError):
            store.owner(run)
        with pytest.raises(NotFoundError):
            store.get_action(run, ActionName("n0"))
        with pytest.raises(NotFoundError):
            store.wish(make_wish(run))
        with pytest.raises(NotFoundError):
            store.plan(Digest("no-such"))
        assert store.cached("no-such") is None

    # --- claiming ------------------------------------------------------------------------------------

    def test_runs_without_owner_are_claimed_oldest_first(self, store: Store) -> None:
        """And at most `limit` of them."""
        runs = [created(store, f"run-{letter}") for letter in "zab"]
        lease = store.open_engine()

        assert store.claim(lease, limit=2) == runs[:2]
        assert store.claim(lease, limit=2) == runs[2:]
        assert store.claim(lease, limit=2) == []
        assert [store.owner(run) for run in runs] == [(lease.engine, True)] * 3

    def test_one_run_alone_can_be_claimed(self, store: Store) -> None:
        """`only` leaves the others."""
        first, second = created(store, "run-a"), created(store, "run-b")
        lease = store.open_engine()

        assert store.claim(lease, limit=9, only=second) == [second]
        assert store.claim(lease, limit=9, only=second) == []
        assert store.owner(first) == ("", False)

    def test_runs_that_are_over_are_not_claimed(self, store: Store) -> None:
        """However they ended."""
        lease, run = owned(store)
        store.commit(lease, [Change(run, (make_run(phase=RunPhase.ABORTED),))])
        store.close_engine(lease)

        assert store.claim(store.open_engine(), limit=1) == []

    def test_runs_of_a_dead_engine_are_taken_over_at_once(self, store: Store) -> None:
        """Those of a live one are not."""
        _, living = owned(store, "run-a")
        lease, die = self.doomed_engine(store)
        orphan = make_run("run-b")
        store.create_run(orphan, PLAN, lease)
        heir = store.open_engine()
        assert store.claim(heir, limit=9) == []

        die()

        assert store.owner(orphan.run) == (lease.engine, False)
        assert store.claim(heir, limit=9) == [orphan.run]
        assert store.owner(living) != store.owner(orphan.run)

    def test_an_engine_declared_dead_can_write_nothing(self, store: Store) -> None:
        """LeaseLostError from every call that takes its lease to write; the heir can."""
        lease, die = self.doomed_engine(store)
        row = make_run()
        store.create_run(row, PLAN, lease)
        die()
        heir = store.open_engine()
        store.claim(heir, limit=1)

        with pytest.raises(LeaseLostError):
            store.commit(lease, [Change(row.run, (make_action(row.run),))])
        with pytest.raises(LeaseLostError):
            store.claim(lease, limit=1)
        with pytest.raises(LeaseLostError):
            store.reserve(lease, ReservationRow("key", row.run, ActionName("n0")))
        with pytest.raises(LeaseLostError):
            store.create_run(make_run("run-b"), PLAN, lease)
        assert store.find_runs("run-b") == []
        assert store.list_actions(row.run) == []
        assert store.commit(heir, [Change(row.run, (make_action(row.run),))]) == frozenset()

    # --- committing ----------------------------------------------------------------------------------

    def test_every_field_of_every_row_comes_back(self, store: Store) -> None:
        """Also through another handle, once `commit` has returned."""
        lease, run = owned(store)
        row, action, attempt = full_run(), full_action(run), full_attempt(run)
        cached, event = (
            make_cached(run, parts=b'{"n": 1}'),
            make_event(run, 1, attempt=2, version=3, note="why"),
        )

        store.commit(lease, [Change(run, (row, action, attempt, cached, HoldRow(run, run)), (event,))])

        other = self.reopen(store)
        assert other.load(run) == (row, (action,), (attempt,), (), 1, ())
        assert other.events(run) == [event]
        assert other.cached("key-1") == cached
        assert other.get_action(run, action.name) == action
        assert other.list_attempts(run, attempt.action) == [attempt]

    @pytest.mark.parametrize(
        "ref",
        [
            None,
            ValueRef(data=b""),
            ValueRef(data=b"=\x00\xff"),
            ValueRef(uri="file:///a b/=c"),
            ValueRef(row=(ROOT, "inputs")),
            ValueRef(row=(ActionName("n0/0/n:1"), "outputs")),
        ],
    )
    def test_a_value_stays_the_kind_of_reference_it_is(self, store: Store, ref: ValueRef | None) -> None:
        """Bytes, a URI, another row, or nothing yet; empty bytes are a value."""
        lease, run = owned(store)
        store.commit(lease, [Change(run, (make_action(run, inputs=ref, outputs=ref),))])

        found = store.get_action(run, ActionName("n0"))

        assert (found.inputs, found.outputs) == (ref, ref)

    def test_a_row_written_again_replaces_the_whole_row(self, store: Store) -> None:
        """Also twice within one commit; the last one stays, in its first place."""
        lease, run = owned(store)
        names = ["n1", "n0", "n2"]
        store.commit(lease, [Change(run, tuple(make_action(run, name, message="old") for name in names))])
        new = make_action(run, "n1", phase=ActionPhase.RUNNING)

        store.commit(lease, [Change(run, (make_action(run, "n1", message="x"),)), Change(run, (new,))])

        assert [row.name for row in store.list_actions(run)] == names
        assert store.get_action(run, new.name) == new

    def test_changes_of_lost_runs_are_left_out_and_named(self, store: Store) -> None:
        """The others are written; a run that does not exist is lost as well."""
        lease, mine = owned(store, "run-a")
        _, foreign = owned(store, "run-b")
        gone = make_run("run-c").run
        runs = (foreign, mine, gone)

        lost = store.commit(lease, [Change(r, (make_action(r),), (make_event(r, 1),)) for r in runs])

        assert lost == {foreign, gone}
        assert len(store.list_actions(mine)) == len(store.events(mine)) == 1
        assert store.list_actions(foreign) == []
        assert store.events(foreign) == []

    def test_committing_nothing_is_fine(self, store: Store) -> None:
        """No change, no loss."""
        lease, run = owned(store)

        assert store.commit(lease, []) == frozenset()
        assert store.commit(lease, [Change(run)]) == frozenset()

    def test_a_number_used_twice_by_events_writes_nothing(self, store: Store) -> None:
        """Neither the change that repeats it nor another of the call."""
        lease, run = owned(store)
        store.commit(lease, [Change(run, (), (make_event(run, 1),))])
        good = Change(run, (make_action(run),), (make_event(run, 2),))

        with pytest.raises(ValueError, match="number"):
            store.commit(lease, [good, Change(run, (), (make_event(run, 2),))])

        assert store.list_actions(run) == []
        assert [event.seq for event in store.events(run)] == [1]

    def test_a_change_too_big_for_one_transaction_is_refused(self, store: Store) -> None:
        """Every store refuses it, also one that could write it."""
        lease, run = owned(store)
        rows = tuple(make_action(run, f"n{index}") for index in range(MAX_CHANGE_ROWS + 1))

        with pytest.raises(ValueError, match="16"):
            store.commit(lease, [Change(run, rows)])
        assert store.list_actions(run) == []

    def test_a_change_keeps_to_its_run(self, store: Store) -> None:
        """A row or an event of another run is refused; cache entries may name any."""
        lease, run = owned(store, "run-a")
        _, other = owned(store, "run-b")

        with pytest.raises(ValueError, match="run-b"):
            store.commit(lease, [Change(run, (make_action(other),))])
        with pytest.raises(ValueError, match="run-b"):
            store.commit(lease, [Change(run, (), (make_event(other, 1),))])
        assert store.commit(lease, [Change(run, (make_cached(other),))]) == frozenset()

    def test_a_snapshot_has_the_newest_attempts_and_those_with_something_due(self, store: Store) -> None:
        """Older ones that need nothing are left out."""
        lease, run = owned(store)
        due = [
            make_attempt(run, "n0", 1, kill_due="timed out"),
            make_attempt(run, "n0", 2, finalize_due=True),
            make_attempt(run, "n0", 10),
            make_attempt(run, "n1", 0),
        ]
        rows: tuple[Row, ...] = (
            make_action(run, "n0"),
            make_action(run, "n1"),
            make_attempt(run, "n0"),
            *due,
        )

        store.commit(lease, [Change(run, rows)])

        assert store.load(run).attempts == tuple(due)
        assert len(store.list_attempts(run)) == 5

    def test_events_come_in_order_after_a_number_and_up_to_a_limit(self, store: Store) -> None:
        """The feed is read in pages by `seq`."""
        lease, run = owned(store)
        events = tuple(make_event(run, seq) for seq in range(1, 12))
        store.commit(lease, [Change(run, (), events[:4]), Change(run, (), events[4:])])

        assert store.events(run) == list(events)
        assert store.events(run, after=3, limit=2) == list(events[3:5])
        assert store.events(run, after=11) == []
        assert store.load(run).seq == 11

    # --- wishes --------------------------------------------------------------------------------------

    def test_a_wish_reaches_the_runs_owner_until_it_is_consumed(self, store: Store) -> None:
        """`abort_wish` keeps telling who asked."""
        lease, run = owned(store)
        other = store.open_engine()
        wish = make_wish(run)
        assert store.abort_wish(run) is None

        assert self.reopen(store).wish(wish) is True
        assert store.wishes(lease) == [wish]
        assert store.wishes(other) == []
        assert store.load(run).wishes == (wish,)
        store.commit(lease, [Change(run, consume=("abort",))])

        assert store.wishes(lease) == []
        assert store.load(run).wishes == ()
        assert store.abort_wish(run) == wish

    def test_the_first_of_two_equal_wishes_stays(self, store: Store) -> None:
        """Also after it was consumed."""
        lease, run = owned(store)
        first = make_wish(run)
        store.wish(first)

        assert store.wish(make_wish(run, cause="again", principal="bob")) is False
        store.commit(lease, [Change(run, consume=("abort",))])
        assert store.wish(make_wish(run, cause="and again")) is False
        assert store.abort_wish(run) == first

    def test_nothing_can_be_wished_of_a_run_that_is_over(self, store: Store) -> None:
        """And what nobody could fulfil in time is no wish any more."""
        lease, run = owned(store, "run-a")
        _, late = owned_by(store, lease, "run-b")
        store.wish(make_wish(late))
        for name, each in (("run-a", run), ("run-b", late)):
            store.commit(lease, [Change(each, (make_run(name, phase=RunPhase.SUCCEEDED),))])

        assert store.wish(make_wish(run)) is False
        assert store.abort_wish(run) is None
        assert store.wishes(lease) == []
        assert store.load(late).wishes == ()

    def test_a_wish_for_a_run_without_owner_waits_for_one(self, store: Store) -> None:
        """Whoever claims it sees it."""
        run = created(store)
        store.wish(make_wish(run))
        lease = store.open_engine()

        store.claim(lease, limit=1)

        assert store.wishes(lease) == [make_wish(run)]

    # --- bells ---------------------------------------------------------------------------------------

    def test_the_bell_rings_after_every_kind_of_change(self, store: Store) -> None:
        """By then the change can be seen; also one made through another handle."""
        lease, run = owned(store)
        other = self.reopen(store)
        bell = _Bell(store)

        bell.expect(lambda: bool(store.events(run)), lambda: store.commit(lease, [tick(run, 1)]))
        bell.expect(lambda: bool(store.wishes(lease)), lambda: other.wish(make_wish(run)))
        bell.expect(lambda: bool(store.find_runs("run-b")), lambda: other.create_run(make_run("run-b"), PLAN))
        bell.close()

    def test_a_closed_subscription_does_not_ring(self, store: Store) -> None:
        """The others go on; closing is idempotent."""
        lease, run = owned(store)
        rung: list[int] = []
        silent, bell = store.listen(lambda: rung.append(1)), _Bell(store)
        silent.close()
        silent.close()
        rung.clear()

        bell.expect(lambda: bool(store.events(run)), lambda: store.commit(lease, [tick(run, 1)]))

        assert rung == []
        bell.close()

    # --- cache and reservations ----------------------------------------------------------------------

    def test_the_cache_holds_the_newest_entry_of_a_key(self, store: Store) -> None:
        """Overwriting is by key."""
        lease, run = owned(store)
        new = make_cached(run, action=ActionName("n9"), created_us=2)

        store.commit(lease, [Change(run, (make_cached(run), new))])

        assert store.cached("key-1") == new
        assert store.usage().counts["cache"] == 1

    def test_a_reservation_is_its_holders_until_released(self, store: Store) -> None:
        """Others are told who has it; only the holder's run can let go."""
        lease, run = owned(store, "run-a")
        rival, other = owned(store, "run-b")
        mine = ReservationRow("key", run, ActionName("n0"))
        theirs = ReservationRow("key", other, ActionName("n0"))

        assert store.reserve(lease, mine) == mine
        assert store.reserve(lease, mine) == mine
        assert store.reserve(rival, theirs) == mine
        store.commit(rival, [Change(other, release=("key",))])
        assert store.reserve(rival, theirs) == mine
        store.commit(lease, [Change(run, release=("key",))])
        assert store.reserve(rival, theirs) == theirs

    def test_a_reservation_ends_with_its_action(self, store: Store) -> None:
        """While the action is not over it stays, whatever else is written."""
        lease, run = owned(store, "run-a")
        rival, other = owned(store, "run-b")
        mine, theirs = (ReservationRow("key", each, ActionName("n0")) for each in (run, other))
        store.reserve(lease, mine)
        store.commit(lease, [Change(run, (make_action(run, phase=ActionPhase.RUNNING),))])
        assert store.reserve(rival, theirs) == mine

        store.commit(lease, [Change(run, (make_action(run, phase=ActionPhase.FAILED),))])

        assert store.reserve(rival, theirs) == theirs

    def test_a_reservation_ends_with_its_engine(self, store: Store) -> None:
        """No beat, no waiting: the owner's death frees it."""
        lease, die = self.doomed_engine(store)
        row = make_run("run-a")
        store.create_run(row, PLAN, lease)
        rival, other = owned(store, "run-b")
        mine, theirs = (ReservationRow("key", each, ActionName("n0")) for each in (row.run, other))
        store.reserve(lease, mine)
        assert store.reserve(rival, theirs) == mine

        die()

        assert store.reserve(rival, theirs) == theirs


class _Bell:
    """A subscriber that looks each time it is rung."""

    def __init__(self, store: Store) -> None:
        self._rung = threading.Event()
        self._subscription = store.listen(self._rung.set)

    def expect(self, seen: Callable[[], bool], act: Callable[[], object]) -> None:
        """Do something; a ring must follow after which it can be seen."""
        self._rung.clear()
        act()
        while True:
            assert self._rung.wait(_PATIENCE), "no ring followed the change"
            self._rung.clear()
            if seen():
                return

    def close(self) -> None:
        self._subscription.close()
