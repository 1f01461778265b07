"""Phases of runs, actions and attempts, and THE tables of edges between them.

Numbers are Flyte's (flyteidl core/execution.proto), so a façade sends them as they are. Nothing else in Volant
decides which phase may follow which: the engine asks these tables on every change, tests draw from them.
"""

import enum


class RunPhase(enum.IntEnum):
    """Source: flyteidl core/execution.proto `WorkflowExecution.Phase`."""

    UNDEFINED = 0
    QUEUED = 1
    RUNNING = 2
    SUCCEEDING = 3
    SUCCEEDED = 4
    FAILING = 5
    FAILED = 6
    ABORTED = 7
    TIMED_OUT = 8
    ABORTING = 9

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow."""
        return self in _RUN_ENDS


class ActionPhase(enum.IntEnum):
    """Source: flyteidl core/execution.proto `NodeExecution.Phase`."""

    UNDEFINED = 0
    QUEUED = 1
    RUNNING = 2
    SUCCEEDED = 3
    FAILING = 4
    FAILED = 5
    ABORTED = 6
    SKIPPED = 7
    TIMED_OUT = 8
    DYNAMIC_RUNNING = 9
    RECOVERED = 10

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow."""
        return self in _ACTION_ENDS

    @property
    def is_success(self) -> bool:
        """Whether dependents may run."""
        return self is ActionPhase.SUCCEEDED or self is ActionPhase.RECOVERED


class AttemptPhase(enum.IntEnum):
    """Source: flyteidl core/execution.proto `TaskExecution.Phase`."""

    UNDEFINED = 0
    QUEUED = 1
    RUNNING = 2
    SUCCEEDED = 3
    ABORTED = 4
    FAILED = 5
    INITIALIZING = 6
    WAITING_FOR_RESOURCES = 7

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow."""
        return self in _ATTEMPT_ENDS


class Stage(enum.StrEnum):
    """What an action that is not over is busy with, beyond its phase.

    Stored, so that a façade renames phases and never infers them, and so that a crash in the middle of a
    clean-up goes on with the clean-up.
    """

    NONE = ""
    FAILING = "failing"
    ABORTING = "aborting"
    HANDLING_FAILURE = "handling_failure"
    DYNAMIC_RUNNING = "dynamic_running"
    FINALIZING = "finalizing"


_RUN_ENDS = frozenset({RunPhase.SUCCEEDED, RunPhase.FAILED, RunPhase.ABORTED, RunPhase.TIMED_OUT})
_ACTION_ENDS = frozenset(
    {
        ActionPhase.SUCCEEDED,
        ActionPhase.FAILED,
        ActionPhase.ABORTED,
        ActionPhase.SKIPPED,
        ActionPhase.TIMED_OUT,
        ActionPhase.RECOVERED,
    }
)
_ATTEMPT_ENDS = frozenset({AttemptPhase.SUCCEEDED, AttemptPhase.FAILED, AttemptPhase.ABORTED})
_ATTEMPT_LIVE = frozenset(AttemptPhase) - _ATTEMPT_ENDS - {AttemptPhase.UNDEFINED}

RUN_EDGES: dict[RunPhase, frozenset[RunPhase]] = {
    RunPhase.UNDEFINED: frozenset({RunPhase.RUNNING, RunPhase.FAILING, RunPhase.ABORTING}),
    RunPhase.QUEUED: frozenset({RunPhase.RUNNING, RunPhase.FAILING, RunPhase.ABORTING}),
    RunPhase.RUNNING: frozenset({RunPhase.SUCCEEDING, RunPhase.FAILING, RunPhase.ABORTING}),
    RunPhase.SUCCEEDING: frozenset({RunPhase.SUCCEEDED, RunPhase.FAILING, RunPhase.ABORTING}),
    RunPhase.FAILING: frozenset({RunPhase.FAILED, RunPhase.ABORTING}),
    RunPhase.ABORTING: frozenset({RunPhase.ABORTED}),
    **{end: frozenset() for end in _RUN_ENDS},
}

ACTION_EDGES: dict[ActionPhase, frozenset[ActionPhase]] = {
    # A start-node and a cached node are born SUCCEEDED, a recovered one RECOVERED, an unreachable one SKIPPED.
    ActionPhase.UNDEFINED: frozenset(
        {
            ActionPhase.QUEUED,
            ActionPhase.SUCCEEDED,
            ActionPhase.RECOVERED,
            ActionPhase.SKIPPED,
            ActionPhase.FAILED,
        }
    ),
    ActionPhase.QUEUED: frozenset({ActionPhase.RUNNING}) | (_ACTION_ENDS - {ActionPhase.RECOVERED}),
    ActionPhase.RUNNING: frozenset(
        {
            ActionPhase.SUCCEEDED,
            ActionPhase.FAILED,
            ActionPhase.ABORTED,
            ActionPhase.TIMED_OUT,
            ActionPhase.DYNAMIC_RUNNING,
        }
    ),
    ActionPhase.DYNAMIC_RUNNING: frozenset(
        {
            ActionPhase.RUNNING,
            ActionPhase.SUCCEEDED,
            ActionPhase.FAILED,
            ActionPhase.ABORTED,
            ActionPhase.TIMED_OUT,
        }
    ),
    ActionPhase.FAILING: frozenset(),  # Flyte never sends it; it is named only because the wire names it
    **{end: frozenset() for end in _ACTION_ENDS},
}

ATTEMPT_EDGES: dict[AttemptPhase, frozenset[AttemptPhase]] = {
    AttemptPhase.UNDEFINED: _ATTEMPT_LIVE | _ATTEMPT_ENDS,
    # Plugins may report phases in any order (Flyte: numbers need not increase); only ends are final.
    **dict.fromkeys(_ATTEMPT_LIVE, _ATTEMPT_LIVE | _ATTEMPT_ENDS),
    **{end: frozenset() for end in _ATTEMPT_ENDS},
}
