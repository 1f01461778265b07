"""What a plugin answers, or raises, taken in. Source: engine spec 8; seed-systems 3."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from volant.base.errors import Failure, UserError, system_failure, user_failure
from volant.base.phases import ActionPhase
from volant.base.plugin_errors import told_with_place
from volant.compiler.inputs import check_outputs
from volant.contracts.plugin import NotYet
from volant.contracts.rows import Row
from volant.contracts.status import StatusPhase, TaskStatus
from volant.engine.attempt_calls import keep_details, keep_state, later, look_when_saved
from volant.engine.attempt_ends import failed, finalized, killed, succeeded
from volant.engine.env import Env
from volant.engine.machine.moves import move_action
from volant.engine.machine.retries import backoff_us
from volant.engine.machine.statuses import MAX_MESSAGE, fold, state_problem, version_problem
from volant.engine.outbox import Call, Effect, Saved
from volant.engine.run_state import CallKind, Live, RunState
from volant.idl import pb
from volant.idl.literals import parse_literal_map, wire
from volant.kit.json_form import to_json

_MAY_FAIL: frozenset[CallKind] = frozenset({"start", "check", "outputs"})
"""Calls whose failure may be the attempt's end; a kill and a finalize are repeated."""


class UnusableAnswerError(TypeError):
    """A plugin returned what is no answer to its call. It counts as a raise; nothing was recorded."""


def answered(env: Env, run: RunState, live: Live, kind: CallKind, result: Any) -> None:
    """A call returned."""
    try:
        _ANSWERS[kind](env, run, live, result)
    except UnusableAnswerError as error:
        raised(env, run, live, kind, error)
    else:
        if live.call is None:  # else it only led on to `read_outputs`, which may be what keeps raising
            live.raises = 0


def raised(env: Env, run: RunState, live: Live, kind: CallKind, error: BaseException) -> None:
    """A call raised: it is made again, or the attempt ends with it."""
    if isinstance(error, NotYet):
        later(env, run, live, max(int(error.after.total_seconds() * 1e6), 1_000))
        return
    if isinstance(error, UserError) and kind in _MAY_FAIL and not live.row.kill_due:
        # Repeating cannot help: that is what the class says.
        failed(env, run, live, user_failure("BadTaskSpecification", str(error), fix=error.fix), retryable=False)
        return
    live.raises += 1
    where = f"{run.id} {live.row.action} attempt {live.row.number}"
    cause = told_with_place(error)
    env.log.warning("%s: plugin %s raised in %s (%d in a row): %s", where, live.entry.id, kind, live.raises, cause)
    if kind == "finalize" and env.clock.now_us() >= live.row.ended_us + env.options.patience_us:
        env.log.warning("%s: finalize never returned, going on without", where)
        finalized(env, run, live, None)
        return
    hopeless = live.raises >= env.options.max_raises and kind in _MAY_FAIL
    if hopeless and not live.row.kill_due:
        failed(env, run, live, plugin_failed(live, kind, error), retryable=True)
        return
    wait = backoff_us(env.options.call_retry_us, live.raises, ceiling_us=env.options.call_ceiling_us)
    later(env, run, live, wait)


def plugin_failed(live: Live, kind: CallKind, error: BaseException) -> Failure:
    """What an attempt ends with when its plugin kept raising."""
    cause = told_with_place(error)
    text = f"plugin {live.entry.id!r} raised {live.raises} times in a row in {kind}; the last: {cause}"
    return system_failure("PluginFailed", text)


def encoded(status: Any) -> bytes | None:
    """The custom state a status brings, as JSON; None where it leaves it unchanged.

    Raises:
        UnusableAnswerError: It is no status, or its state is not JSON.
    """
    if not isinstance(status, TaskStatus):
        raise UnusableAnswerError(f"it returned {type(status).__name__}, not a TaskStatus")
    try:
        return None if status.state is UNSET else to_json(status.state)
    except Exception as error:  # whatever a plugin's state raises is the plugin's fault
        raise UnusableAnswerError(f"its state is not JSON: {error}") from error


def _status(env: Env, run: RunState, live: Live, status: Any) -> None:
    state = encoded(status)
    if state is not None and (problem := state_problem(state)):
        failed(env, run, live, problem, retryable=False)
    elif live.row.kill_due:
        _status_while_killing(env, run, live, status, state)
    elif status.phase is StatusPhase.SUCCEEDED:
        _succeeding(env, run, live, status, state)
    elif status.phase.is_terminal:
        keep_state(live, state)
        keep_details(live, status)
        failure = status.error or system_failure("PluginFailed", "the plugin reported a failure without an error")
        failed(env, run, live, failure, retryable=status.phase is StatusPhase.RETRYABLE_FAILURE)
    else:
        _going_on(env, run, live, status, state)


def _status_while_killing(env: Env, run: RunState, live: Live, status: TaskStatus[Any], state: bytes | None) -> None:
    keep_state(live, state)  # the kill must find what the call has just started
    if status.phase is StatusPhase.SUCCEEDED and live.row.error is not None:
        live.row = replace(live.row, kill_due="", error=None)  # a result wins over a deadline it has met
        _succeeding(env, run, live, status, state)
    elif status.phase.is_terminal:
        killed(env, run, live, None)
    else:
        env.record(run, [live.row], effects=look_when_saved(run, live))


def _going_on(env: Env, run: RunState, live: Live, status: TaskStatus[Any], state: bytes | None) -> None:
    now = env.clock.now_us()
    before = live.row
    folded = fold(before, status, state, live.entry.state_version, now)
    live.row = live.context.row = folded.row
    if problem := version_problem(folded.row):
        failed(env, run, live, problem, retryable=False)
        return
    if folded.row.look_us:
        env.timers.set(folded.row.look_us, "look", run.id, before.action, before.number)
    if folded.row.started_us and not before.started_us and live.node.timeout_us:
        env.timers.set(folded.row.started_us + live.node.timeout_us, "deadline", run.id, before.action, before.number)
    action = run.actions[before.action]
    why = status.message[:MAX_MESSAGE] if status.phase is StatusPhase.NOT_READY else action.message
    if not folded.told and not folded.kept and folded.row.details == before.details and why == action.message:
        return
    rows: list[Row] = [folded.row]
    events = []
    if why != action.message:
        action = run.put_action(replace(action, message=why))
        rows.append(action)
    if folded.told:
        events.append(run.attempt_event(now, folded.row))
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
    keep_state(live, state)
    keep_details(live, status)
    outputs = status.outputs
    if outputs is None and live.task.interface.outputs.variables:
        live.call = "outputs"
        env.calls.append(Call(run, live, "outputs"))
    else:
        _outputs(env, run, live, outputs if outputs is not None else b"")


def _outputs(env: Env, run: RunState, live: Live, outputs: Any) -> None:
    if live.row.kill_due and live.row.error is None:
        killed(env, run, live, None)  # aborted while its outputs were read; nothing of it runs any more
        return
    if not live.task.interface.outputs.variables:
        succeeded(env, run, live, b"")
    elif outputs is None:
        failure = Failure("OutputsNotFound", f"the task of type {live.task.type} left no outputs")
        failed(env, run, live, failure, retryable=True)
    elif isinstance(outputs, bytes | pb.LiteralMap):
        data = outputs if isinstance(outputs, bytes) else wire(outputs)
        problem = _output_problem(env, live, outputs, len(data))
        if problem is not None:
            failed(env, run, live, problem, retryable=False)
        else:
            succeeded(env, run, live, data)
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


_ANSWERS: dict[CallKind, Any] = {
    "start": _status,
    "check": _status,
    "outputs": _outputs,
    "kill": killed,
    "finalize": finalized,
}
