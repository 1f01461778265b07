"""What a person typed, or wrote in JSON or YAML, as the inputs of an entity: every problem found at once."""

import difflib
from collections.abc import Mapping
from typing import Any

from volant.contracts.worker_wire import Problem
from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import REQUIRED, Input, Interface, show_type
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

_BY_REFERENCE = RawData()


def literals(
    interface: Interface, texts: Mapping[str, str], values: Mapping[str, object], base: str
) -> tuple[pb.LiteralMap, list[Problem]]:
    """The inputs as literals, defaults filled in, and everything that is wrong with them.

    Args:
        interface: The entity's.
        texts: As typed on a command line.
        values: As parsed from JSON or YAML; a text that was typed too wins.
        base: Folder relative paths start from.
    """
    known = list(interface.inputs)
    problems = [_unknown(name, known) for name in sorted({*texts, *values} - set(known))]
    found: dict[str, pb.Literal] = {}
    for name, wanted in interface.inputs.items():
        try:
            found[name] = _literal(name, wanted, texts, values, base)
        except ConversionError as error:
            fix = error.fix or f"it takes {show_type(wanted.hint)}, e.g. {transformer(wanted.hint).example()}"
            problems.append(Problem(f"input {name!r}: {error}", fix, usage=True))
    return pb.LiteralMap(literals=found), problems


def _literal(name: str, wanted: Input, texts: Mapping[str, str], values: Mapping[str, object], base: str) -> pb.Literal:
    kind = transformer(wanted.hint)
    return kind.to_literal(_value(name, wanted, kind, texts, values, base), _BY_REFERENCE)


def _value(
    name: str, wanted: Input, kind: Any, texts: Mapping[str, str], values: Mapping[str, object], base: str
) -> Any:
    if name in texts:
        return kind.parse(texts[name], base)
    if name in values:
        return kind.read(values[name], base)
    if wanted.default is not REQUIRED:
        return wanted.default
    raise ConversionError(f"a value of type {show_type(wanted.hint)} is missing", fix=f"add --{name} {kind.example()}")


def _unknown(name: str, known: list[str]) -> Problem:
    close = difflib.get_close_matches(name, known, 1)
    fix = f"did you mean {close[0]!r}?" if close else f"the inputs are {', '.join(known) or 'none'}"
    return Problem(f"there is no input {name!r}", fix, usage=True)
