"""Compiles one workflow: start and end become nodes, bindings and order become edges. Engine spec 1.1."""

from collections.abc import Iterator
from typing import Any

from volant.compiler.check_bindings import Scope, check_bindings
from volant.compiler.check_nodes import check_node
from volant.compiler.check_tasks import check_variables
from volant.compiler.graph import Edges, find_cycle, preorder
from volant.compiler.library import Library, Ports, ports_of
from volant.compiler.plan import END, START
from volant.compiler.problems import Code, Problems, known, shortened
from volant.idl import pb
from volant.idl.bindings import promises

_FAILURE_NODE_SEES = "a failure node may use the workflow's inputs and constants only"


def nodes_of(template: pb.WorkflowTemplate) -> Iterator[Any]:
    """The nodes of a workflow as its author wrote them, the failure node last."""
    yield from template.nodes
    if template.HasField("failure_node"):
        yield template.failure_node


def compile_graph(template: pb.WorkflowTemplate, library: Library, problems: Problems) -> pb.CompiledWorkflow:
    """The compiled form of one workflow, without looking into those it refers to.

    Args:
        template: Not changed.
        library: What its nodes may refer to.
        problems: Where to report; with any problem the result is of no use.
    """
    if not template.nodes:
        problems.add(Code.NO_NODES_FOUND, START, f"workflow {template.id.name!r} has no nodes; call a task in it")
    check_variables(template.interface, START, problems)
    compiled = pb.CompiledWorkflow(template=_with_ends(template))
    _GraphCheck(compiled, library, problems).run()
    return compiled


def _with_ends(template: pb.WorkflowTemplate) -> Any:
    """A copy with start-node and end-node first, and every reference to a workflow input spelled out."""
    copy = pb.WorkflowTemplate()
    copy.CopyFrom(template)
    copy.interface.inputs.SetInParent()
    copy.interface.outputs.SetInParent()
    del copy.nodes[:]
    copy.nodes.extend([pb.Node(id=START), pb.Node(id=END, inputs=template.outputs), *template.nodes])
    for bindings in (copy.outputs, *(node.inputs for node in nodes_of(copy))):
        for binding in bindings:
            _name_start(binding.binding)
    for node in nodes_of(copy):
        node.upstream_node_ids.sort()
    return copy


def _name_start(data: Any) -> None:
    """An empty node id means the workflow's inputs."""
    match data.WhichOneof("value"):
        case "promise" if not data.promise.node_id:
            data.promise.node_id = START
        case "collection":
            for each in data.collection.bindings:
                _name_start(each)
        case "map":
            for each in data.map.bindings.values():
                _name_start(each)


class _GraphCheck:
    """The steps over one graph, and what they share."""

    def __init__(self, compiled: Any, library: Library, problems: Problems) -> None:
        self._compiled = compiled
        self._template = compiled.template
        self._library = library
        self._problems = problems
        self._edges = Edges()
        interface = ports_of(self._template.interface)
        self._ports: dict[str, Ports] = {
            START: Ports({}, interface.inputs),
            END: Ports(interface.outputs, {}),
        }

    def run(self) -> None:
        """Checks everything and writes the connections."""
        nodes = {START: self._template.nodes[0], END: self._template.nodes[1]}
        for node in self._template.nodes[2:]:
            self._add(node, nodes)
        scope = Scope(self._ports, {key: node.metadata.name for key, node in nodes.items()})
        for key in sorted(nodes):
            check_bindings(key, nodes[key].inputs, self._ports[key].inputs, scope, self._problems)
            self._link(nodes[key])
        self._close(nodes)
        self._check_order(nodes)
        self._write()
        self._failure_node(scope)

    def _add(self, node: Any, nodes: dict[str, Any]) -> None:
        if not node.id:
            self._problems.add(Code.VALUE_REQUIRED, START, "a node has no id")
        elif node.id in nodes:
            self._problems.add(Code.DUPLICATE_ID, node.id, f"two nodes have the id {node.id!r}")
        else:
            nodes[node.id] = node
            self._ports[node.id] = check_node(node, self._library, self._problems)

    def _link(self, node: Any) -> None:
        for producer in node.upstream_node_ids:
            if producer in self._ports:
                self._edges.link(producer, node.id)
            else:
                message = f"waits for node {producer!r}; {known('nodes', self._ports, producer)}"
                self._problems.add(Code.NODE_NOT_FOUND, node.id, message)
        for binding in node.inputs:
            for producer, _ in promises(binding.binding):
                if producer in self._ports:
                    self._edges.link(producer, node.id)

    def _close(self, nodes: dict[str, Any]) -> None:
        """What waits for nothing waits for the start; what nothing waits for, the end waits for."""
        for key in nodes:
            if key not in (START, END):
                if key not in self._edges.upstream:
                    self._edges.link(START, key)
                if key not in self._edges.downstream:
                    self._edges.link(key, END)

    def _check_order(self, nodes: dict[str, Any]) -> None:
        cycle = find_cycle([START], self._edges.after)
        if cycle:
            self._problems.add(Code.CYCLE_DETECTED, cycle[0], f"nodes wait for each other: {'>'.join(cycle)}")
            return
        reached = set(preorder(START, {key: self._edges.after(key) for key in nodes}))
        lost = [key for key in nodes if key not in reached and key != END]
        if lost:
            cycle = find_cycle(lost, self._edges.after)
            message = f"nothing starts {shortened(lost)}: nodes wait for each other: {'>'.join(cycle)}"
            self._problems.add(Code.UNREACHABLE_NODES, lost[0], message)

    def _write(self) -> None:
        connections = self._compiled.connections
        for neighbours, written in (
            (self._edges.upstream, connections.upstream),
            (self._edges.downstream, connections.downstream),
        ):
            for key in sorted(neighbours):
                written[key].ids.extend(sorted(neighbours[key]))

    def _failure_node(self, scope: Scope) -> None:
        """The failure node sees workflow inputs and constants only, and is no part of the graph."""
        if not self._template.HasField("failure_node"):
            return
        node = self._template.failure_node
        self._check_failure_id(node.id)
        ports = check_node(node, self._library, self._problems)
        visible = Scope({START: self._ports[START]}, scope.labels, _FAILURE_NODE_SEES)
        check_bindings(node.id, node.inputs, ports.inputs, visible, self._problems)
        self._compiled.connections.upstream[node.id].ids.append(START)

    def _check_failure_id(self, node_id: str) -> None:
        if not node_id:
            self._problems.add(Code.VALUE_REQUIRED, START, "the failure node has no id")
        elif node_id in self._ports:
            self._problems.add(Code.DUPLICATE_ID, node_id, f"the failure node and a node have the id {node_id!r}")
