"""Plain programs: files in, files out. Each has a shim as its parent, which outlives the engine."""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import msgspec

from volant.base.errors import system_failure
from volant.base.ids import AttemptKey, RunId
from volant.contracts import layout
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.kit import durable, processes
from volant.kit.secret_names import withheld
from volant.launchers import documents, judge, memory, orphans
from volant.launchers.entry import Entry
from volant.launchers.exits import when_gone
from volant.launchers.resources import Ask, Machine
from volant.launchers.shim import PROCESS_FILE, Claim, Spec
from volant.launchers.waiting import gone_within

_STOP_GRACE_S = 5.0
_END_S = 5.0


class SubprocessLauncher:
    """Implements `contracts.launcher.Launcher` for any program.

    It finds `inputs.pb` in the node's folder, above the attempt's, and leaves `outputs.pb` or `error.pb` in
    the attempt's. The report's pid is the shim's.
    """

    def __init__(self, home: str, machine: Machine | None = None) -> None:
        """Remember what runs in the data folder `home`, and give out `machine`, by default this one."""
        self._home = home
        self._machine = machine or Machine()
        self._entries: dict[tuple[RunId, str], Entry] = {}
        self._cgroup = memory.find_parent()
        self._launching: Entry | None = None
        self._loop: asyncio.AbstractEventLoop
        self._wake: Callable[[AttemptKey], None]

    def start(self, wake: Callable[[AttemptKey], None], epoch: int) -> None:  # noqa: ARG002 - nobody to tell it
        """See `Launcher.start`."""
        self._loop, self._wake = asyncio.get_running_loop(), wake

    async def census(self, run: RunId) -> None:
        """See `Launcher.census`."""
        for job in self._remembered(run):
            if (run, job.name) not in self._entries:
                entry = self._entries[run, job.name] = Entry(job.name, job.key, job, job.output_prefix)
                if not self._find(entry, job):
                    self._forget(run, entry)

    def launch(self, job: Job) -> JobReport:
        """See `Launcher.launch`."""
        known = self._entries.get((job.key.run, job.name))
        if known is not None:
            known.meet(job)
            return known.report
        entry = self._entries[job.key.run, job.name] = Entry(job.name, job.key, job, job.output_prefix)
        self._launching = entry
        try:
            if not self._find(entry, job):
                entry.get_in_line(self._machine, job, partial(self._begin, entry, job))
        finally:
            self._launching = None
        return entry.report

    def look(self, key: AttemptKey, name: str) -> JobReport:
        """See `Launcher.look`."""
        entry = self._entries.get((key.run, name))
        if entry is None:
            return JobReport(phase=JobPhase.UNKNOWN)
        entry.key = key
        return entry.seen(self._machine)

    def stop(self, key: AttemptKey, name: str, *, grace_s: float) -> bool:
        """See `Launcher.stop`."""
        entry = self._entries.get((key.run, name))
        if entry is None:
            return True
        if entry.report.phase is JobPhase.WAITING:
            self._forget(key.run, entry)
            return True
        return entry.stop(self._loop, grace_s, partial(self._tell, entry))

    def release(self, key: AttemptKey, name: str) -> None:
        """See `Launcher.release`."""
        entry = self._entries.get((key.run, name))
        if entry is not None:
            self._forget(key.run, entry)

    def end_run(self, run: RunId) -> None:
        """See `Launcher.end_run`. A job that still runs is ended too."""
        for entry in [entry for (of, _), entry in self._entries.items() if of == run]:
            if entry.report.phase is JobPhase.RUNNING:
                entry.stop(self._loop, _STOP_GRACE_S, partial(self._tell, entry))
            else:
                self._forget(run, entry)

    async def close(self, *, stop_jobs: bool) -> None:
        """See `Launcher.close`."""
        running = [entry.process for entry in self._entries.values() if entry.process and not entry.is_done]
        if stop_jobs:
            for run in {run for run, _ in self._entries}:
                self.end_run(run)
            await gone_within(_STOP_GRACE_S + _END_S, running, kill=True)
        orphans.reap()

    def _begin(self, entry: Entry, job: Job) -> None:
        try:
            self._prepare(job)
            pid = _start_shim(job, self._cgroup)
        except OSError as error:
            self._finish(entry, judge.failed(system_failure("ProcessStartFailed", str(error)), retryable=True))
            return
        process = processes.identify(pid)
        if process is None:
            self._settle(entry, job)
            return
        self._watch(entry, job, process)
        self._tell(entry)

    def _prepare(self, job: Job) -> None:
        inputs = Path(job.output_prefix).parent / "inputs.pb"
        if not inputs.exists():
            durable.write_file(inputs, job.inputs)
        Path(job.output_prefix).mkdir(parents=True, exist_ok=True)
        remembered = msgspec.structs.replace(job.without_secrets(), inputs=b"")
        durable.write_file(self._marker(job.key.run, job.name), msgspec.msgpack.encode(remembered))

    def _remembered(self, run: RunId) -> list[Job]:
        paths = sorted(Path(layout.job_folder(self._home, run)).glob("*.job"))
        return [msgspec.msgpack.decode(path.read_bytes(), type=Job) for path in paths]

    def _marker(self, run: RunId, name: str) -> Path:
        return Path(layout.job_folder(self._home, run), f"{name}.job")

    def _find(self, entry: Entry, job: Job) -> bool:
        """Whether a shim took this attempt; its end, or its being at work, is then in the entry."""
        claim = _claim_left(job.output_prefix)
        if claim is not None and processes.is_alive(claim):
            self._follow(entry, job, claim)
            return True
        exited = judge.exit_left(job.output_prefix)
        ended_well = exited is not None and exited.status == 0
        if judge.was_stopped(job.output_prefix) and not ended_well:
            judge.clear(job.output_prefix)
            return False
        if exited is not None:
            self._finish(entry, _verdict(exited, job))
        elif claim is not None:
            self._finish(entry, judge.lost("its process vanished and left no exit status"))
        return claim is not None

    def _follow(self, entry: Entry, job: Job, process: processes.Process) -> None:
        if entry.ask is None:
            entry.ask = Ask(job.key.run, self._machine.share(job.cpu), job.memory, lambda: None)
            self._machine.take(entry.ask)
        self._watch(entry, job, process)

    def _watch(self, entry: Entry, job: Job, process: processes.Process) -> None:
        entry.process = process
        entry.report = JobReport(phase=JobPhase.RUNNING, pid=process.pid)
        when_gone(self._loop, process, partial(self._settle, entry, job))

    def _settle(self, entry: Entry, job: Job) -> None:
        orphans.reap()
        if not self._find(entry, job):
            self._finish(entry, judge.lost("its process ended before it began"))

    def _finish(self, entry: Entry, report: JobReport) -> None:
        entry.report = report
        self._tell(entry)
        entry.give_back(self._machine)

    def _forget(self, run: RunId, entry: Entry) -> None:
        del self._entries[run, entry.name]
        entry.give_back(self._machine)
        self._marker(run, entry.name).unlink(missing_ok=True)

    def _tell(self, entry: Entry) -> None:
        # Not during `launch`: its caller gets the report as the answer.
        if entry.key is not None and entry is not self._launching:
            self._wake(entry.key)


def _claim_left(folder: str) -> processes.Process | None:
    try:
        claim = msgspec.json.decode(Path(folder, PROCESS_FILE).read_bytes(), type=Claim)
    except FileNotFoundError:
        return None
    return processes.Process(claim.pid, claim.started)


def _verdict(exited: wire.Exited, job: Job) -> JobReport:
    said = documents.error_report(job.output_prefix)
    if said is not None and not exited.oom:
        return said
    if exited.status == 0 and not exited.oom:
        return documents.outputs_report(job.output_prefix, job.output_limit)
    return judge.of_exit(exited, job.log)


def _start_shim(job: Job, cgroup: Path | None) -> int:
    group = memory.make_group(cgroup, secrets.token_hex(4)) if cgroup and job.memory_limit else ""
    spec = Spec(
        name=job.name,
        command=job.command,
        environment=job.whole_environment,
        folder=job.output_prefix,
        log=job.log,
        log_limit=job.log_limit,
        memory_limit=job.memory_limit,
        cgroup=group,
    )
    with _in_memory() as file:
        file.write(msgspec.msgpack.encode(spec))
        file.seek(0)
        fd = file.fileno()
        words = [sys.executable, "-P", "-m", "volant.launchers.shim", str(fd)]
        process = subprocess.Popen(
            words, pass_fds=(fd,), start_new_session=True, stdin=subprocess.DEVNULL, env=withheld(os.environ)
        )
    return orphans.leave(process)


def _in_memory() -> IO[bytes]:
    """A file without a name for what holds secrets, on no disk where the system can do so."""
    return os.fdopen(os.memfd_create("spec"), "w+b") if hasattr(os, "memfd_create") else tempfile.TemporaryFile()
