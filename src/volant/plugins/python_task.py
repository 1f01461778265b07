"""Task types "python-task", "container" and every type nobody else runs: a process on this machine.

A command that begins with `volant-execute` goes to the pool of warm workers, any other is a subprocess. It
keeps no custom state: the template says which launcher has the job, the generated name finds it there, also
after a restart. A job the launcher has never heard of left no trace at all (a power cut, a drained engine): it
is launched again, at no cost to the attempt.
Source of the codes: flyteplugins `flytek8s/pod_helper.go`.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from volant.base.errors import SystemFault, UserError, user_failure
from volant.contracts.launcher import JobPhase, JobReport, Launcher
from volant.contracts.plugin import NotYet, PluginProperties, PluginSetup, TaskContext, TaskPlugin, TaskStatus
from volant.contracts.rows import LogLink
from volant.idl import pb
from volant.kit.command_job import JobLimits, command_job, command_words, template_uri
from volant.kit.local_uri import local_path
from volant.kit.pod_target import has_process
from volant.kit.refusal import refused
from volant.kit.secret_mounts import SecretError, SecretFolder, secret_environment
from volant.kit.templating import uses_task_template

WORKER_PROGRAM = "volant-execute"
_NO_SECRET = "SecretNotFound"  # noqa: S105 - a code
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

    kill_grace_s: Annotated[float, Meta(ge=0)] = 10.0
    log_limit_bytes: Annotated[int, Meta(ge=0)] = 32 * 1024 * 1024
    output_limit_bytes: Annotated[int, Meta(ge=0)] = 10 * 1024 * 1024


class PythonTask(TaskPlugin[None]):
    """Starts, watches and stops one process per attempt, by way of a launcher. Its methods never suspend."""

    id = "python-task"
    task_types = frozenset({"python-task", "container"})
    default = True
    state_type = type(None)
    properties = PluginProperties(inline=True)
    _launchers: dict[str, Launcher]
    _settings: Settings

    def runs(self, task: pb.TaskTemplate) -> bool:
        """Of the types it is not registered for, it runs what says which process to start."""
        return task.type in self.task_types or has_process(task)

    def initialize(self, setup: PluginSetup) -> None:
        """Take launchers and settings.

        Raises:
            UserError: A setting is not one of ours, or of the wrong type.
        """
        self._launchers = dict(setup.launchers)
        try:
            self._settings = msgspec.convert(dict(setup.settings), Settings)
        except msgspec.ValidationError as problem:
            fix = f"correct or remove it; the settings are {', '.join(Settings.__struct_fields__)}"
            raise UserError(f"settings [plugins.{self.id}]: {problem}", fix=fix) from problem

    async def start_task(
        self, ctx: TaskContext[None], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[None]:
        """Launch the process, or find the one that an earlier call launched under this name."""
        return self._launched(ctx, task)

    async def check_task_status(self, ctx: TaskContext[None]) -> TaskStatus[None]:
        """What the launcher knows of the process now."""
        task = ctx.template()
        report = self._launcher(_launcher_name(task)).look(ctx.key, ctx.generated_name)
        return self._launched(ctx, task) if report.phase is JobPhase.UNKNOWN else _status(ctx, report)

    async def kill_task(self, ctx: TaskContext[None], reason: str) -> None:
        """Stop the process and all its children.

        Raises:
            NotYet: It was told to stop and still lives.
        """
        if (launcher := self._found(ctx)) is None:
            return
        if not launcher.stop(ctx.key, ctx.generated_name, grace_s=self._settings.kill_grace_s):
            raise NotYet(f"the process of {ctx.generated_name} was told to stop and still lives", after=_KILL_LOOK)

    async def finalize(self, ctx: TaskContext[None]) -> None:
        """Let the launcher forget the process: its result is on record."""
        if _has_secrets(ctx.template()):
            _secret_folder(ctx).remove()
        if launcher := self._found(ctx):
            launcher.release(ctx.key, ctx.generated_name)

    def _launched(self, ctx: TaskContext[None], task: pb.TaskTemplate) -> TaskStatus[None]:
        try:
            return _status(ctx, self._launch(ctx, task))
        except SecretError as problem:
            return TaskStatus.failed(user_failure(_NO_SECRET, str(problem), fix=problem.fix), retryable=False)
        except UserError as problem:
            return refused(problem)

    def _launch(self, ctx: TaskContext[None], task: pb.TaskTemplate) -> JobReport:
        limits = JobLimits(log_bytes=self._settings.log_limit_bytes, output_bytes=self._settings.output_limit_bytes)
        name = _launcher_name(task)
        secrets = secret_environment(task, ctx.secrets, _secret_folder(ctx)) if _has_secrets(task) else {}
        job = command_job(ctx, task, limits, place=local_path if name == _SUBPROCESS else str, secrets=secrets)
        _leave_template(ctx, task)
        return self._launcher(name).launch(job)

    def _found(self, ctx: TaskContext[None]) -> Launcher | None:
        """Who has the process; None for a task that can have none."""
        try:
            return self._launcher(_launcher_name(ctx.template()))
        except UserError:
            return None

    def _launcher(self, name: str) -> Launcher:
        try:
            return self._launchers[name]
        except KeyError:
            raise SystemFault(f"this engine has no launcher {name!r}") from None


def _has_secrets(task: pb.TaskTemplate) -> bool:
    return bool(task.security_context.secrets)


def _secret_folder(ctx: TaskContext[Any]) -> SecretFolder:
    return SecretFolder(ctx.output_prefix)


def _launcher_name(task: pb.TaskTemplate) -> str:
    return _POOL if command_words(task)[0] == WORKER_PROGRAM else _SUBPROCESS


def _leave_template(ctx: TaskContext[Any], task: pb.TaskTemplate) -> None:
    """Write task.pb where the command asks for it; the same bytes each time."""
    if uses_task_template(command_words(task)):
        path = Path(local_path(template_uri(ctx)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(task.SerializeToString())


def _status(ctx: TaskContext[None], report: JobReport) -> TaskStatus[None]:
    logs = (LogLink(f"{ctx.output_prefix}/task.log", "task.log"),)
    if report.error:
        return TaskStatus.failed(report.error, retryable=report.retryable, logs=logs)
    if live := _LIVE.get(report.phase):
        info = {"pid": report.pid} if report.pid else {}
        return live(message=report.message, logs=logs, custom_info=info, check_after=_SAFETY_LOOK)
    return TaskStatus.succeeded(report.outputs, logs=logs)


def build() -> PythonTask:
    """What the entry point names."""
    return PythonTask()
