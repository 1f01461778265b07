"""A task as a TaskTemplate."""

import dataclasses
import datetime as dt
import functools
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from volant.idl import pb
from volant.sdk.errors import AuthoringError
from volant.sdk.resolver import address
from volant.sdk.resources import Resources
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.interfaces import typed_interface

ISOLATION: Final = "isolation"
"""Key in `TaskTemplate.config`; "fresh" or absent."""

RESOLVER: Final = "volant.sdk.resolver"
_COMMAND: Final = (
    "volant-execute",
    "--inputs", "{{.input}}",
    "--output-prefix", "{{.outputPrefix}}",
    "--raw-output-data-prefix", "{{.rawOutputDataPrefix}}",
    "--checkpoint-path", "{{.checkpointOutputPrefix}}",
    "--prev-checkpoint", "{{.prevCheckpointPrefix}}",
    "--resolver", RESOLVER,
    "--",
)  # fmt: skip


def task_template(task: PythonTask[..., Any], settings: Settings) -> pb.TaskTemplate:
    """The template of a task; equal tasks give equal bytes.

    Raises:
        AuthoringError: Its signature, its custom message or its place in the module is not possible.

    Source: flytekit `get_serializable_task` (tools/translator.py); command: core/python_auto_container.py.
    """
    template = pb.TaskTemplate(
        id=identifier(pb.ResourceType.TASK, task.name, settings),
        type=task.task_type,
        metadata=_metadata(task),
        interface=typed_interface(task, f"task {task.name}"),
        custom=_custom(task, settings),
        config=_config(task, settings),
    )
    if task.needs_container:
        template.container.CopyFrom(_container(task))
    return template


def identifier(kind: int, name: str, settings: Settings) -> pb.Identifier:
    """The id of an entity."""
    return pb.Identifier(
        resource_type=kind,
        project=settings.project,
        domain=settings.domain,
        name=name,
        version=settings.version,
    )


def duration(span: dt.timedelta) -> pb.Duration:
    """A duration on the wire."""
    found = pb.Duration()
    found.FromTimedelta(span)
    return found


def resources(requests: Resources | None, limits: Resources | None) -> pb.Resources | None:
    """Requests and limits; None where nothing is said."""
    found = pb.Resources(requests=_entries(requests), limits=_entries(limits))
    return found if found.requests or found.limits else None


def _entries(wanted: Resources | None) -> list[pb.Resources.ResourceEntry]:
    names = pb.Resources.ResourceName
    pairs = [(names.CPU, wanted.cpu), (names.MEMORY, wanted.mem)] if wanted else []
    return [pb.Resources.ResourceEntry(name=name, value=str(value)) for name, value in pairs if value is not None]


def _metadata(task: PythonTask[..., Any]) -> pb.TaskMetadata:
    options = task.options
    interruptible = {} if options.interruptible is None else {"interruptible": options.interruptible}
    return pb.TaskMetadata(
        discoverable=options.cache,
        runtime=pb.RuntimeMetadata(type=pb.RuntimeMetadata.RuntimeType.OTHER, version=_version(), flavor="python"),
        timeout=duration(options.timeout) if options.timeout else None,
        retries=pb.RetryStrategy(retries=options.retries),
        discovery_version=options.cache_version,
        cache_serializable=options.cache_serialize,
        cache_ignore_input_vars=options.cache_ignore_input_vars,
        **interruptible,
    )


def _container(task: PythonTask[..., Any]) -> pb.Container:
    module, name = address(task)
    return pb.Container(
        image=f"volant:py{sys.version_info.major}.{sys.version_info.minor}",
        args=[*_COMMAND, "task-module", module, "task-name", name],
        resources=resources(task.options.requests, task.options.limits),
        env=[{"key": key, "value": value} for key, value in task.options.environment.items()],
    )


def _config(task: PythonTask[..., Any], settings: Settings) -> Mapping[str, str]:
    isolation = {ISOLATION: "fresh"} if task.options.isolation == "fresh" else {}
    return {**task.get_config(settings), **isolation}


def _custom(task: PythonTask[..., Any], settings: Settings) -> pb.Struct | None:
    found = task.get_custom(settings)
    if found is None:
        return None
    try:
        return pb.ParseDict(_plain(found), pb.Struct())
    except Exception as error:
        raise AuthoringError(
            f"task {task.name}: get_custom() returned {found!r}, which has no JSON form: {error}",
            fix="return a protobuf message, a dataclass, a dict of plain values, or None",
            place=task.place,
        ) from error


def _plain(custom: Any) -> Any:
    if isinstance(custom, pb.Message):
        return pb.MessageToDict(custom)
    is_instance = dataclasses.is_dataclass(custom) and not isinstance(custom, type)
    return dataclasses.asdict(custom) if is_instance else dict(custom)


@functools.cache
def _version() -> str:
    try:
        return version("volant")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"
