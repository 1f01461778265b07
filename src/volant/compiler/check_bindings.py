"""Checks of bindings: every input made once, of the right type, from what exists. Engine spec 1.3."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from volant.compiler.fixes import constant_fix, promise_fix
from volant.compiler.library import Ports
from volant.compiler.plan import END
from volant.compiler.problems import Code, Fault, Problems, known
from volant.compiler.sources import Scope, source_of
from volant.idl import pb
from volant.idl.literal_types import castable, is_optional, kind_of
from volant.idl.literals import scalar_type
from volant.idl.preview import show
from volant.idl.type_names import show_type

_SHOWN_REASONS = 3


def check_bindings(
    node_id: str, bindings: Iterable[pb.Binding], ports: Ports, scope: Scope, problems: Problems
) -> None:
    """Reports what is wrong with the bindings of one node.

    Args:
        node_id: Whose bindings they are.
        bindings: One for each input that is given.
        ports: The node's; where its inputs are unknown only references are checked.
        scope: What they may refer to.
        problems: Where to report.
    """
    word = "output" if node_id == END else "input"
    bound: set[str] = set()
    for binding in bindings:
        for fault in _check_binding(binding, ports, bound, scope):
            problems.add(fault.code, node_id, f"{word} {binding.var!r} {fault.message}", fault.fix)
        bound.add(binding.var)
    for name, kind in (ports.inputs or {}).items():
        if name not in bound and name not in ports.optional and not (kind is not None and is_optional(kind)):
            fix = "bind it to a value" if node_id == END else f"pass {name}=… in the call"
            message = f"{word} {name!r} is not given" + (f"; it takes {show_type(kind)}" if kind is not None else "")
            problems.add(Code.NOT_BOUND, node_id, message, fix)


def _check_binding(binding: Any, ports: Ports, bound: set[str], scope: Scope) -> Iterator[Fault]:
    name, expected = binding.var, ports.inputs
    if name in bound:
        yield Fault(Code.BOUND_TWICE, "is given more than once", "give it once")
    elif expected is not None and name in ports.fixed:
        yield Fault(Code.VARIABLE_NOT_FOUND, "is fixed by the launch plan and cannot be given", "leave it out")
    elif expected is not None and name not in expected:
        yield Fault(Code.VARIABLE_NOT_FOUND, f"does not exist; {known('inputs', expected, name)}")
    elif not binding.HasField("binding"):
        yield Fault(Code.VALUE_REQUIRED, "has no value", "bind it to a constant or to a node's output")
    else:
        yield from check_data(binding.binding, expected[name] if expected is not None else None, scope)


def check_data(data: pb.BindingData, expected: pb.LiteralType | None, scope: Scope) -> Iterator[Fault]:
    """What is wrong with a value given for something of type `expected`; None takes anything."""
    match data.WhichOneof("value"):
        case "promise":
            yield from _check_promise(data.promise, expected, scope)
        case "scalar":
            yield from _check_constant(pb.Literal(scalar=data.scalar), scalar_type(data.scalar), expected)
        case "offloaded_metadata":
            offloaded = data.offloaded_metadata
            yield from _check_constant(pb.Literal(offloaded_metadata=offloaded), offloaded.inferred_type, expected)
        case "collection" | "map" as container:
            if expected is not None and kind_of(expected) == "union_type":
                yield from _check_variants(data, expected, scope)
            else:
                yield from _check_container(data, container, expected, scope)
        case _:
            yield Fault(Code.MISMATCHING_BINDINGS, "has an empty value", "bind it to a constant or to a node's output")


def _check_variants(data: Any, expected: Any, scope: Scope) -> Iterator[Fault]:
    results = [list(check_data(data, variant, scope)) for variant in expected.union_type.variants]
    fitting = [variant for variant, faults in zip(expected.union_type.variants, results, strict=True) if not faults]
    shown = show_type(expected)
    if len(fitting) > 1:
        fit = " and ".join(map(show_type, fitting[:2]))
        message = f"fits more than one variant of {shown}, e.g. {fit}; exactly one must fit"
        yield Fault(Code.AMBIGUOUS_UNION, message, "let a task whose output has the type you mean make it")
    elif not fitting:
        reasons = sorted({fault.message for faults in results for fault in faults})
        told = "; ".join(reasons[:_SHOWN_REASONS]) + ("; …" if len(reasons) > _SHOWN_REASONS else "")
        message = f"fits no variant of {shown}" + (f": {told}" if told else "")
        yield Fault(Code.INCOMPATIBLE_UNION, message, f"give a value of one of the types of {shown}")


_CONTAINERS = {"collection": ("collection_type", "a list"), "map": ("map_value_type", "a dict")}


def _check_container(data: Any, container: str, expected: Any, scope: Scope) -> Iterator[Fault]:
    field, name = _CONTAINERS[container]
    if expected is not None and kind_of(expected) != field:
        shown = show_type(expected)
        yield Fault(Code.MISMATCHING_BINDINGS, f"is {name}, but takes {shown}", f"give a value of type {shown}")
        return
    inner = getattr(expected, field) if expected is not None else None
    for key, each in _items(getattr(data, container).bindings):
        for fault in check_data(each, inner, scope):
            space = "" if fault.message.startswith("[") else " "
            yield fault._replace(message=f"[{key!r}]{space}{fault.message}")


def _items(bindings: Any) -> Iterable[tuple[Any, Any]]:
    return sorted(bindings.items()) if isinstance(bindings, Mapping) else enumerate(bindings)


def _check_constant(literal: Any, source: Any, expected: Any) -> Iterator[Fault]:
    update = "update Volant, or the SDK that made it"
    if literal.WhichOneof("value") == "scalar" and literal.scalar.WhichOneof("value") is None:
        yield Fault(Code.UNRECOGNIZED_VALUE, "is a constant of no known kind", update)
    elif not kind_of(source):
        yield Fault(Code.INVALID_LITERAL_TYPE, "is a constant of unknown type", update)
    elif expected is not None and not castable(source, expected):
        message = f"is {show(literal, 60)}, {show_type(source)}, but takes {show_type(expected)}"
        yield Fault(Code.MISMATCHING_TYPES, message, constant_fix(source, expected))
    elif expected is not None and kind_of(expected) == "enum_type":
        yield from check_enum(literal, expected)


def check_enum(literal: pb.Literal, expected: pb.LiteralType) -> Iterator[Fault]:
    """Whether a constant is one of an enum's values; a value that is none of its own says nothing."""
    value, values = literal.scalar.primitive.string_value, expected.enum_type.values
    if literal.scalar.WhichOneof("value") == "primitive" and value not in values:
        fix = "write one of the values" if values else "give the enum values"
        yield Fault(Code.ILLEGAL_ENUM_VALUE, f"is {value!r}; {known('values', values, value)}", fix)


def _check_promise(promise: Any, expected: Any, scope: Scope) -> Iterator[Fault]:
    source = source_of(promise, scope)
    if source.fault is not None:
        yield source.fault
    elif source.kind is not None and expected is not None and not castable(source.kind, expected):
        message = f"comes from {source.place}, {show_type(source.kind)}, but takes {show_type(expected)}"
        yield Fault(Code.MISMATCHING_TYPES, message, promise_fix(source.kind, expected))
