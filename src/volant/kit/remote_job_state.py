"""What is durable of a remote job, and what is watched of it meanwhile."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from volant.base.ids import AttemptKey
from volant.contracts.status import StatusPhase
from volant.kit.json_form import from_json, to_json

J = TypeVar("J")


class RemoteJob(Struct, frozen=True, omit_defaults=True):
    """The custom state of every `RemoteJobPlugin`.

    Attributes:
        job: The author's handle, as JSON.
        created_us: When the service had accepted it.
        phase: The furthest phase told so far.
        missing_us: Since when the service says that it does not know it; 0 while it does.
    """

    job: msgspec.Raw
    created_us: int
    phase: StatusPhase = StatusPhase.QUEUED
    missing_us: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the service has said so."""
        return self.phase.is_terminal


class Watched(NamedTuple):
    """A job in the cache.

    Attributes:
        key: Whom to wake.
        raw: The handle as in the state, to tell whether it was replaced.
        job: The handle.
        seen: What the service said last; None: it does not know it; UNSET: it was not asked yet.
        is_over: Nothing more will come of it; it is not asked for any more.
    """

    key: AttemptKey
    raw: bytes
    job: Any
    seen: Any | UnsetType = UNSET
    is_over: bool = False


def encoded(job: Any, job_type: type[Any], who: str) -> msgspec.Raw:
    """A handle as JSON that can be read back.

    Raises:
        TypeError: It cannot; the plugin's author is told now, and not after the next restart.
    """
    try:
        raw = to_json(job)
        from_json(raw, job_type)
    except (TypeError, ValueError) as error:
        kind = type(job).__name__
        raise TypeError(
            f"{who} gave a {kind} that cannot be kept as job_type {job_type.__name__}: {error}; "
            f"return a {job_type.__name__}, whose fields must have a JSON form"
        ) from error
    return msgspec.Raw(raw)


def decoded(state: RemoteJob, job_type: type[J], who: str) -> J:
    """The handle in a state.

    Raises:
        ValueError: It was written by another form of `job_type`.
    """
    try:
        return from_json(bytes(state.job), job_type)
    except ValueError as error:
        raise ValueError(
            f"{who}: the stored job is no {job_type.__name__}: {error}; "
            f"if {job_type.__name__} has changed, raise state_version and write upgrade_job"
        ) from error


def upgraded(data: dict[str, Any], upgrade: Callable[[Any], Any], job_type: type[Any], who: str) -> RemoteJob:
    """A state whose handle is of an older version, with one of this.

    Raises:
        ValueError: The author's `upgrade_job` does not understand it, or it is no state of a remote job.
    """
    job = encoded(upgrade(data.get("job")), job_type, who)
    older = msgspec.convert({**data, "job": None}, _Rest)
    return RemoteJob(job, older.created_us, older.phase, older.missing_us)


class _Rest(Struct, frozen=True):
    created_us: int
    phase: StatusPhase = StatusPhase.QUEUED
    missing_us: int = 0
