"""Python values in and out of runs, by the types an entity's signature says."""

from collections.abc import Mapping
from typing import Any

from volant.base.errors import UserError
from volant.compiler.problems import known
from volant.idl import pb
from volant.idl.literals import literal_map, wire
from volant.sdk.errors import ConversionError
from volant.sdk.interface import REQUIRED, Interface, show_type
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData


def inputs_wire(what: str, interface: Interface, given: Mapping[str, Any], raw_prefix: str) -> bytes:
    """A serialized LiteralMap of inputs, defaults filled in.

    Args:
        what: Whose they are, for errors.
        interface: Of the entity.
        given: By name.
        raw_prefix: URI under which values too big for a literal go.

    Raises:
        UserError: An input is unknown, missing or of the wrong type; every one that is.
    """
    problems = [
        f"there is no input {name!r}; {known('inputs', interface.inputs, name)}" for name in _unknown(interface, given)
    ]
    fixes: list[str] = []
    found: dict[str, pb.Literal] = {}
    for name, wanted in interface.inputs.items():
        value = given.get(name, wanted.default)
        try:
            if value is REQUIRED:
                raise ConversionError(f"a value of type {show_type(wanted.hint)} is missing", fix=f"pass {name}=…")
            found[name] = transformer(wanted.hint).to_literal(value, RawData(raw_prefix))
        except ConversionError as error:
            problems.append(f"input {name!r}: {error}")
            fixes.append(error.fix or f"pass a value of type {show_type(wanted.hint)} as {name}")
    if problems:
        raise UserError(f"{what}: {'; '.join(problems)}", fix="; ".join(fixes))
    return wire(literal_map(found))


def outputs_value(interface: Interface, literals: pb.LiteralMap) -> Any:
    """Outputs as the author's function would return them: a value, a tuple, a NamedTuple, or None.

    Raises:
        ConversionError: A literal does not fit its type any more.
    """
    found = [transformer(hint).from_literal(literals.literals[name]) for name, hint in interface.outputs.items()]
    if interface.names is not None:
        return interface.names(*found)
    if interface.many:
        return tuple(found)
    return found[0] if found else None


def _unknown(interface: Interface, given: Mapping[str, Any]) -> list[str]:
    return sorted(set(given) - set(interface.inputs))
