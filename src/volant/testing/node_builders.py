"""Nodes of every kind but tasks and sub-workflows (`testing.builders.node`), and launch plans, on the wire."""

from collections.abc import Iterable, Mapping

from volant.compiler.launch_plans import register_launch_plan
from volant.idl import pb
from volant.testing.builders import INT, identifier, variables

EQ, GT = pb.ComparisonExpression.EQ, pb.ComparisonExpression.GT


def operand(value: "str | int | pb.Operand") -> pb.Operand:
    """A variable of the branch by its name, or an int."""
    match value:
        case str():
            return pb.Operand(var=value)
        case int():
            return pb.Operand(primitive=pb.Primitive(integer=value))
    return value


def compare(
    left: "str | int | pb.Operand", right: "str | int | pb.Operand", operator: int = GT
) -> pb.BooleanExpression:
    """A comparison of two operands."""
    comparison = pb.ComparisonExpression(operator=operator, left_value=operand(left), right_value=operand(right))
    return pb.BooleanExpression(comparison=comparison)


def both(left: pb.BooleanExpression, right: pb.BooleanExpression) -> pb.BooleanExpression:
    """The conjunction of two conditions."""
    return pb.BooleanExpression(conjunction=pb.ConjunctionExpression(left_expression=left, right_expression=right))


def branch(
    node_id: str,
    inputs: Iterable[pb.Binding],
    cases: Iterable[tuple[pb.BooleanExpression, pb.Node]],
    otherwise: pb.Node | None = None,
    *,
    after: Iterable[str] = (),
) -> pb.Node:
    """A branch; without `otherwise` it fails where no condition holds."""
    made = pb.Node(id=node_id, metadata=pb.NodeMetadata(name=node_id), inputs=inputs, upstream_node_ids=after)
    first, *others = (pb.IfBlock(condition=condition, then_node=node) for condition, node in cases)
    block = made.branch_node.if_else
    block.case.CopyFrom(first)
    block.other.extend(others)
    if otherwise is None:
        block.error.CopyFrom(pb.Error(failed_node_id=node_id, message="no case holds"))
    else:
        block.else_node.CopyFrom(otherwise)
    return made


def approval(node_id: str, inputs: Iterable[pb.Binding], *, after: Iterable[str] = ()) -> pb.Node:
    """A gate that waits for an approval and hands on what it was given."""
    made = pb.Node(id=node_id, metadata=pb.NodeMetadata(name=node_id), inputs=inputs, upstream_node_ids=after)
    made.gate_node.approve.signal_id = node_id
    return made


def signal(node_id: str, kind: pb.LiteralType = INT, output: str = "o0") -> pb.Node:
    """A gate that waits for a value."""
    made = pb.Node(id=node_id, metadata=pb.NodeMetadata(name=node_id))
    made.gate_node.signal.CopyFrom(pb.SignalCondition(signal_id=node_id, type=kind, output_variable_name=output))
    return made


def sleeping(node_id: str, seconds: int = 1, *, after: Iterable[str] = ()) -> pb.Node:
    """A gate that waits for time to pass."""
    made = pb.Node(id=node_id, metadata=pb.NodeMetadata(name=node_id), upstream_node_ids=after)
    made.gate_node.sleep.duration.seconds = seconds
    return made


def array(node_id: str, inner: pb.Node, inputs: Iterable[pb.Binding], *, wraps: bool = False) -> pb.Node:
    """An array over `inner`; with `wraps` its node takes and gives single elements, else lists already."""
    made = pb.Node(id=node_id, metadata=pb.NodeMetadata(name=node_id), inputs=inputs)
    made.array_node.CopyFrom(pb.ArrayNode(node=inner, min_success_ratio=1.0))
    made.array_node.is_original_sub_node_interface.value = wraps
    return made


def launch_plan(
    name: str,
    workflow: pb.WorkflowTemplate,
    *,
    defaults: Mapping[str, pb.Literal] = {},
    fixed: Mapping[str, pb.Literal] = {},
) -> pb.LaunchPlan:
    """A registered launch plan of a workflow with int inputs."""
    spec = pb.LaunchPlanSpec(workflow_id=workflow.id, fixed_inputs=pb.LiteralMap(literals=fixed))
    declared = variables(defaults).variables
    for key, value in defaults.items():
        spec.default_inputs.parameters[key].CopyFrom(pb.Parameter(var=declared[key], default=value))
    plan = pb.LaunchPlan(id=identifier(name, pb.ResourceType.LAUNCH_PLAN), spec=spec)
    return register_launch_plan(plan, workflow.interface)


def launch_plan_node(node_id: str, plan: pb.Identifier, inputs: Iterable[pb.Binding] = ()) -> pb.Node:
    """A node that starts a launch plan."""
    made = pb.Node(id=node_id, metadata=pb.NodeMetadata(name=node_id), inputs=inputs)
    made.workflow_node.launchplan_ref.CopyFrom(plan)
    return made
