"""A task as a TaskTemplate."""

import datetime as dt
import functools
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, TypeVar

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.messages import to_custom
from volant.sdk import hooks
from volant.sdk.checked import shown
from volant.sdk.errors import AuthoringError
from volant.sdk.settings import Settings
from volant.sdk.targets import PRIMARY_NAME, security_context
from volant.sdk.task import PythonTask
from volant.sdk.translate.interfaces import typed_interface

M = TypeVar("M", bound=pb.Message)

ISOLATION: Final = "isolation"
"""Key in `TaskTemplate.config`; "fresh" or absent."""


def task_template(task: PythonTask[..., Any], settings: Settings) -> pb.TaskTemplate:
    """The template of a task; equal tasks give equal bytes.

    Raises:
        AuthoringError: Its signature, its custom message or its place in the module is not possible, or it has
            more than one target.

    Source: flytekit `get_serializable_task` (tools/translator.py); command: core/python_auto_container.py.
    """
    return pb.TaskTemplate(
        id=identifier(pb.ResourceType.TASK, task.name, settings),
        type=task.task_type,
        metadata=_metadata(task),
        interface=typed_interface(task, f"task {task.name}"),
        custom=_custom(task, settings),
        task_type_version=task.task_type_version,
        security_context=security_context(task.options.secret_requests),
        extended_resources=_made(task, "get_extended_resources", pb.ExtendedResources, settings),
        config=_config(task, settings),
        **_target(task, settings),
    )


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


def _target(task: PythonTask[..., Any], settings: Settings) -> dict[str, pb.Message]:
    asked = {
        "container": _made(task, "get_container", pb.Container, settings),
        "k8s_pod": _made(task, "get_k8s_pod", pb.K8sPod, settings),
        "sql": _made(task, "get_sql", pb.Sql, settings),
    }
    found = {name: each for name, each in asked.items() if each is not None}
    if len(found) > 1:
        hooks = " and ".join(f"get_{name}()" for name in found)
        raise AuthoringError(
            f"task {task.name}: {hooks} both return something; a task has one target",
            fix="return None from all but one",
            place=task.place,
        )
    return found


def _made(task: PythonTask[..., Any], hook: str, kind: type[M], settings: Settings) -> M | None:
    """What an author's hook returns."""
    return hooks.message(task, hook, getattr(task, hook)(settings), kind)


def _metadata(task: PythonTask[..., Any]) -> pb.TaskMetadata:
    options = task.options
    interruptible = {} if options.interruptible is None else {"interruptible": options.interruptible}
    return pb.TaskMetadata(
        discoverable=options.cache,
        runtime=pb.RuntimeMetadata(type=pb.RuntimeMetadata.RuntimeType.OTHER, version=_version(), flavor="python"),
        timeout=duration(options.timeout) if options.timeout else None,
        retries=pb.RetryStrategy(retries=options.retries),
        discovery_version=options.cache_version,
        deprecated_error_message=options.deprecated,
        cache_serializable=options.cache_serialize,
        pod_template_name=options.pod_template_name,
        cache_ignore_input_vars=options.cache_ignore_input_vars,
        generates_deck=pb.BoolValue(value=bool(options.enable_deck)),
        metadata=pb.K8sObjectMetadata(labels=options.labels, annotations=options.annotations),
        **interruptible,
    )


def _config(task: PythonTask[..., Any], settings: Settings) -> Mapping[str, str]:
    isolation = {ISOLATION: "fresh"} if task.options.isolation == "fresh" else {}
    template = task.options.pod_template if task.needs_container else None
    primary = {PRIMARY_NAME: template.primary_container_name} if template else {}
    return {**primary, **hooks.texts_by_name(task, "get_config", task.get_config(settings)), **isolation}


def _custom(task: PythonTask[..., Any], settings: Settings) -> pb.Struct | None:
    found = task.get_custom(settings)
    if found is None:
        return None
    try:
        struct = pb.ParseDict(dict(found), pb.Struct()) if isinstance(found, Mapping) else to_custom(found)
    except UserError as error:
        raise _no_custom(task, found, str(error), error.fix) from None
    except Exception as error:  # noqa: BLE001 - protobuf raises errors of many classes
        raise _no_custom(task, found, str(error), "return plain values, a protobuf message, or a dataclass") from None
    return struct if struct.fields else None


def _no_custom(task: PythonTask[..., Any], found: object, why: str, fix: str) -> AuthoringError:
    return AuthoringError(
        f"task {task.name}: get_custom() returned {shown(found)}, which has no JSON form: {why}",
        fix=fix,
        place=task.place,
    )


@functools.cache
def _version() -> str:
    try:
        return version("volant")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"
