"""The two budgets, as a pure rule."""

import pytest

from volant.base.errors import Failure, FaultKind
from volant.engine.machine.retries import Verdict, after_failure, backoff_us, last_error, stays_interruptible

USER = Failure("Boom", "no luck", FaultKind.USER)
UNKNOWN = Failure("Boom", "no luck", FaultKind.UNKNOWN)
SYSTEM = Failure("Gone", "no machine", FaultKind.SYSTEM)


def judged(failure: Failure, *, attempt: int, system: int = 0, allowed: int = 1, retryable: bool = True) -> Verdict:
    return after_failure(failure, retryable=retryable, attempt=attempt, system_failures=system, max_attempts=allowed)


@pytest.mark.parametrize(
    ("attempt", "system", "allowed", "retry"),
    [
        (0, 0, 1, False),
        (0, 0, 2, True),
        (1, 0, 2, False),
        (2, 2, 2, True),
        (3, 2, 2, False),
        (3, 3, 1, False),
    ],
)
@pytest.mark.parametrize("failure", [USER, UNKNOWN])
def test_the_users_budget_counts_what_was_not_the_systems_fault(
    failure: Failure, attempt: int, system: int, allowed: int, retry: bool
) -> None:
    verdict = judged(failure, attempt=attempt, system=system, allowed=allowed)

    assert verdict.retry == retry
    assert verdict.system_failures == system


@pytest.mark.parametrize(("system", "retry"), [(0, True), (2, True), (3, False)])
def test_the_systems_budget_is_three_whatever_the_user_allows(system: int, retry: bool) -> None:
    for allowed in (1, 10):
        verdict = judged(SYSTEM, attempt=system, system=system, allowed=allowed)

        assert verdict.retry == retry
        assert verdict.system_failures == system + 1


def test_a_permanent_failure_is_recorded_as_it_is() -> None:
    assert judged(USER, attempt=0, allowed=5, retryable=False) == Verdict(False, USER, 0)
    assert judged(SYSTEM, attempt=0, retryable=False) == Verdict(False, SYSTEM, 1)


def test_a_spent_budget_is_the_users_failure_and_keeps_whose_it_was() -> None:
    failure = judged(UNKNOWN, attempt=1, allowed=2).failure

    assert failure.code == "RetriesExhausted|Boom"
    assert failure.message == "[2/2] currentAttempt done. Last Error: UNKNOWN::no luck"
    assert (failure.kind, failure.cause) == (FaultKind.USER, FaultKind.UNKNOWN)


def test_people_are_told_of_the_last_attempt_without_what_its_end_added() -> None:
    spent = judged(UNKNOWN, attempt=1, allowed=2).failure

    assert (last_error(spent).code, last_error(spent).message) == (UNKNOWN.code, UNKNOWN.message)
    assert last_error(USER) is USER


def test_a_retry_records_the_attempts_own_failure() -> None:
    assert judged(USER, attempt=0, allowed=2).failure is USER


def test_only_the_last_attempt_the_system_allows_is_on_safe_ground() -> None:
    assert [stays_interruptible(True, count) for count in range(5)] == [True, True, True, False, False]
    assert not stays_interruptible(False, 0)


def test_waits_double_up_to_the_ceiling_and_never_overflow() -> None:
    assert [backoff_us(10, n, ceiling_us=45) for n in (1, 2, 3, 4)] == [10, 20, 40, 45]
    assert backoff_us(10, 10_000, ceiling_us=45) == 45
