"""Task type "echo"."""

import datetime as dt

from plugin_lives import life_of, said

from volant.base.errors import FaultKind
from volant.contracts.status import StatusPhase
from volant.idl import pb
from volant.idl.literals import primitive
from volant.idl.messages import Echo, to_custom
from volant.plugins import echo
from volant.testing.plugin_context import make_task

INPUTS = {"n": primitive(3)}


def statuses(tmp_path, custom, retries=0):
    """All it says in one life."""
    task = make_task("echo", custom=custom)
    task.metadata.retries.retries = retries
    return said(life_of(echo.build, task, tmp_path, INPUTS))


def test_its_outputs_are_its_inputs(tmp_path):
    [only] = statuses(tmp_path, None)

    assert pb.LiteralMap.FromString(only.outputs) == pb.LiteralMap(literals=INPUTS)


def test_it_walks_through_the_phases_asked_for(tmp_path):
    wanted = Echo(phases=["WAITING_FOR_RESOURCES", "QUEUED", "INITIALIZING"], looks=2, delay=dt.timedelta(seconds=3))

    said = statuses(tmp_path, to_custom(wanted))

    assert [status.phase for status in said] == [
        StatusPhase.WAITING_FOR_RESOURCES,
        StatusPhase.QUEUED,
        StatusPhase.INITIALIZING,
        StatusPhase.RUNNING,
        StatusPhase.RUNNING,
        StatusPhase.SUCCEEDED,
    ]
    assert {status.check_after for status in said[:-1]} == {dt.timedelta(seconds=3)}


def test_it_fails_as_often_as_it_is_asked_to(tmp_path):
    wanted = to_custom(Echo(failures=2, looks=1))

    ends = [status for status in statuses(tmp_path, wanted, retries=5) if status.phase.is_terminal]

    assert [end.phase for end in ends] == [
        StatusPhase.RETRYABLE_FAILURE,
        StatusPhase.RETRYABLE_FAILURE,
        StatusPhase.SUCCEEDED,
    ]
    assert (ends[0].error.code, ends[0].error.kind) == ("EchoFailed", FaultKind.USER)


def test_it_fails_in_the_way_it_is_asked_to(tmp_path):
    wanted = Echo(failures=1, code="Broken", permanent=True, system=True)

    [end] = statuses(tmp_path, to_custom(wanted))

    assert end.phase == StatusPhase.PERMANENT_FAILURE
    assert (end.error.code, end.error.kind) == ("Broken", FaultKind.SYSTEM)


def test_a_wish_it_does_not_know_is_refused(tmp_path):
    custom = pb.Struct()
    custom.update({"phases": ["SINGING"]})

    [end] = statuses(tmp_path, custom)

    assert (end.phase, end.error.code) == (StatusPhase.PERMANENT_FAILURE, "BadTaskSpecification")
    assert "SINGING" in end.error.message
