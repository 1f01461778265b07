"""Checks of tasks. Engine spec 1.6."""

import re
from typing import Any

from volant.compiler.library import ports_of
from volant.compiler.problems import Code, Problems
from volant.idl import pb

_QUANTITY = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EPTGMK]i|[numkMGTPE]|[eE][+-]?\d+)?")
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_task(task: pb.TaskTemplate, problems: Problems) -> None:
    """Reports what is wrong with a task by itself; the node of such a problem is the task's name."""
    name = task.id.name or "task"
    if not task.HasField("id"):
        problems.add(Code.VALUE_REQUIRED, name, "TaskId: a task has no id")
    if task.metadata.discoverable and not task.metadata.discovery_version.strip():
        problems.add(Code.VALUE_REQUIRED, name, "the task is cached but has no cache version; set cache_version='1.0'")
    check_variables(task.interface, name, problems)
    match task.WhichOneof("target"):
        case "container":
            _check_container(task, name, problems)
        case "k8s_pod":
            _check_pod(task.k8s_pod, name, problems)


def check_variables(interface: pb.TypedInterface, node: str, problems: Problems) -> None:
    """Reports variables without a name or a type."""
    for side, variables in (("input", interface.inputs.variables), ("output", interface.outputs.variables)):
        for name in sorted(variables):
            if not name:
                problems.add(Code.VALUE_REQUIRED, node, f"an {side} has no name")
            if not variables[name].type.WhichOneof("type"):
                problems.add(Code.VALUE_REQUIRED, node, f"{side} {name!r} has no type")


def _check_container(task: Any, name: str, problems: Problems) -> None:
    container = task.container
    if not container.image:
        problems.add(Code.VALUE_REQUIRED, name, "the task's container has no image")
    ports = ports_of(task.interface)
    if (ports.inputs or ports.outputs) and not container.command and not container.args:
        message = "the task has inputs or outputs, but its container has neither command nor args"
        problems.add(Code.VALUE_REQUIRED, name, message)
    for entry in (*container.resources.requests, *container.resources.limits):
        if not is_quantity(entry.value):
            resource = pb.Resources.ResourceName.Name(entry.name).lower()
            message = f"{resource} is {entry.value!r}; write a quantity such as '2', '500m' or '4Gi'"
            problems.add(Code.UNRECOGNIZED_VALUE, name, message)


def is_quantity(text: str) -> bool:
    """Whether a text is a quantity as Kubernetes writes them, e.g. "500m" or "4Gi"."""
    return _QUANTITY.fullmatch(text) is not None


def _check_pod(pod: Any, name: str, problems: Problems) -> None:
    spec = pod.pod_spec.fields
    containers = spec["containers"].list_value.values if "containers" in spec else ()
    for each in containers:
        called = each.struct_value.fields["name"].string_value if "name" in each.struct_value.fields else ""
        if not _DNS_LABEL.fullmatch(called):
            message = f"container {called!r} of the pod: use up to 63 of a-z, 0-9 and '-', not at an end"
            problems.add(Code.INVALID_VALUE, name, message)
