"""Time, errors and the log."""

import datetime as dt

import pytest

from volant.base.clock import SystemClock, micros, moment
from volant.base.errors import Failure, FaultKind, StoreFault, SystemFault, UserError, system_failure, user_failure
from volant.base.log import get_log


def test_a_moment_is_an_aware_datetime_and_a_duration_whole_microseconds() -> None:
    assert moment(1_500_000) == dt.datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=dt.UTC)
    assert micros(dt.timedelta(days=1, microseconds=3)) == 86_400_000_003


def test_the_system_clock_never_runs_back() -> None:
    clock = SystemClock()
    times = [clock.now_us() for _ in range(1000)]

    assert times == sorted(times)
    assert moment(times[0]).tzinfo is dt.UTC


def test_an_error_carries_what_to_do() -> None:
    assert UserError("no", fix="say yes").fix == "say yes"
    assert UserError("no").fix == ""
    assert isinstance(StoreFault("disk"), SystemFault)
    assert not isinstance(StoreFault("disk"), UserError)


def test_a_failure_keeps_the_first_name_it_was_given() -> None:
    failure = user_failure("Boom", "no luck", fix="try again")

    assert failure.at("n0").at("n1") == Failure("Boom", "no luck", FaultKind.USER, fix="try again", node="n0")
    assert system_failure("Gone", "x", trace="t").kind is FaultKind.SYSTEM


def test_a_log_line_begins_with_what_was_bound(caplog: pytest.LogCaptureFixture) -> None:
    log = get_log("part", run="r").bind(node="n0", empty="")

    log.warning("%d of %d", 1, 2)
    get_log("part").warning("alone")

    assert caplog.messages == ["[run=r node=n0] 1 of 2", "alone"]
    assert caplog.records[0].name == "volant.part"
