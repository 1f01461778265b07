"""Compiles one workflow: start and end become nodes, bindings and order become edges. Engine spec 1.1."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Any

from volant.compiler.arrange import Arranged, arrange
from volant.compiler.check_bindings import check_bindings
from volant.compiler.check_nodes import NodeCheck
from volant.compiler.check_tasks import check_variables
from volant.compiler.graph import Edges, find_cycle, preorder
from volant.compiler.library import Library, Ports, ports_of
from volant.compiler.nodes import with_inner
from volant.compiler.plan import END, START
from volant.compiler.problems import Code, Problems, shortened
from volant.compiler.sources import Scope
from volant.idl import pb
from volant.idl.bindings import promises

_FAILURE_NODE_SEES = "a failure node cannot use: it takes the workflow's inputs and constants only"
_WAITING_FIX = "take out one of these dependencies"
_INFERRED = ("branch_node", "gate_node", "array_node")


def compile_graph(compiled: pb.CompiledWorkflow, library: Library, problems: Problems) -> None:
    """Brings one workflow into its compiled form, without looking into those it refers to.

    Args:
        compiled: Has a template; that is changed, and the connections are added.
        library: What its nodes may refer to.
        problems: Where to report; with any problem the result is of no use.
    """
    template = compiled.template
    if not template.nodes:
        message = f"workflow {template.id.name!r} has no nodes"
        problems.add(Code.NO_NODES_FOUND, START, message, "call at least one task in it")
    check_variables(template.interface, START, problems)
    _GraphCheck(compiled, library, problems).run()


class _GraphCheck:
    """The steps over one graph, and what they share."""

    def __init__(self, compiled: Any, library: Library, problems: Problems) -> None:
        self._compiled = compiled
        self._problems = problems
        self._nodes: Arranged = arrange(compiled.template, problems)
        self._edges = Edges()
        interface = ports_of(compiled.template.interface)
        self._ports: dict[str, Ports] = {START: Ports({}, interface.inputs), END: Ports(interface.outputs, {})}
        labels = {key: node.metadata.name for key, node in self._nodes.top.items()}
        self._scope = Scope(self._ports, labels, frozenset(self._nodes.inner))
        self._checks = NodeCheck(library, self._scope, problems)

    def run(self) -> None:
        """Checks everything and writes the connections."""
        for node in _by_dependency(self._nodes.top.values()):
            self._ports[node.id] = self._checks.check(node)
        for key, node in self._nodes.top.items():
            check_bindings(key, node.inputs, self._ports[key], self._scope, self._problems)
            self._link(node)
        for key, node in self._nodes.inner.items():
            check_bindings(key, node.inputs, self._checks.inner[key], self._scope, self._problems)
            self._link_inner(node, self._nodes.branch[key])
        self._close()
        self._check_order()
        self._check_failing()
        self._write()

    def _link(self, node: Any) -> None:
        for producer in node.upstream_node_ids:
            if producer in self._ports:
                self._edges.link(producer, node.id)
            else:
                message = f"waits for node {producer!r}, {self._scope.unseen(producer)}"
                self._problems.add(Code.NODE_NOT_FOUND, node.id, message)
        for producer in self._producers(node):
            self._edges.link(producer, node.id)

    def _link_inner(self, node: Any, branch: str) -> None:
        """A node in a branch waits for what it uses; its branch does not, yet must not come before it either."""
        for producer in self._producers(node):
            self._edges.link_upstream(producer, node.id)
            self._edges.forbid(branch, producer)

    def _producers(self, node: Any) -> Iterable[str]:
        for binding in node.inputs:
            for producer, _ in promises(binding.binding):
                if producer in self._ports:
                    yield producer

    def _close(self) -> None:
        """What waits for nothing waits for the start; what nothing waits for, the end waits for."""
        for key in self._nodes.top:
            if key not in (START, END):
                if key not in self._edges.upstream:
                    self._edges.link(START, key)
                if key not in self._edges.downstream:
                    self._edges.link(key, END)

    def _check_order(self) -> None:
        cycle = find_cycle([START], self._edges.after_or_forbidden)
        if cycle:
            self._problems.add(Code.CYCLE_DETECTED, cycle[0], _waiting(cycle), _WAITING_FIX)
            return
        reached = set(preorder(START, self._edges.downstream))
        lost = [key for key in self._nodes.top if key not in reached and key != END]
        if lost:
            cycle = find_cycle(lost, self._edges.after)
            message = f"nothing starts {shortened(lost)}: {_waiting(cycle)}"
            self._problems.add(Code.UNREACHABLE_NODES, lost[0], message, _WAITING_FIX)

    def _check_failing(self) -> None:
        """The failure node sees workflow inputs and constants only, and is no part of the graph."""
        visible = Scope({START: self._ports[START]}, self._scope.labels, why_not=_FAILURE_NODE_SEES)
        top, *inner = self._nodes.failing.values() or (None,)
        if top is None:
            return
        ports = {top.id: self._checks.check(top)} | {each.id: self._checks.inner[each.id] for each in inner}
        for key, node in self._nodes.failing.items():
            check_bindings(key, node.inputs, ports[key], visible, self._problems)
            for producer in self._producers(node):
                self._edges.link_upstream(producer, key)

    def _write(self) -> None:
        connections = self._compiled.connections
        for neighbours, written in (
            (self._edges.upstream, connections.upstream),
            (self._edges.downstream, connections.downstream),
        ):
            for key in sorted(neighbours):
                written[key].ids.extend(sorted(neighbours[key]))


def _waiting(cycle: list[str]) -> str:
    if len(cycle) == 2:
        return f"node {cycle[0]!r} waits for itself"
    return f"nodes wait for each other: {'>'.join(cycle)}"


def _by_dependency(nodes: Iterable[Any]) -> Iterable[Any]:
    """The nodes but start and end; those whose ports depend on other nodes' outputs after these others."""
    inferred: dict[str, Any] = {}
    for node in nodes:
        if node.WhichOneof("target") in _INFERRED:
            inferred[node.id] = node
        elif node.id not in (START, END):
            yield node
    if inferred:
        yield from (inferred[key] for key in _sorted(inferred))


def _sorted(nodes: dict[str, Any]) -> Iterable[str]:
    sorter = TopologicalSorter(
        {
            key: dict.fromkeys(
                producer
                for each in with_inner(node)
                for binding in each.inputs
                for producer, _ in promises(binding.binding)
                if producer in nodes
            )
            for key, node in nodes.items()
        }
    )
    try:
        return tuple(sorter.static_order())
    except CycleError:  # reported as a cycle of edges
        return nodes
