"""A node becomes an action: inputs resolved, cache asked, first attempt made. Source: engine spec 3.1-3.3, 5.3."""

from heapq import heappop

from msgspec.structs import replace

from volant.base.errors import Failure, FaultKind, StoreFault, VolantError, system_failure, user_failure
from volant.base.ids import ActionName, RunId, child_name
from volant.base.phases import ActionPhase
from volant.compiler.plan import NodePlan, TaskPlan
from volant.contracts import layout
from volant.contracts.rows import ActionRow, CacheRow, CacheStatus, EventRow, HoldRow, Row, ValueRef
from volant.engine import attempt_calls
from volant.engine.attempt_ends import NODE_ABORTED
from volant.engine.caching import key_of
from volant.engine.env import Env
from volant.engine.failure_input import with_error
from volant.engine.machine.moves import end_action, move_action
from volant.engine.plugin_table import Entry
from volant.engine.run_state import Began, Ended, RunState, Scope
from volant.engine.values import EMPTY
from volant.idl import pb
from volant.idl.bindings import ResolutionError, resolve
from volant.idl.cache_key import CacheKey
from volant.idl.literals import wire

WAITING_FOR_CACHE = "waiting on serialized cache"


def ready(env: Env, run: RunState, scope: Scope, node: NodePlan) -> None:
    """A node may run: leaves wait for admission, everything else becomes an action at once."""
    if node.kind == "task":
        run.push_ready(scope, node)
    else:
        _ENQUEUE[node.kind](env, run, scope, node)


def admit(env: Env, run: RunState, quota: int) -> int:
    """Make actions of ready leaves, in plan order, while there is room; how many of `quota` were used."""
    used = 0
    while run.ready and used < quota and run.has_room:
        _, scope_name, node_id = heappop(run.ready)
        scope = run.scopes.get(scope_name)
        if scope is not None:
            _enqueue_task(env, run, scope, scope.node(node_id))
            used += 1
    return used


def skip(env: Env, run: RunState, scope: Scope, node: NodePlan) -> None:
    """A node that will never run because of one above it."""
    now = env.clock.now_us()
    row = end_action(_fresh(run, scope, node), ActionPhase.SKIPPED, now)
    scope.consumed_by(node)
    env.record(run, [row], [run.action_event(now, row)])


def abort_waiting(env: Env, run: RunState, row: ActionRow, reason: str) -> None:
    """Abort an action that has nothing to kill."""
    now = env.clock.now_us()
    if row.name in run.cache_waiters:
        run.active -= 1
    ended = end_action(row, ActionPhase.ABORTED, now, error=Failure(NODE_ABORTED, reason, FaultKind.USER))
    run.put_action(ended)
    env.record(run, [ended], [run.action_event(now, ended)])
    run.todo.append(Ended(ended))


def retry_cache_waiter(env: Env, run: RunState, name: ActionName) -> None:
    """Look again whether a serialized cache key is served or free."""
    if name not in run.cache_waiters:
        return
    row, key = run.actions[name], run.cache_waiters[name]
    if key is not None and (hit := env.caching.find(key)):
        run.active -= 1
        _serve(env, run, row, key, hit)
    elif key is None or env.caching.reserve(key, run.id, name):
        del run.cache_waiters[name]
        node = run.scopes[row.parent].node(row.spec_node_id)
        task = run.plan.tasks[node.target]
        entry = env.plugins.find(task.type)
        assert entry is not None  # it was found when the waiter was made or restored
        _first_attempt(env, run, replace(row, message=""), node, task, entry, key)


def cache_waiter_due(env: Env, run: RunState, name: ActionName) -> None:
    """The net under the bell: look again, and once more later if it must still wait."""
    retry_cache_waiter(env, run, name)
    if name in run.cache_waiters:
        _spread_net(env, run, name)


def _spread_net(env: Env, run: RunState, name: ActionName) -> None:
    env.timers.set(env.clock.now_us() + env.options.reservation_net_us, "reservation", run.id, name)


# ------------------------------------------------------------------------------------------------ kinds


def _enqueue_end(env: Env, run: RunState, scope: Scope, node: NodePlan) -> None:
    now = env.clock.now_us()
    row = _fresh(run, scope, node)
    inputs = _inputs(env, run, scope, node)
    if isinstance(inputs, Failure):
        _fail(env, run, scope, node, row, inputs)
        return
    ref = _keep_inputs(env, run, row, inputs)
    queued = move_action(replace(row, inputs=ref), ActionPhase.QUEUED, now)
    done = end_action(queued, ActionPhase.SUCCEEDED, now, outputs=ValueRef(row=(row.name, "inputs")))
    events = [run.action_event(now, queued), run.action_event(now, done)]
    scope.result = ref
    scope.consumed_by(node)
    env.record(run, [done], events)
    run.todo.append(Ended(done))


def _enqueue_workflow(env: Env, run: RunState, scope: Scope, node: NodePlan) -> None:
    now = env.clock.now_us()
    row = replace(_fresh(run, scope, node), target=run.plan.graphs[node.target].name)
    if _recover(env, run, scope, node, row):
        return
    inputs = _inputs(env, run, scope, node)
    if isinstance(inputs, Failure):
        _fail(env, run, scope, node, row, inputs)
        return
    row = move_action(replace(row, inputs=_keep_inputs(env, run, row, inputs)), ActionPhase.QUEUED, now)
    _enqueued(run, scope, node, row)
    env.record(run, [row], [run.action_event(now, row)], urgent=False)
    run.todo.append(Began(row.name))


def _enqueue_task(env: Env, run: RunState, scope: Scope, node: NodePlan) -> None:
    task = run.plan.tasks[node.target]
    row = replace(_fresh(run, scope, node), target=task.name)
    if _recover(env, run, scope, node, row):
        return
    entry = env.plugins.find(task.type)
    if entry is None:
        text = f"no plugin runs tasks of type {task.type!r}"
        failure = user_failure("UnsupportedTaskType", text, fix="install one that does")
        _fail(env, run, scope, node, row, failure)
        return
    inputs = _inputs(env, run, scope, node)
    if isinstance(inputs, Failure):
        _fail(env, run, scope, node, row, inputs)
        return
    row = replace(row, inputs=_keep_inputs(env, run, row, inputs))
    key = key_of(node, task, entry.properties, inputs)
    hit = env.caching.find(key) if key is not None and not run.row.spec.overwrite_cache else None
    _enqueued(run, scope, node, row)
    if key is not None and hit is not None:
        _serve(env, run, row, key, hit)
        return
    run.active += 1
    _queue(env, run, row, node, task, entry, key)


def _queue(
    env: Env,
    run: RunState,
    row: ActionRow,
    node: NodePlan,
    task: TaskPlan,
    entry: Entry,
    key: CacheKey | None,
) -> None:
    overwrite = run.row.spec.overwrite_cache
    if key is not None:
        row = replace(row, cache=CacheStatus("SKIPPED" if overwrite else "MISS", key.text))
    row = move_action(row, ActionPhase.QUEUED, env.clock.now_us())
    serialized = key is not None and not overwrite and env.caching.is_serialized(node, task)
    if serialized and key is not None and not env.caching.reserve(key, run.id, row.name):
        row = run.put_action(replace(row, message=WAITING_FOR_CACHE))
        event = run.event(row.queued_us, "action", "QUEUED", action=row.name, note=WAITING_FOR_CACHE)
        env.record(run, [row], [event])
        run.cache_waiters[row.name] = key
        _spread_net(env, run, row.name)
    else:
        _first_attempt(env, run, row, node, task, entry, key, [run.action_event(row.queued_us, row)])


def _first_attempt(
    env: Env,
    run: RunState,
    row: ActionRow,
    node: NodePlan,
    task: TaskPlan,
    entry: Entry,
    key: CacheKey | None,
    events: list[EventRow] | None = None,
) -> None:
    run.put_action(row)
    live = attempt_calls.make(env, run, row, node, task, entry, cache_key=key)
    env.record(run, [row, live.row], events or [], effects=attempt_calls.begin(env, run, live))


_ENQUEUE = {"end": _enqueue_end, "workflow": _enqueue_workflow, "task": _enqueue_task}

# ------------------------------------------------------------------------------------------------ parts


def _fresh(run: RunState, scope: Scope, node: NodePlan) -> ActionRow:
    return ActionRow(
        run=run.id,
        name=child_name(scope.name, scope.generation, node.id),
        parent=scope.name,
        kind=node.kind,
        spec_node_id=node.id,
        generation=scope.generation,
        index=node.index,
        display=node.display or node.id,
    )


def _enqueued(run: RunState, scope: Scope, node: NodePlan, row: ActionRow) -> None:
    run.put_action(row)
    scope.live.add(row.name)
    scope.consumed_by(node)


def _inputs(env: Env, run: RunState, scope: Scope, node: NodePlan) -> pb.LiteralMap | Failure:
    """The node's inputs; a failure to resolve them is an input of the machine, not an error."""

    def output_of(node_id: str, var: str) -> pb.Literal:
        return _output(env, scope, node_id, var)

    try:
        found = {name: resolve(data, output_of) for name, data in node.bindings.items()}
    except StoreFault:
        raise  # not the node's: nothing is lost, and the next engine may read what this one could not
    except VolantError as error:
        return system_failure("BindingResolutionFailure", f"{node.id}: {error}")
    if scope.is_failure_node(node.id):
        with_error(found, run.actions[scope.name].pending, _interface(run, node))
    return pb.LiteralMap(literals=found)


def _interface(run: RunState, node: NodePlan) -> pb.TypedInterface:
    owner = run.plan.tasks if node.kind == "task" else run.plan.graphs
    return owner[node.target].interface


def _output(env: Env, scope: Scope, node_id: str, var: str) -> pb.Literal:
    values = scope.values.get(node_id)
    if values is None:
        ref = scope.outputs.get(node_id)
        if ref is None:
            raise ResolutionError(f"{node_id} left no outputs")
        values = scope.values[node_id] = env.values.parsed(ref)
    aliases = scope.graph.nodes[node_id].aliases
    name = aliases.get(var, var) if aliases else var
    if name not in values.literals:
        there = ", ".join(sorted(values.literals)) or "nothing"
        raise ResolutionError(f"output {name!r} of {node_id} is missing; it left {there}")
    return values.literals[name]


def _keep_inputs(env: Env, run: RunState, row: ActionRow, inputs: pb.LiteralMap) -> ValueRef:
    if not inputs.literals:
        return EMPTY
    prefix = layout.node_prefix(env.facts.blobs.root, run.id, row.name)
    return env.values.keep(wire(inputs), f"{prefix}/inputs.pb")


def _fail(env: Env, run: RunState, scope: Scope, node: NodePlan, row: ActionRow, failure: Failure) -> None:
    now = env.clock.now_us()
    ended = end_action(row, ActionPhase.FAILED, now, error=failure.at(row.name))
    scope.consumed_by(node)
    env.record(run, [ended], [run.action_event(now, ended)])
    run.todo.append(Ended(ended))


def _serve(env: Env, run: RunState, row: ActionRow, key: CacheKey, hit: CacheRow) -> None:
    now = env.clock.now_us()
    status = CacheStatus("HIT", key.text, hit.run, hit.action)
    done = replace(end_action(row, ActionPhase.SUCCEEDED, now, outputs=hit.outputs), cache=status)
    _reuse(env, run, done, hit.run)


def _recover(env: Env, run: RunState, scope: Scope, node: NodePlan, row: ActionRow) -> bool:
    old = run.reference.get(row.name)
    if old is None or not old.phase.is_success or scope.is_failure_node(node.id):
        return False
    now = env.clock.now_us()
    done = end_action(replace(row, inputs=old.inputs), ActionPhase.RECOVERED, now, outputs=old.outputs)
    scope.consumed_by(node)
    _reuse(env, run, done, old.run)
    return True


def _reuse(env: Env, run: RunState, row: ActionRow, source: str) -> None:
    """An action that ends with another run's outputs: prune must spare what they name."""
    rows: list[Row] = [run.put_action(row)]
    if source != run.id:
        rows.append(HoldRow(run.id, RunId(source)))
    env.record(run, rows, [run.action_event(row.ended_us, row)])
    run.todo.append(Ended(row))
