"""What a translation knows of one entity, and how entities hang together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from volant.idl import pb
from volant.sdk.errors import AuthoringError
from volant.sdk.launch_plan import LaunchPlan


@dataclass(eq=False)
class Found:
    """What is known of an entity.

    Attributes:
        entity: A task, workflow, launch plan or reference.
        message: Its template, message or id; None while it is being made, and where a mistake leaves none.
        interface: What it takes and gives, on the wire.
        literals: Defaults of its inputs.
        is_open: Whether it is still being made.
        may_be_called: Whether what it takes and gives is right, whatever may be wrong inside.
        calls: What it refers to, each once, in order.
        problems: What its author got wrong, where somebody collects mistakes.
        places: "file:line" by node.
    """

    entity: Any
    message: Any = None
    interface: pb.TypedInterface = field(default_factory=pb.TypedInterface)
    literals: dict[str, pb.Literal] = field(default_factory=dict)
    is_open: bool = True
    may_be_called: bool = True
    calls: "dict[Found, None]" = field(default_factory=dict)
    problems: list[AuthoringError] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    @property
    def is_lost(self) -> bool:
        """Whether a node of it cannot be in a workflow."""
        return self.is_open or self.message is None or not self.may_be_called

    def below(self) -> "list[Found]":
        """Everything that runs with it, each once, in the order it is met: what launch plans start is apart."""
        seen: dict[Found, None] = {}
        left = list(reversed(self.calls))
        while left:
            each = left.pop()
            if each not in seen:
                seen[each] = None
                left.extend(() if isinstance(each.entity, LaunchPlan) else reversed(each.calls))
        seen.pop(self, None)
        return list(seen)

    def everything(self) -> "list[Found]":
        """Everything it refers to, however far, each once, what is referred to first; itself last."""
        seen: dict[Found, None] = {}
        _visit(self, seen, set())
        return list(seen)


def _visit(found: Found, seen: dict[Found, None], open_ones: set[Found]) -> None:
    if found in seen or found in open_ones:
        return
    open_ones.add(found)
    for each in found.calls:
        _visit(each, seen, open_ones)
    seen[found] = None


def templates(found: Iterator[Found] | list[Found], kind: type[Any]) -> list[Any]:
    """Those messages that are of a kind."""
    return [each.message for each in found if isinstance(each.message, kind)]
