"""What every launcher must do: subclass `LauncherSuite`, say how to make one and how its jobs behave.

    class TestMine(LauncherSuite):
        def launcher(self, home, machine): return MyLauncher(home, machine)
        def job(self, home, name, behaviour, gate="", **more): return Job(...)

Real processes, no sleeps: a job that is to stand still connects to a `Gate` and waits there.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from volant.base.errors import FaultKind
from volant.base.ids import ActionName, AttemptKey, RunId
from volant.contracts.launcher import Job, JobPhase, JobReport, Launcher
from volant.kit import processes

PATIENCE_S = 20.0
RUN = RunId("p:d:one")
OTHER_RUN = RunId("p:d:two")
_MIB = 1 << 20

GATE_CLIENT = '''
import os, socket

def stand(gate):
    """Tell the test who we are."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(gate)
    connection.sendall(b"%d\\n" % os.getpid())
    return connection

def reach(gate):
    """Stand still until the test says go."""
    with stand(gate) as connection:
        connection.recv(16)
'''
"""Source of what the programs of jobs need."""


def key_of(name: str, run: RunId = RUN) -> AttemptKey:
    """The attempt a job called `name` works for."""
    return AttemptKey(run, ActionName(name), 0)


class Gate:
    """Where jobs stop until they may go on. Use within a running loop."""

    def __init__(self, folder: str) -> None:
        """Below `folder`, whose path must be short."""
        self.path = f"{folder}/gate.sock"
        self._arrived: asyncio.Queue[tuple[int, asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self._held: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._server: asyncio.Server

    async def open(self) -> None:
        """Let them come."""
        self._server = await asyncio.start_unix_server(self._arrive, self.path)

    async def arrival(self) -> int:
        """The pid of the next job that stands here."""
        pid, reader, writer = await asyncio.wait_for(self._arrived.get(), PATIENCE_S)
        self._held.append((reader, writer))
        return pid

    @property
    def crowd(self) -> int:
        """How many stand here that nobody asked about."""
        return self._arrived.qsize()

    def let_go(self) -> None:
        """Those that were asked about may go on."""
        for _, writer in self._held:
            writer.write(b"go")

    async def all_gone(self) -> None:
        """Returns when everyone who was asked about is gone, killed ones too."""
        for reader, _ in self._held:
            with contextlib.suppress(ConnectionResetError):
                await asyncio.wait_for(reader.read(), PATIENCE_S)

    async def close(self) -> None:
        """Nobody may stand here any more."""
        self._server.close()
        for _, writer in self._held:
            writer.close()
        while not self._arrived.empty():
            self._arrived.get_nowait()[2].close()

    async def _arrive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._arrived.put_nowait((int(await reader.readline()), reader, writer))


class Driver:
    """A launcher as an engine uses it, on the running loop."""

    def __init__(self, launcher: Launcher, epoch: int = 1) -> None:
        """Starts it."""
        self.launcher = launcher
        self._woken = asyncio.Event()
        self.wakes: list[AttemptKey] = []
        launcher.start(self._wake, epoch)

    def _wake(self, key: AttemptKey) -> None:
        self.wakes.append(key)
        self._woken.set()

    async def until(self, job: Job, phase: JobPhase = JobPhase.DONE) -> JobReport:
        """Launch it, look each time it wakes us, and return the report of this phase."""
        report = self.launcher.launch(job)
        while report.phase is not phase:
            await self._wait()
            report = self.launcher.look(job.key, job.name)
        return report

    async def stop(self, job: Job, grace_s: float) -> None:
        """Stop it; returns when nothing of it lives."""
        while not self.launcher.stop(job.key, job.name, grace_s=grace_s):
            await self._wait()

    async def _wait(self) -> None:
        await asyncio.wait_for(self._woken.wait(), PATIENCE_S)
        self._woken.clear()


class Rig:
    """What one test works with: launchers on one data folder, and a gate. Leaves no process behind."""

    def __init__(self, suite: "LauncherSuite", home: str) -> None:
        """For one test of a suite."""
        self.suite, self.home = suite, home
        self.gate = Gate(home)
        self.drivers: list[Driver] = []

    def driver(self, *, cores: float = 2, memory: int = 0, epoch: int = 1) -> Driver:
        """A new engine's launcher on a machine of so many cores and bytes."""
        self.drivers.append(Driver(self.suite.launcher(self.home, cores, memory), epoch))
        return self.drivers[-1]

    def job(self, name: str, behaviour: str, **more: Any) -> Job:
        """A job of this behaviour that stops, if at all, at the gate."""
        return self.suite.job(self.home, name, behaviour, self.gate.path, **more)

    async def __aenter__(self) -> Self:
        await self.gate.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gate.close()
        for driver in self.drivers:
            await driver.launcher.close(stop_jobs=True)


class LauncherSuite:
    """The law of `contracts.launcher`, as tests."""

    def launcher(self, home: str, cores: float, memory: int) -> Launcher:
        """A launcher that keeps its things in `home` and gives out so much; memory 0 is the machine's own."""
        raise NotImplementedError

    def job(self, home: str, name: str, behaviour: str, gate: str, **more: Any) -> Job:
        """A job called `name`; `more` replaces fields of it.

        Behaviours: "succeed", "exit 3", "wait" (reaches the gate, then succeeds), "ignore SIGTERM" (the same,
        but unmoved by SIGTERM), "family" (starts a child that reaches the gate, then reaches it itself),
        "leave a child" (starts one that reaches the gate, and succeeds when it stands there), "print" (1 MiB of
        lines, then succeeds), "eat" (touches 400 MiB, then reaches the gate).
        """
        raise NotImplementedError

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        """One data folder, with a short path; gone afterwards."""
        home = tempfile.mkdtemp(prefix="vl-", dir="/tmp")
        yield Rig(self, home)
        shutil.rmtree(home)

    def test_a_job_that_ends_well_is_done_without_an_error(self, rig: Rig) -> None:
        """The simplest life."""

        async def scene() -> JobReport:
            async with rig:
                return await rig.driver().until(rig.job("a", "succeed"))

        report = asyncio.run(scene())
        assert report.error is None, report.error
        assert report.phase is JobPhase.DONE

    def test_launching_a_name_twice_starts_one_process(self, rig: Rig) -> None:
        """While it runs, and after it is done."""

        async def scene() -> int:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "wait")
                driver.launcher.launch(job)
                driver.launcher.launch(job)
                await rig.gate.arrival()
                rig.gate.let_go()
                await driver.until(job)
                driver.launcher.launch(job)
                return rig.gate.crowd

        assert asyncio.run(scene()) == 0

    def test_what_nobody_launched_is_unknown_and_what_is_released_is_forgotten(self, rig: Rig) -> None:
        """Release ends what is known of a job."""

        async def scene() -> list[JobPhase]:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "succeed")
                before = driver.launcher.look(job.key, job.name).phase
                await driver.until(job)
                driver.launcher.release(job.key, job.name)
                return [before, driver.launcher.look(job.key, job.name).phase]

        assert asyncio.run(scene()) == [JobPhase.UNKNOWN, JobPhase.UNKNOWN]

    def test_an_exit_status_is_the_users_fault_and_may_be_tried_again(self, rig: Rig) -> None:
        """A process that ends by itself before its result."""

        async def scene() -> JobReport:
            async with rig:
                return await rig.driver().until(rig.job("a", "exit 3"))

        report = asyncio.run(scene())
        assert report.error is not None
        assert (report.error.code, report.error.kind, report.retryable) == ("TaskExited", FaultKind.USER, True)
        assert "exit status 3" in report.error.message

    @pytest.mark.parametrize(
        ("number", "code", "kind"),
        [
            (signal.SIGSEGV, "TaskCrashed", FaultKind.USER),
            (signal.SIGKILL, "Interrupted", FaultKind.SYSTEM),
        ],
    )
    def test_a_signal_is_told_by_name_and_only_sigkill_is_the_systems_fault(
        self, rig: Rig, number: signal.Signals, code: str, kind: FaultKind
    ) -> None:
        """Engine spec 8.5."""

        async def scene() -> JobReport:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "wait")
                driver.launcher.launch(job)
                os.kill(await rig.gate.arrival(), number)
                return await driver.until(job)

        report = asyncio.run(scene())
        assert report.error is not None
        assert (report.error.code, report.error.kind, report.retryable) == (code, kind, True)
        assert number.name in report.error.message

    def test_stopping_ends_the_process_and_its_children(self, rig: Rig) -> None:
        """Those in sessions of their own too."""

        async def scene() -> list[bool]:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "family")
                driver.launcher.launch(job)
                pids = [await rig.gate.arrival(), await rig.gate.arrival()]
                await driver.stop(job, grace_s=PATIENCE_S)
                return [processes.identify(pid) is None for pid in pids]

        assert asyncio.run(scene()) == [True, True]

    def test_what_ignores_sigterm_is_killed_after_the_grace(self, rig: Rig) -> None:
        """SIGKILL cannot be ignored."""

        async def scene() -> bool:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "ignore SIGTERM")
                driver.launcher.launch(job)
                pid = await rig.gate.arrival()
                await driver.stop(job, grace_s=0.05)
                return processes.identify(pid) is None

        assert asyncio.run(scene())

    def test_a_child_left_behind_is_gone_when_the_job_is_done(self, rig: Rig) -> None:
        """No live process is left by a job."""

        async def scene() -> bool:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "leave a child")
                driver.launcher.launch(job)
                pid = await rig.gate.arrival()
                report = await driver.until(job)
                assert report.error is None
                return processes.identify(pid) is None

        assert asyncio.run(scene())

    def test_a_job_outlives_its_engine_and_the_next_one_adopts_it(self, rig: Rig) -> None:
        """Same process, one effect, its result once."""

        async def scene() -> None:
            async with rig:
                first, job = rig.driver(), rig.job("a", "wait")
                before = await first.until(job, JobPhase.RUNNING)
                await rig.gate.arrival()
                await first.launcher.close(stop_jobs=False)
                second = rig.driver(epoch=2)
                await second.launcher.census(RUN)
                after = second.launcher.launch(job)
                assert (after.phase, after.pid) == (JobPhase.RUNNING, before.pid)
                rig.gate.let_go()
                report = await second.until(job)
                assert (report.phase, report.error, rig.gate.crowd) == (JobPhase.DONE, None, 0)

        asyncio.run(scene())

    def test_a_job_that_ended_well_without_an_engine_is_found_done(self, rig: Rig) -> None:
        """Its result waits in its folder."""

        async def scene() -> JobReport:
            async with rig:
                first, job = rig.driver(), rig.job("a", "wait")
                first.launcher.launch(job)
                await rig.gate.arrival()
                await first.launcher.close(stop_jobs=False)
                rig.gate.let_go()
                await rig.gate.all_gone()
                second = rig.driver(epoch=2)
                await second.launcher.census(RUN)
                return await second.until(job)

        report = asyncio.run(scene())
        assert report.error is None, report.error
        assert report.phase is JobPhase.DONE

    def test_a_job_that_was_killed_without_an_engine_is_judged_by_what_is_left(self, rig: Rig) -> None:
        """Its parent wrote down how it ended."""

        async def scene() -> JobReport:
            async with rig:
                first, job = rig.driver(), rig.job("a", "wait")
                first.launcher.launch(job)
                pid = await rig.gate.arrival()
                await first.launcher.close(stop_jobs=False)
                os.kill(pid, signal.SIGKILL)
                await rig.gate.all_gone()
                second = rig.driver(epoch=2)
                await second.launcher.census(RUN)
                return await second.until(job)

        report = asyncio.run(scene())
        assert report.error is not None
        assert (report.error.code, report.retryable) == ("Interrupted", True)

    def test_an_adopted_job_can_be_stopped_by_name(self, rig: Rig) -> None:
        """Also before it is launched again."""

        async def scene() -> bool:
            async with rig:
                first, job = rig.driver(), rig.job("a", "wait")
                first.launcher.launch(job)
                pid = await rig.gate.arrival()
                await first.launcher.close(stop_jobs=False)
                second = rig.driver(epoch=2)
                await second.launcher.census(RUN)
                await second.stop(job, grace_s=PATIENCE_S)
                return processes.identify(pid) is None

        assert asyncio.run(scene())

    def test_a_job_that_was_stopped_is_started_anew_by_the_next_engine(self, rig: Rig) -> None:
        """Its end was no fault of its own: an engine that drained must not fail it when it comes back."""

        async def scene() -> JobReport:
            async with rig:
                first, job = rig.driver(), rig.job("a", "wait")
                first.launcher.launch(job)
                before = await rig.gate.arrival()
                await first.launcher.close(stop_jobs=True)
                second = rig.driver(epoch=2)
                await second.launcher.census(RUN)
                second.launcher.launch(job)
                assert await rig.gate.arrival() != before
                rig.gate.let_go()
                return await second.until(job)

        report = asyncio.run(scene())
        assert report.error is None, report.error
        assert report.phase is JobPhase.DONE

    def test_a_job_larger_than_the_machine_fails_for_good(self, rig: Rig) -> None:
        """Waiting would never end."""

        async def scene() -> list[JobReport]:
            async with rig:
                driver = rig.driver(cores=2, memory=1024 * _MIB)
                jobs = [rig.job("a", "succeed", cpu=3.0), rig.job("b", "succeed", memory=1025 * _MIB)]
                return [driver.launcher.launch(job) for job in jobs]

        for report in asyncio.run(scene()):
            assert report.error is not None
            assert (report.error.code, report.retryable) == ("ResourceRequestsExceedLimits", False)

    def test_jobs_stand_in_line_for_cores_in_turn_over_runs(self, rig: Rig) -> None:
        """First come first served within a run."""

        async def scene() -> list[JobPhase]:
            async with rig:
                driver = rig.driver(cores=1)
                names = ["a", "b", "c"]
                first, second, third = (rig.job(name, "wait") for name in names)
                other = rig.job("d", "wait", key=key_of("d", OTHER_RUN))
                jobs = [first, second, third, other]
                assert all(driver.launcher.launch(job) for job in jobs)
                for job in (first, second):
                    await rig.gate.arrival()
                    rig.gate.let_go()
                    await driver.until(job)
                await rig.gate.arrival()
                return [driver.launcher.look(job.key, job.name).phase for job in jobs]

        # b was at the head of its run's line, then it was the other run's turn.
        done, running, waiting = JobPhase.DONE, JobPhase.RUNNING, JobPhase.WAITING
        assert asyncio.run(scene()) == [done, done, waiting, running]

    def test_a_job_in_line_can_be_stopped_and_says_what_it_waits_for(self, rig: Rig) -> None:
        """No process was made for it."""

        async def scene() -> tuple[str, bool, JobPhase]:
            async with rig:
                driver = rig.driver(cores=1)
                first, second = rig.job("a", "wait"), rig.job("b", "wait")
                driver.launcher.launch(first)
                message = driver.launcher.launch(second).message
                stopped = driver.launcher.stop(second.key, second.name, grace_s=0)
                return message, stopped, driver.launcher.look(second.key, second.name).phase

        message, stopped, phase = asyncio.run(scene())
        assert "waits for 1 of 1 cores" in message
        assert (stopped, phase) == (True, JobPhase.UNKNOWN)

    def test_a_silent_job_leaves_no_log(self, rig: Rig) -> None:
        """The file appears with the first byte."""
        job = rig.job("a", "succeed")

        async def scene() -> JobReport:
            async with rig:
                return await rig.driver().until(job)

        assert asyncio.run(scene()).error is None
        assert not Path(job.log).exists()

    def test_a_capped_log_keeps_its_head_and_says_so(self, rig: Rig) -> None:
        """Much output neither fills the disk nor fails the task."""
        job = rig.job("a", "print", log_limit=1000)

        async def scene() -> JobReport:
            async with rig:
                return await rig.driver().until(job)

        assert asyncio.run(scene()).error is None
        text = Path(job.log).read_text()
        assert text.startswith("line 0\n")
        assert text.endswith("[log capped at 1000 bytes]\n")
        assert len(text) < 1100

    def test_more_memory_than_the_limit_ends_as_oomkilled(self, rig: Rig) -> None:
        """Its children's memory counts too."""

        async def scene() -> JobReport:
            async with rig:
                return await rig.driver().until(rig.job("a", "eat", memory_limit=200 * _MIB))

        report = asyncio.run(scene())
        assert report.error is not None
        assert (report.error.code, report.error.kind, report.retryable) == ("OOMKilled", FaultKind.USER, True)
        assert "200 MiB" in report.error.message

    def test_closing_with_stop_leaves_no_process(self, rig: Rig) -> None:
        """Nor a child in a session of its own."""

        async def scene() -> list[bool]:
            async with rig:
                driver, job = rig.driver(), rig.job("a", "family")
                driver.launcher.launch(job)
                pids = [await rig.gate.arrival(), await rig.gate.arrival()]
                await driver.launcher.close(stop_jobs=True)
                return [processes.identify(pid) is None for pid in pids]

        assert asyncio.run(scene()) == [True, True]
