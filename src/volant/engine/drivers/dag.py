"""The driver of workflows: which nodes are ready, which are skipped, when the graph is over.

It reads edges from the plan and phases from its children, counts what each node still waits for, and touches
per change only the neighbours of what changed: a fan-out of n costs n, not n².
Source: flytepropeller `pkg/controller/nodes/executor.go` (engine spec 2.3, 3.2), as counters instead of rounds.
"""

from collections.abc import Mapping
from typing import NamedTuple

from volant.base.phases import ActionPhase
from volant.compiler.plan import START, Graph


class Next(NamedTuple):
    """What follows a change.

    Attributes:
        ready: Nodes all of whose upstreams ended well.
        skipped: Nodes that wait for nothing any more, but some upstream did not end well; each after all above.
    """

    ready: tuple[str, ...]
    skipped: tuple[str, ...]


class Dag:
    """Where one generation of a graph stands."""

    __slots__ = ("_doomed", "_ended", "_graph", "_waits")

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._waits = {node.id: len(node.upstream) for node in graph.nodes.values()}
        self._doomed: set[str] = set()
        self._ended: dict[str, ActionPhase] = {}

    @property
    def is_over(self) -> bool:
        """Whether every node has ended."""
        return len(self._ended) == len(self._waits)

    def ended(self, node_id: str, phase: ActionPhase) -> Next:
        """Take note that a node ended, and say what follows; skipping goes on to everything below."""
        ready: list[str] = []
        skipped: list[str] = []
        stack = [(node_id, phase)]
        while stack:
            done, how = stack.pop()
            self._ended[done] = how
            for below in self._freed_by(done, how):
                if below in self._doomed:
                    skipped.append(below)
                    stack.append((below, ActionPhase.SKIPPED))
                else:
                    ready.append(below)
        return Next(self._in_order(ready), tuple(skipped))

    def restored(self, children: Mapping[str, ActionPhase]) -> Next:
        """Take note of every child there is after a restart, and say what should exist but does not."""
        for node_id, phase in children.items():
            if phase.is_terminal and node_id in self._waits:
                self._ended[node_id] = phase
                self._freed_by(node_id, phase)
        free = [node for node, waits in self._waits.items() if waits == 0 and node not in children]
        ready = [node for node in free if node not in self._doomed]
        skipped: list[str] = []
        for node in self._in_order([node for node in free if node in self._doomed]):
            if node not in self._ended:
                skipped += [node, *self.ended(node, ActionPhase.SKIPPED).skipped]
        return Next(self._in_order(ready), tuple(skipped))

    def last_failure(self) -> str:
        """The failed node that Flyte's traversal, depth first and over every path, visits last.

        Its error is the graph's. Only once something failed.
        """
        node, leads = START, self._leading_to_failures()
        while not _is_failure(self._ended[node]):
            node = [below for below in self._graph.nodes[node].downstream if below in leads][-1]
        return node

    @property
    def has_failed(self) -> bool:
        """Whether some node ended badly by itself."""
        return any(_is_failure(phase) for phase in self._ended.values())

    def _leading_to_failures(self) -> set[str]:
        stack = [node for node, phase in self._ended.items() if _is_failure(phase)]
        leads = set(stack)
        while stack:
            above = [node for node in self._graph.nodes[stack.pop()].upstream if node not in leads]
            leads.update(above)
            stack += above
        return leads

    def _freed_by(self, node_id: str, phase: ActionPhase) -> list[str]:
        freed = []
        for below in self._graph.nodes[node_id].downstream:
            self._waits[below] -= 1
            if not phase.is_success:
                self._doomed.add(below)
            if self._waits[below] == 0 and below not in self._ended:
                freed.append(below)
        return freed

    def _in_order(self, nodes: list[str]) -> tuple[str, ...]:
        return tuple(sorted(nodes, key=lambda node: self._graph.nodes[node].index))


def _is_failure(phase: ActionPhase) -> bool:
    return phase in (ActionPhase.FAILED, ActionPhase.TIMED_OUT)
