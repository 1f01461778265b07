"""A task's container as one job of a launcher. Pure: the plugin launches it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from volant.base.errors import UserError
from volant.contracts.launcher import Job
from volant.contracts.plugin import TaskContext
from volant.idl import pb
from volant.kit.local_uri import local_path
from volant.kit.pod_target import has_process, process_container
from volant.kit.quantity import parse_quantity, round_up
from volant.kit.templating import TemplateValues, render

LOG_FILE = "task.log"
TEMPLATE_FILE = "task.pb"
_FRESH = "fresh"
_ONE_CORE = Decimal(1)
_NO_SECRETS: Mapping[str, str] = MappingProxyType({})


class JobLimits(Struct, frozen=True, kw_only=True):
    """What a job may leave behind.

    Attributes:
        log_bytes: Kept of its log.
        output_bytes: Allowed for its serialized outputs.
    """

    log_bytes: int
    output_bytes: int


def command_words(task: pb.TaskTemplate) -> tuple[str, ...]:
    """Program and arguments, placeholders and all; never empty.

    Raises:
        UserError: The task has no container, one without a command, or a raw container's data folders.
    """
    if not has_process(task):
        raise UserError(
            f"task {task.id.name!r} has no container, and no plugin is registered for its type {task.type!r}",
            fix=f"install the plugin that runs {task.type!r} tasks, or correct the task's type",
        )
    if task.container.data_config.enabled:
        raise UserError(
            f"task {task.id.name!r} is a raw container with data folders (data_config): not supported yet",
            fix="pass its inputs in the command, as {{.inputs.NAME}}",
        )
    container = process_container(task)
    words = (*container.command, *container.args)
    if not words:
        raise UserError(f"task {task.id.name!r} has a container without a command", fix="give it a command")
    return words


def command_job(
    ctx: TaskContext[Any],
    task: pb.TaskTemplate,
    limits: JobLimits,
    *,
    place: Callable[[str], str],
    secrets: Mapping[str, str] = _NO_SECRETS,
) -> Job:
    """The job of this attempt; equal each time it is made.

    A task that asks for no cpu counts as one core. A limit without a request is the request too.
    Source of the latter: Kubernetes.

    Args:
        ctx: The attempt.
        task: Its template.
        limits: What it may leave behind.
        place: How the command shall see a folder's URI, e.g. `local_path`.
        secrets: Variables of its secrets; see `volant.kit.secret_mounts`.

    Raises:
        UserError: The command, or an amount of cpu or memory, cannot be understood.
    """
    folder = local_path(ctx.output_prefix)
    requests, caps = _amounts(ctx.resources.requests), _amounts(ctx.resources.limits)
    cpu, memory = pb.Resources.CPU, pb.Resources.MEMORY
    return Job(
        key=ctx.key,
        name=ctx.generated_name,
        code=ctx.code,
        command=render(command_words(task), _values(ctx, place)),
        inputs=ctx.inputs_wire(),
        output_prefix=folder,
        environment=dict(ctx.environment),
        cpu=float(requests.get(cpu, caps.get(cpu, _ONE_CORE))),
        memory=round_up(requests.get(memory, caps.get(memory, Decimal(0)))),
        memory_limit=round_up(caps.get(memory, Decimal(0))),
        fresh=task.config.get("isolation") == _FRESH,
        log=f"{folder}/{LOG_FILE}",
        log_limit=limits.log_bytes,
        output_limit=limits.output_bytes,
        secrets=secrets,
    )


def template_uri(ctx: TaskContext[Any]) -> str:
    """Where the task's template is, if its command asks for it."""
    return f"{ctx.input_uri.rpartition('/')[0]}/{TEMPLATE_FILE}"


def _values(ctx: TaskContext[Any], place: Callable[[str], str]) -> TemplateValues:
    project, domain, _ = ctx.key.run.split(":")
    before = ctx.previous_checkpoint_uri
    return TemplateValues(
        input=place(ctx.input_uri),
        output_prefix=place(ctx.output_prefix),
        raw_output_prefix=place(ctx.raw_output_prefix),
        checkpoint=place(ctx.checkpoint_uri),
        previous_checkpoint=place(before) if before else "",
        generated_name=ctx.generated_name,
        task_template=place(template_uri(ctx)),
        namespace=f"{project}-{domain}",
        inputs=ctx.inputs().literals,
    )


def _amounts(entries: Any) -> dict[int, Decimal]:
    """What is asked for, by `Resources.ResourceName`; 0 is nothing."""
    amounts = {entry.name: parse_quantity(entry.value) for entry in entries}
    return {name: amount for name, amount in amounts.items() if amount}
