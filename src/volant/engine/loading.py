"""A run from its rows: what the engine before us knew, and what it had begun but not finished.

Nothing is trusted but rows. Whatever a crash cut short is found here: children the driver wants but nobody
made, stages half carried out, attempts to look at, kills and finalizes still due.
"""

from collections import defaultdict
from functools import partial

from msgspec.structs import replace

from volant.base.errors import VolantError
from volant.base.ids import ROOT, ActionName, RunId
from volant.base.phases import ActionPhase, Stage
from volant.compiler.build import load_plan
from volant.compiler.plan import START
from volant.contracts.rows import ActionRow, AttemptRow, RunSnapshot
from volant.engine import attempt_calls, enqueue, scopes
from volant.engine.caching import key_of
from volant.engine.env import Env
from volant.engine.plugin_table import Entry
from volant.engine.run_state import Began, Ended, RunState, Scope, is_bad_end
from volant.engine.values import follow
from volant.idl.cache_key import CacheKey

_Rows = dict[ActionName, ActionRow]


def load(env: Env, run_id: RunId) -> RunState | None:
    """The run as it stands, with the steps to go on with; None where it is over."""
    snapshot = env.journal.load(run_id)
    if snapshot.run.phase.is_terminal:
        return None
    plan = load_plan(env.journal.plan(snapshot.run.plan))
    run = RunState(snapshot.run, plan, snapshot.seq)
    run.aborting = next(iter(snapshot.wishes), None)
    run.reference = _reference(env, run)
    if snapshot.actions:
        _restore(env, run, snapshot)
    else:
        scopes.begin_run(env, run)
    return run


def _reference(env: Env, run: RunState) -> _Rows:
    """Tasks and workflows that succeeded in the run this one recovers from, outputs followed to the bytes."""
    if not run.row.spec.recovered_from:
        return {}
    old = env.journal.load(RunId(run.row.spec.recovered_from))
    rows = {row.name: row for row in old.actions}
    return {
        row.name: _followed(row, rows)
        for row in old.actions
        if row.phase.is_success and row.kind in ("task", "workflow") and row.name != ROOT
    }


def _followed(row: ActionRow, rows: _Rows) -> ActionRow:
    inputs = follow(row.inputs, rows, row.run) if row.inputs else None
    outputs = follow(row.outputs, rows, row.run) if row.outputs else None
    return replace(row, inputs=inputs, outputs=outputs)


def _restore(env: Env, run: RunState, snapshot: RunSnapshot) -> None:
    rows = {row.name: row for row in snapshot.actions}
    children: dict[ActionName, list[ActionRow]] = defaultdict(list)
    for row in snapshot.actions:
        if row.name != ROOT:
            children[row.parent].append(row)
        if not row.phase.is_terminal:
            run.put_action(row)
    _restore_scope(env, run, rows, children, rows[ROOT])
    for attempt in snapshot.attempts:
        _restore_attempt(env, run, rows, attempt)
    _restore_waiters(env, run)
    _restore_tokens(run, snapshot)
    if rows[ROOT].phase.is_terminal:
        run.todo.append(Ended(rows[ROOT]))


def _restore_scope(
    env: Env, run: RunState, rows: _Rows, children: dict[ActionName, list[ActionRow]], row: ActionRow
) -> None:
    """A workflow action and all below it, top down."""
    mine = [child for child in children[row.name] if child.generation == row.attempts]
    if row.phase.is_terminal:
        return
    if not mine and row.stage is Stage.NONE:
        run.todo.append(Began(row.name))
        return
    scope = scopes.open_scope(env, run, row)
    for child in mine:
        _restore_child(run, scope, rows, child)
    for child in mine:
        if child.kind == "workflow":
            _restore_scope(env, run, rows, children, child)
    _resume_stage(env, run, scope, row, {child.spec_node_id: child.phase for child in mine})


def _restore_child(run: RunState, scope: Scope, rows: _Rows, child: ActionRow) -> None:
    if not scope.is_failure_node(child.spec_node_id) and child.spec_node_id != START:
        scope.consumed_by(scope.node(child.spec_node_id))
    if not child.phase.is_terminal:
        scope.live.add(child.name)
        run.active += child.kind == "task"
        return
    if is_bad_end(child.phase):
        scope.errors[child.spec_node_id] = scopes.blame(child)
    if child.outputs is not None and child.phase.is_success:
        ref = follow(child.outputs, rows, child.run)
        scope.outputs[child.spec_node_id] = ref
        if child.kind == "end":
            scope.result = ref


def _resume_stage(env: Env, run: RunState, scope: Scope, row: ActionRow, phases: dict[str, ActionPhase]) -> None:
    following = scope.dag.restored(phases)
    if row.stage is Stage.NONE:
        first = next((scope.errors[node] for node in phases if node in scope.errors), None)
        if first is not None and run.fail_fast:
            run.resuming.append(lambda: scopes.fail(env, run, scope, first))
        else:
            run.resuming.append(lambda: scopes.follow(env, run, scope, following.ready, following.skipped))
    elif row.stage is Stage.HANDLING_FAILURE:
        run.resuming.append(lambda: _resume_failure_node(env, run, scope, phases))
    else:
        reason = row.pending.message if row.stage is Stage.ABORTING and row.pending else scopes.AUTO_ABORT
        run.resuming.append(lambda: scopes.unwind_children(env, run, scope, reason))


def _resume_failure_node(env: Env, run: RunState, scope: Scope, phases: dict[str, ActionPhase]) -> None:
    node = scope.graph.failure_node
    assert node is not None
    phase = phases.get(node.id)
    if phase is None:
        enqueue.ready(env, run, scope, node)
    elif phase.is_terminal:
        scopes.failure_node_over(env, run, scope, scope.errors.get(node.id))


def _restore_attempt(env: Env, run: RunState, rows: _Rows, row: AttemptRow) -> None:
    """An attempt whose plugin must still be asked something."""
    action = rows[row.action]
    if row.phase.is_terminal and not row.finalize_due:
        return
    node, target = scopes.plan_of_rows(run.plan, rows, action)
    task = run.plan.tasks[target]
    entry = _here(run, action, env.plugins.entries.get(row.plugin), row.plugin)
    key = _cache_key(env, run, action, entry)
    live = attempt_calls.adopt(env, run, action, row, node, task, entry, key)
    live.touched = True
    run.resuming.append(lambda: attempt_calls.resume(env, run, live))


def _here(run: RunState, action: ActionRow, entry: Entry | None, wanted: str) -> Entry:
    if entry is None:
        text = f"{run.id} {action.name} was enqueued with plugin {wanted!r}, which is not here"
        raise VolantError(text, fix="install it again, or name its file with --plugin")
    return entry


def _cache_key(env: Env, run: RunState, action: ActionRow, entry: Entry) -> CacheKey | None:
    if action.inputs is None or action.phase.is_terminal:
        return None
    node = run.scopes[action.parent].node(action.spec_node_id)
    task = run.plan.tasks[node.target]
    return key_of(node, task, entry.properties, env.values.parsed(action.inputs))


def _restore_waiters(env: Env, run: RunState) -> None:
    """Task actions without an attempt wait for a serialized cache key."""
    for name, row in list(run.actions.items()):
        if row.kind == "task" and name not in run.current and row.stage is Stage.NONE:
            task = run.plan.tasks[run.scopes[row.parent].node(row.spec_node_id).target]
            entry = _here(run, row, env.plugins.find(task.type), task.type)
            run.cache_waiters[name] = _cache_key(env, run, row, entry)
            run.resuming.append(partial(enqueue.cache_waiter_due, env, run, name))


def _restore_tokens(run: RunState, snapshot: RunSnapshot) -> None:
    """Who holds tokens must let go of them, who waits must ask again.

    Whoever has asked is called at once, whenever it wanted to be: it may have been granted while nobody listened,
    or have left the line.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    for row in snapshot.tokens:
        asked[row.name].add(row.pool)
    for live in run.lives.values():
        live.quotas.pools = asked[live.row.generated_name]
        live.woken = bool(live.quotas.pools)


def resume(run: RunState) -> None:
    """Take the first steps, once everything is restored and the world was counted."""
    todo, run.resuming = run.resuming, []
    for step in todo:
        step()
