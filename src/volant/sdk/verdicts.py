"""Whose fault it is that an attempt failed, and whether another may help."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from volant.base.errors import Failure, FaultKind, SystemFault, VolantError
from volant.sdk import context, tracebacks
from volant.sdk.errors import AuthoringError, ConversionError, NonRecoverableError
from volant.sdk.secret_reader import SecretNotFoundError
from volant.sdk.task import PythonTask


class Wrong(Exception):  # noqa: N818 - it carries a verdict, it is not one
    """The attempt is over.

    Attributes:
        failure: Why.
        retryable: Whether another may help.
    """

    def __init__(self, failure: Failure, *, retryable: bool = False) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.retryable = retryable


def called(call: Callable[[], Any], *, may_help: bool = True) -> Any:
    """What the author's code returns.

    Raises:
        Wrong: It raised something; another try may help unless the author, or `may_help`, says otherwise.
        KeyboardInterrupt: As it came, and so GeneratorExit.
    """
    try:
        return call()
    except _INTERRUPTS:
        raise
    except BaseException as error:  # sys.exit() in a task is the author's fault as well
        is_final = isinstance(error, NonRecoverableError | AuthoringError | SecretNotFoundError)
        raise Wrong(_failure(error), retryable=may_help and not is_final) from error


_INTERRUPTS = (KeyboardInterrupt, GeneratorExit)


def _failure(error: BaseException) -> Failure:
    return Failure(
        code=type(error).__qualname__.rpartition("<locals>.")[2],
        message=tracebacks.summary(error),
        kind=FaultKind.SYSTEM if isinstance(error, SystemFault) else FaultKind.USER,
        trace=tracebacks.shown(error),
        place=tracebacks.place(error),
        fix=error.fix if isinstance(error, VolantError) else "",
    )


def without_secrets(failure: Failure) -> Failure:
    """A failure in whose texts no secret of the running task is to be seen."""
    hidden = context.current_context().secrets.hidden
    return replace(failure, message=hidden(failure.message), trace=hidden(failure.trace), fix=hidden(failure.fix))


def verdict(error: BaseException) -> Wrong:
    """What is said of whatever ended an attempt."""
    if isinstance(error, Wrong):
        return error
    if isinstance(error, _INTERRUPTS):
        told = replace(_failure(error), message=f"the task was interrupted: {tracebacks.summary(error)}")
        return Wrong(told, retryable=True)
    message = f"Volant failed to run the task: {tracebacks.summary(error)}"
    trace = tracebacks.cut("".join(traceback.format_exception(error)))
    return Wrong(Failure("SYSTEM", message, FaultKind.SYSTEM, trace=trace), retryable=True)


def converted(failed: str, convert: Callable[[], Any]) -> Any:
    """What converting gives.

    Args:
        failed: What to say where the world is to blame: a disk, a store.
        convert: May call the author's code, a generator's body say.

    Raises:
        ConversionError: As it came.
        Wrong: As of a call where the author's code raised; or the world is to blame.
        Exception: As it came where it is a fault of ours.
    """
    try:
        return convert()
    except ConversionError:
        raise
    except Exception as error:
        is_world = isinstance(error, OSError | SystemFault) and not tracebacks.is_authors(error)
        if not is_world and not tracebacks.place(error):
            raise  # a fault of ours
        found = _worldly(failed, error) if is_world else _failure(error)
        raise Wrong(found, retryable=not isinstance(error, NonRecoverableError)) from error


def _worldly(failed: str, error: Exception) -> Failure:
    told = str(error) if isinstance(error, SystemFault) else tracebacks.summary(error)
    return replace(_failure(error), message=f"{failed}: {told}", kind=FaultKind.SYSTEM, trace="", place="")


def wrong(task: PythonTask[..., Any], code: str, message: str, fix: str) -> Wrong:
    """A mistake of the task's author that another try cannot help."""
    told = f"task {task.name}: {message}"
    return Wrong(Failure(code, told, FaultKind.USER, place=task.place, fix=fix))
