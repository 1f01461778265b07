"""The pool's workers: each serves one run and one bundle, one job at a time."""

from dataclasses import dataclass, field
from typing import NamedTuple

from volant.base.ids import RunId
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import Job
from volant.kit import processes
from volant.launchers.entry import Entry
from volant.launchers.peer import Peer


class Place(NamedTuple):
    """Whom a worker may serve.

    Attributes:
        run: The run.
        code: The bundle.
    """

    run: RunId
    code: str


@dataclass(slots=True, eq=False)
class Worker:
    """A connected worker.

    Attributes:
        place: Whom it serves.
        socket: Where it listens.
        process: It; None before it said who it is, and where it died at birth.
        peer: The connection.
        entry: The job it is at; None when idle.
        fresh: Whether it serves one job only.
        committed: Names to tell it with the next frame.
    """

    place: Place
    socket: str
    process: processes.Process | None
    fresh: bool = False
    entry: Entry | None = None
    committed: list[str] = field(default_factory=list)
    peer: Peer = field(init=False)

    @property
    def pid(self) -> int:
        """Of its process; 0 where that is not known."""
        return self.process.pid if self.process else 0

    def run(self, entry: Entry, job: Job) -> None:
        """Give it a job."""
        self.entry, entry.process = entry, self.process
        committed, self.committed = tuple(self.committed), []
        self.peer.send(run_frame(job, committed))

    def flush(self) -> None:
        """Tell it what is on record."""
        if self.committed:
            self.peer.send(wire.Committed(tuple(self.committed)))
            self.committed = []

    def let_go(self) -> None:
        """Nothing more will be asked of it: it ends when its job is over."""
        self.flush()
        self.peer.send(wire.Bye())


def run_frame(job: Job, committed: tuple[str, ...]) -> wire.Run:
    """What to tell a worker to do."""
    options, loader = split_command(job.command)
    return wire.Run(
        job.name,
        loader,
        job.inputs,
        job.output_prefix,
        options.get("--raw-output-data-prefix", ""),
        options.get("--checkpoint-path", ""),
        options.get("--prev-checkpoint", ""),
        job.whole_environment,
        job.log,
        job.log_limit,
        job.output_limit,
        committed,
        job.memory_limit,
        options.get("--resolver", ""),
    )


def split_command(command: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """(options by name, the loader's words behind "--") of a command like `volant-execute`'s."""
    end = command.index("--") if "--" in command else len(command)
    words = command[1:end]
    return dict(zip(words[::2], words[1::2], strict=False)), command[end + 1 :]


class Crew:
    """All workers of a pool."""

    def __init__(self, size: int) -> None:
        """Which keeps at most `size` of them idle."""
        self._size = size
        self._idle: dict[Place, list[Worker]] = {}
        self._idle_count = 0
        self.all: set[Worker] = set()

    def take(self, place: Place) -> Worker | None:
        """An idle worker of that place, which is idle no more."""
        idle = self._idle.get(place)
        if not idle:
            return None
        self._idle_count -= 1
        return idle.pop()

    def put(self, worker: Worker) -> None:
        """This one is idle now; where there are too many, another one goes."""
        worker.entry = None
        if worker.fresh:
            return
        self._idle.setdefault(worker.place, []).append(worker)
        self._idle_count += 1
        if self._idle_count > self._size:
            self._dismiss_other(worker.place)

    def remove(self, worker: Worker) -> None:
        """This one is gone."""
        self.all.discard(worker)
        idle = self._idle.get(worker.place)
        if idle and worker in idle:
            idle.remove(worker)
            self._idle_count -= 1
        if not idle:
            self._idle.pop(worker.place, None)

    def with_pid(self, pid: int) -> Worker | None:
        """The worker that is this process."""
        return next((worker for worker in self.all if worker.pid == pid), None)

    def of_run(self, run: str) -> list[Worker]:
        """A run's workers."""
        return [worker for worker in self.all if worker.place.run == run]

    def _dismiss_other(self, place: Place) -> None:
        for other, idle in self._idle.items():
            if idle and other != place:
                worker = idle.pop(0)
                self._idle_count -= 1
                worker.let_go()
                return
