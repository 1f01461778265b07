"""What every store must pass of `contracts.records`, line by line."""

import pytest

from volant.base.errors import (
    NotFoundError,
    UserError,
)
from volant.base.ids import ROOT, ActionName
from volant.base.phases import RunPhase
from volant.contracts.rows import (
    Change,
    HoldRow,
)
from volant.testing.journal_suite import StoreHooks
from volant.testing.store_rows import (
    PLAN,
    make_action,
    make_attempt,
    make_cached,
    make_event,
    make_run,
)
from volant.testing.store_scenes import Store, finish, owned, owned_by


class RecordsSuite(StoreHooks):
    """Behaviour of a store that people and façades rely on."""

    # --- looking things up ---------------------------------------------------------------------------

    def test_runs_of_a_name_are_found_in_every_domain(self, store: Store) -> None:
        """Newest first."""
        old, new = make_run(), make_run(domain="production")
        for row in (old, make_run("other"), new):
            store.create_run(row, PLAN)

        assert store.find_runs("run-a") == [new, old]
        assert store.find_runs("no-such") == []

    def test_runs_are_listed_newest_first_in_pages_that_stay_put(self, store: Store) -> None:
        """A run created between two pages moves nothing."""
        rows = [make_run(f"run-{letter}") for letter in "abcde"]
        for row in rows:
            store.create_run(row, PLAN)

        first = store.list_runs(limit=2)
        store.create_run(make_run("run-z"), PLAN)
        second = store.list_runs(limit=2, token=first.token)
        third = store.list_runs(limit=2, token=second.token)

        assert [*first.runs, *second.runs, *third.runs] == rows[::-1]
        assert third.token == ""
        with pytest.raises(UserError, match="token"):
            store.list_runs(limit=2, token="nonsense")  # noqa: S106 - a page's, not a password

    def test_a_last_page_that_is_full_has_no_token(self, store: Store) -> None:
        """So nobody asks for an empty page."""
        rows = [make_run(f"run-{letter}") for letter in "ab"]
        for row in rows:
            store.create_run(row, PLAN)

        assert store.list_runs(limit=2) == (tuple(rows[::-1]), "")

    def test_runs_are_listed_by_phase_and_entity(self, store: Store) -> None:
        """Both at once if asked."""
        over = make_run("run-a", phase=RunPhase.FAILED)
        open_ = make_run("run-b", phase=RunPhase.RUNNING)
        other = make_run("run-c", phase=RunPhase.FAILED, entity="mod.other")
        for row in (over, open_, other):
            store.create_run(row, PLAN)
        failed = frozenset({RunPhase.FAILED, RunPhase.ABORTED})

        assert store.list_runs(limit=9, phases=failed).runs == (other, over)
        assert store.list_runs(limit=9, entity="mod.wf").runs == (open_, over)
        assert store.list_runs(limit=9, entity="mod.wf", phases=failed).runs == (over,)

    def test_a_parents_children_are_listed_alone(self, store: Store) -> None:
        """In the order in which they were enqueued; the root's children are the top level."""
        lease, run = owned(store)
        top = [make_action(run, "n1"), make_action(run, "n0", kind="workflow")]
        below = [make_action(run, "n0/0/b", "n0"), make_action(run, "n0/0/a", "n0")]
        store.commit(lease, [Change(run, (*top, *below))])

        assert store.list_actions(run) == [*top, *below]
        assert store.list_actions(run, ActionName("n0")) == below
        assert store.list_actions(run, ROOT) == top

    def test_attempts_are_listed_by_action_and_number(self, store: Store) -> None:
        """Of one action, or of all."""
        lease, run = owned(store)
        rows = [make_attempt(run, "n0", 2), make_attempt(run, "n0", 10), make_attempt(run, "n1", 0)]
        store.commit(lease, [Change(run, tuple(reversed(rows)))])

        assert store.list_attempts(run) == rows
        assert store.list_attempts(run, ActionName("n0")) == rows[:2]

    def test_cache_entries_of_a_task_are_listed_newest_first(self, store: Store) -> None:
        """At most `limit`."""
        lease, run = owned(store)
        rows = tuple(make_cached(run, f"key-{us}", created_us=us) for us in (2, 3, 1))
        store.commit(lease, [Change(run, (*rows, make_cached(run, "other", "mod.other")))])

        assert [row.key for row in store.list_cached("mod.task")] == ["key-3", "key-2", "key-1"]
        assert [row.key for row in store.list_cached("mod.task", limit=1)] == ["key-3"]

    # --- forgetting ----------------------------------------------------------------------------------

    def test_a_run_that_is_over_is_forgotten_with_all_its_rows(self, store: Store) -> None:
        """Its plan too, once no run needs it; a later run of that name begins empty."""
        lease, run = owned(store)
        finish(store, lease, run)

        assert store.forget_run(run) is True

        with pytest.raises(NotFoundError):
            store.get_run(run)
        with pytest.raises(NotFoundError):
            store.plan(make_run().plan)
        assert store.cached("key-1") is None
        store.create_run(make_run(), PLAN, lease)
        assert store.load(run) == (make_run(), (), (), (), 0, ())

    def test_forgetting_leaves_other_runs_alone(self, store: Store) -> None:
        """Their rows, their cache entries and the plan they share."""
        lease, run = owned(store, "run-a")
        _, other = owned_by(store, lease, "run-b")
        store.commit(lease, [Change(other, (make_action(other), make_cached(other, "key-2")), (make_event(other, 1),))])
        before = store.load(other)
        finish(store, lease, run)

        store.forget_run(run)

        assert store.load(other) == before
        assert store.plan(before.run.plan) == PLAN
        assert store.cached("key-2") is not None

    def test_a_run_that_goes_on_is_not_forgotten(self, store: Store) -> None:
        """Nothing changes."""
        _, run = owned(store)

        assert store.forget_run(run) is False
        assert store.get_run(run) == make_run()

    def test_a_held_run_is_not_forgotten_before_its_holder(self, store: Store) -> None:
        """A hold on itself is none."""
        lease, held = owned(store, "run-a")
        _, holder = owned_by(store, lease, "run-b")
        store.commit(lease, [Change(holder, (HoldRow(holder, held),))])
        store.commit(lease, [Change(held, (HoldRow(held, held),))])
        for name, run in (("run-a", held), ("run-b", holder)):
            store.commit(lease, [Change(run, (make_run(name, phase=RunPhase.SUCCEEDED),))])

        assert store.holders(held) == [holder]
        assert store.holders(holder) == []
        assert store.forget_run(held) is False
        assert store.forget_run(holder) is True
        assert store.forget_run(held) is True

    def test_codes_are_used_as_long_as_a_run_names_them(self, store: Store) -> None:
        """A run without code names none."""
        for name, code in (("run-a", "c1"), ("run-b", "c1"), ("run-c", "c2"), ("run-d", "")):
            store.create_run(make_run(name, code=code, phase=RunPhase.SUCCEEDED), PLAN)
        store.forget_run(make_run("run-c").run)

        assert store.used_codes() == {"c1"}

    def test_usage_counts_the_rows(self, store: Store) -> None:
        """By table."""
        lease, run = owned(store)
        rows = (make_action(run), make_attempt(run), make_cached(run))
        store.commit(lease, [Change(run, rows, (make_event(run, 1), make_event(run, 2)))])

        usage = store.usage()

        counts = {
            "run": 1,
            "plan": 1,
            "action": 1,
            "attempt": 1,
            "event": 2,
            "cache": 1,
            "wish": 0,
            "hold": 0,
        }
        assert counts.items() <= usage.counts.items()
        assert usage.bytes >= 0
        assert usage.schema >= 1

    def test_closing_twice_is_fine(self, store: Store) -> None:
        """Fixtures and signal handlers both may."""
        store.listen(lambda: None)
        store.close()
        store.close()
