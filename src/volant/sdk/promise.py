"""What the calls in a workflow's body return: nodes, and promises of the values they will have.

A body is traced once, before any task runs. So a promise can be passed on, in lists and dicts too, and its
fields and items can; whatever needs the value itself is refused at the line that asks for it.
"""

import datetime as dt
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, NoReturn

from volant.sdk.caller import caller
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface, show_type
from volant.sdk.options import Overrides, node_overrides
from volant.sdk.resources import Resources

Step: typing.TypeAlias = str | int


@dataclass(frozen=True, eq=False)
class Reference:
    """What a promise is of.

    Attributes:
        node: Who makes it; None for an input of the workflow.
        output: Name of the output, or of the input.
        path: Fields and items below it, outermost first.
        hint: Its Python type as far as known, else `Any`.
        workflow: Name of the workflow, for errors.
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


@dataclass(eq=False)
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
        retries: int | None = None,
        timeout: dt.timedelta | int | None = None,
        interruptible: bool | None = None,
        requests: Resources | None = None,
        limits: Resources | None = None,
        cache: bool | None = None,
        cache_version: str | None = None,
        cache_serialize: bool | None = None,
    ) -> "Node":
        """This node, doing some things differently from its task; None leaves them.

        Args:
            node_name: Its id, instead of n0, n1 …; unique in the workflow.
            name: What people see.
            retries: As in `@task`.
            timeout: As in `@task`.
            interruptible: As in `@task`.
            requests: As in `@task`.
            limits: As in `@task`.
            cache: As in `@task`.
            cache_version: As in `@task`.
            cache_serialize: As in `@task`.

        Raises:
            AuthoringError: A value that an option cannot have.

        Source: flytekit `Node.with_overrides` (core/node.py).
        """
        given = {key: value for key, value in locals().items() if key != "self"}
        checked = node_overrides(f"{self.place}: node {self.id}", given)
        self.overrides = replace(self.overrides, **checked)
        return self

    def runs_before(self, other: "Node") -> None:
        """Let `other` wait for this one, though it takes none of its outputs."""
        if self not in other.after:
            other.after.append(self)

    def __rshift__(self, other: Any) -> Any:
        """Run `other` after this one; returns `other`, so that chains read well."""
        return order(self, other)

    def __getattr__(self, name: str) -> Any:
        """The promise of the output `name`."""
        if name in self.interface.outputs:
            return promise_of(self, name)
        raise AttributeError(f"node {self.id} has no output {name!r}")


def promise_of(node: Node, output: str) -> "Promise":
    """The promise of one output of a node."""
    return Promise(Reference(node, output, node.interface.outputs[output], node.workflow))


def order(first: Any, second: Any) -> Any:
    """Let what made `second` wait for what made `first`; returns `second`.

    Raises:
        AuthoringError: One of them is not the result of a call in this workflow.
    """
    before, after = node_of(first), node_of(second)
    if before is None or after is None:
        culprit = first if before is None else second
        raise AuthoringError(
            f"{culprit!r} cannot stand beside >>: it is not the result of a task or workflow",
            fix="write >> between the results of two calls",
            place=caller(),
        )
    before.runs_before(after)
    return second


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
        node = reference(self).node
        if node is None:
            raise _refusal(reference(self), "with_overrides", "it is an input, no node makes it")
        node.with_overrides(**overrides)
        return self

    def __rshift__(self, other: Any) -> Any:
        return order(self, other)

    def __getattr__(self, name: str) -> "Promise":
        if name.startswith("__"):
            raise AttributeError(name)
        return _step(self, name)

    def __getitem__(self, key: Step) -> "Promise":
        return _step(self, key)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise _refusal(reference(self), f"setting .{name}")

    def __repr__(self) -> str:
        return f"<promise of {reference(self)}>"

    def __iter__(self) -> NoReturn:
        # Without this, Python would iterate by calling __getitem__ with 0, 1, 2 … for ever.
        raise _refusal(reference(self), "going through its items")


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

    def __getattr__(self, name: str) -> Promise:
        if name in self.node.interface.outputs:
            return promise_of(self.node, name)
        raise AttributeError(f"node {self.node.id} has no output {name!r}")


def result_of(node: Node) -> "Promise | Outputs | Node":
    """What a call in a workflow's body returns: a promise, several, or the node where it gives nothing."""
    if node.interface.many:
        return Outputs.of(node)
    return promise_of(node, "o0") if node.interface.outputs else node


def reference(promise: Promise) -> Reference:
    """What a promise is of."""
    found: Reference = object.__getattribute__(promise, "_reference")
    return found


def _step(promise: Promise, step: Step) -> Promise:
    found = reference(promise)
    if isinstance(step, bool) or not isinstance(step, str | int):
        raise _refusal(found, f"taking the item {step!r}")
    hint = _below(found, step)
    return Promise(replace(found, path=(*found.path, step), hint=hint))


def _below(of: Reference, step: Step) -> Any:
    hint = _without_none(of.hint)
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if is_dataclass(origin) and isinstance(step, str):
        return _field(of, origin, step)
    if origin is list and isinstance(step, int) and args:
        return args[0]
    if origin is dict and isinstance(step, str):
        return args[1] if args else Any
    if origin is Any:
        return Any
    raise _refusal(of, f"taking .{step}" if isinstance(step, str) else f"taking the item [{step}]", "")


def _field(of: Reference, owner: Any, name: str) -> Any:
    names = [each.name for each in fields(owner)]
    if name in names:
        return typing.get_type_hints(owner, include_extras=True)[name]
    raise _refusal(of, f"taking .{name}", f"the fields of {show_type(owner)} are {', '.join(names)}")


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) is typing.Annotated:
        return _without_none(typing.get_args(hint)[0])
    variants = [each for each in typing.get_args(hint) if each is not type(None)]
    is_optional = len(variants) == 1 and type(None) in typing.get_args(hint)
    return variants[0] if is_optional else hint


def _refusal(of: Reference, what: str, why: str = "") -> AuthoringError:
    known = f"{of} is a promise of {show_type(of.hint)}, not yet a value"
    return AuthoringError(
        f"workflow {of.workflow}: {what} is not possible here: {why or known}",
        fix="a workflow's body is traced once, before any task runs: do this in a task",
        place=caller(),
    )


def _refuse(what: str) -> Callable[..., NoReturn]:
    def method(self: Promise, *_: object) -> NoReturn:
        raise _refusal(reference(self), what)

    return method


_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "matmul")
_NEEDS_A_VALUE = {
    "asking whether it is true": ("__bool__",),
    "asking for its length": ("__len__",),
    "asking what is in it": ("__contains__",),
    "calling a method": ("__call__",),
    "comparing": ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
    "formatting": ("__format__",),
    "making a number of it": ("__int__", "__float__", "__index__", "__complex__", "__round__"),
    "changing an item": ("__setitem__", "__delitem__"),
    "arithmetic": (
        *(f"__{side}{name}__" for name in _OPERATORS for side in ("", "r")),
        *(f"__{name}__" for name in ("neg", "pos", "abs", "invert")),
    ),
}
for _what, _names in _NEEDS_A_VALUE.items():
    for _name in _names:
        setattr(Promise, _name, _refuse(_what))
