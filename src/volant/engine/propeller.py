"""The engine's core: inputs in, changes and plugin calls out. Synchronous, single threaded, no clock of its own.

One turn: take what came in, take what is due, let drivers and plugins' answers move the rows, admit leaves.
The shell around it (`engine.engine`, or a simulation) commits what `take` gives, tells `committed`, and makes
the calls. Nothing outside happens before the change that announces it is durable.
"""

from collections import deque
from typing import Any, NamedTuple, TypeAlias

from volant.base.errors import LeaseLostError, StoreFault, VolantError
from volant.base.ids import AttemptKey, RunId
from volant.contracts.rows import Wish
from volant.engine import attempt_calls, attempts, enqueue, loading, scopes
from volant.engine.env import Env
from volant.engine.outbox import Call, Group, RunOver
from volant.engine.run_state import Began, Ended, Live, RunState, Settle
from volant.engine.timers import Timer


class Claimed(NamedTuple):
    """This engine owns a run now, and knows what runs of it."""

    run: RunId


class Returned(NamedTuple):
    """A plugin call is over."""

    call: Call
    result: Any


class Woken(NamedTuple):
    """Somebody asks for a look at an attempt."""

    key: AttemptKey


class Wished(NamedTuple):
    """Somebody asks something of a run."""

    wish: Wish


class Rung(NamedTuple):
    """The store may have changed, by us or others: cache waiters may be served, tokens granted."""


Stimulus: TypeAlias = Claimed | Returned | Woken | Wished | Rung


class Propeller:
    """Runs of one engine.

    Attributes:
        runs: Those it owns, not over.
        env: Shared by all steps.
        refused: Runs that cannot go on here, and why; the shell takes them.
    """

    def __init__(self, env: Env) -> None:
        self.env = env
        self.runs: dict[RunId, RunState] = {}
        self.refused: list[tuple[RunId, VolantError]] = []
        self._inbox: deque[Stimulus] = deque()
        self._rotation: deque[RunId] = deque()
        self._hear: dict[type, Any] = {
            Claimed: self._claimed,
            Returned: self._returned,
            Woken: self._woken,
            Wished: self._wished,
            Rung: self._rung,
        }

    def tell(self, stimulus: Stimulus) -> None:
        """Something happened; it is looked at in the next turn. Safe from any thread."""
        self._inbox.append(stimulus)

    def turn(self) -> bool:
        """One turn; whether there is more to do at once."""
        env = self.env
        for _ in range(min(len(self._inbox), env.options.group_limit)):
            stimulus = self._inbox.popleft()
            self._hear[type(stimulus)](stimulus)
        for timer in env.timers.due(env.clock.now_us(), env.options.group_limit):
            self._due(timer)
        admitted = self._admit()
        return bool(self._inbox) or admitted

    def next_us(self, *, may_commit: bool = True) -> int | None:
        """When a turn or, with `may_commit`, a commit is needed though nothing comes in; None for never."""
        due = self.env.timers.next_us()
        if may_commit and len(self.env.outbox):
            flush = self.env.outbox.lazy_since_us + self.env.options.flush_us
            return flush if due is None else min(due, flush)
        return due

    def wants_commit(self) -> bool:
        """Whether what is recorded should be committed now."""
        outbox = self.env.outbox
        if not len(outbox):
            return False
        return outbox.is_urgent or self.env.clock.now_us() >= outbox.lazy_since_us + self.env.options.flush_us

    def take(self) -> Group:
        """The next changes to commit."""
        return self.env.outbox.take(self.env.options.group_limit)

    @property
    def has_news(self) -> bool:
        """Whether something came in that no turn has looked at."""
        return bool(self._inbox)

    @property
    def heeds_bell(self) -> bool:
        """Whether something here waits for what others do: a serialized cache key, tokens of a pool."""
        return self.env.quotas.has_waiters or any(run.cache_waiters for run in self.runs.values())

    def committed(self, group: Group, lost: frozenset[RunId]) -> list[RunState]:
        """A group is durable; runs in `lost` belong to another engine. Returns the runs that are over now."""
        for run_id in lost:
            self.drop(run_id)
        over: list[RunState] = []
        for run_id, effect in group.effects:
            run = self.runs.get(run_id)
            if run is None or effect.run is not run:
                continue
            if isinstance(effect, RunOver):
                del self.runs[run_id]
                over.append(run)
            else:
                attempt_calls.saved(self.env, run, effect.live)
        return over

    def calls(self) -> list[Call]:
        """Plugin calls to make now; each is answered by a `Returned`."""
        made = list(self.env.calls)
        self.env.calls.clear()
        for call in made:
            call.live.touched = True
            call.live.context.row = call.live.row
        return made

    def drop(self, run_id: RunId) -> None:
        """Forget a run that is not ours any more; nothing of it is written or called from now on."""
        run = self.runs.pop(run_id, None)
        self.env.outbox.drop(run_id)
        for live in run.lives.values() if run is not None else ():
            live.quotas.let_go()  # in memory only: its next owner finds the tokens in the store

    def _admit(self) -> bool:
        """Admit leaves of all runs in turn, so that a wide run does not starve a narrow one."""
        quota = self.env.options.group_limit
        for _ in range(len(self._rotation)):
            run_id = self._rotation.popleft()
            run = self.runs.get(run_id)
            if run is None:
                continue
            self._rotation.append(run_id)
            if run.ready and quota > 0:
                quota -= enqueue.admit(self.env, run, min(quota, max(1, self.env.options.group_limit // 4)))
                self._drain(run)
        return any(run.ready and run.has_room for run in self.runs.values())

    def _claimed(self, claimed: Claimed) -> None:
        if claimed.run in self.runs:
            return
        try:
            run = loading.load(self.env, claimed.run)
        except (StoreFault, LeaseLostError):
            raise
        except VolantError as error:  # this run alone cannot go on here; the others can
            self.env.log.error("%s cannot go on: %s", claimed.run, error)
            self.refused.append((claimed.run, error))
            return
        if run is None:
            return
        self.runs[claimed.run] = run
        self._rotation.append(claimed.run)
        loading.resume(run)
        self._drain(run)
        if run.aborting is not None:
            self._wished(Wished(run.aborting))

    def _returned(self, returned: Returned) -> None:
        run, live, kind = returned.call
        if self.runs.get(run.id) is not run or live.call != kind:
            return
        attempts.returned(self.env, run, live, kind, returned.result)
        self._drain(run)

    def _woken(self, woken: Woken) -> None:
        run = self.runs.get(woken.key.run)
        live = run.lives.get((woken.key.action, woken.key.number)) if run else None
        if run is not None and live is not None:
            attempt_calls.wake(self.env, run, live)

    def _wished(self, wished: Wished) -> None:
        run = self.runs.get(wished.wish.run)
        if run is None or run.row.phase.is_terminal or run.is_aborting:
            return
        scopes.abort_run(self.env, run, wished.wish.cause)
        self._drain(run)

    def _rung(self, _: Rung) -> None:
        held: set[str] = set()  # one look a key, however many wait for it
        for run in [run for run in self.runs.values() if run.cache_waiters]:
            for name in sorted(run.cache_waiters):
                key = run.cache_waiters[name]
                text = key.text if key else ""
                if text not in held:
                    enqueue.retry_cache_waiter(self.env, run, name)
                if name in run.cache_waiters:
                    held.add(text)
            self._drain(run)
        for attempt in self.env.quotas.heed():
            self._woken(Woken(attempt))

    def _due(self, timer: Timer) -> None:
        run = self.runs.get(timer.run)
        if run is None:
            return
        if timer.kind == "reservation":
            enqueue.cache_waiter_due(self.env, run, timer.action)
        elif timer.kind == "deadline" and timer.action in run.scopes:
            scopes.deadline(self.env, run, timer.action)
        elif live := run.lives.get((timer.action, timer.attempt)):
            self._due_attempt(run, live, timer)
        self._drain(run)

    def _due_attempt(self, run: RunState, live: Live, timer: Timer) -> None:
        if timer.kind == "deadline":
            attempts.deadline(self.env, run, live)
        elif timer.kind == "patience":
            attempts.out_of_patience(self.env, run, live)
        elif timer.kind == "retry_call":
            attempt_calls.wake(self.env, run, live)  # a start that was woken, and raised, still stands
        elif timer.due_us == live.row.look_us:
            attempt_calls.look(self.env, run, live)

    def _drain(self, run: RunState) -> None:
        """Take every step that follows, until the run rests."""
        while run.todo:
            step = run.todo.popleft()
            _TAKE[type(step)](self.env, run, step)
        if run.ended is not None:
            scopes.close_run(self.env, run)


_TAKE: dict[type, Any] = {Ended: scopes.ended, Began: scopes.began, Settle: scopes.settle}
