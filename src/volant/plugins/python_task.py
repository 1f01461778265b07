"""Task types "python-task", "container" and every type nobody else runs: a process on this machine.

A command that begins with `volant-execute` goes to the pool of warm workers, any other is a subprocess. The
custom state says which launcher has the job: a restarted engine finds it there under the generated name.
Source of the codes: flyteplugins `flytek8s/pod_helper.go`.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from volant.base.errors import SystemFault, UserError, system_failure
from volant.contracts.launcher import JobPhase, JobReport, Launcher
from volant.contracts.plugin import NotYet, PluginSetup, TaskContext, TaskPlugin, TaskStatus
from volant.contracts.rows import LogLink
from volant.idl import pb
from volant.kit.command_job import JobLimits, command_job, command_words, template_uri
from volant.kit.local_uri import local_path
from volant.kit.refusal import refused
from volant.kit.templating import uses_task_template

WORKER_PROGRAM = "volant-execute"
_POOL, _SUBPROCESS = "pool", "subprocess"
_SAFETY_LOOK = dt.timedelta(seconds=10)  # launchers wake us; this is for a wake that got lost
_KILL_LOOK = dt.timedelta(seconds=1)
_LIVE = {
    JobPhase.WAITING: TaskStatus.waiting,
    JobPhase.STARTING: TaskStatus.initializing,
    JobPhase.RUNNING: TaskStatus.running,
}


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[plugins.python-task]`.

    Attributes:
        kill_grace_s: From SIGTERM to SIGKILL, in seconds.
        log_limit_bytes: Kept of a task's log.
        output_limit_bytes: Allowed for a task's serialized outputs.
    """

    kill_grace_s: float = 10.0
    log_limit_bytes: int = 32 * 1024 * 1024
    output_limit_bytes: int = 10 * 1024 * 1024


class ProcessState(Struct, frozen=True):
    """Where an attempt's process is.

    Attributes:
        launcher: Name of the launcher that has it.
        job: Its name there: the attempt's generated name.
        pid: Of the process that runs it; 0 before.
    """

    launcher: str
    job: str
    pid: int = 0


class PythonTask(TaskPlugin[ProcessState]):
    """Starts, watches and stops one process per attempt, by way of a launcher. Its methods never suspend."""

    id = "python-task"
    task_types = frozenset({"python-task", "container"})
    default = True
    state_type = ProcessState
    _launchers: dict[str, Launcher]
    _settings: Settings

    def initialize(self, setup: PluginSetup) -> None:
        """Take launchers and settings.

        Raises:
            UserError: A setting is not one of ours, or of the wrong type.
        """
        self._launchers = dict(setup.launchers)
        try:
            self._settings = msgspec.convert(dict(setup.settings), Settings)
        except msgspec.ValidationError as problem:
            raise UserError(f"settings [plugins.{self.id}]: {problem}", fix="correct or remove it") from problem

    async def start_task(
        self, ctx: TaskContext[ProcessState], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[ProcessState]:
        """Launch the process, or find the one that an earlier call launched under this name."""
        limits = JobLimits(log_bytes=self._settings.log_limit_bytes, output_bytes=self._settings.output_limit_bytes)
        try:
            name = _launcher_name(task)
            job = command_job(ctx, task, limits, place=local_path if name == _SUBPROCESS else str)
        except UserError as problem:
            return refused(problem)
        _leave_template(ctx, task)
        return _status(ctx, name, self._launcher(name).launch(job))

    async def check_task_status(self, ctx: TaskContext[ProcessState]) -> TaskStatus[ProcessState]:
        """What the launcher knows of the process now."""
        assert ctx.state is not None
        name = ctx.state.launcher
        return _status(ctx, name, self._launcher(name).look(ctx.key, ctx.state.job))

    async def kill_task(self, ctx: TaskContext[ProcessState], reason: str) -> None:
        """Stop the process and all its children.

        Raises:
            NotYet: It was told to stop and still lives.
        """
        if (launcher := self._found(ctx)) is None:
            return
        if not launcher.stop(ctx.key, ctx.generated_name, grace_s=self._settings.kill_grace_s):
            raise NotYet(f"the process of {ctx.generated_name} was told to stop and still lives", after=_KILL_LOOK)

    async def finalize(self, ctx: TaskContext[ProcessState]) -> None:
        """Let the launcher forget the process: its result is on record."""
        if launcher := self._found(ctx):
            launcher.release(ctx.key, ctx.generated_name)

    def _found(self, ctx: TaskContext[ProcessState]) -> Launcher | None:
        """Who has the process, also where a crash lost the state; None for a task that can have none."""
        if ctx.state is not None:
            return self._launcher(ctx.state.launcher)
        try:
            return self._launcher(_launcher_name(ctx.template()))
        except UserError:
            return None

    def _launcher(self, name: str) -> Launcher:
        try:
            return self._launchers[name]
        except KeyError:
            raise SystemFault(f"this engine has no launcher {name!r}") from None


def _launcher_name(task: pb.TaskTemplate) -> str:
    return _POOL if command_words(task)[0] == WORKER_PROGRAM else _SUBPROCESS


def _leave_template(ctx: TaskContext[Any], task: pb.TaskTemplate) -> None:
    """Write task.pb where the command asks for it; the same bytes each time."""
    if uses_task_template(command_words(task)):
        path = Path(local_path(template_uri(ctx)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(task.SerializeToString())


def _status(ctx: TaskContext[ProcessState], launcher: str, report: JobReport) -> TaskStatus[ProcessState]:
    state = ProcessState(launcher, ctx.generated_name, report.pid)
    logs = (LogLink(f"{ctx.output_prefix}/task.log", "task.log"),)
    if live := _LIVE.get(report.phase):
        return live(state, message=report.message, logs=logs, check_after=_SAFETY_LOOK)
    if report.phase is JobPhase.UNKNOWN:
        report = _gone(ctx.generated_name)
    if report.error:
        return TaskStatus.failed(report.error, retryable=report.retryable, state=state, logs=logs)
    return TaskStatus.succeeded(report.outputs, state, logs=logs)


def _gone(name: str) -> JobReport:
    failure = system_failure(
        "ResourceDeletedExternally", f"the process of {name} is gone and left neither result nor error"
    )
    return JobReport(phase=JobPhase.DONE, error=failure, retryable=True)


def build() -> PythonTask:
    """What the entry point names."""
    return PythonTask()
