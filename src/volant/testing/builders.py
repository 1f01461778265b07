"""Small tasks and workflows on the wire, for tests that need no SDK."""

from collections.abc import Iterable, Mapping

from volant.base.ids import RunId
from volant.compiler.build import plan_digest
from volant.compiler.compile import compile_workflow
from volant.contracts.rows import RunRow, RunSpec, ValueRef
from volant.idl import pb
from volant.idl.literals import wire

INT = pb.LiteralType(simple=pb.SimpleType.INTEGER)


def integer(value: int) -> pb.Literal:
    """A Literal of an int."""
    return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(integer=value)))


def variables(names: Iterable[str], kind: pb.LiteralType = INT) -> pb.VariableMap:
    """Variables of one type."""
    return pb.VariableMap(variables={name: pb.Variable(type=kind) for name in names})


def identifier(name: str, kind: "pb.ResourceType.ValueType") -> pb.Identifier:
    """An id in project "p", domain "d", version "v"."""
    return pb.Identifier(resource_type=kind, project="p", domain="d", name=name, version="v")


def task(
    name: str,
    *,
    task_type: str = "echo",
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
    retries: int = 0,
    cache_version: str = "",
    serialize: bool = False,
    config: Mapping[str, str] = {},
) -> pb.TaskTemplate:
    """A task template with int inputs and outputs; cached when it has a `cache_version`."""
    metadata = pb.TaskMetadata(
        retries=pb.RetryStrategy(retries=retries),
        discoverable=bool(cache_version),
        discovery_version=cache_version,
        cache_serializable=serialize,
    )
    interface = pb.TypedInterface(inputs=variables(inputs), outputs=variables(outputs))
    return pb.TaskTemplate(
        id=identifier(name, pb.ResourceType.TASK), type=task_type, metadata=metadata, interface=interface,
        config=config,
    )  # fmt: skip


def promise(var: str, node_id: str, output: str) -> pb.Binding:
    """Bind `var` to another node's output; node id "" is the workflow's input."""
    source = pb.OutputReference(node_id=node_id, var=output)
    return pb.Binding(var=var, binding=pb.BindingData(promise=source))


def constant(var: str, value: int) -> pb.Binding:
    """Bind `var` to an int."""
    return pb.Binding(var=var, binding=pb.BindingData(scalar=integer(value).scalar))


def node(
    node_id: str,
    target: pb.Identifier,
    bindings: Iterable[pb.Binding] = (),
    *,
    after: Iterable[str] = (),
    timeout_s: float = 0,
) -> pb.Node:
    """A node that runs a task or a sub-workflow."""
    metadata = pb.NodeMetadata(name=node_id)
    if timeout_s:
        metadata.timeout.FromMicroseconds(int(timeout_s * 1e6))
    made = pb.Node(id=node_id, metadata=metadata, inputs=bindings, upstream_node_ids=after)
    if target.resource_type == pb.ResourceType.TASK:
        made.task_node.reference_id.CopyFrom(target)
    else:
        made.workflow_node.sub_workflow_ref.CopyFrom(target)
    return made


def workflow(
    name: str,
    nodes: Iterable[pb.Node],
    *,
    inputs: Iterable[str] = (),
    outputs: Iterable[pb.Binding] = (),
    failure_node: pb.Node | None = None,
    fail_fast: bool = True,
) -> pb.WorkflowTemplate:
    """A workflow template with int inputs and outputs."""
    outputs = list(outputs)
    policy = pb.WorkflowMetadata.FAIL_IMMEDIATELY
    if not fail_fast:
        policy = pb.WorkflowMetadata.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE
    interface = pb.TypedInterface(inputs=variables(inputs), outputs=variables(b.var for b in outputs))
    return pb.WorkflowTemplate(
        id=identifier(name, pb.ResourceType.WORKFLOW), metadata=pb.WorkflowMetadata(on_failure=policy),
        interface=interface, nodes=nodes, outputs=outputs, failure_node=failure_node,
    )  # fmt: skip


def closure(
    primary: pb.WorkflowTemplate,
    tasks: Iterable[pb.TaskTemplate],
    sub_workflows: Iterable[pb.WorkflowTemplate] = (),
) -> bytes:
    """The compiled closure's bytes."""
    return wire(compile_workflow(primary, list(sub_workflows), list(tasks)))


def run_row(
    run: str,
    plan: bytes,
    inputs: Mapping[str, int] = {},
    *,
    spec: RunSpec | None = None,
    created_us: int = 1,
) -> RunRow:
    """A run of a compiled closure, not begun."""
    values = pb.LiteralMap(literals={name: integer(value) for name, value in inputs.items()})
    return RunRow(
        run=RunId(run), plan=plan_digest(plan), code="", spec=spec or RunSpec(entity="wf"),
        inputs=ValueRef(data=wire(values)), created_us=created_us,
    )  # fmt: skip
