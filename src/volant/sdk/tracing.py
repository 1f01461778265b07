"""Tracing: a workflow's body runs once, its calls become nodes."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from volant.sdk.caller import caller
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import REQUIRED, Interface
from volant.sdk.promise import Node, result_of


@dataclass(eq=False)
class Tracer:
    """Collects the nodes of one workflow.

    Attributes:
        workflow: Its name, for errors.
        nodes: In the order of their calls.
    """

    workflow: str
    nodes: list[Node] = field(default_factory=list)

    def call(self, entity: Any, interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Make a node of a call, and the promises of its outputs.

        Raises:
            AuthoringError: An argument is missing, unknown, given twice, or its value does not fit.
        """
        return result_of(self.add(entity, interface, args, kwargs))

    def add(self, entity: Any, interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Node:
        """Make a node of a call; otherwise as `call`."""
        place, position = caller(), len(self.nodes)
        owner = f"workflow {self.workflow}, node n{position} ({entity.name})"
        arguments = bind(interface, args, kwargs, owner, place)
        node = Node(position, entity, interface, arguments, self.workflow, place, default_id=f"n{position}")
        self.nodes.append(node)
        return node


_tracer: ContextVar[Tracer | None] = ContextVar("volant_tracer", default=None)


def current_tracer() -> Tracer | None:
    """The tracer of the body that runs; None outside of one."""
    return _tracer.get()


@contextmanager
def tracing(workflow: str) -> Iterator[Tracer]:
    """Make calls become nodes of a new tracer, in this thread, until the block ends."""
    token = _tracer.set(tracer := Tracer(workflow))
    try:
        yield tracer
    finally:
        _tracer.reset(token)


def bind(
    interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any], owner: str, place: str
) -> dict[str, Any]:
    """Every input by name, defaults filled in, as Python would bind them.

    Raises:
        AuthoringError: An argument is missing, unknown, or given twice; names `owner` and `place`.
    """
    names = list(interface.inputs)
    if len(args) > len(names):
        raise AuthoringError(f"{owner}: {len(args)} arguments were given, it takes {_listed(names)}", place=place)
    given = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name in given:
            raise AuthoringError(f"{owner}: {name!r} was given twice", fix="leave one out", place=place)
        given[_known(name, names, owner, place)] = value
    return {name: _value(name, interface, given, owner, place) for name in names}


def _known(name: str, names: list[str], owner: str, place: str) -> str:
    if name in names:
        return name
    close = difflib.get_close_matches(name, names, 1)
    fix = f"did you mean {close[0]!r}?" if close else f"it takes {_listed(names)}"
    raise AuthoringError(f"{owner}: there is no input {name!r}", fix=fix, place=place)


def _value(name: str, interface: Interface, given: Mapping[str, Any], owner: str, place: str) -> Any:
    if name in given:
        return given[name]
    if interface.inputs[name].default is REQUIRED:
        raise AuthoringError(f"{owner}: the input {name!r} is missing", fix=f"pass {name}=…", place=place)
    return interface.inputs[name].default


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
