"""One job, by `sdk.execute`: nothing a user's code does gets past it but the end of the process."""

import traceback

import msgspec

from volant.base.errors import Failure, FaultKind
from volant.contracts import worker_wire as wire
from volant.sdk import tracebacks
from volant.sdk.execute import Place, execute
from volant.sdk.worker.loading import Code


def perform(job: wire.Run, code: Code) -> wire.Result:
    """Run it here and now; never raises."""
    place = Place(
        name=job.name,
        output_prefix=job.output_prefix,
        raw_output_prefix=job.raw_output_prefix,
        checkpoint=job.checkpoint,
        previous_checkpoint=job.previous_checkpoint,
        output_limit=job.output_limit,
    )
    try:
        result = execute(job.loader, job.inputs, place)
    except (KeyboardInterrupt, GeneratorExit) as error:
        message = f"the task was interrupted: {tracebacks.summary(error)}"
        trace, at = tracebacks.shown(error), tracebacks.place(error)
        failure = Failure(type(error).__name__, message, FaultKind.USER, trace=trace, place=at)
        result = wire.Result(job.name, None, failure, retryable=True)
    except BaseException as error:  # noqa: BLE001 - a fault of ours costs this attempt, not the worker
        message = f"Volant failed to run the task: {error!r}"
        failure = Failure("SYSTEM", message, FaultKind.SYSTEM, trace=traceback.format_exc())
        return wire.Result(job.name, None, failure, retryable=True)
    return _with_shown_paths(result, code)


def _with_shown_paths(result: wire.Result, code: Code) -> wire.Result:
    if result.error is None or not code.show_as:
        return result
    error = result.error
    shown = Failure(
        error.code,
        code.shown(error.message),
        error.kind,
        error.cause,
        code.shown(error.trace),
        code.shown(error.place),
        code.shown(error.fix),
        error.node,
    )
    return msgspec.structs.replace(result, error=shown)
