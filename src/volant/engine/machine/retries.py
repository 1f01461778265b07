"""Two budgets of retries, and when an attempt stops being interruptible.

Source: flytepropeller `pkg/controller/nodes/executor.go` (engine spec 3.4, default mode).
"""

from dataclasses import replace
from typing import NamedTuple

from volant.base.errors import Failure, FaultKind

MAX_SYSTEM_RETRIES = 3
"""Attempts that may fail by no fault of the user's and still be followed by another."""

EXHAUSTED = "RetriesExhausted|"
_LAST_ERROR = "] currentAttempt done. Last Error: "


class Verdict(NamedTuple):
    """What follows a failed attempt.

    Attributes:
        retry: Whether another attempt follows.
        failure: What is recorded; with `retry`, of the attempt; without, of the action.
        system_failures: The action's new count.
    """

    retry: bool
    failure: Failure
    system_failures: int


def after_failure(
    failure: Failure, *, retryable: bool, attempt: int, system_failures: int, max_attempts: int
) -> Verdict:
    """Judge the attempt numbered `attempt` (0 for the first) that ended with `failure`.

    The user's budget counts attempts that did not fail by the system; the system's budget is
    `MAX_SYSTEM_RETRIES`. A permanent failure spends nothing and is never followed by another attempt.
    """
    by_system = failure.kind is FaultKind.SYSTEM
    counted = system_failures + 1 if by_system else system_failures
    if not retryable:
        return Verdict(False, failure, counted)
    if by_system:
        current, allowed = system_failures, MAX_SYSTEM_RETRIES
    else:
        current, allowed = attempt + 1 - system_failures, max_attempts
    if current < allowed:
        return Verdict(True, failure, counted)
    return Verdict(False, _exhausted(failure, current, allowed), counted)


def stays_interruptible(wanted: bool, system_failures: int) -> bool:
    """Whether the next attempt may be taken away: all but the last the system's budget allows."""
    return wanted and system_failures < MAX_SYSTEM_RETRIES


def backoff_us(base_us: int, failures: int, *, ceiling_us: int) -> int:
    """How long to wait after so many failures (at least 1): doubling from `base_us` up to `ceiling_us`."""
    return min(base_us << min(failures - 1, 32), ceiling_us)


def last_error(failure: Failure) -> Failure:
    """What the last attempt ended with, without the words that Flyte puts before it when no retry is left."""
    if not failure.code.startswith(EXHAUSTED):
        return failure
    said = failure.message.partition(_LAST_ERROR)[2].partition("::")[2]
    return replace(failure, code=failure.code.removeprefix(EXHAUSTED), message=said or failure.message)


def _exhausted(failure: Failure, current: int, allowed: int) -> Failure:
    return replace(
        failure,
        code=f"{EXHAUSTED}{failure.code}",
        message=f"[{current}/{allowed}{_LAST_ERROR}{failure.kind}::{failure.message}",
        kind=FaultKind.USER,
        cause=failure.kind,
    )
