"""What a node says beside its bindings; and the one node of a task that runs alone."""

import re
from typing import Any

from volant.idl import pb
from volant.sdk.errors import AuthoringError
from volant.sdk.options import Overrides
from volant.sdk.promise import Node
from volant.sdk.settings import Settings
from volant.sdk.targets import extended_resources, node_resources, pod
from volant.sdk.translate.task import duration

_SINGLE_TASK_PREFIX = ".flytegen."
_MAX_NODE_ID = 63


def node_metadata(entity: Any, changed: Overrides) -> pb.NodeMetadata:
    """The node's own settings, then the task's, which the engine reads from the node alone.

    Source: flytekit `PythonTask.construct_node_metadata` (core/base_task.py).
    """
    options = getattr(entity, "options", Overrides())

    def pick(name: str) -> Any:
        own = getattr(changed, name)
        return getattr(options, name) if own is None else own

    timeout, retries, interruptible = pick("timeout"), pick("retries"), pick("interruptible")
    optional = {
        "interruptible": interruptible,
        "cacheable": changed.cache,
        "cache_version": changed.cache_version,
        "cache_serializable": changed.cache_serialize,
    }
    return pb.NodeMetadata(
        name=changed.name or entity.short_name,
        timeout=duration(timeout) if timeout else None,
        retries=pb.RetryStrategy(retries=retries or 0),
        **{name: value for name, value in optional.items() if value is not None},
    )


def task_overrides(node: Node, settings: Settings) -> pb.TaskNodeOverrides:
    """What a task's node asks of a cluster instead of the task; empty for nothing.

    Raises:
        AuthoringError: It shall run in a pod, and its task has no command.

    Source: flytekit `TaskNodeOverrides` (models/core/workflow.py).
    """
    changed, template = node.overrides, node.overrides.pod_template
    name = template.primary_container_name if template else ""
    return pb.TaskNodeOverrides(
        resources=node_resources(changed.requests, changed.limits),
        extended_resources=extended_resources(changed.accelerator, changed.shared_memory),
        container_image=changed.container_image,
        pod_template=pod(template, node.entity.own_container(settings), primary_name=name) if template else None,
    )


def aliases(node: Node) -> list[pb.Alias]:
    """Other names of the node's outputs."""
    return [pb.Alias(var=var, alias=alias) for var, alias in (node.overrides.aliases or {}).items()]


_OF_TASKS = (
    "requests", "limits", "cache", "cache_version", "cache_serialize", "container_image", "accelerator",
    "shared_memory", "pod_template",
)  # fmt: skip


def refuse_task_overrides(node: Node) -> None:
    """Refuse overrides that only a task can have.

    Raises:
        AuthoringError: The node has one; it is of a workflow.
    """
    for name in _OF_TASKS:
        if getattr(node.overrides, name) is not None:
            raise AuthoringError(
                f"workflow {node.workflow}, node {node.id}: with_overrides({name}=…) needs a task, "
                f"{node.entity.name} is a workflow",
                fix="override the tasks inside it",
                place=node.place,
            )


def single_task(template: pb.TaskTemplate, metadata: pb.NodeMetadata) -> pb.WorkflowTemplate:
    """A task alone, as Flyte wraps it.

    Source: flyteadmin `CreateOrGetWorkflowModel` (impl/util/single_task_execution.go).
    """
    task = template.id
    node_id = re.sub(r"[^A-Za-z0-9-]", "", task.name[-_MAX_NODE_ID:])
    node = pb.Node(
        id=node_id,
        metadata=metadata,
        inputs=_passed_on("", template.interface.inputs),
        task_node=pb.TaskNode(reference_id=task),
    )
    return pb.WorkflowTemplate(
        id=pb.Identifier(
            resource_type=pb.ResourceType.WORKFLOW,
            project=task.project,
            domain=task.domain,
            name=_SINGLE_TASK_PREFIX + task.name,
            version=task.version,
        ),
        metadata=pb.WorkflowMetadata(),
        interface=template.interface,
        nodes=[node],
        outputs=_passed_on(node_id, template.interface.outputs),
        metadata_defaults=pb.WorkflowMetadataDefaults(),
    )


def _passed_on(node_id: str, variables: pb.VariableMap) -> list[pb.Binding]:
    return [
        pb.Binding(var=name, binding=pb.BindingData(promise=pb.OutputReference(node_id=node_id, var=name)))
        for name in sorted(variables.variables)
    ]
