"""What a plugin says of an attempt: a closed vocabulary, with constructors that read aloud.

Apart from `contracts.plugin` because the engine's pure machine folds it and may not see clocks or logs.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType

from volant.base.errors import Failure, FaultKind
from volant.contracts.rows import LogLink
from volant.idl import pb

State = TypeVar("State")
New = TypeVar("New")
"""A custom state, as a constructor is told it: a type checker then knows it without the class being subscripted."""


class StatusPhase(enum.IntEnum):
    """What a plugin may report. Numbers: flyteplugins `core/phase.go`."""

    NOT_READY = 1
    WAITING_FOR_RESOURCES = 2
    QUEUED = 3
    INITIALIZING = 4
    RUNNING = 5
    SUCCEEDED = 6
    RETRYABLE_FAILURE = 7
    PERMANENT_FAILURE = 8

    @property
    def is_terminal(self) -> bool:
        """Whether the attempt is over."""
        return self >= StatusPhase.SUCCEEDED


class ExternalResource(Struct, frozen=True, omit_defaults=True):
    """Something outside that works for this attempt. Source: flyteidl event.proto `ExternalResourceInfo`."""

    external_id: str
    index: int = 0
    phase: str = ""
    logs: tuple[LogLink, ...] = ()


class TaskStatus(Struct, Generic[State], frozen=True, kw_only=True):
    """What a plugin says of an attempt. Use the constructors; they read aloud.

    Attributes:
        phase: Where the attempt stands.
        state: The complete new custom state; left out means unchanged. At most 64 KiB as JSON.
        outputs: With SUCCEEDED: a LiteralMap, or the bytes of one, which are stored as received. None asks
            `read_outputs`.
        error: With a failure.
        message: What a person should know now.
        progress: 0.0 to 1.0.
        logs: Replaces what was said before when not empty.
        external_resources: Merged by (index, id).
        custom_info: JSON object shown to clients.
        check_after: Look again then; None looks only when woken. At least 1 ms.
    """

    phase: StatusPhase
    state: State | UnsetType = UNSET
    outputs: pb.LiteralMap | bytes | None = None
    error: Failure | None = None
    message: str = ""
    progress: float | None = None
    logs: tuple[LogLink, ...] = ()
    external_resources: tuple[ExternalResource, ...] = ()
    custom_info: Mapping[str, Any] = {}
    check_after: dt.timedelta | None = None

    @staticmethod
    def not_ready(message: str = "", *, check_after: dt.timedelta | None = None) -> "TaskStatus[New]":
        """Not started, no attempt spent: `start_task` is called again after `check_after`, and when woken.

        Waiting for a quota needs no `check_after`: the engine wakes the attempt.
        """
        return TaskStatus(phase=StatusPhase.NOT_READY, message=message, check_after=check_after)

    @staticmethod
    def waiting(state: New | UnsetType = UNSET, **more: Any) -> "TaskStatus[New]":
        """Accepted, but something scarce is missing."""
        return TaskStatus(phase=StatusPhase.WAITING_FOR_RESOURCES, state=state, **more)

    @staticmethod
    def queued(state: New | UnsetType = UNSET, **more: Any) -> "TaskStatus[New]":
        """Accepted and in line."""
        return TaskStatus(phase=StatusPhase.QUEUED, state=state, **more)

    @staticmethod
    def initializing(state: New | UnsetType = UNSET, **more: Any) -> "TaskStatus[New]":
        """Being set up."""
        return TaskStatus(phase=StatusPhase.INITIALIZING, state=state, **more)

    @staticmethod
    def running(state: New | UnsetType = UNSET, **more: Any) -> "TaskStatus[New]":
        """At work."""
        return TaskStatus(phase=StatusPhase.RUNNING, state=state, **more)

    @staticmethod
    def succeeded(
        outputs: pb.LiteralMap | bytes | None = None,
        state: New | UnsetType = UNSET,
        **more: Any,
    ) -> "TaskStatus[New]":
        """Over, and well."""
        return TaskStatus(phase=StatusPhase.SUCCEEDED, outputs=outputs, state=state, **more)

    @staticmethod
    def retryable_failure(code: str, message: str, kind: FaultKind = FaultKind.USER, **more: Any) -> "TaskStatus[New]":
        """Over, badly; another attempt may do better. `kind` picks the budget it is charged to."""
        return TaskStatus(phase=StatusPhase.RETRYABLE_FAILURE, error=Failure(code, message, kind), **more)

    @staticmethod
    def permanent_failure(code: str, message: str, kind: FaultKind = FaultKind.USER, **more: Any) -> "TaskStatus[New]":
        """Over, badly; no attempt can do better."""
        return TaskStatus(phase=StatusPhase.PERMANENT_FAILURE, error=Failure(code, message, kind), **more)

    @staticmethod
    def failed(error: Failure, *, retryable: bool, **more: Any) -> "TaskStatus[New]":
        """Over, badly, with a failure made elsewhere."""
        phase = StatusPhase.RETRYABLE_FAILURE if retryable else StatusPhase.PERMANENT_FAILURE
        return TaskStatus(phase=phase, error=error, **more)
