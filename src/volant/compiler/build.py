"""Plans from compiled closures: what the engine loads. Nothing is checked again, nothing copied in vain.

Source: flytepropeller pkg/compiler/transformers/k8s; engine spec 1.7.
"""

from collections.abc import Mapping
from typing import Any, Literal

from volant.base.errors import StoreFault
from volant.base.ids import Digest
from volant.compiler.graph import preorder
from volant.compiler.plan import END, START, Graph, NodePlan, Plan, TaskPlan
from volant.idl import pb
from volant.idl.digest import sha256_hex
from volant.idl.interfaces import strip

_NO_NODES: tuple[str, ...] = ()


def entity_key(identifier: pb.Identifier) -> str:
    """What tasks and workflows are found by: "project:domain:name:version"."""
    return f"{identifier.project}:{identifier.domain}:{identifier.name}:{identifier.version}"


def plan_digest(closure_bytes: bytes) -> Digest:
    """The digest that names a plan: SHA-256 of the closure's bytes as stored."""
    return sha256_hex(closure_bytes)


def load_plan(closure_bytes: bytes) -> Plan:
    """The plan of a serialized CompiledWorkflowClosure made by `compiler.compile`.

    Its messages belong to the closure and are never changed.

    Raises:
        StoreFault: The bytes are no closure, or a damaged one.
    """
    try:
        return _load(closure_bytes)
    except (pb.DecodeError, KeyError) as error:
        raise StoreFault(f"plan {plan_digest(closure_bytes)[:12]} is damaged: {error}") from error


def _load(closure_bytes: bytes) -> Plan:
    closure = pb.CompiledWorkflowClosure.FromString(closure_bytes)
    tasks = {entity_key(task.template.id): _task(task.template) for task in closure.tasks}
    workflows = {entity_key(each.template.id): each for each in closure.sub_workflows}
    root = entity_key(closure.primary.template.id)
    workflows[root] = closure.primary
    graphs = {key: _graph(key, workflow, tasks) for key, workflow in workflows.items()}
    return Plan(plan_digest(closure_bytes), root, graphs, tasks)


def _task(template: pb.TaskTemplate) -> TaskPlan:
    return TaskPlan(
        key=entity_key(template.id),
        name=template.id.name,
        type=template.type,
        template=template,
        interface=strip(template.interface),
    )


def _graph(key: str, workflow: pb.CompiledWorkflow, tasks: Mapping[str, TaskPlan]) -> Graph:
    template = workflow.template
    makers = _NodeMaker(workflow.connections, tasks)
    failure = template.failure_node if template.HasField("failure_node") else None
    return Graph(
        key=key,
        name=template.id.name,
        interface=strip(template.interface),
        nodes=makers.all(template.nodes),
        failure_node=makers.one(failure, len(template.nodes), linked=False) if failure is not None else None,
        fail_fast=template.metadata.on_failure == pb.WorkflowMetadata.FAIL_IMMEDIATELY,
        interruptible=template.metadata_defaults.interruptible,
    )


class _NodeMaker:
    """Makes the nodes of one graph."""

    def __init__(self, connections: pb.ConnectionSet, tasks: Mapping[str, TaskPlan]) -> None:
        upstream, downstream = connections.upstream, connections.downstream
        self._upstream = {key: tuple(upstream[key].ids) for key in upstream}
        self._downstream = {key: tuple(downstream[key].ids) for key in downstream}
        self._retries = {key: task.template.metadata.retries.retries for key, task in tasks.items()}

    def all(self, nodes: Any) -> dict[str, NodePlan]:
        by_id = {node.id: node for node in nodes}
        order = preorder(START, self._downstream)
        return {name: self.one(by_id[name], index) for index, name in enumerate(order)}

    def one(self, node: Any, index: int, *, linked: bool = True) -> NodePlan:
        kind, target = _target(node)
        name, metadata, aliases = node.id, node.metadata, node.output_aliases
        return NodePlan(
            id=name,
            kind=kind,
            index=index,
            upstream=self._upstream.get(name, _NO_NODES) if linked else _NO_NODES,
            downstream=self._downstream.get(name, _NO_NODES) if linked else _NO_NODES,
            bindings={each.var: each.binding for each in node.inputs},
            target=target,
            display=metadata.name,
            max_attempts=1 + (metadata.retries.retries or (self._retries[target] if kind == "task" else 0)),
            timeout_us=_micros(metadata.timeout) if metadata.HasField("timeout") else 0,
            interruptible=_given(metadata, "interruptible"),
            resources=_resources(node.task_node) if kind == "task" else None,
            cacheable=_given(metadata, "cacheable"),
            cache_version=metadata.cache_version,
            cache_serializable=_given(metadata, "cache_serializable"),
            aliases={each.alias: each.var for each in aliases} if aliases else None,
        )


def _given(metadata: Any, name: str) -> bool | None:
    return getattr(metadata, name) if metadata.HasField(name) else None


def _micros(duration: Any) -> int:
    micros: int = duration.seconds * 1_000_000 + duration.nanos // 1000
    return micros


def _target(node: Any) -> tuple[Literal["start", "end", "task", "workflow"], str]:
    match node.WhichOneof("target"):
        case "task_node":
            return "task", entity_key(node.task_node.reference_id)
        case "workflow_node":
            return "workflow", entity_key(node.workflow_node.sub_workflow_ref)
    if node.id == START:
        return "start", ""
    if node.id == END:
        return "end", ""
    raise KeyError(f"node {node.id} has no task and no workflow")


def _resources(task_node: Any) -> pb.Resources | None:
    if not task_node.HasField("overrides"):
        return None
    wanted = task_node.overrides.resources
    return wanted if wanted.requests or wanted.limits else None
