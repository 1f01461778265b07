"""An attempt's life, input by input: a plugin's answer, a wish to end it, a time that is up."""

import datetime as dt
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from volant.base.errors import Failure, user_failure
from volant.contracts.status import TaskStatus
from volant.engine.attempt_answers import UnusableAnswerError, answered, encoded, raised
from volant.engine.attempt_calls import be_patient, keep_state, look_again, look_when_saved
from volant.engine.attempt_ends import killed
from volant.engine.env import Env
from volant.engine.machine.statuses import state_problem
from volant.engine.run_state import CallKind, Live, RunState


def returned(env: Env, run: RunState, live: Live, kind: CallKind, result: Any) -> None:
    """A plugin's call is over; `result` is what it returned or the exception it raised."""
    live.call = None
    if live.row.phase.is_terminal and kind != "finalize":
        _too_late(live, result)
    elif isinstance(result, BaseException):
        raised(env, run, live, kind, result)
    else:
        answered(env, run, live, kind, result)
    look_again(env, run, live)


def _too_late(live: Live, result: Any) -> None:
    """A call answers after its attempt was given up: finalize must at least find what it left."""
    if isinstance(result, TaskStatus):
        with suppress(UnusableAnswerError):
            state = encoded(result)
            if state is not None and state_problem(state) is None:
                keep_state(live, state)


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
        killed(env, run, live, None)
        return
    be_patient(env, run, live)
    env.record(run, [live.row], effects=look_when_saved(run, live))


def out_of_patience(env: Env, run: RunState, live: Live) -> None:
    """A kill was not confirmed for too long: the action ends all the same, and says so."""
    if live.row.kill_due:
        env.log.warning("%s %s: kill not confirmed, going on without", run.id, live.row.action)
        killed(env, run, live, None)


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
