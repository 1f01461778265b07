"""Processes that exist only in memory, and the launcher that starts them: for tests of process plugins."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from volant.base.ids import AttemptKey, RunId
from volant.contracts.http import Request, Response
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.testing.service import OutsideJob

UNKNOWN = JobReport(phase=JobPhase.UNKNOWN)
_WALK = (JobPhase.WAITING, JobPhase.STARTING, JobPhase.RUNNING)


class MemoryProcesses:
    """What would be the operating system: it outlives every launcher. Implements `testing.service.Service`.

    Args:
        end: The report each process ends with; None lets it run until it is stopped.

    Attributes:
        launched: What was launched, in order; a process started twice is here twice.
        released: Names whose results nobody needs any more.
    """

    def __init__(self, end: JobReport | None) -> None:
        self.launched: list[Job] = []
        self.released: set[str] = set()
        self.reports: dict[str, JobReport] = {}
        self._end = end

    def names(self) -> list[str]:
        """Names of what was launched."""
        return [job.name for job in self.launched]

    async def handle(self, request: Request) -> Response:
        """Nothing here speaks HTTP."""
        return Response(status=404, body=b"processes speak no HTTP")

    def jobs(self) -> list[OutsideJob]:
        """Everything ever launched."""
        over = (JobPhase.DONE, JobPhase.UNKNOWN)
        return [
            OutsideJob(job.name, is_running=self.reports.get(job.name, UNKNOWN).phase not in over)
            for job in self.launched
        ]

    def leftovers(self) -> list[str]:
        """Results that nobody has released."""
        kept = set(self.reports) - self.released
        return [f"the result of process {name}" for name in sorted(kept)]

    def lose(self, name: str) -> None:
        """Make a process vanish without a trace."""
        del self.reports[name]

    def life(self) -> Iterator[JobReport]:
        """The reports of one process, one after the other."""
        yield from (JobReport(phase=phase, pid=7 * (phase is JobPhase.RUNNING)) for phase in _WALK)
        if self._end:
            yield self._end


class MemoryLauncher:
    """A launcher over `MemoryProcesses`. Implements `contracts.launcher.Launcher`; time plays no part.

    A process moves one phase further at each turn of the loop, and needs one turn to die.
    """

    def __init__(self, processes: MemoryProcesses) -> None:
        self._processes = processes
        self._dying: set[str] = set()
        self._open = False

    def start(self, wake: Callable[[AttemptKey], None], epoch: int) -> None:
        """Begin."""
        self._wake = wake
        self._open = True

    async def census(self, run: RunId) -> None:
        """Go on with what an earlier launcher started."""
        for job in self._processes.launched:
            if job.key.run == run:
                self._move(job, self._rest(job.name))

    def launch(self, job: Job) -> JobReport:
        """Start it, or find it."""
        if job.name not in self._processes.reports:
            self._processes.launched.append(job)
            life = self._processes.life()
            self._processes.reports[job.name] = next(life)
            asyncio.get_running_loop().call_soon(self._move, job, life)
        return self._processes.reports[job.name]

    def look(self, key: AttemptKey, name: str) -> JobReport:
        """What is known of it."""
        return self._processes.reports.get(name, UNKNOWN)

    def stop(self, key: AttemptKey, name: str, *, grace_s: float) -> bool:
        """Let it die at the next turn."""
        report = self._processes.reports.get(name, UNKNOWN)
        if report.phase in (JobPhase.DONE, JobPhase.UNKNOWN):
            return True
        if name not in self._dying:
            self._dying.add(name)
            asyncio.get_running_loop().call_soon(self._die, key, name)
        return False

    def release(self, key: AttemptKey, name: str) -> None:
        """Note it."""
        self._processes.released.add(name)

    def end_run(self, run: RunId) -> None:
        """Nothing is kept per run."""

    async def close(self, *, stop_jobs: bool) -> None:
        """Let go."""
        self._open = False

    def _rest(self, name: str) -> Iterator[JobReport]:
        """What is left of a life."""
        before = self._processes.reports.get(name, UNKNOWN)
        life: Sequence[JobReport] = tuple(self._processes.life())
        return iter(life[life.index(before) + 1 :] if before in life else ())

    def _move(self, job: Job, life: Iterator[JobReport]) -> None:
        if not self._open or job.name in self._dying or job.name not in self._processes.reports:
            return
        if report := next(life, None):
            self._processes.reports[job.name] = report
            asyncio.get_running_loop().call_soon(self._move, job, life)
            self._wake(job.key)

    def _die(self, key: AttemptKey, name: str) -> None:
        if self._open:
            self._processes.reports.pop(name, None)
            self._wake(key)
