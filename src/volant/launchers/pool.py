"""The warm worker pool: one zygote per bundle, workers forked from it, reused within a run, never shared
between runs. A job costs one frame there and one back.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from volant.base.ids import ROOT, AttemptKey, RunId
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.launchers import judge
from volant.launchers.entry import Entry
from volant.launchers.resources import Ask, Machine
from volant.launchers.workforce import Workforce

_STOP_GRACE_S = 5.0
_PATIENCE_S = 10.0
_ZYGOTE_REST_S = 30.0
"""How long a zygote is kept after the last run that needed it."""

_NOT_BEGUN = frozenset({JobPhase.WAITING, JobPhase.STARTING})


class PoolLauncher:
    """Implements `contracts.launcher.Launcher` with warm workers.

    A job's command is `volant-execute`'s: options, "--", the loader's words.
    """

    def __init__(self, home: str, machine: Machine | None = None) -> None:
        """Keep sockets and logs for the data folder `home`, and give out `machine`, by default this one."""
        self._home = home
        self._machine = machine or Machine()
        self._entries: dict[tuple[RunId, str], Entry] = {}
        self._launching: Entry | None = None
        self._loop: asyncio.AbstractEventLoop
        self._wake: Callable[[AttemptKey], None]
        self._workforce: Workforce

    def start(self, wake: Callable[[AttemptKey], None], epoch: int) -> None:
        """See `Launcher.start`."""
        self._loop, self._wake = asyncio.get_running_loop(), wake
        self._workforce = Workforce(self._home, max(1, int(self._machine.cores)), epoch, self)

    async def census(self, run: RunId) -> None:
        """See `Launcher.census`. Waits for workers that live and do not answer, for as long as they live."""
        await self._workforce.census(run)

    def launch(self, job: Job) -> JobReport:
        """See `Launcher.launch`."""
        known = self._entries.get((job.key.run, job.name))
        if known is not None:
            known.meet(job)
            return known.report
        if self._workforce.has_lost(job.key.run):
            return JobReport(phase=JobPhase.WAITING, message="a newer engine has taken this run over")
        entry = self._entries[job.key.run, job.name] = Entry(job.name, job.key, job, job.output_prefix)
        self._launching = entry
        try:
            self._begin(entry, job)
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
        entry.key = key
        if entry.report.phase in _NOT_BEGUN:
            self._cancel(key.run, entry)
            return True
        return entry.stop(self._loop, grace_s, partial(self._tell, entry))

    def release(self, key: AttemptKey, name: str) -> None:
        """See `Launcher.release`."""
        entry = self._entries.pop((key.run, name), None)
        if entry is not None and not self._workforce.commit(key.run, name):
            judge.clear(entry.folder)

    def end_run(self, run: RunId) -> None:
        """See `Launcher.end_run`. A job that still runs is ended too."""
        for entry in [entry for (of, _), entry in self._entries.items() if of == run]:
            if entry.report.phase in _NOT_BEGUN:
                self._cancel(run, entry)
            elif entry.is_done:
                self.release(AttemptKey(run, ROOT, 0), entry.name)
            else:
                entry.stop(self._loop, _STOP_GRACE_S, partial(self._tell, entry))
        self._workforce.let_go(run)
        self._loop.call_later(_ZYGOTE_REST_S, self._sweep)

    async def close(self, *, stop_jobs: bool) -> None:
        """See `Launcher.close`. Idle workers end in any case."""
        if stop_jobs:
            for run in {run for run, _ in self._entries}:
                self.end_run(run)
            await self._workforce.end(_PATIENCE_S)
        await self._workforce.close(end=stop_jobs)

    def on_progress(self, entry: Entry, report: JobReport) -> None:
        """The workforce tells of a job."""
        if entry.is_done:
            return
        entry.report = report
        self._tell(entry)
        if report.phase is JobPhase.DONE:
            entry.give_back(self._machine)

    def on_found(self, run: RunId, census: wire.Census) -> Entry | None:
        """The workforce tells of a worker of an earlier engine."""
        for result in census.results:
            entry = self._entries[run, result.name] = Entry(result.name, None, None, "")
            entry.report = judge.of_result(result)
        if not census.running:
            return None
        entry = self._entries[run, census.running] = Entry(census.running, None, None, census.folder)
        entry.report = JobReport(phase=JobPhase.RUNNING, pid=census.pid)
        # What it asked for is not known before it is launched again; it counts as one core.
        entry.ask = Ask(run, self._machine.share(0), 0, lambda: None)
        self._machine.take(entry.ask)
        return entry

    def _begin(self, entry: Entry, job: Job) -> None:
        left = judge.found_at_launch(job.output_prefix, job.log)
        if left:
            entry.report = left
        else:
            entry.get_in_line(self._machine, job, partial(self._workforce.give, entry, job))

    def _cancel(self, run: RunId, entry: Entry) -> None:
        """Drop a job that has no process yet; a worker on its way for it becomes an idle one."""
        del self._entries[run, entry.name]
        entry.give_back(self._machine)

    def _sweep(self) -> None:
        self._workforce.sweep({entry.job.code for entry in self._entries.values() if entry.job})

    def _tell(self, entry: Entry) -> None:
        # Not during `launch`: its caller gets the report as the answer.
        if entry.key is not None and entry is not self._launching:
            self._wake(entry.key)
