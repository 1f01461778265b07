"""Checks of bindings: every input made once, of the right type, from what exists. Engine spec 1.3."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from volant.compiler.library import Ports, Types
from volant.compiler.plan import END
from volant.compiler.problems import Code, Problems, known
from volant.idl import pb
from volant.idl.bindings import split_variable
from volant.idl.literal_types import castable, is_optional, kind_of, show_type
from volant.idl.literals import scalar_type
from volant.idl.preview import show

Found: TypeAlias = Iterator[tuple[Code, str]]
"""Problems of one binding: code and message, without the name of the input."""

_VARIABLE = re.compile(r"(\[(\d+)\]\.)?(\w+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """What bindings of one graph may refer to.

    Attributes:
        ports: Of every node by id, start-node included.
        labels: How people call a node, where that is not its id.
        why_not: What to say of a node that cannot be referred to; "" for the nodes there are.
    """

    ports: Mapping[str, Ports]
    labels: Mapping[str, str]
    why_not: str = ""

    def label(self, node_id: str) -> str:
        """How to name a node in a message."""
        label = self.labels.get(node_id, "")
        return f"{node_id} ({label})" if label and label != node_id else node_id

    def unseen(self, node_id: str) -> str:
        """What to say of a reference to a node that is not in `ports`."""
        return f"comes from node {node_id!r}; {self.why_not or known('nodes', self.ports, node_id)}"


def check_bindings(
    node_id: str, bindings: Iterable[pb.Binding], expected: Types | None, scope: Scope, problems: Problems
) -> None:
    """Reports what is wrong with the bindings of one node.

    Args:
        node_id: Whose bindings they are.
        bindings: One for each input that is given.
        expected: Types of its inputs; None where they are unknown, then only references are checked.
        scope: What they may refer to.
        problems: Where to report.
    """
    word = "output" if node_id == END else "input"
    bound: set[str] = set()
    for binding in bindings:
        for code, message in _check_binding(binding, expected, bound, scope):
            problems.add(code, node_id, f"{word} {binding.var!r} {message}")
        bound.add(binding.var)
    for name, kind in (expected or {}).items():
        if name not in bound and not is_optional(kind):
            problems.add(Code.NOT_BOUND, node_id, f"{word} {name!r} is not given; it takes {show_type(kind)}")


def _check_binding(binding: Any, expected: Types | None, bound: set[str], scope: Scope) -> Found:
    if binding.var in bound:
        yield Code.BOUND_TWICE, "is given more than once"
    elif expected is not None and binding.var not in expected:
        yield Code.VARIABLE_NOT_FOUND, f"does not exist; {known('inputs', expected, binding.var)}"
    elif not binding.HasField("binding"):
        yield Code.VALUE_REQUIRED, "has no value"
    else:
        yield from check_data(binding.binding, expected[binding.var] if expected is not None else None, scope)


def check_data(data: pb.BindingData, expected: pb.LiteralType | None, scope: Scope) -> Found:
    """What is wrong with a value given for something of type `expected`; None takes anything."""
    match data.WhichOneof("value"):
        case "promise":
            yield from _check_promise(data.promise, expected, scope)
        case "scalar":
            yield from _check_scalar(data.scalar, expected)
        case "collection" | "map" as container:
            if expected is not None and kind_of(expected) == "union_type":
                yield from _check_variants(data, expected, scope)
            else:
                yield from _check_container(data, container, expected, scope)
        case "offloaded_metadata":
            yield Code.UNSUPPORTED, "is an offloaded literal, which Volant cannot read yet"
        case None:
            yield Code.MISMATCHING_BINDINGS, "has an empty value"


def _check_variants(data: Any, expected: Any, scope: Scope) -> Found:
    results = [list(check_data(data, variant, scope)) for variant in expected.union_type.variants]
    fitting = sum(not found for found in results)
    if fitting > 1:
        yield Code.AMBIGUOUS_UNION, f"fits {fitting} variants of {show_type(expected)}; exactly one must fit"
    elif not fitting:
        reasons = sorted({message for found in results for _, message in found})
        yield Code.INCOMPATIBLE_UNION, f"fits no variant of {show_type(expected)}: {'; '.join(reasons)}"


_CONTAINERS = {"collection": ("collection_type", "a list"), "map": ("map_value_type", "a dict")}


def _check_container(data: Any, container: str, expected: Any, scope: Scope) -> Found:
    field, name = _CONTAINERS[container]
    if expected is not None and kind_of(expected) != field:
        yield Code.MISMATCHING_BINDINGS, f"is {name}, but takes {show_type(expected)}"
        return
    inner = getattr(expected, field) if expected is not None else None
    for key, each in _items(getattr(data, container).bindings):
        for code, message in check_data(each, inner, scope):
            yield code, f"[{key!r}] {message}" if not message.startswith("[") else f"[{key!r}]{message}"


def _items(bindings: Any) -> Iterable[tuple[Any, Any]]:
    return sorted(bindings.items()) if isinstance(bindings, Mapping) else enumerate(bindings)


def _check_scalar(scalar: Any, expected: Any) -> Found:
    source = scalar_type(scalar)
    if scalar.WhichOneof("value") is None:
        yield Code.UNRECOGNIZED_VALUE, "is a constant of no known kind"
    elif not kind_of(source):
        yield Code.INVALID_LITERAL_TYPE, "is a constant of unknown type; it may come from a newer SDK"
    elif expected is not None and not castable(source, expected):
        shown = show(pb.Literal(scalar=scalar), 60)
        yield Code.MISMATCHING_TYPES, f"is {shown}, {show_type(source)}, but takes {show_type(expected)}"
    elif expected is not None and kind_of(expected) == "enum_type":
        yield from check_enum(scalar, expected)


def check_enum(scalar: pb.Scalar, expected: pb.LiteralType) -> Found:
    """Whether a constant is one of an enum's values."""
    value, values = scalar.primitive.string_value, expected.enum_type.values
    if scalar.WhichOneof("value") == "primitive" and value not in values:
        yield Code.ILLEGAL_ENUM_VALUE, f"is {value!r}; {known('values', values, value)}"


def _check_promise(promise: Any, expected: Any, scope: Scope) -> Found:
    if promise.node_id not in scope.ports:
        yield Code.NODE_NOT_FOUND, scope.unseen(promise.node_id)
    elif len(_VARIABLE.findall(promise.var)) != 1:
        yield Code.SYNTAX_ERROR, f"comes from {promise.var!r}, which is not the name of an output"
    else:
        outputs = scope.ports[promise.node_id].outputs
        if outputs is not None:
            yield from _check_output(promise, outputs, expected, scope)


def _check_output(promise: Any, outputs: Types, expected: Any, scope: Scope) -> Found:
    index, name = split_variable(promise.var)
    label = scope.label(promise.node_id)
    if name not in outputs:
        wrong = f"comes from {label}, which has no output {name!r}"
        yield Code.VARIABLE_NOT_FOUND, f"{wrong}; {known('outputs', outputs, name)}"
    elif index is not None and kind_of(outputs[name]) != "collection_type":
        yield (
            Code.MISMATCHING_TYPES,
            f"comes from {label}.{name}, but {show_type(outputs[name])} has no index",
        )
    else:
        source = outputs[name] if index is None else outputs[name].collection_type
        yield from _check_source(promise, f"{label}.{promise.var}", source, expected)


def _check_source(promise: Any, place: str, source: Any, expected: Any) -> Found:
    for step in promise.attr_path:
        key = step.string_value
        place += f".{key}" if step.WhichOneof("value") == "string_value" else f"[{step.int_value}]"
        inner = _inside(source, key)
        if inner is None:
            fields = source.structure.dataclass_type
            yield Code.FIELD_NOT_FOUND, f"comes from {place}; {known('fields', fields, key)}"
            return
        source = inner
    if expected is not None and not castable(source, expected):
        message = f"comes from {place}, {show_type(source)}, but takes {show_type(expected)}"
        yield Code.MISMATCHING_TYPES, message


def _inside(source: Any, key: str) -> Any:
    """The type one step into a value; None for a field that a dataclass does not have.

    A struct without known fields stays what it is: its contents are known only when it runs.
    """
    match kind_of(source):
        case "collection_type":
            return source.collection_type
        case "map_value_type":
            return source.map_value_type
    fields = source.structure.dataclass_type
    return fields.get(key) if fields else source
