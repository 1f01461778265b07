"""A task's inputs and outputs between literals and Python; what cannot be converted is a verdict."""

from collections.abc import Mapping
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import REQUIRED, Interface, named, show_type
from volant.sdk.place import Place
from volant.sdk.task import PythonTask
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import preview
from volant.sdk.verdicts import converted, wrong


def arguments_of(task: PythonTask[..., Any], interface: Interface, data: bytes) -> dict[str, Any]:
    """Arguments for its function, by name.

    Args:
        task: Whose they are.
        interface: The task's.
        data: A serialized LiteralMap; inputs it lacks get their default, or None where that is allowed.

    Raises:
        Wrong: An input cannot be read.
    """
    literals = pb.LiteralMap.FromString(data).literals
    return {name: _argument(task, name, each, literals) for name, each in interface.inputs.items()}


def _argument(task: PythonTask[..., Any], name: str, wanted: Any, literals: Mapping[str, pb.Literal]) -> Any:
    if name not in literals:
        return _absent(task, name, wanted)
    try:
        return converted(
            f"input {name!r} could not be read", lambda: transformer(wanted.hint).from_literal(literals[name])
        )
    except ConversionError as error:
        raise wrong(task, "InputConversionFailed", f"input {name!r}: {error}", error.fix) from error


def _absent(task: PythonTask[..., Any], name: str, wanted: Any) -> Any:
    if wanted.default is not REQUIRED:
        return wanted.default
    if transformer(wanted.hint).fits(None):
        return None
    raise wrong(task, "InputConversionFailed", f"input {name!r} is missing", "")


def values_of(task: PythonTask[..., Any], interface: Interface, result: Any) -> Mapping[str, Any]:
    """What its function returned, by output.

    Raises:
        Wrong: It returned something else than so many.
    """
    names = list(interface.outputs)
    if not interface.many:
        if not names and result is not None:
            fix = "annotate what it returns, e.g. -> int, or return nothing"
            raise wrong(task, "OutputConversionFailed", f"it returned {preview(result)}, but declares no result", fix)
        return dict.fromkeys(names, result)
    if not isinstance(result, tuple) or len(result) != len(names):
        fix = f"return a tuple of {len(names)}"
        told = f"it returned {preview(result)}, its annotation says {named(names)}"
        raise wrong(task, "OutputConversionFailed", told, fix)
    return dict(zip(names, result, strict=True))


def wire_of(task: PythonTask[..., Any], interface: Interface, values: Mapping[str, Any], place: Place) -> bytes:
    """Its outputs as a serialized LiteralMap; their files are copied below the place.

    Raises:
        Wrong: An output is not of its type, cannot be stored, or all of them are too large.
    """
    raw = RawData(place.raw_output_prefix)
    literals = {name: _output(task, interface, name, value, raw) for name, value in values.items()}
    data: bytes = pb.LiteralMap(literals=literals).SerializeToString(deterministic=True)
    if len(data) > place.output_limit:
        raise wrong(
            task,
            "OutputSizeExceeded",
            f"its outputs take {len(data):,} bytes, {place.output_limit:,} are allowed",
            "return a File or a DataFrame: its bytes are kept beside the outputs",
        )
    return data


def _output(task: PythonTask[..., Any], interface: Interface, name: str, value: Any, raw: RawData) -> pb.Literal:
    what = "its result" if name == "o0" and not interface.many else f"output {name!r}"
    try:
        kind = transformer(interface.outputs[name])
        found: pb.Literal = converted(f"{what} could not be stored", lambda: kind.to_literal(value, raw))
    except ConversionError as error:
        fix = error.fix or f"return what its annotation says, {show_type(interface.outputs[name])}, or correct that"
        raise wrong(task, "OutputConversionFailed", f"{what}: {error}", fix) from error
    return found
