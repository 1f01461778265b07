"""What a plugin says, folded into the attempt's row. Pure: state arrives as the JSON it will be stored as."""

import dataclasses
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from volant.base.errors import Failure, system_failure
from volant.base.phases import AttemptPhase
from volant.contracts.rows import MAX_STATE_BYTES, AttemptRow
from volant.contracts.status import StatusPhase, TaskStatus
from volant.engine.machine.moves import move_attempt

PHASES = {
    StatusPhase.WAITING_FOR_RESOURCES: AttemptPhase.WAITING_FOR_RESOURCES,
    StatusPhase.QUEUED: AttemptPhase.QUEUED,
    StatusPhase.INITIALIZING: AttemptPhase.INITIALIZING,
    StatusPhase.RUNNING: AttemptPhase.RUNNING,
}
_CLOCK_RUNS = frozenset({AttemptPhase.QUEUED, AttemptPhase.INITIALIZING, AttemptPhase.RUNNING})
MAX_PHASE_VERSIONS = 100_000
MAX_MESSAGE = 1024
MAX_DETAILS_BYTES = 64 * 1024
"""Of message, logs, custom info and external resources together; what is larger is left out, and says so."""
MAX_ERROR = 100 * 1024
_CUT = "\n<Message Truncated>\n"


class Folded(NamedTuple):
    """A status taken in.

    Attributes:
        row: The attempt's next row.
        told: Whether clients should hear of it: phase, message, logs or the like changed.
        kept: Whether the custom state changed, which must be durable before the plugin is called again.
    """

    row: AttemptRow
    told: bool
    kept: bool


def take_state(row: AttemptRow, state: bytes, version: int) -> AttemptRow:
    """The row with a new custom state."""
    return replace(row, state=state, state_version=version)


def state_problem(state: bytes) -> Failure | None:
    """Why a custom state cannot be kept."""
    if len(state) <= MAX_STATE_BYTES:
        return None
    return system_failure(
        "PluginStateTooLarge",
        f"the plugin returned a state of {len(state):,} bytes; at most {MAX_STATE_BYTES:,}",
    )


def version_problem(row: AttemptRow) -> Failure | None:
    """Why an attempt that has told so much of one phase must end."""
    if row.version <= MAX_PHASE_VERSIONS:
        return None
    text = f"the plugin told more than {MAX_PHASE_VERSIONS:,} versions of phase {row.phase.name}"
    return system_failure("TooManyPluginPhaseVersions", text)


def cut(failure: Failure) -> Failure:
    """The failure with its texts cut in the middle to `MAX_ERROR` characters each."""
    if max(len(failure.message), len(failure.trace)) <= MAX_ERROR:
        return failure
    return dataclasses.replace(failure, message=_middle_out(failure.message), trace=_middle_out(failure.trace))


def _middle_out(text: str) -> str:
    if len(text) <= MAX_ERROR:
        return text
    half = (MAX_ERROR - len(_CUT)) // 2
    return text[:half] + _CUT + text[-half:]


def fold(row: AttemptRow, status: TaskStatus[Any], state: bytes | None, version: int, now_us: int) -> Folded:
    """Take in a status that does not end the attempt; `state` is None where the plugin left it out."""
    kept = state is not None and state != row.state
    after = take_state(row, state, version) if kept and state is not None else row
    after = replace(after, look_us=_look(status, now_us))
    said = details(row.details, status)
    if status.phase is StatusPhase.NOT_READY:
        return Folded(replace(after, details=said), False, kept)
    phase = PHASES[status.phase]
    told = phase is not row.phase or said != row.details or not row.begun
    if phase is not row.phase:
        after = move_attempt(after, phase, now_us)
    elif said != row.details:
        after = replace(after, version=after.version + 1)
    started = row.started_us or (now_us if phase in _CLOCK_RUNS else 0)
    return Folded(replace(after, begun=True, details=said, started_us=started), told, kept)


def _look(status: TaskStatus[Any], now_us: int) -> int:
    if status.check_after is None:
        return 0
    return now_us + max(int(status.check_after.total_seconds() * 1_000_000), 1_000)


def details(before: bytes, status: TaskStatus[Any]) -> bytes:
    """Message, progress and the like as one JSON object; what a status leaves empty stays."""
    said_nothing = status.progress is None and not (status.message or status.logs or status.custom_info)
    if said_nothing and not status.external_resources:
        return before
    said: dict[str, Any] = msgspec.json.decode(before) if before else {}
    if status.message:
        said["message"] = status.message[:MAX_MESSAGE]
    if status.progress is not None:
        said["progress"] = status.progress
    if status.logs:
        said["logs"] = status.logs
    if status.custom_info:
        said["custom_info"] = {**said.get("custom_info", {}), **status.custom_info}
    for resource in status.external_resources:
        said.setdefault("external_resources", {})[f"{resource.index}/{resource.external_id}"] = resource
    encoded = msgspec.json.encode(said)
    if len(encoded) <= MAX_DETAILS_BYTES:
        return encoded
    return msgspec.json.encode({"message": said.get("message", ""), "left_out": f"{len(encoded):,} bytes of details"})
