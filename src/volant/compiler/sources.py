"""Where a bound value comes from, and of which type it is. Engine spec 1.3."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from volant.compiler.library import Ports, Types
from volant.compiler.plan import END, START
from volant.compiler.problems import Code, Fault, known
from volant.idl import pb
from volant.idl.bindings import split_variable
from volant.idl.literal_types import kind_of
from volant.idl.literals import common_type, scalar_type
from volant.idl.type_names import show_type

_VARIABLE = re.compile(r"(\[(\d+)\]\.)?(\w+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """What bindings of one graph may refer to.

    Attributes:
        ports: Of every node by id, start-node included.
        labels: How people call a node, where that is not its id.
        hidden: Nodes that exist but cannot be referred to: those within branches.
        why_not: What to say of a node that cannot be referred to; "" for the nodes there are.
    """

    ports: Mapping[str, Ports]
    labels: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    why_not: str = ""

    def label(self, node_id: str) -> str:
        """How to name a node in a message."""
        label = self.labels.get(node_id, "")
        return f"{node_id} ({label})" if label and label != node_id else node_id

    def unseen(self, node_id: str) -> str:
        """What to say of a node that is not in `ports`."""
        if node_id in self.hidden:
            return "which is inside a branch; take the branch's own output"
        if self.why_not:
            return f"which {self.why_not}"
        return f"which does not exist; {known('nodes', self.ports.keys() - {START, END}, node_id)}"


class Source(NamedTuple):
    """What a promise stands for.

    Attributes:
        place: The path to it, for people, e.g. "n0 (add).o0[1]".
        kind: Its type; None where that is not known.
        fault: What is wrong with the promise itself; then `kind` is None.
        is_open: Whether its path goes into something whose insides are known only when it runs; then `kind` is
            the type of that.
    """

    place: str
    kind: pb.LiteralType | None = None
    fault: Fault | None = None
    is_open: bool = False


def source_of(promise: pb.OutputReference, scope: Scope) -> Source:
    """What a promise stands for."""
    ports = scope.ports.get(promise.node_id)
    if ports is None:
        message = f"comes from node {promise.node_id!r}, {scope.unseen(promise.node_id)}"
        return Source("", fault=Fault(Code.NODE_NOT_FOUND, message))
    if len(_VARIABLE.findall(promise.var)) != 1:
        message = f"comes from {promise.var!r}, which is not the name of an output"
        fix = "write a name such as 'o0', or '[0].o0' for one element of an old array task"
        return Source("", fault=Fault(Code.SYNTAX_ERROR, message, fix))
    return _output(promise, ports.outputs, scope)


def _output(promise: Any, outputs: Types | None, scope: Scope) -> Source:
    index, name = split_variable(promise.var)
    label = scope.label(promise.node_id)
    place = f"{label}.{promise.var}"
    if outputs is None:
        return Source(place)
    if name not in outputs:
        message = f"comes from {label}, which has no output {name!r}; {known('outputs', outputs, name)}"
        return Source(place, fault=Fault(Code.VARIABLE_NOT_FOUND, message))
    kind = outputs[name]
    if kind is None:
        return Source(place)
    if index is not None and kind_of(kind) != "collection_type":
        message = f"comes from {label}.{name}, but {show_type(kind)} has no index"
        return Source(place, fault=Fault(Code.MISMATCHING_TYPES, message, f"take {name!r} as a whole"))
    return _followed(promise, place, kind if index is None else kind.collection_type)


def _followed(promise: Any, place: str, kind: Any) -> Source:
    is_open = False
    for step in promise.attr_path:
        key = step.string_value
        inner = inside(kind, key)
        if inner is None:
            return Source(place, fault=_no_field(place, kind, step))
        place += f".{key}" if step.WhichOneof("value") == "string_value" else f"[{step.int_value}]"
        is_open = inner is kind
        kind = inner
    return Source(place, kind, is_open=is_open)


def _no_field(place: str, kind: Any, step: Any) -> Fault:
    fields, name = kind.structure.dataclass_type, step.string_value
    missed = f"has no field {name!r}" if step.WhichOneof("value") == "string_value" else "has fields, and no index"
    message = f"comes from {place}, but {show_type(kind)} {missed}; {known('fields', fields, name)}"
    return Fault(Code.FIELD_NOT_FOUND, message)


def inside(kind: pb.LiteralType, key: str) -> pb.LiteralType | None:
    """The type one step into a value; None for a field that a dataclass does not have.

    What is neither a list, a dict nor a dataclass with known fields stays what it is: what a struct holds is
    known only when it runs, and into a Union no path looks.
    """
    match kind_of(kind):
        case "collection_type":
            return kind.collection_type
        case "map_value_type":
            return kind.map_value_type
    fields = kind.structure.dataclass_type
    return fields.get(key) if fields else kind


def inferred_type(data: pb.BindingData, scope: Scope) -> pb.LiteralType | None:
    """The type of a bound value where nothing says what it should be; None where that cannot be told."""
    match data.WhichOneof("value"):
        case "promise":
            source = source_of(data.promise, scope)
            return None if source.is_open else source.kind
        case "scalar":
            return _told(scalar_type(data.scalar))
        case "offloaded_metadata":
            return _told(data.offloaded_metadata.inferred_type)
        case "collection":
            inner = _common(data.collection.bindings, scope)
            return inner and pb.LiteralType(collection_type=inner)
        case "map":
            inner = _common((each for _, each in sorted(data.map.bindings.items())), scope)
            return inner and pb.LiteralType(map_value_type=inner)
    return None


def _common(bindings: Iterable[Any], scope: Scope) -> pb.LiteralType | None:
    kinds = [inferred_type(each, scope) for each in bindings]
    return common_type(kinds) if None not in kinds else None


def _told(kind: Any) -> pb.LiteralType | None:
    return kind if kind_of(kind) else None
