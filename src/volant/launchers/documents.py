"""What a program that speaks files left: `outputs.pb` or `error.pb`. Source: engine spec 6.1, 6.2."""

from pathlib import Path

from volant.base.errors import Failure, FaultKind, system_failure, user_failure
from volant.contracts.launcher import JobPhase, JobReport
from volant.idl import pb
from volant.launchers import judge

OUTPUTS_FILE = "outputs.pb"
ERROR_FILE = "error.pb"
_KINDS = {
    pb.ExecutionError.USER: FaultKind.USER,
    pb.ExecutionError.SYSTEM: FaultKind.SYSTEM,
    pb.ExecutionError.UNKNOWN: FaultKind.UNKNOWN,
}


def error_report(folder: str) -> JobReport | None:
    """What the error document says; None where there is none. It wins over any exit status."""
    try:
        data = Path(folder, ERROR_FILE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        document = pb.ErrorDocument.FromString(data)
    except pb.DecodeError as error:
        return _bad(f"error.pb cannot be read: {error}")
    if not document.HasField("error"):
        return _bad("error.pb holds no error")
    found = document.error
    failure = Failure(found.code, found.message, _KINDS.get(found.origin, FaultKind.UNKNOWN))
    return judge.failed(failure, retryable=found.kind == pb.ContainerError.RECOVERABLE)


def outputs_report(folder: str, limit: int) -> JobReport:
    """A job that ended well, with its outputs where it left any."""
    path = Path(folder, OUTPUTS_FILE)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return JobReport(phase=JobPhase.DONE)
    if size > limit:
        message = f"the outputs in {path} take {size} bytes; {limit} are allowed"
        fix = "return a File or a DataFrame, which are kept beside the outputs"
        return judge.failed(user_failure("OutputSizeExceeded", message, fix=fix), retryable=False)
    return JobReport(phase=JobPhase.DONE, outputs=path.read_bytes())


def _bad(message: str) -> JobReport:
    return judge.failed(system_failure("ErrorFileBadFormat", message), retryable=True)
