"""Whose fault it is, and whether the same call may succeed later.

Two kinds of thing live here. *Exceptions* are raised between our own parts; branch on the class, never on
the text. A `Failure` is data: why a run, an action or an attempt ended badly. It is stored, shown and sent.
"""

import enum
from dataclasses import dataclass, replace


class VolantError(Exception):
    """Root of everything Volant raises on purpose.

    Attributes:
        fix: One sentence that says what to do, or "" where the message says it.
    """

    fix: str

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class UserError(VolantError):
    """The author's code or request is wrong; repeating it as it is cannot help."""


class NotFoundError(UserError):
    """The thing named does not exist."""


class AlreadyExistsError(UserError):
    """The name is taken. The existing thing stays as it was."""


class UnsupportedError(UserError):
    """Valid in Flyte, but this Volant has no runtime for it; refused before anything ran."""


class SystemFault(VolantError):  # noqa: N818  "fault" is the word for what is not the user's error
    """Our side or the world failed; the same call may succeed later."""


class StoreFault(SystemFault):
    """The store cannot be used: full disk, corrupt file, newer schema. Nothing committed is lost."""


class LeaseLostError(SystemFault):
    """Another engine took over; this one must not write any more."""


class FaultKind(enum.StrEnum):
    """Whose fault a failure is. Source: flyteidl core/execution.proto `ExecutionError.ErrorKind`."""

    UNKNOWN = "UNKNOWN"
    USER = "USER"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something ended badly.

    Attributes:
        code: Stable, e.g. "BindingResolutionFailure"; exhausted retries prefix "RetriesExhausted|".
        message: What a person reads first.
        kind: Whose fault. Exhausted retries are always USER, as in Flyte.
        cause: The kind before retries were exhausted; equal to `kind` otherwise.
        trace: The user's traceback, without our own frames; "" where there is none.
        place: "file:line" of the author's code, or "".
        fix: What to do about it, or "".
        node: Name of the action that failed first, or "" where that is the owner itself.
    """

    code: str
    message: str
    kind: FaultKind = FaultKind.UNKNOWN
    cause: FaultKind | None = None
    trace: str = ""
    place: str = ""
    fix: str = ""
    node: str = ""

    def at(self, node: str) -> "Failure":
        """The same failure, with the action it came from; the first name given stays."""
        return self if self.node else replace(self, node=node)


def user_failure(code: str, message: str, *, fix: str = "") -> Failure:
    """A failure by the author's fault."""
    return Failure(code, message, FaultKind.USER, fix=fix)


def system_failure(code: str, message: str, *, trace: str = "") -> Failure:
    """A failure by ours or the world's fault."""
    return Failure(code, message, FaultKind.SYSTEM, trace=trace)
