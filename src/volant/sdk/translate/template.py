"""The template of one workflow: nodes, bindings, order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from volant.idl import pb
from volant.sdk.bindings import Binder
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import REQUIRED, Unknown
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.local import upstream
from volant.sdk.problems import report
from volant.sdk.promise import Node
from volant.sdk.settings import Settings
from volant.sdk.translate.found import Found
from volant.sdk.translate.node import aliases, node_metadata, refuse_task_overrides, task_overrides
from volant.sdk.translate.task import identifier

Find = Callable[[Any], Found]


def workflow_template(found: Found, find: Find, settings: Settings) -> pb.WorkflowTemplate:
    """The template of a workflow; what it calls and where is noted in `found`.

    Args:
        found: The workflow, its interface done.
        find: Translates what its nodes call.
        settings: Ids of everything.

    Raises:
        AuthoringError: It is written in a way that cannot run; not where mistakes are collected.

    Source: flytekit `get_serializable_workflow` (tools/translator.py).
    """
    return _Template(found, find, settings).made()


class _Template:
    """One template in the making."""

    def __init__(self, found: Found, find: Find, settings: Settings) -> None:
        self._found, self._find, self._settings = found, find, settings
        self._entity = found.entity
        self._what = f"workflow {self._entity.name}"
        self._traced = self._entity.traced
        for problem in self._traced.problems:
            report(problem)
        handler = self._traced.failure_node
        nodes = [*self._traced.nodes, *([handler] if handler else [])]
        self._targets = {node: target for node in nodes if (target := self._target(node)) is not None}
        self._binder = Binder([node for node in nodes if node not in self._targets])

    def made(self) -> pb.WorkflowTemplate:
        """All of it."""
        entity, traced = self._entity, self._traced
        _check_ids(traced.nodes, self._what)
        template = pb.WorkflowTemplate(
            id=identifier(pb.ResourceType.WORKFLOW, entity.name, self._settings),
            metadata=pb.WorkflowMetadata(on_failure=entity.failure_policy.value),
            interface=self._found.interface,
            nodes=[self._node(each) for each in traced.nodes if each in self._targets],
            outputs=self._outputs(),
            metadata_defaults=pb.WorkflowMetadataDefaults(interruptible=entity.interruptible),
        )
        if traced.failure_node in self._targets:
            template.failure_node.CopyFrom(self._node(traced.failure_node))
        return template

    def _target(self, node: Node) -> Found | None:
        """What a node calls; None where it cannot be called."""
        target = self._find(node.entity)
        self._found.calls[target] = None
        self._found.places[node.id] = node.place
        if target.is_open and not isinstance(target.entity, LaunchPlan):
            itself = "itself" if target is self._found else f"{target.entity.name}, which contains it"
            told = f"{self._what}: it calls {itself}"
            report(AuthoringError(told, fix="a workflow cannot contain itself", place=node.place))
        return None if target.is_lost else target

    def _node(self, node: Node) -> pb.Node:
        target = self._targets[node]
        hints = {name: each.hint for name, each in node.interface.inputs.items()}
        found = pb.Node(
            id=node.id,
            metadata=node_metadata(node.entity, node.overrides),
            inputs=self._binder.bindings(_arguments(node, target), hints, _speaker(node), lambda _: node.place),
            upstream_node_ids=sorted(each.id for each in upstream(node) if each in self._targets),
            output_aliases=aliases(node),
        )
        if isinstance(node.entity, LaunchPlan) and not node.overrides.name:
            found.metadata.name = node.entity.workflow.short_name
        self._refer(found, node, target)
        return found

    def _refer(self, found: pb.Node, node: Node, target: Found) -> None:
        is_reference = isinstance(target.message, pb.Identifier)
        to = target.message if is_reference else target.message.id
        if to.resource_type == pb.ResourceType.TASK:
            found.task_node.reference_id.CopyFrom(to)
            overrides = task_overrides(node, self._settings)
            if overrides.ByteSize() or not is_reference:
                found.task_node.overrides.CopyFrom(overrides)
            return
        refuse_task_overrides(node)
        is_plan = to.resource_type == pb.ResourceType.LAUNCH_PLAN
        (found.workflow_node.launchplan_ref if is_plan else found.workflow_node.sub_workflow_ref).CopyFrom(to)

    def _outputs(self) -> list[pb.Binding]:
        def what(name: str) -> str:
            return f"{self._what}: output {name!r}"

        known = self._found.interface.outputs.variables
        hints = {name: hint if name in known else Unknown for name, hint in self._entity.interface.outputs.items()}
        places = self._traced.places
        return self._binder.bindings(
            self._traced.outputs, hints, what, lambda name: places.get(name, self._entity.place)
        )


def _arguments(node: Node, target: Found) -> Mapping[str, Any]:
    """A node's arguments by name; defaults that do not fit were told of where they are written."""
    return {
        name: Unknown if _is_unfit(value, name, node, target) else value
        for name, value in sorted(node.arguments.items())
    }


def _is_unfit(value: Any, name: str, node: Node, target: Found) -> bool:
    default = node.interface.inputs[name].default
    return value is default and default is not REQUIRED and name not in target.literals


def _speaker(node: Node) -> Callable[[str], str]:
    return lambda name: f"workflow {node.workflow}, node {node.id} ({node.entity.name}): input {name!r}"


def _check_ids(nodes: Sequence[Node], what: str) -> None:
    seen: dict[str, Node] = {}
    for node in nodes:
        if (other := seen.setdefault(node.id, node)) is not node:
            told = f"{what}: two nodes are called {node.id!r}, this one and that at {other.place}"
            report(AuthoringError(told, fix="give one of them another node_name", place=node.place))
