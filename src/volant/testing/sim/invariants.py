"""What must hold in every world, numbered. Checked on the rows and events a run left, and on the world outside.

 1  Events are numbered densely from 1, and time never runs back along them.
 2  Every phase follows the one before by an edge of the tables; nothing follows an end.
 3  A row says what its newest event says.
 4  Attempts are numbered densely; attempt n+1 exists only once n is over.
 5  A node is enqueued only after everything above it ended well; a skipped one has something bad above it.
 6  A run that is over has nothing live, nothing to kill and nothing to finalize.
 7  A run succeeded exactly if its end-node did; a failed or aborted one says why.
 8  An attempt is followed by another exactly if its failure may be retried and its budget is not spent.
 9  Never more leaves active than max_parallelism allows.
10  What succeeded has the outputs its inputs imply.
11  Outside: one job an attempt; every job ended by itself or was killed, and was finalized; nothing was started
    before it was durable, or again after it was finalized; state came back as it was returned.
12  Attempt events lie between the QUEUED and the end of their node.
13  A failure node runs only after a failure and never after an abort.
14  A run always comes to an end: nothing rests while something is due.
15  The same key in the cache gives the same outputs, and holds name the runs whose outputs were reused.
16  However a mild world is crashed, it ends as if it had not been.
17  The same seed gives the same events, to the byte.
18  A workflow that succeeded began: its start-node is on record.
19  Once a run is failing or aborting, no task of it succeeds but in a failure node.
20  No input is missing that a node above has made, and no plugin is given up before its tenth raise in a row.

21  Never more tokens held than the limits of their pool allow, and nobody waits who could have his.
22  When everything is over, nobody holds tokens or waits for some; while a job works, its tokens are its own.
23  Nothing of a run is started once its abort was taken up, nor by an engine that found the wish when it came.

14, 16, 17 and 21 to 23 are about whole worlds: `world` and the tests check them.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import Any

from volant.base.errors import FaultKind
from volant.base.ids import ROOT, ActionName, RunId
from volant.base.phases import (
    ACTION_EDGES,
    ATTEMPT_EDGES,
    RUN_EDGES,
    ActionPhase,
    AttemptPhase,
    RunPhase,
)
from volant.compiler.plan import END, START, NodePlan, Plan
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import ActionRow, AttemptRow, EventRow, ValueRef
from volant.engine.machine.retries import MAX_SYSTEM_RETRIES
from volant.engine.scopes import plan_of_rows
from volant.engine.values import follow
from volant.idl.literals import parse_literal_map
from volant.stores.memory import MemoryStore
from volant.testing.sim.chaos import Service
from volant.testing.sim.scripts import expected


class Broken(AssertionError):  # noqa: N818  "Broken: 5 …" reads as what it is
    """An invariant does not hold."""


class Evidence:
    """What a run left."""

    def __init__(self, store: MemoryStore, run: RunId, plan: Plan, service: Service) -> None:
        self.run = store.get_run(run)
        self.plan = plan
        self.service = service
        self.rows = {row.name: row for row in store.list_actions(run)}
        self.attempts: dict[ActionName, list[AttemptRow]] = {}
        for attempt in store.list_attempts(run):
            self.attempts.setdefault(attempt.action, []).append(attempt)
        self.events = store.events(run, limit=1_000_000)

    def node(self, row: ActionRow) -> NodePlan:
        """The plan of an action."""
        return plan_of_rows(self.plan, self.rows, row)[0]

    def of(self, name: ActionName) -> list[EventRow]:
        """The events of one action."""
        return [event for event in self.events if event.kind == "action" and event.action == name]


def check(evidence: Evidence) -> None:
    """Hold everything against every invariant.

    Raises:
        Broken: The first that does not hold, by number.
    """
    for number, rule in _RULES.items():
        for complaint in rule(evidence):
            raise Broken(f"{number}: {complaint}")


def check_shared(store: MemoryStore, runs: list[RunId]) -> None:
    """Hold what runs share, the cache, against invariant 15.

    Raises:
        Broken: It does not hold.
    """
    made: dict[str, tuple[RunId, object]] = {}
    for run in runs:
        held = {other for other in runs if run in store.holders(other)}
        rows = {row.name: row for row in store.list_actions(run)}
        for row in rows.values():
            if row.phase is ActionPhase.RECOVERED or (row.cache and row.cache.status == "HIT"):
                source = row.cache.source_run if row.cache else store.get_run(run).spec.recovered_from
                if source != run and source not in held:
                    raise Broken(f"15: {run} {row.name} reuses {source} but does not hold it")
            if row.cache and row.cache.status in ("HIT", "POPULATED") and row.outputs is not None:
                outputs = follow(row.outputs, rows, run).data
                if made.setdefault(row.cache.key, (run, outputs))[1] != outputs:
                    raise Broken(f"15: {row.cache.key} gave {made[row.cache.key]} and {outputs!r}")


def check_tokens(store: MemoryStore, limits: PoolLimits) -> None:
    """Hold a pool, at any moment, against invariant 21.

    Raises:
        Broken: It does not hold.
    """
    rows = store.list_tokens()
    use = Counter({row.project: 0 for row in rows})
    for row in rows:
        use[row.project] += row.amount if row.granted else 0
    if limits.total and use.total() > limits.total:
        raise Broken(f"21: {use.total()} tokens are held, at most {limits.total} may be")
    if limits.per_project and max(use.values(), default=0) > limits.per_project:
        raise Broken(f"21: {dict(use)} tokens are held, at most {limits.per_project} a project may be")
    line = [row for row in rows if row.place and not row.granted]
    if line and not use.total():
        raise Broken(f"21: {line[0].name} waits although nobody holds anything")


def check_starts(store: MemoryStore, starts: Iterable[RunId], doomed: Container[RunId]) -> None:
    """Hold calls of `start_task`, as they are decided on, against invariant 23.

    Args:
        store: What is durable at that moment.
        starts: Whose tasks.
        doomed: Runs that were to be aborted when their engine claimed them.

    Raises:
        Broken: It does not hold.
    """
    for run in starts:
        if run in doomed or store.get_run(run).phase in (RunPhase.ABORTING, RunPhase.ABORTED):
            raise Broken(f"23: a task of {run} is started, which is aborted")


def check_nothing_held(store: MemoryStore) -> None:
    """Hold the end of everything against invariant 22.

    Raises:
        Broken: It does not hold.
    """
    for row in store.list_tokens():
        raise Broken(f"22: {row.name} still {'holds' if row.granted else 'waits for'} {row.amount} tokens")


def _dense(e: Evidence) -> Iterator[str]:
    if [event.seq for event in e.events] != list(range(1, len(e.events) + 1)):
        yield f"events are numbered {[event.seq for event in e.events]}"
    if any(later.at_us < earlier.at_us for earlier, later in zip(e.events, e.events[1:], strict=False)):
        yield "time runs back"


def _edges(e: Evidence) -> Iterator[str]:
    at: dict[tuple[str, ActionName, int], int] = {}
    tables: dict[str, tuple[Any, Any]] = {
        "run": (RunPhase, RUN_EDGES),
        "action": (ActionPhase, ACTION_EDGES),
        "attempt": (AttemptPhase, ATTEMPT_EDGES),
    }
    for event in e.events:
        phases, edges = tables[event.kind]
        key = (event.kind, event.action, event.attempt)
        new = phases[event.phase]
        old = phases(at.get(key, 0))
        versioned = event.kind == "attempt" and event.version > 0 and old == new
        if new not in edges[old] and not versioned:
            yield f"{key}: {old.name} -> {new.name}"
        at[key] = new


def _rows_agree(e: Evidence) -> Iterator[str]:
    newest: dict[tuple[str, ActionName, int], str] = {}
    for event in e.events:
        newest[event.kind, event.action, event.attempt] = event.phase
    for row in e.rows.values():
        said = newest.get(("action", row.name, 0))
        if row.name != ROOT and said != row.phase.name:
            yield f"{row.name} is {row.phase.name}, its events say {said}"
        for attempt in e.attempts.get(row.name, []):
            said = newest.get(("attempt", row.name, attempt.number), "UNDEFINED")
            if said != attempt.phase.name:
                yield f"{row.name} attempt {attempt.number} is {attempt.phase.name}, its events say {said}"


def _attempts_in_turn(e: Evidence) -> Iterator[str]:
    for name, attempts in e.attempts.items():
        if [row.number for row in attempts] != list(range(len(attempts))):
            yield f"{name} has attempts {[row.number for row in attempts]}"
        if any(not row.phase.is_terminal for row in attempts[:-1]):
            yield f"{name} went on while an attempt was open"
        if attempts and e.rows[name].attempts != attempts[-1].number:
            yield f"{name} counts {e.rows[name].attempts} attempts"


def _order(e: Evidence) -> Iterator[str]:
    first: dict[ActionName, int] = {}
    last_good: dict[ActionName, int] = {}
    for event in e.events:
        if event.kind == "action":
            first.setdefault(event.action, event.seq)
            if ActionPhase[event.phase].is_success:
                last_good[event.action] = event.seq
    siblings = {(row.parent, row.spec_node_id): row for row in e.rows.values() if row.name != ROOT}
    for row in e.rows.values():
        if row.name == ROOT or row.kind == "start":
            continue
        above = [siblings.get((row.parent, node)) for node in e.node(row).upstream]
        good = [up is not None and up.name in last_good and last_good[up.name] < first[row.name] for up in above]
        if row.phase is ActionPhase.SKIPPED and all(good):
            yield f"{row.name} was skipped for nothing"
        if row.phase is not ActionPhase.SKIPPED and not all(good):
            yield f"{row.name} was enqueued before {[up and up.name for up in above]} ended well"


def _nothing_left(e: Evidence) -> Iterator[str]:
    if not e.run.phase.is_terminal:
        yield f"the run is {e.run.phase.name}"
    for row in e.rows.values():
        if not row.phase.is_terminal:
            yield f"{row.name} is {row.phase.name}"
    for attempt in (attempt for attempts in e.attempts.values() for attempt in attempts):
        if not attempt.phase.is_terminal or attempt.kill_due or attempt.finalize_due:
            yield f"{attempt.action} attempt {attempt.number}: {attempt.phase.name} {attempt.finalize_due}"


def _honest_end(e: Evidence) -> Iterator[str]:
    end = e.rows.get(ActionName(END))
    good = end is not None and end.phase.is_success
    if good != (e.run.phase is RunPhase.SUCCEEDED) and e.run.phase is not RunPhase.ABORTED:
        yield f"the run is {e.run.phase.name}, its end-node {end and end.phase.name}"
    if (e.run.phase is not RunPhase.SUCCEEDED) != (e.run.error is not None):
        yield f"the run is {e.run.phase.name} with error {e.run.error}"
    for row in e.rows.values():
        if (row.phase in (ActionPhase.FAILED, ActionPhase.ABORTED)) != (row.error is not None):
            yield f"{row.name} is {row.phase.name} with error {row.error}"


def _budgets(e: Evidence) -> Iterator[str]:
    for name, attempts in e.attempts.items():
        row, budget = e.rows[name], e.node(e.rows[name]).max_attempts
        by_system = by_user = 0
        for attempt in attempts:
            if attempt.error is None or attempt.error.code == "Task Aborted":
                continue
            spent = by_system >= MAX_SYSTEM_RETRIES if attempt.error.kind is FaultKind.SYSTEM else by_user + 1 >= budget
            followed = attempt is not attempts[-1]
            if followed and (spent or _is_permanent(attempt)):
                yield f"{name} attempt {attempt.number} ({attempt.error.code}) was followed by another"
            if not followed and row.phase is ActionPhase.FAILED and not spent and not _is_permanent(attempt):
                yield f"{name} attempt {attempt.number} ({attempt.error.code}) was the last, with budget left"
            by_system += attempt.error.kind is FaultKind.SYSTEM
            by_user += attempt.error.kind is not FaultKind.SYSTEM


def _is_permanent(attempt: AttemptRow) -> bool:
    error = attempt.error
    return error is not None and (
        error.code in ("OutputMismatch", "PluginStateTooLarge") or error.message == "permanent failure"
    )


def _parallelism(e: Evidence) -> Iterator[str]:
    limit = e.run.spec.max_parallelism
    active: set[ActionName] = set()
    for event in e.events:
        if event.kind != "action" or e.rows[event.action].kind != "task":
            continue
        if ActionPhase[event.phase].is_terminal:
            active.discard(event.action)
        else:
            active.add(event.action)
        if limit and len(active) > limit:
            yield f"{sorted(active)} are active, at most {limit} may be"


def _right_outputs(e: Evidence) -> Iterator[str]:
    for row in e.rows.values():
        if row.kind == "task" and row.phase.is_success:
            given = _ints(row.inputs, e)
            got = _ints(row.outputs, e).get("o")
            if got != expected(given):
                yield f"{row.name} made {got} of {given}"


def _ints(ref: ValueRef | None, e: Evidence) -> dict[str, int]:
    data = follow(ref, e.rows, e.run.run).data if ref is not None else b""
    literals = parse_literal_map(data or b"").literals
    return {name: literal.scalar.primitive.integer for name, literal in literals.items()}


def _outside(e: Evidence) -> Iterator[str]:
    yield from e.service.complaints
    known = {row.generated_name: row for rows in e.attempts.values() for row in rows}
    for name, job in e.service.jobs.items():
        if job.key.run != e.run.run:
            continue
        if name not in known:
            yield f"job {name} belongs to no attempt"
        elif not job.finalized:
            yield f"job {name} was never finalized"
        elif known[name].phase is AttemptPhase.ABORTED and not job.killed and job.ends_us > known[name].ended_us:
            yield f"job {name} still runs"


def _nested_events(e: Evidence) -> Iterator[str]:
    open_actions: set[ActionName] = set()
    for event in e.events:
        if event.kind == "attempt" and event.action not in open_actions:
            yield f"{event.action} attempt {event.attempt} {event.phase} lies outside its node's life"
        if event.kind == "action":
            ended = ActionPhase[event.phase].is_terminal
            (open_actions.discard if ended else open_actions.add)(event.action)


def _failure_nodes(e: Evidence) -> Iterator[str]:
    for row in e.rows.values():
        if row.spec_node_id != "fn0":
            continue
        parent = e.rows[row.parent]
        if parent.phase is ActionPhase.ABORTED and row.phase is ActionPhase.SUCCEEDED:
            continue  # the abort came after the failure node
        if parent.phase not in (ActionPhase.FAILED, ActionPhase.ABORTED):
            yield f"{row.name} ran although {parent.name or 'the run'} is {parent.phase.name}"


def _starts(e: Evidence) -> Iterator[str]:
    for row in e.rows.values():
        if (
            row.kind == "workflow"
            and row.phase is ActionPhase.SUCCEEDED
            and not any(child.parent == row.name and child.spec_node_id == START for child in e.rows.values())
        ):
            yield f"{row.name} succeeded without a start-node"


def _nothing_succeeds_late(e: Evidence) -> Iterator[str]:
    late = False
    for event in e.events:
        late = late or (event.kind == "run" and event.phase in ("FAILING", "ABORTING"))
        succeeded = event.kind == "attempt" and event.phase == "SUCCEEDED"
        if late and succeeded and e.rows[event.action].spec_node_id != "fn0":
            yield f"{event.action} succeeded after the run had failed"


def _no_false_blame(e: Evidence) -> Iterator[str]:
    for row in e.rows.values():
        if row.error is not None and row.error.code == "BindingResolutionFailure":
            yield f"{row.name}: {row.error.message}"
    for attempt in (attempt for attempts in e.attempts.values() for attempt in attempts):
        error = attempt.error
        if error is not None and error.code == "PluginFailed" and "raised 10 times" not in error.message:
            yield f"{attempt.action} attempt {attempt.number}: {error.message}"


_RULES = {
    1: _dense,
    2: _edges,
    3: _rows_agree,
    4: _attempts_in_turn,
    5: _order,
    6: _nothing_left,
    7: _honest_end,
    8: _budgets,
    9: _parallelism,
    10: _right_outputs,
    11: _outside,
    12: _nested_events,
    13: _failure_nodes,
    18: _starts,
    19: _nothing_succeeds_late,
    20: _no_false_blame,
}
