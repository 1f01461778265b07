"""The tables of phases: total, with ends that are final, and Flyte's numbers."""

import enum

import pytest
from flyteidl.core import execution_pb2

from volant.base import phases
from volant.base.phases import ACTION_EDGES, ATTEMPT_EDGES, RUN_EDGES, ActionPhase, AttemptPhase, RunPhase

TABLES = [(RunPhase, RUN_EDGES), (ActionPhase, ACTION_EDGES), (AttemptPhase, ATTEMPT_EDGES)]
UNREACHED = {RunPhase: {"QUEUED", "TIMED_OUT"}, ActionPhase: {"FAILING"}, AttemptPhase: set()}


@pytest.mark.parametrize(("kind", "edges"), TABLES)
def test_every_phase_has_an_entry(kind: type[enum.IntEnum], edges: dict) -> None:
    assert set(edges) == set(kind)


@pytest.mark.parametrize(("kind", "edges"), TABLES)
def test_exactly_the_ends_are_final(kind: type[enum.IntEnum], edges: dict) -> None:
    for phase in kind:
        if phase is not ActionPhase.FAILING:
            assert phase.is_terminal == (not edges[phase]), phase


@pytest.mark.parametrize(("kind", "edges"), TABLES)
def test_everything_but_what_flyte_never_sends_is_reached_and_leads_to_an_end(
    kind: type[enum.IntEnum], edges: dict
) -> None:
    reached, stack = set(), [kind(0)]
    while stack:
        phase = stack.pop()
        if phase not in reached:
            reached.add(phase)
            stack += edges[phase]

    assert {phase.name for phase in kind if phase not in reached} == UNREACHED[kind]
    assert all(_leads_to_an_end(phase, edges) for phase in reached)


def _leads_to_an_end(phase: enum.IntEnum, edges: dict) -> bool:
    seen, stack = set(), [phase]
    while stack:
        here = stack.pop()
        if here.is_terminal:
            return True
        if here not in seen:
            seen.add(here)
            stack += edges[here]
    return False


def test_nothing_goes_back_to_the_beginning() -> None:
    for kind, edges in TABLES:
        assert all(kind(0) not in after for after in edges.values())


def test_an_abort_is_possible_until_the_end() -> None:
    for phase in RunPhase:
        if not phase.is_terminal and phase is not RunPhase.ABORTING:
            assert RunPhase.ABORTING in RUN_EDGES[phase]


def test_only_what_succeeded_or_was_recovered_lets_others_run() -> None:
    assert {phase for phase in ActionPhase if phase.is_success} == {ActionPhase.SUCCEEDED, ActionPhase.RECOVERED}


@pytest.mark.parametrize(
    ("kind", "wire"),
    [
        (RunPhase, "WorkflowExecution"),
        (ActionPhase, "NodeExecution"),
        (AttemptPhase, "TaskExecution"),
    ],
)
def test_names_and_numbers_are_flytes(kind: type[enum.IntEnum], wire: str) -> None:
    flytes = dict(getattr(execution_pb2, wire).Phase.items())
    flytes.pop("RETRYABLE_FAILED", None)  # newer than Flyte 1's engine, which never sends it
    assert {phase.name: phase.value for phase in kind} == flytes


def test_stages_are_stored_by_stable_names() -> None:
    assert [stage.value for stage in phases.Stage] == [
        "",
        "failing",
        "aborting",
        "handling_failure",
        "dynamic_running",
        "finalizing",
    ]
