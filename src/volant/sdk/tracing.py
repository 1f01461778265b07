"""Tracing: a workflow's body runs once, its calls become nodes."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from volant.sdk.caller import caller
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import REQUIRED, Interface, Unknown
from volant.sdk.problems import report
from volant.sdk.promise import Node, Outputs, Promise, Reference, reference, result_of


@dataclass(eq=False)
class Tracer:
    """Collects the nodes of one workflow.

    Attributes:
        workflow: Its name.
        nodes: In the order of their calls.
    """

    workflow: str
    nodes: list[Node] = field(default_factory=list)

    def call(self, entity: Any, interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Make a node of a call, and the promises of its outputs.

        Raises:
            AuthoringError: An argument is missing, unknown, given twice, fixed, or of another workflow.
        """
        return result_of(self.add(entity, interface, args, kwargs))

    def add(self, entity: Any, interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Node:
        """Make a node of a call; otherwise as `call`."""
        place, position = caller(), len(self.nodes)
        owner = f"workflow {self.workflow}, node n{position} ({entity.name})"
        given = without_fixed(interface.fixed, kwargs, owner, place)
        arguments = bind(interface, args, given, owner, place)
        self._refuse_strangers(arguments, owner, place)
        node = Node(position, entity, interface, arguments, self.workflow, place, default_id=f"n{position}")
        self.nodes.append(node)
        return node

    def _refuse_strangers(self, arguments: Mapping[str, Any], owner: str, place: str) -> None:
        for name, value in arguments.items():
            for stranger in strangers(value, self.workflow):
                told = f"{owner}: input {name!r}: {stranger} is of workflow {stranger.workflow}, not of this one"
                report(AuthoringError(told, fix="pass it on as an input of the workflow", place=place))


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


def references(value: Any) -> Iterator[Reference]:
    """Of what the promises in a value are, at any depth of lists, tuples and dicts."""
    if isinstance(value, Promise):
        yield reference(value)
    elif isinstance(value, dict):
        yield from _all_references(value.values())
    elif isinstance(value, list | tuple) and not isinstance(value, Outputs):
        yield from _all_references(value)


def _all_references(values: Iterable[Any]) -> Iterator[Reference]:
    for each in values:
        yield from references(each)


def strangers(value: Any, workflow: str) -> list[Reference]:
    """Those of the promises in a value that are of another workflow."""
    return [each for each in references(value) if each.workflow != workflow and each.hint is not Unknown]


def without_fixed(fixed: Mapping[str, Any], given: Mapping[str, Any], owner: str, place: str) -> dict[str, Any]:
    """Arguments without those that a launch plan fixes.

    Raises:
        AuthoringError: There are such.
    """
    for name in fixed:
        if name in given:
            told = f"{owner}: the input {name!r} is fixed to {fixed[name]!r} by the launch plan"
            report(AuthoringError(told, fix=f"leave out {name}=…, or call the workflow itself", place=place))
    return {name: value for name, value in given.items() if name not in fixed}


def bind(
    interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any], owner: str, place: str
) -> dict[str, Any]:
    """Every input by name, defaults filled in, as Python would bind them; `Unknown` for a missing one.

    Raises:
        AuthoringError: An argument is missing, unknown, or given twice; names `owner` and `place`.
    """
    names = list(interface.inputs)
    if len(args) > len(names):
        told = f"{owner}: {_counted(args)} given, it takes {_listed(names)}"
        report(AuthoringError(told, fix=_leave_out(len(args) - len(names)), place=place))
    given = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name in given:
            report(AuthoringError(f"{owner}: {name!r} was given twice", fix="leave one out", place=place))
        elif name in names:
            given[name] = value
    meant = [_meant(name, names, interface, owner, place) for name in kwargs if name not in names]
    given = {**{name: Unknown for name in meant if name}, **given}
    return {name: _value(name, interface, given, owner, place) for name in names}


def _counted(args: tuple[Any, ...]) -> str:
    return "1 argument was" if len(args) == 1 else f"{len(args)} arguments were"


def _leave_out(many: int) -> str:
    return "leave the last one out" if many == 1 else f"leave the last {many} out"


def _meant(name: str, names: list[str], interface: Interface, owner: str, place: str) -> str:
    """Which input the author most likely meant, which is then not missing; "" for none."""
    close = difflib.get_close_matches(name, names, 1) or (names if len(names) == 1 else [])
    if not interface.problems:  # else the signature itself was wrong, and may have meant this input
        is_near = difflib.get_close_matches(name, names, 1)
        fix = f"did you mean {close[0]!r}?" if is_near else f"it takes {_listed(names)}"
        report(AuthoringError(f"{owner}: there is no input {name!r}", fix=fix, place=place))
    return close[0] if close else ""


def _value(name: str, interface: Interface, given: Mapping[str, Any], owner: str, place: str) -> Any:
    if name in given:
        return given[name]
    if interface.inputs[name].default is not REQUIRED:
        return interface.inputs[name].default
    report(AuthoringError(f"{owner}: the input {name!r} is missing", fix=f"pass {name}=…", place=place))
    return Unknown


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
