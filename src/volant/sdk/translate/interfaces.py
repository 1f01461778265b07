"""Interfaces on the wire."""

from collections.abc import Mapping
from typing import Any

from volant.idl import pb
from volant.sdk.docstrings import parse
from volant.sdk.errors import AuthoringError, ConversionError
from volant.sdk.interface import REQUIRED
from volant.sdk.type_engine.engine import transformer


def typed_interface(entity: Any, what: str) -> pb.TypedInterface:
    """The typed interface of a task or workflow.

    Args:
        entity: The task or workflow.
        what: Who is spoken of in errors, e.g. "task flights.load".

    Raises:
        AuthoringError: A type cannot be passed between tasks, or the signature does not say the types.
    """
    interface, docs = entity.interface, parse(entity.docs)
    inputs = {name: each.hint for name, each in interface.inputs.items()}
    return pb.TypedInterface(
        inputs=_variables(inputs, docs.inputs, f"{what}: input", entity.place),
        outputs=_variables(interface.outputs, {}, f"{what}: output", entity.place),
    )


def _variables(hints: Mapping[str, Any], docs: Mapping[str, str], what: str, place: str) -> pb.VariableMap:
    return pb.VariableMap(
        variables={
            name: pb.Variable(type=_type(hint, f"{what} {name!r}", place), description=docs.get(name, name))
            for name, hint in hints.items()
        }
    )


def _type(hint: Any, what: str, place: str) -> pb.LiteralType:
    try:
        return transformer(hint).literal_type()
    except ConversionError as error:
        raise AuthoringError(f"{what}: {error}", fix=error.fix, place=place) from None


def defaults(entity: Any) -> Mapping[str, Any]:
    """Defaults of the inputs that have one."""
    return {name: each.default for name, each in entity.interface.inputs.items() if each.default is not REQUIRED}
