"""A workflow as a WorkflowTemplate, with everything it refers to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from volant.idl import pb
from volant.sdk.bindings import bindings
from volant.sdk.errors import AuthoringError
from volant.sdk.local import upstream
from volant.sdk.options import Overrides
from volant.sdk.promise import Node
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.interfaces import typed_interface
from volant.sdk.translate.node import node_metadata, refuse_task_overrides, single_task
from volant.sdk.translate.task import identifier, resources, task_template
from volant.sdk.workflow import Workflow


@dataclass
class Translated:
    """An entity and all it refers to, on the wire.

    Attributes:
        workflow: The entity; a task is wrapped in a workflow of one node.
        sub_workflows: Each once, in the order they are met.
        tasks: Likewise.
    """

    workflow: pb.WorkflowTemplate
    sub_workflows: list[pb.WorkflowTemplate] = field(default_factory=list)
    tasks: list[pb.TaskTemplate] = field(default_factory=list)


def translate(entity: PythonTask[..., Any] | Workflow[..., Any], settings: Settings) -> Translated:
    """A task or workflow, on the wire; equal entities give equal bytes.

    Raises:
        AuthoringError: It is written in a way that cannot run.
    """
    return _Translation(settings).of(entity)


class _Translation:
    """One walk over everything an entity refers to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tasks: dict[str, tuple[Any, pb.TaskTemplate]] = {}
        self._workflows: dict[str, tuple[Any, pb.WorkflowTemplate | None]] = {}

    def of(self, entity: Any) -> Translated:
        """The entity with all it refers to."""
        if isinstance(entity, Workflow):
            primary = self._workflow(entity)
            del self._workflows[entity.name]
        else:
            primary = single_task(self._task(entity), node_metadata(entity, Overrides()))
        subs = [template for _, template in self._workflows.values() if template is not None]
        return Translated(primary, subs, [template for _, template in self._tasks.values()])

    def _workflow(self, entity: Workflow[..., Any]) -> pb.WorkflowTemplate:
        self._workflows[entity.name] = (entity, None)
        what, traced = f"workflow {entity.name}", entity.traced
        _check_ids(traced.nodes, what, entity.place)
        template = pb.WorkflowTemplate(
            id=identifier(pb.ResourceType.WORKFLOW, entity.name, self._settings),
            metadata=pb.WorkflowMetadata(on_failure=entity.failure_policy.value),
            interface=typed_interface(entity, what),
            nodes=[self._node(each) for each in traced.nodes],
            outputs=bindings(
                traced.outputs,
                entity.interface.outputs,
                lambda name: f"{what}: output {name!r}",
                entity.place,
            ),
            metadata_defaults=pb.WorkflowMetadataDefaults(interruptible=entity.interruptible),
        )
        if traced.failure_node is not None:
            template.failure_node.CopyFrom(self._node(traced.failure_node))
        self._workflows[entity.name] = (entity, template)
        return template

    def _node(self, node: Node) -> pb.Node:
        hints = {name: each.hint for name, each in node.interface.inputs.items()}
        found = pb.Node(
            id=node.id,
            metadata=node_metadata(node.entity, node.overrides),
            inputs=bindings(node.arguments, hints, _speaker(node), node.place),
            upstream_node_ids=sorted(each.id for each in upstream(node)),
        )
        self._target(found, node.entity, node)
        return found

    def _target(self, found: pb.Node, entity: Any, node: Node) -> None:
        if isinstance(entity, Workflow):
            refuse_task_overrides(node)
            self._sub_workflow(entity, node)
            found.workflow_node.sub_workflow_ref.CopyFrom(
                identifier(pb.ResourceType.WORKFLOW, entity.name, self._settings)
            )
            return
        found.task_node.reference_id.CopyFrom(self._task(entity).id)
        changed = resources(node.overrides.requests, node.overrides.limits)
        if changed is not None:
            found.task_node.overrides.resources.CopyFrom(changed)

    def _task(self, entity: PythonTask[..., Any]) -> pb.TaskTemplate:
        if entity.name not in self._tasks:
            self._tasks[entity.name] = (entity, task_template(entity, self._settings))
        known, template = self._tasks[entity.name]
        _check_same(known, entity)
        return template

    def _sub_workflow(self, entity: Workflow[..., Any], node: Node) -> None:
        if entity.name not in self._workflows:
            self._workflow(entity)
        known, template = self._workflows[entity.name]
        _check_same(known, entity)
        if template is None:
            raise AuthoringError(
                f"workflow {node.workflow}: it calls {entity.name}, which contains it",
                fix="a workflow cannot contain itself",
                place=node.place,
            )


def _speaker(node: Node) -> Callable[[str], str]:
    return lambda name: f"workflow {node.workflow}, node {node.id} ({node.entity.name}): input {name!r}"


def _check_same(known: Any, entity: Any) -> None:
    if known is not entity:
        raise AuthoringError(
            f"two different entities are called {entity.name}, at {known.place} and {entity.place}",
            fix="give one of them another name",
        )


def _check_ids(nodes: Any, what: str, place: str) -> None:
    seen: dict[str, Node] = {}
    for node in nodes:
        if (other := seen.setdefault(node.id, node)) is not node:
            raise AuthoringError(
                f"{what}: two nodes are called {node.id!r}, at {other.place} and {node.place}",
                fix="give one of them another node_name",
                place=place,
            )
