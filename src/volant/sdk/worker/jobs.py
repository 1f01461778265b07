"""One job, by `sdk.execute`: nothing a user's code does gets past it but the end of the process."""

import msgspec

from volant.base.errors import Failure
from volant.contracts import worker_wire as wire
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
    result = execute(job.loader, job.inputs, place, job.resolver)
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
