"""Engines that are killed with SIGKILL, and what becomes of the processes they started."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.kit import processes
from volant.kit.code_bundle import Manifest, write_bundle
from volant.launchers.pool import PoolLauncher
from volant.launchers.resources import Machine
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.testing.launcher_suite import GATE_CLIENT, RUN, Driver, Gate, key_of

ENGINE = """
import asyncio, sys
from pathlib import Path
import msgspec
from volant.contracts.launcher import Job
from volant.launchers.pool import PoolLauncher
from volant.launchers.subprocess_launcher import SubprocessLauncher

async def main(kind, home, job):
    launcher = {"pool": PoolLauncher, "subprocess": SubprocessLauncher}[kind](home)
    launcher.start(lambda key: None, 1)
    await launcher.census(job.key.run)
    launcher.launch(job)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:3], msgspec.msgpack.decode(Path(sys.argv[3]).read_bytes(), type=Job)))
"""
WORK = f"""
{GATE_CLIENT}
def work():
    with open("effects", "a") as file:
        file.write("one effect\\n")
    reach("gate.sock")
"""
FLOW = """
from volant import task
from work import work

@task
def effect() -> None:
    work()
"""
LAUNCHERS = {"pool": PoolLauncher, "subprocess": SubprocessLauncher}


@pytest.fixture
def home() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="va-", dir="/tmp")
    yield folder
    shutil.rmtree(folder)


def job_of(kind: str, home: str) -> Job:
    folder = f"{home}/runs/a/data/0"
    sources = {"work.py": WORK.encode(), "flow.py": FLOW.encode()}
    manifest = Manifest(module="flow", file="flow.py", python=sys.executable, cwd=home)
    words = ("volant-execute", "--raw-output-data-prefix", f"{home}/raw", "--")
    program = f"import os; os.chdir({home!r})\n{WORK}\nwork()"
    pool = kind == "pool"
    return Job(
        key=key_of("a"),
        name="a",
        code=write_bundle(home, sources, manifest),
        command=(*words, "task-module", "flow", "task-name", "effect") if pool else (sys.executable, "-c", program),
        inputs=b"",
        output_prefix=folder,
        environment={},
        cpu=1,
        memory=0,
        memory_limit=0,
        fresh=False,
        log=f"{folder}/task.log",
        log_limit=1000,
        output_limit=1000,
    )


async def killed_engine(kind: str, home: str, job: Job, gate: Gate) -> int:
    """Have an engine start the job, kill that engine, and return the pid of what it started."""
    file = f"{home}/job"
    write_job(file, job)
    engine = await asyncio.create_subprocess_exec(sys.executable, "-c", ENGINE, kind, home, file)
    pid = await gate.arrival()
    engine.kill()
    await engine.wait()
    return pid


def write_job(file: str, job: Job) -> None:
    Path(file).write_bytes(msgspec.msgpack.encode(job))


@pytest.mark.parametrize("kind", ["pool", "subprocess"])
def test_a_job_survives_the_sigkill_of_its_engine_and_has_one_effect(home: str, kind: str) -> None:
    job = job_of(kind, home)

    async def play() -> tuple[JobReport, int, int]:
        gate = Gate(home)
        await gate.open()
        pid = await killed_engine(kind, home, job, gate)
        driver = Driver(LAUNCHERS[kind](home, Machine(2)), epoch=2)
        await driver.launcher.census(RUN)
        assert driver.launcher.launch(job).phase is JobPhase.RUNNING
        gate.let_go()
        report = await driver.until(job)
        crowd = gate.crowd
        await driver.launcher.close(stop_jobs=True)
        await gate.close()
        return report, pid, crowd

    report, pid, crowd = asyncio.run(play())
    assert (report.error, crowd) == (None, 0)
    assert Path(home, "effects").read_text() == "one effect\n"
    assert processes.identify(pid) is None


@pytest.mark.parametrize("kind", ["pool", "subprocess"])
def test_a_job_that_dies_while_no_engine_lives_is_judged_by_the_next(home: str, kind: str) -> None:
    job = job_of(kind, home)

    async def play() -> JobReport:
        gate = Gate(home)
        await gate.open()
        os.kill(await killed_engine(kind, home, job, gate), signal.SIGSEGV)
        await gate.all_gone()
        driver = Driver(LAUNCHERS[kind](home, Machine(2)), epoch=2)
        await driver.launcher.census(RUN)
        report = await driver.until(job)
        await driver.launcher.close(stop_jobs=True)
        await gate.close()
        return report

    report = asyncio.run(play())
    assert report.error is not None
    assert (report.error.code, report.retryable) == ("TaskCrashed", True)
    assert Path(home, "effects").read_text() == "one effect\n"
