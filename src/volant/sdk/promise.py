"""What the calls in a workflow's body return: nodes, and promises of the values they will have.

A body is traced once, before any task runs. So a promise can be passed on, in lists and dicts too, and its
fields and items can; whatever needs the value itself is refused at the line that asks for it.
"""

import datetime as dt
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Never, TypeVar

from volant.sdk.caller import caller, unpacked
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface, Unknown, show_type
from volant.sdk.options import KEEP, Overrides, SharedMemory
from volant.sdk.paths import NoSuchStepError, Step, below, is_list
from volant.sdk.problems import report
from volant.sdk.reading_options import Owner, node_overrides
from volant.sdk.resources import Resources

if TYPE_CHECKING:
    from volant.sdk.accelerators import GPUAccelerator
    from volant.sdk.cache import Cache
    from volant.sdk.pod import PodTemplate

__all__ = ["Node", "Outputs", "Promise", "Reference", "node_of", "promise_of", "reference", "result_of"]


T = TypeVar("T")


class Abandoned(BaseException):
    """A body cannot go on: what it asks depends on a mistake that was told. Only where mistakes are collected.

    A signal, so that no `except Exception` of an author swallows it.
    """


@dataclass(frozen=True, eq=False)
class Reference:
    """What a promise is of.

    Attributes:
        node: Who makes it; None for an input of the workflow.
        output: Name of the output, or of the input.
        path: Fields and items below it, outermost first.
        hint: Its Python type as far as known, else `Any`; `Unknown` after a mistake.
        workflow: Name of the workflow.
    """

    node: "Node | None"
    output: str
    hint: Any
    workflow: str
    path: tuple[Step, ...] = ()

    def __str__(self) -> str:
        """As people read it: "n0.o0", "config.rate"."""
        root = f"{self.node.id}.{self.output}" if self.node else self.output
        return root + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in self.path)


@dataclass(eq=False, repr=False)
class Node:
    """One call in a workflow's body. Only tracing makes these.

    Attributes:
        position: Its place among the workflow's nodes, from 0.
        entity: What is called: a task or a workflow.
        interface: The entity's.
        arguments: Every input, defaults filled in: values, promises, or lists and dicts of both.
        workflow: Name of the workflow it is in, for errors.
        place: "file:line" of the call.
        overrides: What it does differently from its task.
        after: Nodes it waits for beyond those whose outputs it takes.
    """

    position: int
    entity: Any
    interface: Interface
    arguments: Mapping[str, Any]
    workflow: str
    place: str
    overrides: Overrides = field(default_factory=Overrides)
    after: "list[Node]" = field(default_factory=list)
    default_id: str = ""

    @property
    def id(self) -> str:
        """Its id in the workflow: "n0", "n1" …, or the name it was given."""
        return self.overrides.node_name or self.default_id

    def with_overrides(
        self,
        *,
        node_name: str | None = None,
        name: str | None = None,
        aliases: Mapping[str, str] | None = None,
        retries: int | None = None,
        timeout: dt.timedelta | float | None = KEEP,
        interruptible: bool | None = None,
        requests: Resources | None = None,
        limits: Resources | None = None,
        resources: Resources | None = None,
        cache: "bool | Cache | None" = None,
        cache_version: str | None = None,
        cache_serialize: bool | None = None,
        container_image: str | None = None,
        accelerator: "GPUAccelerator | None" = None,
        shared_memory: SharedMemory | None = None,
        pod_template: "PodTemplate | None" = None,
        **unknown: Never,
    ) -> "Node":
        """This node, doing some things differently from its task; None leaves them.

        Args:
            node_name: Its id, instead of n0, n1 …; unique in the workflow. "My_Node" becomes "my-node".
            name: What people see.
            aliases: Other names of its outputs.
            retries: As in `@task`.
            timeout: As in `@task`; None is no limit.
            interruptible: As in `@task`.
            requests: As in `@task`.
            limits: As in `@task`.
            resources: As in `@task`.
            cache: As in `@task`; a `Cache` with a version.
            cache_version: As in `@task`.
            cache_serialize: As in `@task`.
            container_image: As in `@task`.
            accelerator: As in `@task`.
            shared_memory: As in `@task`.
            pod_template: As in `@task`.
            unknown: Refused by name.

        Raises:
            AuthoringError: An option that does not exist, or a value that it cannot have.

        Source: flytekit `Node.with_overrides` (core/node.py).
        """
        said = {key: value for key, value in locals().items() if key not in ("self", "timeout", "unknown")}
        given = {key: value for key, value in said.items() if value is not None}
        given |= {} if timeout is KEEP else {"timeout": timeout}
        checked = node_overrides(Owner(f"node {self.id}", self.place), {**given, **unknown})
        self.overrides = replace(self.overrides, **checked)
        return self

    def runs_before(self, other: "Node") -> None:
        """Let `other` wait for this one, though it takes none of its outputs.

        Raises:
            AuthoringError: `other` is no node.
        """
        order(self, other)

    def __rshift__(self, other: T) -> T:
        """Run `other` after this one; returns `other`, so that chains read well."""
        order(self, other)
        return other

    def __rrshift__(self, other: object) -> "Node":
        order(other, self)
        return self

    @property
    def outputs(self) -> "Mapping[str, Promise]":
        """Promises of everything it gives, by name. Source: flytekit `Node.outputs` (core/node.py)."""
        return {name: promise_of(self, name) for name in self.interface.outputs}

    def __getattr__(self, name: str) -> Any:
        """The promise of the output `name`."""
        return _output(self, name)

    def __repr__(self) -> str:
        return f"<node {self.id} of {self.entity.name}>"


def promise_of(node: Node, output: str) -> "Promise":
    """The promise of one output of a node."""
    return Promise(Reference(node, output, node.interface.outputs[output], node.workflow))


class NoSuchOutputError(AuthoringError, AttributeError):
    """A node has no output of that name."""


def _output(node: Node, name: str) -> "Promise":
    if name.startswith("__") or name == "interface":  # asked while it is being unpickled
        raise AttributeError(name)
    outputs = node.interface.outputs
    if name in outputs:
        return promise_of(node, name)
    close = difflib.get_close_matches(name, outputs, 1)
    listed = f"its outputs are {', '.join(outputs)}" if outputs else "it returns nothing"
    report(
        NoSuchOutputError(
            f"workflow {node.workflow}: node {node.id} ({node.entity.name}) has no output {name!r}",
            fix=f"did you mean {close[0]!r}?" if close else listed,
            place=caller(),
        )
    )
    return Promise(Reference(node, name, Unknown, node.workflow))


def order(first: Any, second: Any) -> Any:
    """Let what made `second` wait for what made `first`; returns `second`.

    Raises:
        AuthoringError: One of them is not the result of a call in this workflow.
    """
    before, after = node_of(first), node_of(second)
    if before is None or after is None:
        _refuse_order(first if before is None else second)
    elif before not in after.after:
        after.after.append(before)
    return second


def _refuse_order(culprit: Any) -> None:
    if isinstance(culprit, Promise) and is_unknown(culprit):
        return
    fix = "write >> between the results of two calls"
    if isinstance(culprit, list | tuple):
        told, fix = f"a {type(culprit).__name__} cannot stand beside >>", "write one >> for each of its members"
    elif isinstance(culprit, Promise):
        told = f"{culprit!r} cannot stand beside >>: it is an input of the workflow"
    else:
        told = f"{culprit!r} cannot stand beside >>: it is not the result of a call"
    report(AuthoringError(told, fix=fix, place=caller()))


def node_of(value: Any) -> Node | None:
    """Who makes this value; None where no node does."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Promise):
        return reference(value).node
    return value.node if isinstance(value, Outputs) else None


class Promise:
    """The value an output or input will have. Fields and items of it are promises too."""

    __slots__ = ("_reference",)
    __hash__ = object.__hash__

    def __init__(self, of: Reference) -> None:
        object.__setattr__(self, "_reference", of)

    def with_overrides(self, **overrides: Any) -> "Promise":
        """This promise, its node doing some things differently; see `Node.with_overrides`.

        Raises:
            AuthoringError: As there, or it is an input of the workflow.
        """
        of = reference(self)
        if of.node is not None:
            of.node.with_overrides(**overrides)
        elif not is_unknown(self):
            told = _refusal(of, "with_overrides", "it is an input, no node makes it", "write it behind a call")
            report(told)
        return self

    def __rshift__(self, other: Any) -> Any:
        return order(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return order(other, self)

    def __getattr__(self, name: str) -> "Promise":
        if name.startswith("__"):
            raise AttributeError(name)
        return _step(self, name, f"taking .{name}")

    def __getitem__(self, key: Any) -> "Promise":
        return _step(self, key, "taking a slice" if isinstance(key, slice) else f"taking the item [{key!r}]")

    def __setattr__(self, name: str, value: object) -> None:
        _refused(self, f"setting .{name}")

    def __iter__(self) -> "Iterator[Promise]":
        # Without this, Python would iterate by calling __getitem__ with 0, 1, 2 … for ever.
        names, of = unpacked(), reference(self)
        what = f"unpacking it into {names} names" if names else "going through its items"
        if not is_unknown(self):
            by_index = names and is_list(of.hint)
            report(_refusal(of, what, fix=f"take its items by index, [0] to [{names - 1}]" if by_index else _IN_A_TASK))
        return iter([unknown(of) for _ in range(names)])

    def __bool__(self) -> bool:
        if is_unknown(self):
            raise Abandoned
        return bool(_refused(self, "asking whether it is true", False))

    def __reduce__(self) -> Any:
        return (Promise, (reference(self),))

    def __repr__(self) -> str:
        return f"<promise of {reference(self)}>"


class Outputs(tuple[Any, ...]):
    """Promises of all outputs of a node: a tuple, its members also reachable by name."""

    node: Node

    @classmethod
    def of(cls, node: Node) -> "Outputs":
        """The promises of everything a node gives."""
        found = cls(promise_of(node, name) for name in node.interface.outputs)
        found.node = node
        return found

    def with_overrides(self, **overrides: Any) -> "Outputs":
        """The same, the node doing some things differently; see `Node.with_overrides`."""
        self.node.with_overrides(**overrides)
        return self

    def __rshift__(self, other: Any) -> Any:
        return order(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return order(other, self)

    def __getattr__(self, name: str) -> Promise:
        if name == "node":  # asked while it is being unpickled
            raise AttributeError(name)
        return _output(self.node, name)

    def __reduce__(self) -> Any:
        return (Outputs.of, (self.node,))


def result_of(node: Node) -> "Promise | Outputs | Node":
    """What a call in a workflow's body returns: a promise, several, or the node where it gives nothing."""
    if node.interface.many:
        return Outputs.of(node)
    names = list(node.interface.outputs)
    return promise_of(node, names[0]) if names else node


def reference(promise: Promise) -> Reference:
    """What a promise is of."""
    found: Reference = object.__getattribute__(promise, "_reference")
    return found


def unknown(of: Reference) -> Promise:
    """A promise of which nothing is known any more, as a mistake was made; it goes along with everything."""
    return Promise(replace(of, hint=Unknown))


def is_unknown(promise: Promise) -> bool:
    """Whether a mistake was made on the way to it."""
    return reference(promise).hint is Unknown


def _step(promise: Promise, step: Step, what: str) -> Promise:
    of = reference(promise)
    if isinstance(step, bool) or not isinstance(step, str | int):
        _refused(promise, what)
        return unknown(of)
    try:
        return Promise(replace(of, path=(*of.path, step), hint=below(of.hint, step)))
    except NoSuchStepError as error:
        report(_refusal(of, what, error.why, error.fix or _IN_A_TASK))
        return unknown(of)


_IN_A_TASK = "a workflow's body is traced once, before any task runs: do this in a task"


def _refusal(of: Reference, what: str, why: str = "", fix: str = _IN_A_TASK) -> AuthoringError:
    known = f"{of} is a promise of {show_type(of.hint)}, not yet a value"
    return AuthoringError(
        f"workflow {of.workflow}: {what} is not possible here: {why or known}",
        fix=fix,
        place=caller(),
    )


def _refused(promise: Promise, what: str, instead: Any = None) -> Any:
    """Tell that a value is asked for; what to go on with."""
    if not is_unknown(promise):
        report(_refusal(reference(promise), what))
    return instead


def _method(what: str, instead: Any) -> Callable[..., Any]:
    return lambda self, *_: _refused(self, what, instead)


def _operator(what: str) -> Callable[..., Promise]:
    def method(self: Promise, *_: object, **__: object) -> Promise:
        _refused(self, what)
        return unknown(reference(self))

    return method


_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul")
_NEEDS_A_VALUE: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("asking for its length", 0, ("__len__",)),
    ("asking what is in it", False, ("__contains__",)),
    ("comparing", False, ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")),
    ("formatting", "", ("__format__",)),
    ("making a text of it", "", ("__str__",)),
    ("making a number of it", 0, ("__int__", "__index__", "__round__")),
    ("making a number of it", 0.0, ("__float__",)),
    ("making a number of it", 0j, ("__complex__",)),
    ("changing an item", None, ("__setitem__", "__delitem__")),
)
_GIVES_A_VALUE = {
    "calling a method": ("__call__",),
    "arithmetic": (
        *(f"__{side}{name}__" for name in _OPERATORS for side in ("", "r")),
        *(f"__{name}__" for name in ("neg", "pos", "abs", "invert")),
    ),
}
for _what, _instead, _names in _NEEDS_A_VALUE:
    for _name in _names:
        setattr(Promise, _name, _method(_what, _instead))
for _what, _names in _GIVES_A_VALUE.items():
    for _name in _names:
        setattr(Promise, _name, _operator(_what))
