"""One attempt of a Python task, in the process that is for it: literals, the user's function, literals.

What the author does wrong is a result, not an exception: `execute` raises for our own faults only, and lets
`KeyboardInterrupt` and the like through.
"""

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

from volant.base.errors import Failure, FaultKind
from volant.contracts.worker_wire import Result
from volant.idl import pb
from volant.sdk import context, resolver, tracebacks
from volant.sdk.errors import AuthoringError, ConversionError, NonRecoverableError
from volant.sdk.interface import REQUIRED, Interface, named, show_type
from volant.sdk.place import Place
from volant.sdk.task import PythonTask
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import preview

__all__ = ["Place", "execute", "problem_of"]


class _Wrong(Exception):  # noqa: N818 - it carries a verdict, it is not one
    """The attempt is over, with this failure."""

    def __init__(self, failure: Failure, *, retryable: bool = False) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.retryable = retryable


def execute(loader: Sequence[str], inputs: bytes, place: Place) -> Result:
    """Run a task once.

    Args:
        loader: The words behind "--" of the command: `task-module M task-name N`.
        inputs: A serialized LiteralMap; inputs it lacks get their default, or None where that is allowed.
        place: Where the attempt works.

    Returns:
        The outputs, or why there are none. Any exception of the user's is retryable but
        `NonRecoverableError`; what cannot be converted, or is too large, is not.

    Raises:
        KeyboardInterrupt: As it came.
    """
    folder = context.WorkingDirectory()
    try:
        outputs = _attempt(loader, inputs, place, folder)
    except _Wrong as wrong:
        return Result(place.name, None, wrong.failure, wrong.retryable)
    finally:
        context.enter(None)
        folder.remove()
    return Result(place.name, outputs)


def problem_of(task: PythonTask[..., Any], result: Any, place: Place) -> Failure | None:
    """Why what a task's function returned cannot be its result; None where it can.

    Args:
        task: It.
        result: As returned; files it names are copied below the place, as in an attempt.
        place: Where that is.
    """
    try:
        _outputs(task, task.interface, result, place)
    except _Wrong as wrong:
        return wrong.failure
    return None


def _attempt(loader: Sequence[str], inputs: bytes, place: Place, folder: context.WorkingDirectory) -> bytes:
    task = _called(lambda: resolver.load(loader), may_help=False)
    interface = _called(lambda: task.interface, may_help=False)
    context.enter(context.context_of(place, task.name, os.environ, folder))
    arguments = _arguments(task, interface, inputs)
    result = _called(lambda: _run(task, arguments))
    return _outputs(task, interface, result, place)


def _called(call: Any, *, may_help: bool = True) -> Any:
    """What the author's code returns; what it raises is a failure, after which another try may help or not."""
    try:
        return call()
    except _LET_THROUGH:
        raise
    except BaseException as error:  # sys.exit() in a task is the author's fault as well
        is_final = isinstance(error, NonRecoverableError | AuthoringError)
        raise _Wrong(_failure(error), retryable=may_help and not is_final) from error


_LET_THROUGH = (KeyboardInterrupt, GeneratorExit)


def _failure(error: BaseException) -> Failure:
    return Failure(
        code=type(error).__qualname__.rpartition("<locals>.")[2],
        message=tracebacks.summary(error),
        kind=FaultKind.USER,
        trace=tracebacks.shown(error),
        place=tracebacks.place(error),
        fix=str(getattr(error, "fix", "")) if isinstance(error, AuthoringError | ConversionError) else "",
    )


def _run(task: PythonTask[..., Any], arguments: Mapping[str, Any]) -> Any:
    result = task.execute(**arguments)
    if not inspect.iscoroutine(result):
        return result
    import asyncio

    return asyncio.run(result)


def _arguments(task: PythonTask[..., Any], interface: Interface, data: bytes) -> dict[str, Any]:
    literals = pb.LiteralMap.FromString(data).literals
    return {name: _argument(task, name, each, literals) for name, each in interface.inputs.items()}


def _argument(task: PythonTask[..., Any], name: str, wanted: Any, literals: Mapping[str, pb.Literal]) -> Any:
    if name not in literals:
        return _absent(task, name, wanted)
    try:
        return transformer(wanted.hint).from_literal(literals[name])
    except ConversionError as error:
        raise _wrong(task, "InputConversionFailed", f"input {name!r}: {error}", error.fix) from error


def _absent(task: PythonTask[..., Any], name: str, wanted: Any) -> Any:
    if wanted.default is not REQUIRED:
        return wanted.default
    if transformer(wanted.hint).fits(None):
        return None
    raise _wrong(task, "InputConversionFailed", f"input {name!r} is missing", "")


def _outputs(task: PythonTask[..., Any], interface: Interface, result: Any, place: Place) -> bytes:
    raw = RawData(place.raw_output_prefix)
    literals = {
        name: _output(task, interface, name, value, raw) for name, value in _values(task, interface, result).items()
    }
    data: bytes = pb.LiteralMap(literals=literals).SerializeToString(deterministic=True)
    if len(data) > place.output_limit:
        raise _wrong(
            task,
            "OutputSizeExceeded",
            f"its outputs take {len(data):,} bytes, {place.output_limit:,} are allowed",
            "return a File or a DataFrame: its bytes are kept beside the outputs",
        )
    return data


def _values(task: PythonTask[..., Any], interface: Interface, result: Any) -> Mapping[str, Any]:
    names = list(interface.outputs)
    if not interface.many:
        if not names and result is not None:
            fix = "annotate what it returns, e.g. -> int, or return nothing"
            raise _wrong(task, "OutputConversionFailed", f"it returned {preview(result)}, but declares no result", fix)
        return dict.fromkeys(names, result)
    if not isinstance(result, tuple) or len(result) != len(names):
        fix = f"return a tuple of {len(names)}"
        told = f"it returned {preview(result)}, its annotation says {named(names)}"
        raise _wrong(task, "OutputConversionFailed", told, fix)
    return dict(zip(names, result, strict=True))


def _output(task: PythonTask[..., Any], interface: Interface, name: str, value: Any, raw: RawData) -> pb.Literal:
    try:
        return transformer(interface.outputs[name]).to_literal(value, raw)
    except ConversionError as error:
        what = "its result" if name == "o0" and not interface.many else f"output {name!r}"
        fix = error.fix or f"return what its annotation says, {show_type(interface.outputs[name])}, or correct that"
        raise _wrong(task, "OutputConversionFailed", f"{what}: {error}", fix) from error


def _wrong(task: PythonTask[..., Any], code: str, message: str, fix: str) -> _Wrong:
    told = f"task {task.name}: {message}"
    return _Wrong(Failure(code, told, FaultKind.USER, place=task.place, fix=fix))
