"""How a plugin gets processes started. Suite: `volant.testing.launcher_suite`.

A job is known by its name: launching a name twice starts one process. Processes outlive the engine: a new
engine's launcher adopts what runs and what was left, before it starts anything (`census`). All methods are
called on the engine's loop and return at once; what takes time is told by `wake`.
"""

import enum
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct

from volant.base.errors import Failure
from volant.base.ids import AttemptKey, RunId


class Job(Struct, frozen=True, kw_only=True):
    """One process's work, or one call in a warm worker.

    Attributes:
        key: The attempt it works for; workers are never shared between runs.
        name: The attempt's generated name, unique in its run.
        code: Digest of the source bundle; "" runs in the current folder.
        command: Program and arguments, as templated.
        inputs: A serialized LiteralMap.
        output_prefix: Folder of the attempt, a path of this machine.
        environment: Added to the launcher's own.
        secrets: Likewise, where `environment` does not say it; never written down, in no file, log or message.
        cpu: Cores requested, e.g. 0.5.
        memory: Bytes requested; 0 for "whatever".
        memory_limit: Bytes; more ends it as OOMKilled. 0 for no limit.
        fresh: Never reuse a worker for it.
        log: Path of the log file; it appears with the first byte.
        log_limit: Bytes kept of it.
        output_limit: Bytes of serialized outputs allowed; more is the user's permanent failure
            "OutputSizeExceeded".
    """

    key: AttemptKey
    name: str
    code: str
    command: tuple[str, ...]
    inputs: bytes
    output_prefix: str
    environment: Mapping[str, str]
    cpu: float
    memory: int
    memory_limit: int
    fresh: bool
    log: str
    log_limit: int
    output_limit: int
    secrets: Mapping[str, str] = {}

    def without_secrets(self) -> "Job":
        """What may be written down of it."""
        return msgspec.structs.replace(self, secrets={})

    @property
    def whole_environment(self) -> Mapping[str, str]:
        """What its process gets."""
        return {**self.secrets, **self.environment}


class JobPhase(enum.StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    """In line for cpu or memory."""
    STARTING = "starting"
    """Its process or its worker is being made."""
    RUNNING = "running"
    DONE = "done"
    """Over; the report says how."""
    UNKNOWN = "unknown"
    """This launcher has not heard of it. Launch it again: `launch` first sees what an earlier process left."""


class JobReport(Struct, frozen=True, kw_only=True):
    """What is known of a job.

    Attributes:
        phase: Where it stands.
        outputs: With DONE: the LiteralMap's bytes if it ended well and handed them over.
        error: With DONE: why it did not. Lost processes, signals and exits without an error document too.
        retryable: With `error`: whether another attempt may do better.
        pid: Of the process that runs it; 0 before.
        message: Why it waits, for people.
    """

    phase: JobPhase
    outputs: bytes | None = None
    error: Failure | None = None
    retryable: bool = False
    pid: int = 0
    message: str = ""


class Launcher(Protocol):
    """Starts, watches and stops processes."""

    def start(self, wake: Callable[[AttemptKey], None], epoch: int) -> None:
        """Begin work on the running loop.

        Args:
            wake: Called, on the loop, with a job's key whenever its report changed.
            epoch: This engine's; workers refuse older ones than they have seen.
        """
        ...

    async def census(self, run: RunId) -> None:
        """Find out what earlier engines' processes of this run do or left; before anything of it is launched."""
        ...

    def launch(self, job: Job) -> JobReport:
        """Start it, or find it: idempotent on (run, name), also across engines."""
        ...

    def look(self, key: AttemptKey, name: str) -> JobReport:
        """What is known of it now."""
        ...

    def stop(self, key: AttemptKey, name: str, *, grace_s: float) -> bool:
        """Ask it to end: SIGTERM to all that belongs to it, after `grace_s` SIGKILL.

        How it ends then says nothing about the job: a later engine that launches it starts it anew.

        Returns:
            True once nothing of it lives; until then call again when woken.
        """
        ...

    def release(self, key: AttemptKey, name: str) -> None:
        """Its result is committed: nothing needs to be kept any more."""
        ...

    def end_run(self, run: RunId) -> None:
        """The run is over: its workers may go."""
        ...

    async def close(self, *, stop_jobs: bool) -> None:
        """Let go. With `stop_jobs` what runs is ended first; otherwise it goes on without us."""
        ...
