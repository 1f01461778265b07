"""Arguments of nodes, and outputs of workflows, as bindings: constants, promises, lists and dicts of both."""

import typing
from collections import abc
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from volant.idl import pb
from volant.sdk.errors import AuthoringError, ConversionError
from volant.sdk.interface import Unknown, show_type
from volant.sdk.placeholders import placeholder
from volant.sdk.problems import report
from volant.sdk.promise import Node, Outputs, Promise, Reference, is_unknown, reference
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

_NOTHING_WRITTEN = RawData()


class _OfNothingError(Exception):
    """The value is of something that a mistake took away; the mistake was told."""


class Binder:
    """Makes bindings; after a mistake, bindings that fit all the same, so that the rest can be looked at.

    Attributes:
        lost: Nodes that are not in the workflow, as what they call is wrong itself.
    """

    def __init__(self, lost: Collection[Node] = ()) -> None:
        self.lost = lost

    def bindings(
        self,
        values: Mapping[str, Any],
        hints: Mapping[str, Any],
        what: Callable[[str], str],
        place: Callable[[str], str],
    ) -> list[pb.Binding]:
        """One binding for each value, in their order.

        Args:
            values: By name of the variable.
            hints: Python types by name of the variable; one that is `Unknown` gets no binding.
            what: Says of a variable, for errors, what it is: "n0 (flights.load): input 'year'".
            place: Says of a variable "file:line" of the author's code.

        Raises:
            AuthoringError: A constant does not fit its type; not where mistakes are collected.
        """
        names = (name for name in values if hints[name] is not Unknown)
        return [
            pb.Binding(var=name, binding=self._told(values[name], hints[name], what(name), place(name)))
            for name in names
        ]

    def _told(self, value: Any, hint: Any, what: str, place: str) -> pb.BindingData:
        try:
            return self._data(value, hint)
        except ConversionError as error:
            fix = error.fix or f"write a value of type {show_type(hint)} there"
            report(AuthoringError(f"{what}: {error}", fix=fix, place=place))
        except _OfNothingError:
            pass
        return of_literal(placeholder(transformer(hint).literal_type()))

    def _data(self, value: Any, hint: Any) -> pb.BindingData:
        if isinstance(value, Promise):
            return pb.BindingData(promise=self._promise(value))
        if isinstance(value, Node | Outputs):
            raise _not_one_value(value)
        if value is Unknown:
            raise _OfNothingError
        if not holds_promise(value):
            return of_literal(transformer(hint).to_literal(value, _NOTHING_WRITTEN))
        return self._mixed(value, hint)

    def _promise(self, value: Promise) -> pb.OutputReference:
        found = reference(value)
        if is_unknown(value) or found.node in self.lost:
            raise _OfNothingError
        return pb.OutputReference(
            node_id=found.node.id if found.node else "", var=found.output, attr_path=_attr_path(found)
        )

    def _mixed(self, value: Any, hint: Any) -> pb.BindingData:
        for variant in _variants(hint):
            origin, args = typing.get_origin(variant), typing.get_args(variant)
            if origin in _LISTS and isinstance(value, list):
                found = [self._step(f"[{index}]", each, args[0]) for index, each in enumerate(value)]
                return pb.BindingData(collection=pb.BindingDataCollection(bindings=found))
            if origin in _DICTS and isinstance(value, dict) and args[0] is str:
                entries = {key: self._step(f"[{key!r}]", each, args[1]) for key, each in value.items()}
                return pb.BindingData(map=pb.BindingDataMap(bindings=entries))
        fix = "results of tasks may stand in a list[…] or dict[str, …]; make anything else in a task"
        if isinstance(value, tuple | set | frozenset) and any(
            typing.get_origin(each) in _LISTS for each in _variants(hint)
        ):
            fix = "write them as a list: […]"
        raise ConversionError(
            f"expected {show_type(hint)}, got a {show_type(type(value))} that holds results of tasks", fix=fix
        )

    def _step(self, step: str, value: Any, hint: Any) -> pb.BindingData:
        try:
            return self._data(value, hint)
        except ConversionError as error:
            raise error.within(step) from None


def constant(value: Any, hint: Any, what: str, place: str) -> pb.Literal | None:
    """The literal of a constant or default; None where it does not fit and mistakes are collected.

    Raises:
        AuthoringError: It does not fit its type; says what, where and what to do.
    """
    try:
        return transformer(hint).to_literal(value, _NOTHING_WRITTEN)
    except ConversionError as error:
        fix = error.fix or f"write a value of type {show_type(hint)} there"
        report(AuthoringError(f"{what}: {error}", fix=fix, place=place))
        return None


def _attr_path(found: Reference) -> list[pb.PromiseAttribute]:
    return [
        pb.PromiseAttribute(string_value=step) if isinstance(step, str) else pb.PromiseAttribute(int_value=step)
        for step in found.path
    ]


_LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Iterator)
_DICTS = (dict, abc.Mapping, abc.MutableMapping)


def _variants(hint: Any) -> list[Any]:
    if typing.get_origin(hint) is typing.Annotated:
        return _variants(typing.get_args(hint)[0])
    is_plain = typing.get_origin(hint) in (*_LISTS, *_DICTS, None)
    return [hint] if is_plain else [found for each in typing.get_args(hint) for found in _variants(each)]


def holds_promise(value: Any) -> bool:
    """Whether results of tasks are in a value, at any depth of containers and dataclasses."""
    if isinstance(value, Promise | Node):
        return True
    if isinstance(value, dict):
        return any(holds_promise(each) for pair in value.items() for each in pair)
    return any(map(holds_promise, _members(value)))


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, each.name, None) for each in fields(value)]
    return ()


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
    names = list(node.interface.outputs)
    called = f"{node.id} ({node.entity.name})"
    if not names:
        return ConversionError(
            f"{called} returns nothing that could be passed on", fix="write >> to run one after the other"
        )
    if len(names) > 1:
        return ConversionError(f"{called} returns several outputs", fix=f"pass one of them: {', '.join(names)}")
    name = f"[0], or .{names[0]}" if isinstance(value, Outputs) else f".{names[0]}"
    kind = "a tuple of one output" if isinstance(value, Outputs) else "is a node, not a value"
    return ConversionError(
        f"{called} {'returns ' + kind if isinstance(value, Outputs) else kind}", fix=f"pass what is in it: {name}"
    )
