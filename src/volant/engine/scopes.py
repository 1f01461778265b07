"""Workflow actions: their graph begins, children end, and in the end they succeed, fail or are aborted.

The `dag` driver says what comes next; this module carries it out and records it. Stages are stored, so a crash
in a clean-up goes on with the clean-up. Source: engine spec 2.2-2.5, 4.1, 4.4, corrected by 13.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from volant.base.errors import Failure, FaultKind
from volant.base.ids import ROOT, ActionName, child_name
from volant.base.phases import ActionPhase, RunPhase, Stage
from volant.compiler.plan import START, Graph, NodePlan, Plan
from volant.contracts.rows import ActionRow, Row, ValueRef
from volant.engine import attempts, enqueue
from volant.engine.attempt_ends import NODE_ABORTED
from volant.engine.env import Env
from volant.engine.machine.moves import end_action, move_action, move_run
from volant.engine.outbox import RunOver
from volant.engine.run_state import Began, Ended, RunState, Scope, Settle, is_bad_end

AUTO_ABORT = "Some node execution failed, auto-abort."


def begin_run(env: Env, run: RunState) -> None:
    """A run nobody has begun: it is RUNNING, and so is its root."""
    now = env.clock.now_us()
    run.row = move_run(run.row, RunPhase.RUNNING, now)
    root = ActionRow(
        run=run.id, name=ROOT, parent=ROOT, kind="workflow", spec_node_id="", target=run.row.spec.entity,
        display=run.row.spec.entity, inputs=run.row.inputs, queued_us=now,
    )  # fmt: skip
    root = move_action(move_action(root, ActionPhase.QUEUED, now), ActionPhase.RUNNING, now)
    run.put_action(root)
    env.record(run, [run.row, root], [run.event(now, "run", "RUNNING")])
    run.todo.append(Began(ROOT))


def began(env: Env, run: RunState, step: Began) -> None:
    """The graph starts: its start-node is born SUCCEEDED, then the action is RUNNING."""
    row = run.actions.get(step.name)
    if row is None:
        return  # aborted before it began
    scope = open_scope(env, run, row)
    now = env.clock.now_us()
    start = ActionRow(
        run=run.id, name=child_name(row.name, scope.generation, START), parent=row.name, kind="start",
        spec_node_id=START, display=START, generation=scope.generation, queued_us=now,
    )  # fmt: skip
    start = end_action(start, ActionPhase.SUCCEEDED, now, outputs=ValueRef(row=(row.name, "inputs")))
    rows: list[Row] = [start]
    events = [run.action_event(now, start)]
    if row.phase is ActionPhase.QUEUED:
        row = run.put_action(move_action(row, ActionPhase.RUNNING, now))
        rows.append(row)
        events.append(run.action_event(now, row))
    env.record(run, rows, events, urgent=False)
    scope.outputs[START] = row.inputs or ValueRef(data=b"")
    advance(env, run, scope, START, ActionPhase.SUCCEEDED)


def open_scope(env: Env, run: RunState, row: ActionRow) -> Scope:
    """The memory of a workflow action that runs."""
    parent = run.scopes.get(row.parent) if row.name != ROOT else None
    order = (*parent.order, row.index) if parent else ()
    key = run.plan.root if parent is None else parent.node(row.spec_node_id).target
    scope = run.scopes[row.name] = Scope(row.name, run.plan.graphs[key], row.attempts, order)
    timeout = parent.node(row.spec_node_id).timeout_us if parent else 0
    if timeout:
        env.timers.set((row.started_us or env.clock.now_us()) + timeout, "deadline", run.id, row.name)
    return scope


def ended(env: Env, run: RunState, step: Ended) -> None:
    """A child is over."""
    row = step.row
    if row.name == ROOT:
        _root_ended(env, run, row)
        return
    scope = run.scopes.get(row.parent)
    if scope is None:
        return
    scope.live.discard(row.name)
    parent = run.actions[scope.name]
    if parent.stage is not Stage.NONE:
        _ended_in_clean_up(env, run, scope, parent, row)
    elif is_bad_end(row.phase) and run.fail_fast:
        fail(env, run, scope, blame(row))
    else:
        if row.phase.is_success and row.outputs is not None and scope.consumers.get(row.spec_node_id):
            scope.outputs[row.spec_node_id] = row.outputs
        advance(env, run, scope, row.spec_node_id, row.phase, row)


def advance(
    env: Env, run: RunState, scope: Scope, node_id: str, phase: ActionPhase, row: ActionRow | None = None
) -> None:
    """Ask the driver what follows a child's end, and do it."""
    if is_bad_end(phase) and row is not None:
        # Kept for FAIL_AFTER_EXECUTABLE_NODES_COMPLETE; the driver decides at the end whose error it is.
        scope.errors[node_id] = blame(row)
    following = scope.dag.ended(node_id, phase)
    follow(env, run, scope, following.ready, following.skipped)


def follow(env: Env, run: RunState, scope: Scope, ready: tuple[str, ...], skipped: tuple[str, ...]) -> None:
    """Skip and enqueue what the driver named; finish the graph when nothing is left."""
    for node_id in skipped:
        enqueue.skip(env, run, scope, scope.node(node_id))
    for node_id in ready:
        enqueue.ready(env, run, scope, scope.node(node_id))
    if scope.dag.is_over and scope.name in run.scopes and run.actions[scope.name].stage is Stage.NONE:
        _graph_over(env, run, scope)


def _graph_over(env: Env, run: RunState, scope: Scope) -> None:
    if scope.dag.has_failed:
        fail(env, run, scope, scope.errors[scope.dag.last_failure()])
        return
    row = run.actions[scope.name]
    outputs = scope.result or ValueRef(data=b"")
    done = end_action(row, ActionPhase.SUCCEEDED, env.clock.now_us(), outputs=outputs)
    finish(env, run, scope, done)


def finish(env: Env, run: RunState, scope: Scope, row: ActionRow) -> None:
    """A workflow action is over."""
    run.scopes.pop(scope.name)
    run.put_action(row)
    events = [] if row.name == ROOT else [run.action_event(env.clock.now_us(), row)]
    env.record(run, [row], events)
    run.todo.append(Ended(row))


def fail(env: Env, run: RunState, scope: Scope, error: Failure) -> None:
    """The graph fails with `error`: what still runs is aborted first, then the failure node has its turn."""
    now = env.clock.now_us()
    row = run.put_action(replace(run.actions[scope.name], stage=Stage.FAILING, pending=error))
    rows: list[Row] = [row]
    events = []
    if scope.name == ROOT:
        run.row = move_run(run.row, RunPhase.FAILING, now, error=error)
        rows.append(run.row)
        events.append(run.event(now, "run", "FAILING", note=error.code))
    env.record(run, rows, events)
    unwind_children(env, run, scope, AUTO_ABORT)


def abort_run(env: Env, run: RunState, reason: str) -> None:
    """Somebody wants the run to end. Nothing to do once the root has ended."""
    if run.ended is not None:
        env.record(run, [], consume=("abort",))
        return
    now = env.clock.now_us()
    error = Failure("Aborted", reason, FaultKind.USER)
    run.row = move_run(run.row, RunPhase.ABORTING, now, error=error)
    root = run.put_action(replace(run.actions[ROOT], stage=Stage.ABORTING, pending=error))
    event = run.event(now, "run", "ABORTING")
    env.record(run, [run.row, root], [event], consume=("abort",))
    if ROOT in run.scopes:
        unwind_children(env, run, run.scopes[ROOT], reason)


def unwind(env: Env, run: RunState, name: ActionName, reason: str) -> None:
    """Abort one live action, whatever it is at."""
    row = run.actions[name]
    live = run.current.get(name)
    if name in run.scopes:
        error = Failure(NODE_ABORTED, reason, FaultKind.USER)
        row = run.put_action(replace(row, stage=Stage.ABORTING, pending=error))
        env.record(run, [row])
        unwind_children(env, run, run.scopes[name], reason)
    elif live is not None and not live.row.phase.is_terminal:
        attempts.kill(env, run, live, reason)
    elif row.stage is not Stage.FINALIZING:
        enqueue.abort_waiting(env, run, row, reason)
    else:
        _abort_between_attempts(env, run, row, reason)


def unwind_children(env: Env, run: RunState, scope: Scope, reason: str) -> None:
    """Abort every live child; the scope settles when none is left."""
    run.ready = [entry for entry in run.ready if entry[1] != scope.name]
    run.ready.sort()
    for name in sorted(scope.live, key=lambda child: (run.actions[child].index, child)):
        unwind(env, run, name, reason)
    run.todo.append(Settle(scope.name))


def _abort_between_attempts(env: Env, run: RunState, row: ActionRow, reason: str) -> None:
    # The failed attempt still awaits its finalize, which goes on by itself; no other attempt will follow.
    run.active -= 1
    enqueue.abort_waiting(env, run, row, reason)


def settle(env: Env, run: RunState, step: Settle) -> None:
    """Go on with a clean-up once no child lives."""
    scope = run.scopes.get(step.name)
    if scope is None or scope.live:
        return
    row = run.actions[scope.name]
    if row.stage is Stage.ABORTING:
        _end_badly(env, run, scope, row, ActionPhase.ABORTED, row.pending)
    elif row.stage is Stage.FAILING and scope.graph.failure_node is not None:
        row = run.put_action(replace(row, stage=Stage.HANDLING_FAILURE))
        env.record(run, [row])
        enqueue.ready(env, run, scope, scope.graph.failure_node)
    elif row.stage is Stage.FAILING:
        _end_badly(env, run, scope, row, ActionPhase.FAILED, row.pending)


def _ended_in_clean_up(env: Env, run: RunState, scope: Scope, parent: ActionRow, row: ActionRow) -> None:
    if parent.stage is Stage.HANDLING_FAILURE and scope.is_failure_node(row.spec_node_id):
        failure_node_over(env, run, scope, None if row.phase.is_success else blame(row))
    else:
        run.todo.append(Settle(scope.name))


def failure_node_over(env: Env, run: RunState, scope: Scope, error: Failure | None) -> None:
    """The failure node had its turn: the graph's own error stays, unless the node failed with another."""
    row = run.actions[scope.name]
    _end_badly(env, run, scope, row, ActionPhase.FAILED, error or row.pending)


def _end_badly(
    env: Env, run: RunState, scope: Scope, row: ActionRow, phase: ActionPhase, error: Failure | None
) -> None:
    finish(env, run, scope, end_action(row, phase, env.clock.now_us(), error=error))


def _root_ended(env: Env, run: RunState, row: ActionRow) -> None:
    run.ended = row
    if row.phase is ActionPhase.SUCCEEDED and run.row.phase is RunPhase.RUNNING:
        now = env.clock.now_us()
        run.row = move_run(run.row, RunPhase.SUCCEEDING, now)
        env.record(run, [run.row], [run.event(now, "run", "SUCCEEDING")])
    close_run(env, run)


_RUN_ENDS = {
    ActionPhase.SUCCEEDED: RunPhase.SUCCEEDED,
    ActionPhase.FAILED: RunPhase.FAILED,
    ActionPhase.ABORTED: RunPhase.ABORTED,
}


def close_run(env: Env, run: RunState) -> None:
    """The run's end, once nothing is left to finalize."""
    if run.ended is None or run.lives or run.row.phase.is_terminal:
        return
    now = env.clock.now_us()
    row = move_run(run.row, _RUN_ENDS[run.ended.phase], now, error=run.ended.error)
    run.row = replace(row, outputs=run.ended.outputs)
    note = run.ended.error.code if run.ended.error else ""
    event = run.event(now, "run", run.row.phase.name, note=note)
    env.record(run, [run.row], [event], effects=[RunOver(run)])


def deadline(env: Env, run: RunState, name: ActionName) -> None:
    """A sub-workflow's time is up: it fails as a whole, and is not tried again."""
    scope = run.scopes.get(name)
    if scope is None or run.actions[name].stage is not Stage.NONE:
        return
    text = "[1/1] currentAttempt done. Last Error: USER::task execution timeout expired"
    fail(env, run, scope, Failure("RetriesExhausted|TimeoutExpired", text, FaultKind.USER).at(name))


def blame(row: ActionRow) -> Failure:
    """The failure of a child that ended badly, with its name."""
    error = row.error or Failure("Unknown", f"{row.name} ended as {row.phase.name}")
    return error.at(row.name)


def plan_of_rows(plan: Plan, rows: Mapping[ActionName, ActionRow], row: ActionRow) -> tuple[NodePlan, str]:
    """The plan of any action but the root, its ancestors over or not, and the key of its target."""
    path = [row]
    while path[-1].parent != ROOT:
        path.append(rows[path[-1].parent])
    graph = plan.graphs[plan.root]
    for step in reversed(path[1:]):
        graph = plan.graphs[_node(graph, step.spec_node_id).target]
    node = _node(graph, row.spec_node_id)
    return node, node.target


def _node(graph: Graph, node_id: str) -> NodePlan:
    if graph.failure_node is not None and graph.failure_node.id == node_id:
        return graph.failure_node
    return graph.nodes[node_id]
