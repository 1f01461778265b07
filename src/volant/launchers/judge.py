"""What became of a job whose process is gone: pure reading of what it left and how it ended.

Source: flyteplugins pod phases (engine spec 8.5): a process that vanished is the system's fault, an exit
status that is not 0 the user's, and an error document wins over both.
"""

import os
import re
import signal
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import msgspec

from volant.base.errors import Failure, FaultKind, user_failure
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import JobPhase, JobReport
from volant.kit import durable
from volant.launchers.shim import PROCESS_FILE

STOP_FILE = "stopped"
"""In the attempt's folder: its process was ended on purpose."""

_MIB = 1 << 20
_SHOWN_LINES = 10
_READ_LINES = 100
_OURS = ("/volant/sdk/", "<frozen runpy>", "Extension modules: ")
_CRASH, _CRASHED_THREAD = "Fatal Python error", "Current thread"
_FRAME = re.compile(r'^ +File "(.+)", line (\d+) in ', re.MULTILINE)
_LIBRARIES = tuple({f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_MEANINGS = {
    signal.SIGSEGV: "native code touched memory it does not own",
    signal.SIGBUS: "native code touched memory it does not own",
    signal.SIGABRT: "native code gave up",
    signal.SIGFPE: "native code divided by zero",
    signal.SIGILL: "native code ran an instruction this processor lacks",
}


def of_result(result: wire.Result) -> JobReport:
    """What a worker said."""
    return JobReport(phase=JobPhase.DONE, outputs=result.outputs, error=result.error, retryable=result.retryable)


def of_exit(exited: wire.Exited, log: str) -> JobReport:
    """A process that ended in the middle of its job; `log` is the path of the job's log."""
    if exited.oom:
        return failed(_out_of_memory(exited), retryable=True)
    if exited.status == -signal.SIGKILL:
        return lost("its process was killed from outside (SIGKILL), as the system does when memory runs out")
    code = "TaskCrashed" if exited.status < 0 else "TaskExited"
    said = _last_words(log)
    message = f"the task's process {_ending(exited.status)} before it gave a result"
    if said:
        message += f"; the last lines of its log:\n{said}"
    fix = f"read {log}" if said else "run it with `volant debug` to see where it ends"
    return failed(Failure(code, message, FaultKind.USER, place=_crash_place(said), fix=fix), retryable=True)


def lost(why: str) -> JobReport:
    """A process that vanished by nobody's known fault."""
    message = f"the task was interrupted: {why}"
    return failed(Failure("Interrupted", message, FaultKind.SYSTEM), retryable=True)


def never(why: str) -> JobReport:
    """A job larger than the machine."""
    fix = "ask for less, or run it on a bigger machine"
    failure = user_failure("ResourceRequestsExceedLimits", f"the task can never run here: {why}", fix=fix)
    return failed(failure, retryable=False)


def failed(error: Failure, *, retryable: bool) -> JobReport:
    """A job that ended badly."""
    return JobReport(phase=JobPhase.DONE, error=error, retryable=retryable)


def left_behind(folder: str, log: str) -> JobReport | None:
    """What a job that no process works for any more left in its folder; None where it left nothing."""
    result = _read(Path(folder, wire.RESULT_FILE))
    if result is not None:
        frame = wire.decode(result)
        assert isinstance(frame, wire.Result)
        return of_result(frame)
    exited = exit_left(folder)
    return of_exit(exited, log) if exited else None


def exit_left(folder: str) -> wire.Exited | None:
    """How the process ended, as its parent wrote it down; None where it did not."""
    data = _read(Path(folder, wire.EXIT_FILE))
    return None if data is None else msgspec.json.decode(data, type=wire.Exited)


def mark_stopped(folder: str) -> None:
    """Write down, before it is ended, that a job is ended on purpose: its end says nothing about it."""
    if folder:
        durable.write_file(Path(folder, STOP_FILE), b"")


def was_stopped(folder: str) -> bool:
    """Whether `mark_stopped` was here."""
    return os.path.exists(f"{folder}/{STOP_FILE}")  # noqa: PTH110 - on the way of every job


def found_at_launch(folder: str, log: str) -> JobReport | None:
    """What is left of an earlier launch; None where the job has to be started.

    A result counts in any case. The end of a process that was ended on purpose does not: it is forgotten.
    """
    if not os.path.exists(folder):  # noqa: PTH110 - on the way of every job, and five times cheaper
        return None
    if was_stopped(folder) and not Path(folder, wire.RESULT_FILE).exists():
        clear(folder)
    return left_behind(folder, log)


def clear(folder: str) -> None:
    """Remove all that tells how a job's process ended; the outcome is on record."""
    for name in (wire.RESULT_FILE, wire.EXIT_FILE, PROCESS_FILE, STOP_FILE):
        Path(folder, name).unlink(missing_ok=True)


def last_lines(path: str, count: int, limit: int = 4096) -> str:
    """The end of a text file, at most `count` lines and `limit` bytes; "" where there is none."""
    try:
        with Path(path).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - limit))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-count:])


def _last_words(log: str) -> str:
    """The end of a log; of Python's own report of a crash the thread that crashed, and of that the user's code."""
    lines = last_lines(log, _READ_LINES, 16 << 10).splitlines()
    crash = _first(lines, _CRASH)
    own = lines[_first(lines, _CRASHED_THREAD) :] or lines[crash + 1 :]
    frames = [line for line in own if line.strip() and not any(ours in line for ours in _OURS)]
    return "\n".join([*lines[:crash][-_SHOWN_LINES:], *lines[crash : crash + 1], *frames[:_SHOWN_LINES]])


def _first(lines: Sequence[str], start: str) -> int:
    return next((n for n, line in enumerate(lines) if line.startswith(start)), len(lines))


def _crash_place(said: str) -> str:
    """Where Python says the process was when it crashed, as "file:line"; "" where it did not crash."""
    frames = _FRAME.findall(said.partition(_CRASHED_THREAD)[2])
    own = [f"{file}:{line}" for file, line in frames if not file.startswith(_LIBRARIES)]
    return own[0] if own else ""


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _out_of_memory(exited: wire.Exited) -> Failure:
    seen = f"it held {exited.seen / _MIB:.0f} MiB" if exited.seen else "it needed more"
    limit = f"its limit of {exited.limit / _MIB:.0f} MiB" if exited.limit else "its limit"
    message = f"the task was ended because it used more memory than {limit}: {seen}"
    fix = "raise mem in its limits, or hold less at once"
    return user_failure("OOMKilled", message, fix=fix)


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended by itself with exit status {status}"
    try:
        number = signal.Signals(-status)
    except ValueError:
        return f"was ended by signal {-status}"
    meaning = _MEANINGS.get(number)
    return f"was ended by {number.name}" + (f" ({meaning})" if meaning else "")
