"""Checks of tasks. Engine spec 1.6."""

import re
from collections.abc import Iterator
from typing import Any

from volant.compiler.library import ports_of
from volant.compiler.problems import Code, Fault, Problems
from volant.idl import pb

_QUANTITY = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EPTGMK]i|[numkMGTPE]|[eE][+-]?\d+)?", re.ASCII)
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_task(task: pb.TaskTemplate, problems: Problems) -> None:
    """Reports what is wrong with a task by itself; the node of such a problem is the task's name."""
    name = task.id.name or "task"
    if task.metadata.discoverable and not task.metadata.discovery_version.strip():
        message = "the task is cached but has no cache version"
        problems.add(Code.VALUE_REQUIRED, name, message, "give it cache_version='1.0'")
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
                problems.add(Code.VALUE_REQUIRED, node, f"an {side} has no name", f"give every {side} a name")
            if not variables[name].type.WhichOneof("type"):
                problems.add(Code.VALUE_REQUIRED, node, f"{side} {name!r} has no type", f"give every {side} a type")


def _check_container(task: Any, name: str, problems: Problems) -> None:
    container = task.container
    if not container.image:
        problems.add(Code.VALUE_REQUIRED, name, "the task's container has no image", "name one: container_image=…")
    ports = ports_of(task.interface)
    if (ports.inputs or ports.outputs) and not container.command and not container.args:
        message = "the task has inputs or outputs, but its container has neither command nor args"
        problems.add(Code.VALUE_REQUIRED, name, message, "say what it runs: command=[…]")
    for fault in bad_quantities(container.resources, Code.UNRECOGNIZED_VALUE):
        problems.add(fault.code, name, fault.message, fault.fix)


def bad_quantities(resources: pb.Resources, code: Code) -> Iterator[Fault]:
    """A fault with this code for each request and limit that is no quantity."""
    for side, entries in (("request", resources.requests), ("limit", resources.limits)):
        for entry in entries:
            if not is_quantity(entry.value):
                message = f"the {side} for {_resource(entry.name)} is {entry.value!r}, which is no quantity"
                yield Fault(code, message, "write one such as '2', '500m' or '4Gi'")


def _resource(number: int) -> str:
    names = pb.Resources.ResourceName
    return str(names.Name(number).lower()) if number in names.values() else f"resource {number}"


def is_quantity(text: str) -> bool:
    """Whether a text is a quantity as Kubernetes writes them, e.g. "500m" or "4Gi"."""
    return _QUANTITY.fullmatch(text) is not None


def _check_pod(pod: Any, name: str, problems: Problems) -> None:
    spec = pod.pod_spec.fields
    containers = spec["containers"].list_value.values if "containers" in spec else ()
    for each in containers:
        called = each.struct_value.fields["name"].string_value if "name" in each.struct_value.fields else ""
        if not _DNS_LABEL.fullmatch(called):
            message = f"a container of the pod is called {called!r}"
            fix = "use up to 63 of a-z, 0-9 and '-', with no '-' at an end"
            problems.add(Code.INVALID_VALUE, name, message, fix)
