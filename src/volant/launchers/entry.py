"""A job as its launcher remembers it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from volant.base.ids import AttemptKey
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.kit.processes import Process
from volant.launchers import judge
from volant.launchers.ending import Ending
from volant.launchers.resources import Ask, Machine


@dataclass(slots=True, eq=False)
class Entry:
    """One job, from launch to release.

    Attributes:
        name: The job's name.
        key: Whom to wake; None for an adopted job nobody has asked about yet.
        job: As launched; None for an adopted one until it is launched again.
        report: What is known.
        ask: Its place in line, or what it holds of the machine; None for neither.
        folder: The attempt's folder; "" for an adopted job that left its result in memory only.
        process: What runs it; None before.
        ending: Set while it is being stopped.
    """

    name: str
    key: AttemptKey | None
    job: Job | None
    folder: str
    report: JobReport = field(default_factory=lambda: JobReport(phase=JobPhase.WAITING))
    ask: Ask | None = None
    process: Process | None = None
    ending: Ending | None = None

    @property
    def is_done(self) -> bool:
        """Whether the report is final."""
        return self.report.phase is JobPhase.DONE

    @property
    def log(self) -> str:
        """Path of its log; "" where that is not known."""
        return self.job.log if self.job else ""

    def meet(self, job: Job) -> None:
        """It was launched again, by an engine that did not start it."""
        self.key, self.job, self.folder = job.key, self.job or job, job.output_prefix

    def seen(self, machine: Machine) -> JobReport:
        """The report; of one in line with what it waits for now."""
        if self.report.phase is JobPhase.WAITING and self.ask:
            return JobReport(phase=JobPhase.WAITING, message=machine.why_waiting(self.ask))
        return self.report

    def get_in_line(self, machine: Machine, job: Job, start: Callable[[], None]) -> None:
        """Ask for what the job needs; `start` is called when it is granted, perhaps at once."""
        cores = machine.share(job.cpu)
        never = machine.why_never(cores, job.memory)
        if never:
            self.report = judge.never(never)
            return
        self.ask = Ask(job.key.run, cores, job.memory, start)
        machine.ask(self.ask)
        self.report = self.seen(machine)

    def give_back(self, machine: Machine) -> None:
        """Leave the line, or give back what was granted."""
        ask, self.ask = self.ask, None
        if ask is not None:
            machine.give_back(ask)

    def stop(self, loop: asyncio.AbstractEventLoop, grace_s: float, on_gone: Callable[[], None]) -> bool:
        """Begin to end its process, once; True when nothing of it lives."""
        if self.ending is None and self.process is not None and not self.is_done:
            judge.mark_stopped(self.folder)
            self.ending = Ending(loop, self.process, grace_s, on_gone)
        return self.ending is None or self.ending.is_over
