"""Plain programs: the files they find and leave."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from volant.base.errors import FaultKind
from volant.contracts import layout
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.idl import pb
from volant.launchers import shim
from volant.launchers.resources import Machine
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.testing.launcher_suite import RUN, Driver, key_of


@pytest.fixture
def home() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="vs-", dir="/tmp")
    yield folder
    shutil.rmtree(folder)


def job_of(home: str, *command: str, **more: Any) -> Job:
    folder = f"{home}/runs/a/data/0"
    fields: dict[str, Any] = {
        "key": key_of("a"),
        "name": "a",
        "code": "",
        "command": command,
        "inputs": b"in",
        "output_prefix": folder,
        "environment": {"OUT": folder},
        "cpu": 0.0,
        "memory": 0,
        "memory_limit": 0,
        "fresh": False,
        "log": f"{folder}/task.log",
        "log_limit": 1000,
        "output_limit": 10,
    }
    return Job(**{**fields, **more})


def run(home: str, job: Job) -> JobReport:
    async def play() -> JobReport:
        driver = Driver(SubprocessLauncher(home, Machine(2)))
        try:
            return await driver.until(job)
        finally:
            await driver.launcher.close(stop_jobs=True)

    return asyncio.run(play())


def test_a_program_finds_its_inputs_above_and_leaves_its_outputs(home: str) -> None:
    report = run(home, job_of(home, "sh", "-c", 'cp "$OUT/../inputs.pb" "$OUT/outputs.pb"'))
    assert (report.error, report.outputs) == (None, b"in")


def test_a_program_without_outputs_ends_well(home: str) -> None:
    report = run(home, job_of(home, "true"))
    assert (report.error, report.outputs) == (None, None)


def test_inputs_that_are_there_stay(home: str) -> None:
    inputs = Path(home, "runs/a/data/inputs.pb")
    inputs.parent.mkdir(parents=True)
    inputs.write_bytes(b"there")
    run(home, job_of(home, "true"))
    assert inputs.read_bytes() == b"there"


def test_outputs_above_the_limit_fail_for_good(home: str) -> None:
    report = run(home, job_of(home, "sh", "-c", 'echo 0123456789 > "$OUT/outputs.pb"'))
    assert report.error is not None
    assert (report.error.code, report.retryable) == ("OutputSizeExceeded", False)


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize(
    ("kind", "retryable"), [(pb.ContainerError.RECOVERABLE, True), (pb.ContainerError.NON_RECOVERABLE, False)]
)
def test_an_error_document_wins_over_outputs_and_exit_status(
    home: str, status: int, kind: int, retryable: bool
) -> None:
    error = pb.ContainerError(code="Oops", message="no", kind=kind, origin=pb.ExecutionError.SYSTEM)
    document = Path(home, "document.pb")
    document.write_bytes(pb.ErrorDocument(error=error).SerializeToString())
    script = f'cp {document} "$OUT/error.pb"; echo > "$OUT/outputs.pb"; exit {status}'
    report = run(home, job_of(home, "sh", "-c", script))
    assert report.error is not None
    assert (report.error.code, report.error.message, report.error.kind) == ("Oops", "no", FaultKind.SYSTEM)
    assert report.retryable is retryable


@pytest.mark.parametrize("content", ["", "rubbish"])
def test_an_error_document_without_an_error_is_the_systems_fault(home: str, content: str) -> None:
    report = run(home, job_of(home, "sh", "-c", f'printf "{content}" > "$OUT/error.pb"'))
    assert report.error is not None
    assert (report.error.code, report.error.kind, report.retryable) == ("ErrorFileBadFormat", FaultKind.SYSTEM, True)


def test_a_program_that_does_not_exist_is_told(home: str) -> None:
    report = run(home, job_of(home, "no-such-program"))
    assert report.error is not None
    assert "cannot start 'no-such-program'" in report.error.message


def test_the_last_lines_of_the_log_are_in_the_message(home: str) -> None:
    report = run(home, job_of(home, "sh", "-c", "seq 30; exit 2"))
    assert report.error is not None
    assert report.error.message.endswith("\n".join(map(str, range(21, 31))))


def test_a_shim_runs_nothing_in_an_attempt_that_another_one_took(home: str) -> None:
    job = job_of(home, "sh", "-c", 'echo once >> "$OUT/effect"')
    Path(job.output_prefix).mkdir(parents=True)
    spec = shim.Spec(
        name=job.name,
        command=job.command,
        environment=job.environment,
        folder=job.output_prefix,
        log=job.log,
        log_limit=1000,
        memory_limit=0,
        cgroup="",
    )
    for _ in range(2):
        with tempfile.TemporaryFile() as file:
            file.write(msgspec.msgpack.encode(spec))
            file.seek(0)
            words = [sys.executable, "-P", "-m", "volant.launchers.shim", str(file.fileno())]
            assert subprocess.run(words, pass_fds=(file.fileno(),), check=False).returncode == 0
    assert Path(job.output_prefix, "effect").read_text() == "once\n"
    assert run(home, job).error is None
    assert Path(job.output_prefix, "effect").read_text() == "once\n"


def test_an_attempt_whose_shim_died_before_it_began_is_lost_not_repeated(home: str) -> None:
    job = job_of(home, "sh", "-c", 'echo >> "$OUT/effect"')
    Path(job.output_prefix).mkdir(parents=True)
    with subprocess.Popen(["true"]) as gone:
        claim = shim.Claim("a", gone.pid, 1.0)
    Path(job.output_prefix, shim.PROCESS_FILE).write_bytes(msgspec.json.encode(claim))
    report = run(home, job)
    assert report.error is not None
    assert (report.error.code, report.retryable) == ("Interrupted", True)
    assert not Path(job.output_prefix, "effect").exists()


def test_nothing_is_remembered_of_a_released_job(home: str) -> None:
    job = job_of(home, "true")

    async def play() -> JobPhase:
        first = Driver(SubprocessLauncher(home, Machine(2)))
        await first.until(job)
        first.launcher.release(job.key, job.name)
        second = Driver(SubprocessLauncher(home, Machine(2)))
        await second.launcher.census(RUN)
        return second.launcher.look(job.key, job.name).phase

    assert asyncio.run(play()) is JobPhase.UNKNOWN


def test_a_job_that_was_remembered_but_never_began_is_started_by_the_next_engine(home: str) -> None:
    job = job_of(home, "true")
    marker = Path(layout.job_folder(home, RUN), "a.job")
    marker.parent.mkdir(parents=True)
    marker.write_bytes(msgspec.msgpack.encode(job))

    async def play() -> tuple[JobPhase, JobReport]:
        driver = Driver(SubprocessLauncher(home, Machine(2)))
        await driver.launcher.census(RUN)
        before = driver.launcher.look(job.key, job.name).phase
        return before, await driver.until(job)

    before, report = asyncio.run(play())
    assert (before, report.phase, report.error) == (JobPhase.UNKNOWN, JobPhase.DONE, None)
