"""What an attempt is told of its remote job. Pure: time is handed in.

What the service said is never taken further back than what was told before: a reply may be late, or a replica's.
"""

import datetime as dt
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from volant.base.errors import FaultKind
from volant.contracts.status import StatusPhase, TaskStatus
from volant.kit.auto_refresh_cache import Failures
from volant.kit.remote_job_state import RemoteJob, encoded

GRACE = dt.timedelta(seconds=30)
"""How long a service may not know a job before it counts as lost: lists lag behind, replicas restart."""

JOB_LOST = "JobLost"
STATUS_UNAVAILABLE = "StatusUnavailable"


def going_on(state: RemoteJob, check_after: dt.timedelta) -> TaskStatus[RemoteJob]:
    """Nothing new is known."""
    return TaskStatus(phase=_shown(state.phase), check_after=check_after)


def missing(
    state: RemoteJob, now_us: int, said_us: int, again: dt.timedelta, check_after: dt.timedelta
) -> TaskStatus[RemoteJob]:
    """The service says that it does not know the job: not yet, for a moment, or any more.

    Args:
        state: Of the attempt.
        now_us: Now.
        said_us: When it said so: an answer from before the grace was over proves nothing.
        again: How long until it says so again.
        check_after: The longest wait for the next look.
    """
    since = min(state.missing_us or now_us, now_us)  # a clock may be set back
    left = GRACE - dt.timedelta(microseconds=now_us - since)
    if dt.timedelta(microseconds=said_us - since) >= GRACE:
        text = f"the service has not known the job for {GRACE.total_seconds():g} s"
        return TaskStatus.retryable_failure(JOB_LOST, text, FaultKind.SYSTEM)
    after = replace(state, missing_us=since)
    return TaskStatus(
        phase=_shown(state.phase),
        state=after if after != state else UNSET,
        message="the service does not show the job (yet)",
        check_after=min(left if left > dt.timedelta() else again, check_after),
    )


def unavailable(failing: Failures) -> TaskStatus[RemoteJob]:
    """The job cannot be asked about, time and again."""
    text = f"the job could not be asked about, {failing.times} times in a row; the last: {failing.last}"
    return TaskStatus.retryable_failure(STATUS_UNAVAILABLE, text, FaultKind.SYSTEM)


def taken(
    state: RemoteJob, told: Any, job_type: type[Any], who: str, check_after: dt.timedelta
) -> TaskStatus[RemoteJob]:
    """What the author made of it, with the state that follows.

    Raises:
        TypeError: It is no status of a job that exists.
    """
    if not isinstance(told, TaskStatus) or told.phase is StatusPhase.NOT_READY:
        said = told.phase.name if isinstance(told, TaskStatus) else type(told).__name__
        raise TypeError(f"{who}.status gave {said}: the job exists, so return TaskStatus.queued, running, succeeded, …")
    job = state.job if told.state is UNSET else encoded(told.state, job_type, f"{who}.status")
    phase = told.phase if told.phase.is_terminal else max(told.phase, _shown(state.phase))
    after = RemoteJob(job, state.created_us, phase)
    look = None if phase.is_terminal else told.check_after or check_after
    return replace(told, phase=phase, state=after if after != state else UNSET, check_after=look)


def _shown(phase: StatusPhase) -> StatusPhase:
    """The phase of an attempt that goes on; its end may have been told and not taken."""
    return StatusPhase.RUNNING if phase.is_terminal else phase
