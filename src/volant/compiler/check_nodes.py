"""Checks of single nodes, and what goes into each and comes out. Engine spec 1.2."""

from typing import Any

from volant.compiler.build import entity_key
from volant.compiler.library import UNKNOWN, Library, Ports
from volant.compiler.problems import Code, Problems, known
from volant.idl import pb

_UNSUPPORTED_KINDS = {
    "branch_node": "a branch (conditional)",
    "gate_node": "a gate (approve, wait_for_input or sleep)",
    "array_node": "an array (map_task)",
}
_UNSUPPORTED_OVERRIDES = ("container_image", "pod_template", "extended_resources")


def check_node(node: pb.Node, library: Library, problems: Problems) -> Ports:
    """The ports of a node as others see them, output aliases applied; `UNKNOWN` where its target is wrong."""
    ports = _target_ports(node, library, problems)
    _check_cache(node, library, problems)
    _check_metadata(node, problems)
    return _aliased(node, ports, problems) if node.output_aliases else ports


def _target_ports(node: pb.Node, library: Library, problems: Problems) -> Ports:
    match node.WhichOneof("target"):
        case "task_node":
            return _task_ports(node, library, problems)
        case "workflow_node":
            return _workflow_ports(node, library, problems)
        case None:
            problems.add(Code.VALUE_REQUIRED, node.id, "Target: the node runs neither a task nor a workflow")
        case kind:
            problems.add(
                Code.UNSUPPORTED,
                node.id,
                f"this node is {_UNSUPPORTED_KINDS[kind]}; Volant cannot run it yet",
            )
    return UNKNOWN


def _task_ports(node: pb.Node, library: Library, problems: Problems) -> Ports:
    _check_overrides(node, problems)
    if not node.task_node.HasField("reference_id"):
        problems.add(Code.VALUE_REQUIRED, node.id, "TaskId: the node names no task")
        return UNKNOWN
    key = entity_key(node.task_node.reference_id)
    ports = library.task_ports(key)
    if ports is None:
        message = f"there is no task {key!r}; {known('tasks', library.tasks, key)}"
        problems.add(Code.TASK_NOT_FOUND, node.id, message)
    return ports or UNKNOWN


def _check_overrides(node: pb.Node, problems: Problems) -> None:
    if not node.task_node.HasField("overrides"):
        return
    for name in _UNSUPPORTED_OVERRIDES:
        value = getattr(node.task_node.overrides, name)
        if value if isinstance(value, str) else value.ByteSize():
            message = f"with_overrides({name}=…) is something Volant cannot do yet"
            problems.add(Code.UNSUPPORTED, node.id, message)


def _workflow_ports(node: pb.Node, library: Library, problems: Problems) -> Ports:
    match node.workflow_node.WhichOneof("reference"):
        case "sub_workflow_ref":
            return _sub_workflow_ports(node, library, problems)
        case "launchplan_ref":
            name = node.workflow_node.launchplan_ref.name
            message = f"this node starts launch plan {name!r}; Volant cannot run launch plan nodes yet"
            problems.add(Code.UNSUPPORTED, node.id, message)
        case _:
            problems.add(Code.VALUE_REQUIRED, node.id, "WorkflowId: the node names no workflow")
    return UNKNOWN


def _check_sub_workflow_metadata(node: pb.Node, problems: Problems) -> None:
    """Flyte ignores these on a sub-workflow; a person who wrote one did not mean it to be ignored."""
    if node.metadata.retries.retries:
        message = "retries on a sub-workflow are something Volant cannot do yet; give them to the tasks in it"
        problems.add(Code.UNSUPPORTED, node.id, message)
    if node.metadata.WhichOneof("cacheable_value"):
        message = "a sub-workflow is never cached as a whole; give cache=True to the tasks in it"
        problems.add(Code.UNSUPPORTED, node.id, message)


def _sub_workflow_ports(node: pb.Node, library: Library, problems: Problems) -> Ports:
    _check_sub_workflow_metadata(node, problems)
    key = entity_key(node.workflow_node.sub_workflow_ref)
    ports = library.workflow_ports(key)
    if ports is None:
        message = f"there is no workflow {key!r}; {known('workflows', library.workflows, key)}"
        problems.add(Code.WORKFLOW_NOT_FOUND, node.id, message)
    return ports or UNKNOWN


def _check_metadata(node: pb.Node, problems: Problems) -> None:
    timeout = node.metadata.timeout
    if timeout.seconds < 0 or timeout.nanos < 0:
        problems.add(Code.INVALID_VALUE, node.id, "the timeout is negative; leave it out for none")


def _check_cache(node: pb.Node, library: Library, problems: Problems) -> None:
    """A node that asks for caching needs a cache version, its own or its task's."""
    if not node.metadata.cacheable or node.metadata.cache_version.strip():
        return
    task: Any = library.tasks.get(entity_key(node.task_node.reference_id))
    if task is not None and not task.metadata.discovery_version.strip():
        message = "the node is cached but has no cache version; give it cache_version='1.0'"
        problems.add(Code.VALUE_REQUIRED, node.id, message)


def _aliased(node: pb.Node, ports: Ports, problems: Problems) -> Ports:
    if ports.outputs is None:
        return ports
    outputs = dict(ports.outputs)
    for each in node.output_aliases:
        if each.var not in ports.outputs:
            message = f"alias {each.alias!r} is for {each.var!r}; {known('outputs', ports.outputs, each.var)}"
            problems.add(Code.NOT_BOUND, node.id, message)
        elif each.var not in outputs or each.alias in outputs:
            problems.add(Code.DUPLICATE_ALIAS, node.id, f"alias {each.alias!r} of {each.var!r} is one too many")
        else:
            outputs[each.alias] = outputs.pop(each.var)
    return Ports(ports.inputs, outputs)
