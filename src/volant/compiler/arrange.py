"""Puts the nodes of one workflow into their compiled form: start and end first, ids of branches spelled out.

Engine spec 1.1 c, 1.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from volant.compiler.nodes import children, top_nodes
from volant.compiler.plan import END, START
from volant.compiler.problems import Code, Problems
from volant.idl import pb

_ID_FIX = "give each node an id of its own"


@dataclass(slots=True)
class Arranged:
    """The nodes of a workflow by id.

    Attributes:
        top: In the template's order; start-node and end-node first.
        inner: Nodes within branches, at any depth.
        branch: For each of those, the top node it is within.
        failing: The failure node and the nodes within it; no part of the others.
    """

    top: dict[str, Any] = field(default_factory=dict)
    inner: dict[str, Any] = field(default_factory=dict)
    branch: dict[str, str] = field(default_factory=dict)
    failing: dict[str, Any] = field(default_factory=dict)

    def called(self, node_id: str) -> Any:
        """The node of this id, wherever it is; None where there is none."""
        return self.top.get(node_id) or self.inner.get(node_id) or self.failing.get(node_id)


def arrange(template: pb.WorkflowTemplate, problems: Problems) -> Arranged:
    """Changes a template into its compiled form, and finds its nodes.

    Start-node and end-node become its first two nodes, every reference to a workflow input names the start-node,
    a node in a branch is called `<branch>-<node>`, and what a node waits for is sorted. Ids that are missing or
    taken are reported; of nodes with one id the first counts.
    """
    template.interface.inputs.SetInParent()
    template.interface.outputs.SetInParent()
    template.nodes.insert(0, pb.Node(id=START))
    template.nodes.insert(1, pb.Node(id=END, inputs=template.outputs))
    for bindings in (template.outputs, template.nodes[1].inputs):
        _name_start(bindings)
    found = Arranged()
    for node in top_nodes(template):
        _spell_out(node)
    for node in template.nodes:
        _add_top(node, found, problems)
    for node in found.top.values():
        for each in _inner(node, found, problems):
            found.inner[each.id], found.branch[each.id] = each, node.id
    if template.HasField("failure_node"):
        _add_failing(template.failure_node, found, problems)
    return found


def _spell_out(node: Any) -> None:
    """Names the start, sorts, and renames what is within; what an array repeats is left as it is."""
    _name_start(node.inputs)
    node.upstream_node_ids.sort()
    for child in children(node):
        child.id = f"{node.id}-{child.id}" if child.id else ""
        _spell_out(child)


def _name_start(bindings: Any) -> None:
    for binding in bindings:
        _name_start_in(binding.binding)


def _name_start_in(data: Any) -> None:
    """An empty node id means the workflow's inputs."""
    match data.WhichOneof("value"):
        case "promise" if not data.promise.node_id:
            data.promise.node_id = START
        case "collection":
            for each in data.collection.bindings:
                _name_start_in(each)
        case "map":
            for each in data.map.bindings.values():
                _name_start_in(each)


def _add_top(node: Any, found: Arranged, problems: Problems) -> None:
    if not node.id:
        problems.add(Code.VALUE_REQUIRED, START, "a node has no id", _ID_FIX)
    elif node.id in found.top:
        problems.add(Code.DUPLICATE_ID, node.id, f"two nodes have the id {node.id!r}", _ID_FIX)
    else:
        found.top[node.id] = node


def _inner(node: Any, found: Arranged, problems: Problems) -> Iterator[Any]:
    """The nodes within a node, at any depth, but those whose id is missing or taken, which is reported.

    The caller puts each into `found` before it asks for the next.
    """
    for child in children(node):
        other = found.called(child.id)
        if not child.id:
            problems.add(Code.VALUE_REQUIRED, node.id, "a node in the branch has no id", _ID_FIX)
        elif other is not None:
            _collide(child, other, problems)
        else:
            yield child
            yield from _inner(child, found, problems)


def _collide(node: Any, other: Any, problems: Problems) -> None:
    if node == other:
        problems.add(Code.DUPLICATE_ID, node.id, f"the same node is twice in a branch, as {node.id!r}", _ID_FIX)
    else:
        message = f"a node in a branch is called {node.id!r}, and so is another one"
        problems.add(Code.VALUE_COLLISION, node.id, message, _ID_FIX)


def _add_failing(node: Any, found: Arranged, problems: Problems) -> None:
    if not node.id:
        problems.add(Code.VALUE_REQUIRED, START, "the failure node has no id", _ID_FIX)
    elif found.called(node.id) is not None:
        message = f"the failure node and a node have the id {node.id!r}"
        problems.add(Code.DUPLICATE_ID, node.id, message, _ID_FIX)
    found.failing[node.id] = node
    for each in _inner(node, found, problems):
        found.failing[each.id] = each
