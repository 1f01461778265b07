"""What every store must pass of pools of tokens, line by line. Source: `contracts.journal`, `contracts.quotas`."""

import threading
from collections.abc import Mapping

import pytest

from volant.base.errors import LeaseLostError, NotFoundError
from volant.base.ids import RunId
from volant.base.phases import AttemptPhase
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Change, Lease, Standing, TokenRow
from volant.testing.journal_suite import StoreHooks
from volant.testing.store_rows import PLAN, make_attempt, make_run, make_token
from volant.testing.store_scenes import Store, owned, owned_by

ONE: Mapping[str, PoolLimits] = {"pool": PoolLimits(total=1)}
TWO: Mapping[str, PoolLimits] = {"pool": PoolLimits(total=2)}


class QuotaSuite(StoreHooks):
    """Pools: who is granted, who waits, who is next."""

    def test_tokens_are_granted_while_there_are_some(self, store: Store) -> None:
        """The next stands in line, and is told its place and who holds the pool."""
        lease, run = _staffed(store)

        first = store.ask(lease, [make_token(run, "a")], ONE)
        rest = [store.ask(lease, [make_token(run, action)], ONE) for action in "bc"]

        assert first == [Standing(True, 0, 1, (("project", 1),))]
        assert rest == [[Standing(False, place, 1, (("project", 1),))] for place in (1, 2)]

    def test_asking_again_changes_nothing(self, store: Store) -> None:
        """Neither for who holds nor for who waits."""
        lease, run = _staffed(store)
        asked = [make_token(run, action) for action in "abc"]
        answers = [store.ask(lease, [each], ONE)[0] for each in asked]
        before = store.list_tokens()

        assert store.ask(lease, asked, ONE) == answers
        assert store.list_tokens() == before

    def test_a_pool_without_limits_never_runs_dry(self, store: Store) -> None:
        """0 is no limit."""
        lease, run = _staffed(store)

        asked = [make_token(run, action, 1000) for action in "abc"]

        assert all(each.granted for each in store.ask(lease, asked, {"pool": PoolLimits()}))

    def test_what_is_let_go_goes_to_the_next_in_the_same_moment(self, store: Store) -> None:
        """With the change that says so."""
        lease, run = _staffed(store)
        store.ask(lease, [make_token(run, action) for action in "ab"], ONE)

        store.commit(lease, [_let_go(run, "a", at_us=9)])

        (row,) = self.reopen(store).list_tokens("pool")
        assert (row.action, row.granted, row.asked_us, row.granted_us) == ("b", True, 5, 9)

    def test_who_waited_may_leave_the_line(self, store: Store) -> None:
        """Those behind move up."""
        lease, run = _staffed(store)
        store.ask(lease, [make_token(run, action) for action in "abc"], ONE)

        store.commit(lease, [_let_go(run, "b")])

        assert store.ask(lease, [make_token(run, "c")], ONE)[0].place == 1
        store.commit(lease, [_let_go(run, "a")])
        assert _holders(store) == {"c"}

    def test_the_project_that_holds_least_is_next(self, store: Store) -> None:
        """Whoever of it asked first, although others asked before."""
        lease, run = _staffed(store)
        other = _staff(store, lease, "other")
        store.ask(lease, [make_token(run, action) for action in "abc"], TWO)
        store.ask(lease, [make_token(other, action, project="small") for action in "de"], TWO)

        store.commit(lease, [_let_go(run, "a")])

        assert _holders(store) == {"b", "d"}

    def test_who_does_not_fit_in_the_pool_is_not_overtaken(self, store: Store) -> None:
        """Else who asks for much would wait for ever."""
        lease, run = _staffed(store)
        store.ask(lease, [make_token(run, "a"), make_token(run, "b", 2), make_token(run, "c")], TWO)
        assert _holders(store) == {"a"}

        store.commit(lease, [_let_go(run, "a")])

        assert _holders(store) == {"b"}

    def test_a_project_at_its_limit_lets_others_pass(self, store: Store) -> None:
        """What it cannot have anyway is of no use to it."""
        limits = {"pool": PoolLimits(total=3, per_project=1)}
        lease, run = _staffed(store)
        other = _staff(store, lease, "other")

        store.ask(lease, [make_token(run, action) for action in "ab"], limits)
        passed = store.ask(lease, [make_token(other, "c", project="small")], limits)

        assert passed[0].granted
        assert _holders(store) == {"a", "c"}

    def test_new_limits_hold_from_the_next_question_on(self, store: Store) -> None:
        """More room is given away at once; what is held beyond less stays."""
        lease, run = _staffed(store)
        asked = [make_token(run, action) for action in "abc"]
        store.ask(lease, asked, ONE)

        store.ask(lease, asked[:1], TWO)
        assert _holders(store) == {"a", "b"}

        store.ask(lease, asked[:1], ONE)
        assert _holders(store) == {"a", "b"}
        assert store.pool_limits() == ONE

    def test_who_asked_for_more_than_there_is_now_holds_up_nobody(self, store: Store) -> None:
        """Limits went down meanwhile; it is in line for the day they go up."""
        lease, run = _staffed(store)
        store.ask(lease, [make_token(run, "a"), make_token(run, "b", 2), make_token(run, "c")], TWO)
        store.ask(lease, [make_token(run, "c")], ONE)

        store.commit(lease, [_let_go(run, "a")])

        assert _holders(store) == {"c"}
        store.commit(lease, [_let_go(run, "c")])
        store.ask(lease, [make_token(run, "d")], TWO)
        assert _holders(store) == {"b"}

    def test_whose_run_no_engine_has_is_granted_nothing(self, store: Store) -> None:
        """It would hold the tokens without using them; the next engine of its run asks anew."""
        lease, run = _staffed(store)
        doomed, die = self.doomed_engine(store)
        dead = _staff(store, doomed, "dead")
        store.ask(lease, [make_token(run, "a")], ONE)
        store.ask(doomed, [make_token(dead, action) for action in "ab"], ONE)
        store.ask(lease, [make_token(run, "b")], ONE)
        die()

        store.commit(lease, [_let_go(run, "a")])

        assert [(row.run, row.granted, row.place > 0) for row in store.list_tokens()] == [
            (run, True, True), (dead, False, False), (dead, False, False),
        ]  # fmt: skip
        assert store.ask(lease, [make_token(run, "c")], ONE)[0].place == 1
        heir = store.open_engine()
        assert store.claim(heir, limit=1) == [dead]
        assert [each.place for each in store.ask(heir, [make_token(dead, action) for action in "ba"], ONE)] == [2, 3]
        store.commit(heir, [_let_go(dead, "b")])
        store.commit(lease, [Change(run, tokens=("b-0", "c-0"))])
        assert [(row.run, row.action, row.granted) for row in store.list_tokens()] == [(dead, "a", True)]

    def test_who_is_away_may_end_there(self, store: Store) -> None:
        """An engine comes only to abort the run."""
        lease, run = _staffed(store)
        other = store.open_engine()
        left = _staff(store, other, "left")
        store.ask(lease, [make_token(run, "a")], ONE)
        store.ask(other, [make_token(left, "a")], ONE)
        store.close_engine(other)
        store.commit(lease, [_let_go(run, "a")])
        store.claim(lease, limit=1)

        store.commit(lease, [_let_go(left, "a")])

        assert store.list_tokens() == []
        assert store.ask(lease, [make_token(run, action) for action in "bc"], ONE)[1].place == 1

    def test_pools_do_not_know_each_other(self, store: Store) -> None:
        """One attempt may hold of several, and lets go of all."""
        limits = {**ONE, "pond": PoolLimits(total=1)}
        lease, run = _staffed(store)
        store.ask(lease, [make_token(run, "a"), make_token(run, "a", pool="pond")], limits)
        assert [row.pool for row in store.list_tokens()] == ["pond", "pool"]

        store.commit(lease, [_let_go(run, "a")])

        assert store.list_tokens() == []

    def test_grants_are_found_by_who_looks_for_news(self, store: Store) -> None:
        """In the order in which they were made."""
        lease, run = _staffed(store)
        store.ask(lease, [make_token(run, action) for action in "abc"], ONE)
        (first,) = store.granted("pool", 0)

        assert store.granted("pool", first.place) == []
        store.commit(lease, [_let_go(run, "a")])

        (second,) = store.granted("pool", first.place)
        assert (second.action, second.place > first.place) == ("b", True)
        assert store.granted("no-such", 0) == []

    def test_a_run_is_loaded_with_what_its_attempts_hold_and_wait_for(self, store: Store) -> None:
        """So the next engine knows whom to wake, and what to let go."""
        lease, run = _staffed(store)
        other = _staff(store, lease, "other")
        store.ask(lease, [make_token(each, action) for each in (run, other) for action in "ab"], ONE)

        found = {(row.action, row.granted) for row in store.load(run).tokens}

        assert found == {("a", True), ("b", False)}

    def test_tokens_are_listed_by_pool_the_holders_first(self, store: Store) -> None:
        """With every field, then the line."""
        lease, run = _staffed(store)
        asked = [make_token(run, action) for action in "abc"]
        store.ask(lease, asked, ONE)

        held, *line = store.list_tokens("pool")

        assert (held.name, held.granted, held.granted_us) == (asked[0].name, True, 5)
        assert [_as_asked(row) for row in (held, *line)] == asked
        assert line[0].place < line[1].place
        assert store.list_tokens("pond") == []
        assert store.usage().counts["token"] == 3

    def test_an_attempt_that_is_over_gets_nothing(self, store: Store) -> None:
        """Nobody would let go of it; while its finalize is due it is not over."""
        lease, run = _staffed(store)
        over = make_attempt(run, "a", phase=AttemptPhase.FAILED)
        almost = make_attempt(run, "b", phase=AttemptPhase.FAILED, finalize_due=True)
        store.commit(lease, [Change(run, (over, almost))])

        for late in (make_token(run, "a"), make_token(run, "never-made")):
            with pytest.raises(NotFoundError, match="is over"):
                store.ask(lease, [make_token(run, "c"), late], TWO)

        assert store.list_tokens() == []
        assert store.ask(lease, [make_token(run, "b")], TWO)[0].granted

    def test_only_the_runs_owner_may_ask(self, store: Store) -> None:
        """Neither a dead engine nor another one."""
        doomed, die = self.doomed_engine(store)
        run = _staff(store, doomed, "run-a")
        rival = store.open_engine()
        with pytest.raises(LeaseLostError):
            store.ask(rival, [make_token(run, "a")], ONE)
        die()
        store.claim(rival, limit=1)

        with pytest.raises(LeaseLostError):
            store.ask(doomed, [make_token(run, "a")], ONE)

        assert store.list_tokens() == []

    def test_runs_of_one_name_in_two_projects_do_not_share_tokens(self, store: Store) -> None:
        """Their attempts may have the same generated names."""
        lease, run = _staffed(store)
        namesake = make_run(domain="production")
        store.create_run(namesake, PLAN, lease)
        store.commit(lease, [Change(namesake.run, (make_attempt(namesake.run, "a"),))])

        store.ask(lease, [make_token(run, "a"), make_token(namesake.run, "a")], ONE)
        store.commit(lease, [_let_go(namesake.run, "a")])

        assert [(row.run, row.granted) for row in store.list_tokens()] == [(run, True)]

    def test_tokens_outlive_the_engine_they_were_granted_to(self, store: Store) -> None:
        """The next owner of the run lets go of them."""
        doomed, die = self.doomed_engine(store)
        run = _staff(store, doomed, "run-a")
        store.ask(doomed, [make_token(run, "a"), make_token(run, "b")], ONE)
        die()
        lease = store.open_engine()
        store.claim(lease, limit=1)
        assert _holders(store) == {"a"}

        store.commit(lease, [_let_go(run, "a")])

        assert _holders(store) == {"b"}

    def test_many_may_ask_at_once(self, store: Store) -> None:
        """From any thread: never more is granted than there is."""
        lease, run = _staffed(store, "".join(chr(97 + n) for n in range(20)))
        limits = {"pool": PoolLimits(total=7)}
        threads = [
            threading.Thread(target=store.ask, args=(lease, [make_token(run, chr(97 + n))], limits)) for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(_holders(store)) == 7
        assert len(store.list_tokens()) == 20


def _staffed(store: Store, actions: str = "abcde") -> tuple[Lease, RunId]:
    """A run of a fresh engine with some attempts."""
    lease, run = owned(store)
    store.commit(lease, [Change(run, tuple(make_attempt(run, each) for each in actions[:16]))])
    store.commit(lease, [Change(run, tuple(make_attempt(run, each) for each in actions[16:]))])
    return lease, run


def _staff(store: Store, lease: Lease, name: str) -> RunId:
    _, run = owned_by(store, lease, name)
    store.commit(lease, [Change(run, tuple(make_attempt(run, each) for each in "abcde"))])
    return run


def _let_go(run: RunId, action: str, *, at_us: int = 0) -> Change:
    return Change(run, tokens=(make_token(run, action).name,), at_us=at_us)


def _holders(store: Store) -> set[str]:
    return {row.action for row in store.list_tokens() if row.granted}


def _as_asked(row: TokenRow) -> TokenRow:
    return make_token(row.run, row.action, row.amount)
