"""One attempt of a Python task, in the process that is for it: literals, the user's function, literals.

Whatever goes wrong is a result, not an exception: the author's mistake, the world's trouble, or a fault of ours.
"""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from volant.base.errors import Failure
from volant.contracts.worker_wire import Result
from volant.sdk import context, conversions, resolver
from volant.sdk.deck import DeckField
from volant.sdk.deck_page import PageRecorder, Recorder
from volant.sdk.interface import Interface
from volant.sdk.place import Place
from volant.sdk.task import PythonTask
from volant.sdk.verdicts import Wrong, called, verdict, without_secrets

__all__ = ["Place", "execute", "problem_of"]


def execute(loader: Sequence[str], inputs: bytes, place: Place, location: str = resolver.RESOLVER) -> Result:
    """Run a task once.

    Args:
        loader: The words behind "--" of the command: `task-module M task-name N`.
        inputs: A serialized LiteralMap; inputs it lacks get their default, or None where that is allowed.
        place: Where the attempt works.
        location: Module and name of the resolver that understands `loader`; "" for the default one.

    Returns:
        The outputs, or why there are none. Any exception of the user's is retryable but
        `NonRecoverableError`; what cannot be converted, or is too large, is not. What failed through no fault of
        the author's may be tried again, and says so. Secrets that the task read or asked for are not to be seen in
        it.
    """
    folder = context.WorkingDirectory()
    try:
        outputs = _attempt(lambda: resolver.load(loader, location), inputs, place, folder)
    except BaseException as error:  # noqa: BLE001 - it costs this attempt, not the process
        wrong = verdict(error)
        return Result(place.name, None, without_secrets(wrong.failure), wrong.retryable)
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
        conversions.wire_of(task, task.interface, conversions.values_of(task, task.interface, result), place)
    except Wrong as wrong:
        return wrong.failure
    return None


def _attempt(
    load: Callable[[], PythonTask[..., Any]], inputs: bytes, place: Place, folder: context.WorkingDirectory
) -> bytes:
    task = called(load, may_help=False)
    interface = called(lambda: task.interface, may_help=False)
    running = context.context_of(place, task.name, os.environ, folder)
    context.enter(running)
    running.secrets.expect(task.options.secret_requests)
    recorder = _recorder(task, running, place)
    try:
        return _watched(task, interface, inputs, place, recorder)
    finally:
        recorder.close()


def _recorder(task: PythonTask[..., Any], running: context.TaskContext, place: Place) -> Recorder:
    if not task.options.enable_deck:
        return Recorder()
    return PageRecorder(task, running.report, place, running.secrets.hidden)


def _watched(
    task: PythonTask[..., Any], interface: Interface, inputs: bytes, place: Place, recorder: Recorder
) -> bytes:
    arguments = recorder.step("inputs", lambda: conversions.arguments_of(task, interface, inputs))
    recorder.saw(DeckField.INPUT, arguments, interface)
    result = recorder.step("function", lambda: called(lambda: _run(task, arguments)))
    values = conversions.values_of(task, interface, result)
    recorder.saw(DeckField.OUTPUT, values, interface)
    return recorder.step("outputs", lambda: conversions.wire_of(task, interface, values, place))


def _run(task: PythonTask[..., Any], arguments: Mapping[str, Any]) -> Any:
    result = task.execute(**arguments)
    if not inspect.iscoroutine(result):
        return result
    import asyncio

    return asyncio.run(result)
