"""Interfaces on the wire."""

from collections.abc import Mapping
from typing import Any

from volant.idl import pb
from volant.sdk.bindings import constant
from volant.sdk.errors import AuthoringError, ConversionError
from volant.sdk.interface import REQUIRED, Unknown, show_type
from volant.sdk.problems import report
from volant.sdk.type_engine.engine import transformer
from volant.sdk.variable_docs import input_docs, output_docs


def typed_interface(entity: Any, what: str) -> pb.TypedInterface:
    """The typed interface of a task or workflow; without what a mistake left open.

    Args:
        entity: The task or workflow.
        what: Who is spoken of in errors, e.g. "task flights.load".

    Raises:
        AuthoringError: A type cannot be passed between tasks, or the signature does not say the types; not where
            mistakes are collected.
    """
    interface, docs = entity.interface, entity.docs
    for problem in interface.problems:
        report(problem)
    inputs = {name: each.hint for name, each in interface.inputs.items()}
    told = output_docs(docs, list(interface.outputs))
    return pb.TypedInterface(
        inputs=_variables(inputs, input_docs(docs), f"{what}: input", entity.place),
        outputs=_variables(interface.outputs, told, f"{what}: output", entity.place),
    )


def _variables(hints: Mapping[str, Any], docs: Mapping[str, str], what: str, place: str) -> pb.VariableMap:
    types = {name: literal_type(hint, f"{what} {name!r}", place) for name, hint in hints.items()}
    return pb.VariableMap(
        variables={
            name: pb.Variable(type=kind, description=docs.get(name, name)) for name, kind in types.items() if kind
        }
    )


def literal_type(hint: Any, what: str, place: str) -> pb.LiteralType | None:
    """A Python type on the wire; None where it has none and mistakes are collected.

    Raises:
        AuthoringError: Values of it cannot be passed between tasks.
    """
    if hint is Unknown:
        return None
    try:
        return transformer(hint).literal_type()
    except ConversionError as error:
        report(AuthoringError(f"{what}: {error}", fix=error.fix, place=place))
        return None


def defaults(interface: Any, what: str, place: str) -> dict[str, pb.Literal]:
    """Defaults of the inputs that have one, as literals; without those that do not fit.

    Raises:
        AuthoringError: One does not fit; not where mistakes are collected.
    """
    found: dict[str, pb.Literal] = {}
    for name, each in interface.inputs.items():
        if each.default is not REQUIRED and each.hint is not Unknown:
            literal = _default(name, each, f"{what}: the default of {name!r}", place)
            found |= {name: literal} if literal is not None else {}
    return found


def _default(name: str, wanted: Any, what: str, place: str) -> pb.Literal | None:
    if wanted.default is None and not transformer(wanted.hint).fits(None):
        shown = show_type(wanted.hint)
        fix = f"annotate it {name}: {shown} | None, or leave the default out"
        report(AuthoringError(f"{what}: expected {shown}, got None", fix=fix, place=place))
        return None
    return constant(wanted.default, wanted.hint, what, place)
