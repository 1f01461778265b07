"""Graphs of names: edges, order, cycles. Linear in size, and without recursion: chains are long."""

from collections.abc import Callable, Iterable, Mapping

Successors = Callable[[str], Iterable[str]]


class Edges:
    """Who waits for whom; both directions at once, each edge once."""

    def __init__(self) -> None:
        self.upstream: dict[str, set[str]] = {}
        self.downstream: dict[str, set[str]] = {}
        self._forbidden: dict[str, set[str]] = {}

    def link(self, producer: str, consumer: str) -> None:
        """Makes `consumer` wait for `producer`."""
        self.upstream.setdefault(consumer, set()).add(producer)
        self.downstream.setdefault(producer, set()).add(consumer)

    def link_upstream(self, producer: str, consumer: str) -> None:
        """Makes `consumer` wait for `producer`, which does not start it: for nodes that something else starts."""
        self.upstream.setdefault(consumer, set()).add(producer)

    def forbid(self, early: str, late: str) -> None:
        """Says that `early` must not come before `late`: together with a way between them it is a cycle."""
        self._forbidden.setdefault(late, set()).add(early)

    def after_or_forbidden(self, node: str) -> list[str]:
        """Who waits for `node`, and who must not come before it, in lexicographic order."""
        forbidden = self._forbidden.get(node)
        return sorted(self.downstream.get(node, set()) | forbidden) if forbidden else self.after(node)

    def after(self, node: str) -> list[str]:
        """Who waits for `node`, in lexicographic order."""
        return sorted(self.downstream.get(node, ()))


def preorder(start: str, successors: Mapping[str, Iterable[str]]) -> list[str]:
    """What can be reached from `start`, depth first, each once, neighbours in the order given."""
    seen: dict[str, None] = {}
    stack = [start]
    while stack:
        here = stack.pop()
        if here not in seen:
            seen[here] = None
            stack.extend(reversed(tuple(successors.get(here, ()))))
    return list(seen)


def find_cycle(starts: Iterable[str], successors: Successors) -> list[str]:
    """The first cycle met from any of `starts`, as a path that ends where it begins; empty for none."""
    done: set[str] = set()
    for start in starts:
        path = _cycle_from(start, successors, done)
        if path:
            return path
    return []


def _cycle_from(start: str, successors: Successors, done: set[str]) -> list[str]:
    path: dict[str, None] = {}  # an ordered set: what is being visited now
    stack: list[tuple[str, bool]] = [(start, False)]
    while stack:
        here, leaving = stack.pop()
        if leaving:
            path.popitem()
            done.add(here)
        elif here in path:
            names = [*path, here]
            return names[names.index(here) :]
        elif here not in done:
            path[here] = None
            stack.append((here, True))
            stack.extend((each, False) for each in reversed(tuple(successors(here))))
    return []
