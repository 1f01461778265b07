"""The life of an attempt: made, started, looked at, killed, finalized, and followed by another or by the end.

Each function takes one input of the machine (a plugin's answer, a timer, a wish) and records one change.
Source: engine spec 3.4, 3.5, 6.1, 8 and 13; seed-systems 3.
"""

import datetime as dt
from contextlib import suppress
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from volant.base.errors import Failure, FaultKind, UserError, system_failure, user_failure
from volant.base.ids import AttemptKey, generated_name
from volant.base.phases import ActionPhase, AttemptPhase, Stage
from volant.compiler.inputs import check_outputs
from volant.compiler.plan import NodePlan, TaskPlan
from volant.contracts.plugin import NotYet
from volant.contracts.rows import ActionRow, AttemptRow, CacheStatus, Row, ValueRef
from volant.contracts.status import StatusPhase, TaskStatus
from volant.engine.caching import cache_row
from volant.engine.context import Context, encode_state
from volant.engine.env import Env
from volant.engine.machine.moves import end_action, move_action, move_attempt
from volant.engine.machine.retries import after_failure, backoff_us, stays_interruptible
from volant.engine.machine.statuses import cut, fold, state_problem, take_state, version_problem
from volant.engine.outbox import Call, Effect, Saved
from volant.engine.plugin_table import Entry
from volant.engine.run_state import CallKind, Ended, Live, RunState
from volant.idl import pb
from volant.idl.cache_key import CacheKey
from volant.idl.literals import parse_literal_map, wire

TASK_ABORTED = "Task Aborted"
NODE_ABORTED = "NodeAborted"


class UnusableAnswerError(TypeError):
    """A plugin returned what is no answer to its call. It counts as a raise; nothing was recorded."""


def make(
    env: Env,
    run: RunState,
    action: ActionRow,
    node: NodePlan,
    task: TaskPlan,
    entry: Entry,
    *,
    cache_key: CacheKey | None = None,
    delay_us: int = 0,
) -> Live:
    """The attempt that `action.attempts` numbers, not recorded yet."""
    now = env.clock.now_us()
    key = AttemptKey(run.id, action.name, action.attempts)
    wanted = _interruptible(run, node)
    row = AttemptRow(
        run=run.id,
        action=action.name,
        number=action.attempts,
        plugin=entry.id,
        generated_name=generated_name(key, entry.properties.generated_name_max_length),
        interruptible=stays_interruptible(wanted, action.system_failures),
        queued_us=now,
        look_us=now + delay_us if delay_us else 0,
    )
    return adopt(env, run, action, row, node, task, entry, cache_key)


def adopt(
    env: Env,
    run: RunState,
    action: ActionRow,
    row: AttemptRow,
    node: NodePlan,
    task: TaskPlan,
    entry: Entry,
    cache_key: CacheKey | None,
) -> Live:
    """An attempt from its row, with what its plugin will see."""
    inputs = action.inputs or ValueRef(data=b"")
    context = Context(env.facts, run.row, row, entry, task.template, inputs, node.resources, node.max_attempts)
    live = Live(row, node, task, entry, context, cache_key)
    run.lives[live.key] = live
    if not row.phase.is_terminal:
        run.current[action.name] = live
    return live


def begin(env: Env, run: RunState, live: Live) -> tuple[Effect, ...]:
    """What follows once a new attempt is durable: its start, now or after a delay."""
    if live.row.look_us:
        env.timers.set(live.row.look_us, "look", run.id, live.row.action, live.row.number)
    return _look_when_saved(run, live)


def resume(env: Env, run: RunState, live: Live) -> None:
    """Go on with an attempt of an engine before us."""
    row, timeout = live.row, live.node.timeout_us
    if row.started_us and timeout:
        env.timers.set(row.started_us + timeout, "deadline", run.id, row.action, row.number)
    if row.kill_due:
        _be_patient(env, run, live)
    if not row.begun and row.look_us > env.clock.now_us():
        env.timers.set(row.look_us, "look", run.id, row.action, row.number)
    look(env, run, live)


def look(env: Env, run: RunState, live: Live) -> None:
    """Ask the plugin: it was woken, a time came, or the engine restarted."""
    if live.row.phase.is_terminal:
        if live.row.finalize_due:
            env.call(run, live, "finalize")
    elif live.row.kill_due:
        env.call(run, live, "kill")
    elif live.row.begun:
        env.call(run, live, "check")
    elif live.row.look_us <= env.clock.now_us():
        env.call(run, live, "start")


def returned(env: Env, run: RunState, live: Live, kind: CallKind, result: Any) -> None:
    """A plugin's call is over; `result` is what it returned or the exception it raised."""
    live.call = None
    if live.row.phase.is_terminal and kind != "finalize":
        _too_late(live, result)
    elif isinstance(result, BaseException):
        _raised(env, run, live, kind, result)
    else:
        _answered(env, run, live, kind, result)
    _again(env, run, live)


def _answered(env: Env, run: RunState, live: Live, kind: CallKind, result: Any) -> None:
    try:
        _ANSWERS[kind](env, run, live, result)
    except UnusableAnswerError as error:
        _raised(env, run, live, kind, error)
    else:
        if live.call is None:  # else it only led on to `read_outputs`, which may be what keeps raising
            live.raises = 0


def saved(env: Env, run: RunState, live: Live) -> None:
    """One more change of the attempt's row is durable."""
    live.unsaved -= 1
    _again(env, run, live)


def _again(env: Env, run: RunState, live: Live) -> None:
    """Look once more if somebody asked meanwhile, and what the plugin must find is durable."""
    if live.again and live.call is None and not live.unsaved and live.key in run.lives:
        live.again = False
        look(env, run, live)


def _look_when_saved(run: RunState, live: Live) -> tuple[Effect, ...]:
    """The plugin is called next when the change being recorded is durable, never before."""
    live.unsaved += 1
    live.again = True
    return (Saved(run, live),)


def _too_late(live: Live, result: Any) -> None:
    """A call answers after its attempt was given up: finalize must at least find what it left."""
    if isinstance(result, TaskStatus):
        with suppress(UnusableAnswerError):
            state = _encoded(result)
            if state is not None and state_problem(state) is None:
                _keep_state(live, state)


def kill(env: Env, run: RunState, live: Live, reason: str, failure: Failure | None = None) -> None:
    """End an attempt from outside; `failure` is charged to it, None aborts its action.

    A plugin that cannot know of the attempt yet is not asked.
    """
    if live.row.kill_due:
        if failure is None:  # an abort overrides a deadline that is being carried out
            live.row = replace(live.row, kill_due=reason, error=None)
            env.record(run, [live.row])
        return
    live.row = replace(live.row, kill_due=reason, error=failure)
    if not live.touched and live.call is None:
        _killed(env, run, live, None)
        return
    _be_patient(env, run, live)
    env.record(run, [live.row], effects=_look_when_saved(run, live))


def _be_patient(env: Env, run: RunState, live: Live) -> None:
    due = env.clock.now_us() + env.options.kill_patience_us
    env.timers.set(due, "patience", run.id, live.row.action, live.row.number)


def out_of_patience(env: Env, run: RunState, live: Live) -> None:
    """A kill was not confirmed for too long: the action ends all the same, and says so."""
    if live.row.kill_due:
        env.log.warning("%s %s: kill not confirmed, going on without", run.id, live.row.action)
        _killed(env, run, live, None)


def deadline(env: Env, run: RunState, live: Live) -> None:
    """The attempt's time may be up."""
    row, allowed = live.row, live.node.timeout_us
    if row.phase.is_terminal or row.kill_due or not row.started_us:
        return
    if env.clock.now_us() < row.started_us + allowed:
        return
    seconds = dt.timedelta(microseconds=allowed)
    fix = "raise the task's timeout, or see in its log what takes so long"
    failure = user_failure("TimeoutExpired", f"task execution timeout [{seconds}] expired", fix=fix)
    kill(env, run, live, "timeout", failure)


# ----------------------------------------------------------------------------------------------- answers


def _encoded(status: Any) -> bytes | None:
    """The custom state a status brings, as JSON; None where it leaves it unchanged.

    Raises:
        UnusableAnswerError: It is no status, or its state is not JSON.
    """
    if not isinstance(status, TaskStatus):
        raise UnusableAnswerError(f"it returned {type(status).__name__}, not a TaskStatus")
    try:
        return None if status.state is UNSET else encode_state(status.state)
    except Exception as error:  # whatever a plugin's state raises is the plugin's fault
        raise UnusableAnswerError(f"its state is not JSON: {error}") from error


def _status(env: Env, run: RunState, live: Live, status: Any) -> None:
    state = _encoded(status)
    if state is not None and (problem := state_problem(state)):
        _failed(env, run, live, problem, retryable=False)
    elif live.row.kill_due:
        _status_while_killing(env, run, live, status, state)
    elif status.phase is StatusPhase.SUCCEEDED:
        _succeeding(env, run, live, status, state)
    elif status.phase.is_terminal:
        _keep_state(live, state)
        failure = status.error or system_failure("PluginFailed", "the plugin reported a failure without an error")
        _failed(env, run, live, failure, retryable=status.phase is StatusPhase.RETRYABLE_FAILURE)
    else:
        _going_on(env, run, live, status, state)


def _status_while_killing(env: Env, run: RunState, live: Live, status: TaskStatus[Any], state: bytes | None) -> None:
    _keep_state(live, state)  # the kill must find what the call has just started
    if status.phase is StatusPhase.SUCCEEDED and live.row.error is not None:
        live.row = replace(live.row, kill_due="", error=None)  # a result wins over a deadline it has met
        _succeeding(env, run, live, status, state)
    elif status.phase.is_terminal:
        _killed(env, run, live, None)
    else:
        env.record(run, [live.row], effects=_look_when_saved(run, live))


def _going_on(env: Env, run: RunState, live: Live, status: TaskStatus[Any], state: bytes | None) -> None:
    now = env.clock.now_us()
    before = live.row
    folded = fold(before, status, state, live.entry.state_version, now)
    live.row = live.context.row = folded.row
    if problem := version_problem(folded.row):
        _failed(env, run, live, problem, retryable=False)
        return
    if folded.row.look_us:
        env.timers.set(folded.row.look_us, "look", run.id, before.action, before.number)
    if folded.row.started_us and not before.started_us and live.node.timeout_us:
        env.timers.set(folded.row.started_us + live.node.timeout_us, "deadline", run.id, before.action, before.number)
    if not folded.told and not folded.kept and folded.row.details == before.details:
        return
    rows: list[Row] = [folded.row]
    events = []
    if folded.told:
        events.append(run.attempt_event(now, folded.row))
        action = run.actions[before.action]
        if action.phase is ActionPhase.QUEUED:
            action = run.put_action(move_action(action, ActionPhase.RUNNING, now))
            rows.append(action)
            events.append(run.action_event(now, action))
    effects: list[Effect] = []
    if folded.kept:
        live.unsaved += 1
        effects.append(Saved(run, live))
    env.record(run, rows, events, effects=effects, urgent=False)


def _succeeding(env: Env, run: RunState, live: Live, status: TaskStatus[Any], state: bytes | None) -> None:
    _keep_state(live, state)
    outputs = status.outputs
    if outputs is None and live.task.interface.outputs.variables:
        live.call = "outputs"
        env.calls.append(Call(run, live, "outputs"))
    else:
        _outputs(env, run, live, outputs if outputs is not None else b"")


def _outputs(env: Env, run: RunState, live: Live, outputs: Any) -> None:
    if live.row.kill_due and live.row.error is None:
        _killed(env, run, live, None)  # aborted while its outputs were read; nothing of it runs any more
        return
    if not live.task.interface.outputs.variables:
        _succeeded(env, run, live, b"")
    elif outputs is None:
        failure = Failure("OutputsNotFound", f"the task of type {live.task.type} left no outputs")
        _failed(env, run, live, failure, retryable=True)
    elif isinstance(outputs, bytes | pb.LiteralMap):
        data = outputs if isinstance(outputs, bytes) else wire(outputs)
        problem = _output_problem(env, live, outputs, len(data))
        if problem is not None:
            _failed(env, run, live, problem, retryable=False)
        else:
            _succeeded(env, run, live, data)
    else:
        raise UnusableAnswerError(f"its outputs are {type(outputs).__name__}, not a LiteralMap or the bytes of one")


def _output_problem(env: Env, live: Live, outputs: pb.LiteralMap | bytes, size: int) -> Failure | None:
    if size > env.options.output_limit:
        text = f"the outputs take {size:,} bytes; at most {env.options.output_limit:,} are allowed"
        return user_failure("OutputSizeExceeded", text, fix="return a File, a DataFrame or fewer values")
    try:
        parsed = parse_literal_map(outputs) if isinstance(outputs, bytes) else outputs
    except UserError as error:
        return user_failure("OutputMismatch", f"the outputs cannot be read: {error}")
    problem = check_outputs(live.task.interface, parsed)
    return user_failure("OutputMismatch", problem) if problem else None


def _succeeded(env: Env, run: RunState, live: Live, data: bytes) -> None:
    now = env.clock.now_us()
    ref = env.values.keep(data, f"{live.context.output_prefix}/outputs.pb")
    row = move_attempt(live.row, AttemptPhase.SUCCEEDED, now)
    row = replace(row, begun=True, error=None, started_us=row.started_us or now)
    action = end_action(run.actions[row.action], ActionPhase.SUCCEEDED, now, outputs=ref)
    action = replace(action, started_us=action.started_us or now, cache=_populated(live, action))
    more: list[Row] = []
    if live.cache_key is not None:
        more.append(cache_row(live.cache_key, live.task, run.id, row.action, ref, now))
    _over(env, run, live, row, action, more)


def _populated(live: Live, action: ActionRow) -> CacheStatus | None:
    return CacheStatus("POPULATED", live.cache_key.text) if live.cache_key is not None else action.cache


def _failed(env: Env, run: RunState, live: Live, failure: Failure, *, retryable: bool) -> None:
    """The attempt ended badly by itself."""
    now, failure = env.clock.now_us(), cut(failure)
    row = replace(move_attempt(live.row, AttemptPhase.FAILED, now), error=failure, begun=True)
    _judge(env, run, live, row, failure, retryable=retryable)


def _killed(env: Env, run: RunState, live: Live, _: Any) -> None:
    """The plugin has confirmed a kill, or need not be asked."""
    now = env.clock.now_us()
    reason, failure = live.row.kill_due, live.row.error
    row = move_attempt(live.row, AttemptPhase.ABORTED, now)
    if failure is not None:
        _judge(env, run, live, row, failure, retryable=True)
        return
    row = replace(row, error=Failure(TASK_ABORTED, reason, FaultKind.USER))
    action = run.actions[row.action]
    ended = end_action(action, ActionPhase.ABORTED, now, error=Failure(NODE_ABORTED, reason, FaultKind.USER))
    _over(env, run, live, row, ended, [])


def _judge(env: Env, run: RunState, live: Live, row: AttemptRow, failure: Failure, *, retryable: bool) -> None:
    """Another attempt, or the action's end."""
    action = run.actions[row.action]
    verdict = after_failure(
        failure,
        retryable=retryable,
        attempt=row.number,
        system_failures=action.system_failures,
        max_attempts=live.node.max_attempts,
    )
    action = replace(action, system_failures=verdict.system_failures)
    if not verdict.retry:
        now = env.clock.now_us()
        ended = end_action(action, ActionPhase.FAILED, now, error=verdict.failure.at(action.name))
        _over(env, run, live, row, ended, [])
    elif live.entry.finalizes:
        _finalize_before_retry(env, run, live, row, action)
    else:
        _close(run, live, row)
        _next_attempt(env, run, live, action, [row], [run.attempt_event(env.clock.now_us(), row)])


def _finalize_before_retry(env: Env, run: RunState, live: Live, row: AttemptRow, action: ActionRow) -> None:
    action = run.put_action(replace(action, stage=Stage.FINALIZING))
    live.row = live.context.row = replace(row, finalize_due=True)
    event = run.attempt_event(env.clock.now_us(), row)
    env.record(run, [live.row, action], [event], effects=_look_when_saved(run, live))


def _next_attempt(env: Env, run: RunState, live: Live, action: ActionRow, rows: list[Row], events: list[Any]) -> None:
    action = run.put_action(replace(action, attempts=action.attempts + 1, stage=Stage.NONE))
    delay = _retry_delay(env, action.attempts)
    fresh = make(env, run, action, live.node, live.task, live.entry, cache_key=live.cache_key, delay_us=delay)
    env.record(run, [*rows, action, fresh.row], events, effects=begin(env, run, fresh))


def _retry_delay(env: Env, failures: int) -> int:
    if not env.options.retry_delay_us:
        return 0
    return backoff_us(env.options.retry_delay_us, failures, ceiling_us=env.options.retry_ceiling_us)


def _over(env: Env, run: RunState, live: Live, row: AttemptRow, action: ActionRow, more: list[Row]) -> None:
    """The attempt and its action are over; finalize follows, the parent is told."""
    now = env.clock.now_us()
    row = replace(row, finalize_due=live.entry.finalizes and live.touched)
    events = [run.attempt_event(now, row), run.action_event(now, action)]
    run.active -= 1
    run.put_action(action)
    effects: list[Effect] = []
    if row.finalize_due:
        live.row = live.context.row = row
        effects += _look_when_saved(run, live)
    else:
        _close(run, live, row)
    env.record(run, [row, action, *more], events, effects=effects, release=_reserved(env, live))
    run.todo.append(Ended(action))


def _reserved(env: Env, live: Live) -> tuple[str, ...]:
    if live.cache_key is None or not env.caching.is_serialized(live.node, live.task):
        return ()
    return (live.cache_key.text,)


def _finalized(env: Env, run: RunState, live: Live, _: Any) -> None:
    row = replace(live.row, finalize_due=False)
    _close(run, live, row)
    action = run.actions.get(row.action)
    if action is not None and action.stage is Stage.FINALIZING and action.attempts == row.number:
        _next_attempt(env, run, live, action, [row], [])
    else:
        env.record(run, [row], urgent=run.ended is not None)


def _close(run: RunState, live: Live, row: AttemptRow) -> None:
    live.row = live.context.row = row
    run.lives.pop(live.key, None)


def _keep_state(live: Live, state: bytes | None) -> None:
    if state is not None:
        live.row = live.context.row = take_state(live.row, state, live.entry.state_version)


_ANSWERS: dict[CallKind, Any] = {
    "start": _status,
    "check": _status,
    "outputs": _outputs,
    "kill": _killed,
    "finalize": _finalized,
}

# ------------------------------------------------------------------------------------------------ raises


def _raised(env: Env, run: RunState, live: Live, kind: CallKind, error: BaseException) -> None:
    if isinstance(error, NotYet):
        _later(env, run, live, max(int(error.after.total_seconds() * 1e6), 1_000))
        return
    live.raises += 1
    where = f"{run.id} {live.row.action} attempt {live.row.number}"
    env.log.warning("%s: plugin %s raised in %s (%d in a row): %s", where, live.entry.id, kind, live.raises, error)
    hopeless = live.raises >= env.options.max_raises and kind not in ("kill", "finalize")
    if hopeless and not live.row.kill_due:
        _failed(env, run, live, plugin_failed(live, kind, error), retryable=True)
        return
    wait = backoff_us(env.options.call_retry_us, live.raises, ceiling_us=env.options.call_ceiling_us)
    _later(env, run, live, wait)


def plugin_failed(live: Live, kind: CallKind, error: BaseException) -> Failure:
    """What an attempt ends with when its plugin kept raising."""
    cause = f"{type(error).__name__}: {error}"
    text = f"plugin {live.entry.id!r} raised {live.raises} times in a row in {kind}; the last: {cause}"
    return system_failure("PluginFailed", text)


def _later(env: Env, run: RunState, live: Live, wait_us: int) -> None:
    due = env.clock.now_us() + wait_us
    env.timers.set(due, "retry_call", run.id, live.row.action, live.row.number)


def _interruptible(run: RunState, node: NodePlan) -> bool:
    if node.interruptible is not None:
        return node.interruptible
    if run.row.spec.interruptible is not None:
        return run.row.spec.interruptible
    return run.plan.graphs[run.plan.root].interruptible
