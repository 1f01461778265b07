"""Nodes within nodes: the arms of branches and what arrays repeat."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from volant.idl import pb


class Arm(NamedTuple):
    """One way a branch may go.

    Attributes:
        place: How to name it in a message, e.g. "the first case".
        condition: None where it has none; an else never has one.
        node: None where it has none.
        is_else: Whether it is taken when no condition holds.
    """

    place: str
    condition: pb.BooleanExpression | None
    node: pb.Node | None
    is_else: bool = False


def arms(branch: pb.BranchNode) -> list[Arm]:
    """The arms of a branch in the order they are tried, the else last; an `else_().fail()` is no arm."""
    block = branch.if_else
    found = [_case(block.case, "the first case")] if block.HasField("case") else []
    found += [_case(each, f"case {number}") for number, each in enumerate(block.other, 2)]
    if block.WhichOneof("default") == "else_node":
        found.append(Arm("the else", None, block.else_node, is_else=True))
    return found


def _case(block: Any, place: str) -> Arm:
    condition = block.condition if block.HasField("condition") else None
    return Arm(place, condition, block.then_node if block.HasField("then_node") else None)


def children(node: pb.Node) -> list[Any]:
    """The nodes directly in the arms of a branch; none of any other node."""
    if node.WhichOneof("target") != "branch_node":
        return []
    return [arm.node for arm in arms(node.branch_node) if arm.node is not None]


def top_nodes(template: pb.WorkflowTemplate) -> Iterator[Any]:
    """The nodes of a workflow as its author wrote them, the failure node last."""
    yield from template.nodes
    if template.HasField("failure_node"):
        yield template.failure_node


def every_node(template: pb.WorkflowTemplate) -> Iterator[Any]:
    """The same, each followed by the nodes within it, at any depth."""
    for node in top_nodes(template):
        yield from with_inner(node)


def with_inner(node: pb.Node) -> Iterator[Any]:
    """A node, the children of a branch and the node of an array, at any depth."""
    yield node
    match node.WhichOneof("target"):
        case "branch_node":
            for child in children(node):
                yield from with_inner(child)
        case "array_node" if node.array_node.HasField("node"):
            yield from with_inner(node.array_node.node)
