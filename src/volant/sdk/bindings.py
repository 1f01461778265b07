"""Arguments of nodes, and outputs of workflows, as bindings: constants, promises, lists and dicts of both."""

import typing
from collections.abc import Callable, Mapping
from typing import Any

from volant.idl import pb
from volant.sdk.errors import AuthoringError, ConversionError
from volant.sdk.interface import show_type
from volant.sdk.promise import Node, Outputs, Promise, Reference, reference
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

_NOTHING_WRITTEN = RawData()


def bindings(
    values: Mapping[str, Any], hints: Mapping[str, Any], what: Callable[[str], str], place: str
) -> list[pb.Binding]:
    """One binding for each value, sorted by name.

    Args:
        values: By name of the variable.
        hints: Python types by name of the variable.
        what: Says of a variable, for errors, what it is: "n0 (flights.load): input 'year'".
        place: "file:line" of the author's code.

    Raises:
        AuthoringError: A constant does not fit its type.
    """
    return [
        pb.Binding(var=name, binding=_told(values[name], hints[name], what(name), place)) for name in sorted(values)
    ]


def constant(value: Any, hint: Any, what: str, place: str) -> pb.Literal:
    """The literal of a constant or default.

    Raises:
        AuthoringError: It does not fit its type; says what, where and what to do.
    """
    try:
        return transformer(hint).to_literal(value, _NOTHING_WRITTEN)
    except ConversionError as error:
        fix = error.fix or f"write a value of type {show_type(hint)} there"
        raise AuthoringError(f"{what}: {error}", fix=fix, place=place) from None


def _told(value: Any, hint: Any, what: str, place: str) -> pb.BindingData:
    try:
        return _data(value, hint)
    except ConversionError as error:
        fix = error.fix or f"write a value of type {show_type(hint)} there"
        raise AuthoringError(f"{what}: {error}", fix=fix, place=place) from None


def _data(value: Any, hint: Any) -> pb.BindingData:
    if isinstance(value, Promise):
        return pb.BindingData(promise=_promise(reference(value)))
    if isinstance(value, Node | Outputs):
        raise _not_one_value(value)
    if not holds_promise(value):
        return of_literal(transformer(hint).to_literal(value, _NOTHING_WRITTEN))
    return _mixed(value, hint)


def _promise(found: Reference) -> pb.OutputReference:
    path = [
        pb.PromiseAttribute(string_value=step) if isinstance(step, str) else pb.PromiseAttribute(int_value=step)
        for step in found.path
    ]
    node_id = found.node.id if found.node else ""
    return pb.OutputReference(node_id=node_id, var=found.output, attr_path=path)


def _mixed(value: Any, hint: Any) -> pb.BindingData:
    for variant in _variants(hint):
        origin, args = typing.get_origin(variant), typing.get_args(variant)
        if origin is list and isinstance(value, list):
            found = [_step(f"[{index}]", each, args[0]) for index, each in enumerate(value)]
            return pb.BindingData(collection=pb.BindingDataCollection(bindings=found))
        if origin is dict and isinstance(value, dict) and args[0] is str:
            entries = {key: _step(f"[{key!r}]", each, args[1]) for key, each in value.items()}
            return pb.BindingData(map=pb.BindingDataMap(bindings=entries))
    raise ConversionError(
        f"expected {show_type(hint)}, got a {show_type(type(value))} that holds results of tasks",
        fix="results of tasks may stand in a list[…] or dict[str, …]; make anything else in a task",
    )


def _step(step: str, value: Any, hint: Any) -> pb.BindingData:
    try:
        return _data(value, hint)
    except ConversionError as error:
        raise error.within(step) from None


def _variants(hint: Any) -> list[Any]:
    if typing.get_origin(hint) is typing.Annotated:
        return _variants(typing.get_args(hint)[0])
    is_plain = typing.get_origin(hint) in (list, dict, None)
    return [hint] if is_plain else [found for each in typing.get_args(hint) for found in _variants(each)]


def holds_promise(value: Any) -> bool:
    """Whether results of tasks are in a list, tuple or dict, at any depth."""
    if isinstance(value, Promise | Node):
        return True
    if isinstance(value, dict):
        return any(holds_promise(each) for pair in value.items() for each in pair)
    return isinstance(value, list | tuple) and any(map(holds_promise, value))


def of_literal(literal: pb.Literal) -> pb.BindingData:
    """The binding of a constant."""
    match literal.WhichOneof("value"):
        case "collection":
            found = [of_literal(each) for each in literal.collection.literals]
            return pb.BindingData(collection=pb.BindingDataCollection(bindings=found))
        case "map":
            entries = {key: of_literal(each) for key, each in literal.map.literals.items()}
            return pb.BindingData(map=pb.BindingDataMap(bindings=entries))
    return pb.BindingData(scalar=literal.scalar)


def _not_one_value(value: Node | Outputs) -> ConversionError:
    node = value.node if isinstance(value, Outputs) else value
    names = ", ".join(node.interface.outputs)
    if not names:
        return ConversionError(f"{node.id} ({node.entity.name}) returns nothing that could be passed on")
    return ConversionError(f"{node.id} ({node.entity.name}) returns several outputs", fix=f"pass one of them: {names}")
