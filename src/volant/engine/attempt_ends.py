"""How an attempt ends, and what follows: its action's end, or the next attempt.

Source: engine spec 3.4, 6.1 and 13.
"""

from typing import Any

from msgspec.structs import replace

from volant.base.errors import Failure, FaultKind
from volant.base.phases import ActionPhase, AttemptPhase, Stage
from volant.contracts.rows import ActionRow, AttemptRow, CacheStatus, Row
from volant.engine.attempt_calls import begin, close, look_when_saved, make
from volant.engine.caching import cache_row
from volant.engine.env import Env
from volant.engine.machine.moves import end_action, move_attempt
from volant.engine.machine.retries import after_failure, backoff_us
from volant.engine.machine.statuses import cut
from volant.engine.outbox import Effect
from volant.engine.run_state import Ended, Live, RunState

TASK_ABORTED = "Task Aborted"
NODE_ABORTED = "NodeAborted"


def succeeded(env: Env, run: RunState, live: Live, data: bytes) -> None:
    """The attempt ended well; `data` is the outputs, as stored."""
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


def failed(env: Env, run: RunState, live: Live, failure: Failure, *, retryable: bool) -> None:
    """The attempt ended badly by itself."""
    now, failure = env.clock.now_us(), cut(failure)
    row = replace(move_attempt(live.row, AttemptPhase.FAILED, now), error=failure, begun=True)
    _judge(env, run, live, row, failure, retryable=retryable)


def killed(env: Env, run: RunState, live: Live, _: Any) -> None:
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
        tokens = close(run, live, row)
        _next_attempt(env, run, live, action, [row], [run.attempt_event(env.clock.now_us(), row)], tokens)


def _finalize_before_retry(env: Env, run: RunState, live: Live, row: AttemptRow, action: ActionRow) -> None:
    action = run.put_action(replace(action, stage=Stage.FINALIZING))
    live.row = live.context.row = replace(row, finalize_due=True)
    event = run.attempt_event(env.clock.now_us(), row)
    env.record(run, [live.row, action], [event], effects=look_when_saved(run, live))


def _next_attempt(
    env: Env, run: RunState, live: Live, action: ActionRow, rows: list[Row], events: list[Any], tokens: tuple[str, ...]
) -> None:
    action = run.put_action(replace(action, attempts=action.attempts + 1, stage=Stage.NONE))
    delay = _retry_delay(env, action.attempts)
    fresh = make(env, run, action, live.node, live.task, live.entry, cache_key=live.cache_key, delay_us=delay)
    env.record(run, [*rows, action, fresh.row], events, effects=begin(env, run, fresh), tokens=tokens)


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
    tokens: tuple[str, ...] = ()
    if row.finalize_due:
        live.row = live.context.row = row
        effects += look_when_saved(run, live)
    else:
        tokens = close(run, live, row)
    release = _reserved(env, live)
    env.record(run, [row, action, *more], events, effects=effects, release=release, tokens=tokens)
    run.todo.append(Ended(action))


def _reserved(env: Env, live: Live) -> tuple[str, ...]:
    if live.cache_key is None or not env.caching.is_serialized(live.node, live.task):
        return ()
    return (live.cache_key.text,)


def finalized(env: Env, run: RunState, live: Live, _: Any) -> None:
    """The plugin let go; an attempt that waited for that follows."""
    row = replace(live.row, finalize_due=False)
    tokens = close(run, live, row)
    action = run.actions.get(row.action)
    if action is not None and action.stage is Stage.FINALIZING and action.attempts == row.number:
        _next_attempt(env, run, live, action, [row], [], tokens)
    else:
        env.record(run, [row], tokens=tokens, urgent=run.ended is not None or bool(tokens))
