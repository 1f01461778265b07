"""The pool's processes: zygotes, workers, and what they say. Knows nothing of lines, cores and wishes."""

import asyncio
import secrets
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Protocol

from volant.base.errors import Failure
from volant.base.ids import RunId
from volant.contracts import layout
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.kit import processes
from volant.launchers import judge, memory
from volant.launchers.entry import Entry
from volant.launchers.inquest import Inquest
from volant.launchers.peer import Peer, dial
from volant.launchers.waiting import buried_within, gone_within
from volant.launchers.workers import Crew, Place, Worker
from volant.launchers.zygotes import SpawnRequest, Zygote

_BURIAL_S = 2.0
_END_S = 5.0


class Boss(Protocol):
    """Whom a workforce tells."""

    def on_progress(self, entry: Entry, report: JobReport) -> None:
        """A job is in another phase; with DONE once, for good."""
        ...

    def on_found(self, run: RunId, census: wire.Census) -> Entry | None:
        """A worker of an earlier engine tells what it has; returns the entry of what it runs."""
        ...


class Workforce:
    """Gets jobs done by workers: an idle one of the same run and bundle, or a new one."""

    def __init__(self, home: str, idle: int, epoch: int, boss: Boss) -> None:
        """On the running loop; keeps at most `idle` workers that have nothing to do."""
        self._loop = asyncio.get_running_loop()
        self._home, self._epoch, self._boss = home, epoch, boss
        self._crew = Crew(idle)
        self._zygotes: dict[str, Zygote] = {}
        self._holders: dict[tuple[RunId, str], Worker] = {}
        self._greeting: dict[Worker, asyncio.Future[None]] = {}
        self._dying: dict[int, Worker] = {}
        self._fenced: dict[str, RunId] = {}
        self._cgroup = memory.find_parent()

    def has_lost(self, run: RunId) -> bool:
        """Whether a worker of the run obeys a newer engine."""
        return run in self._fenced.values()

    async def census(self, run: RunId) -> None:
        """Greet every worker of a run; waits for those that live and do not answer, as long as they live."""
        paths = self._sockets(run)
        for path in paths - {worker.socket for worker in self._crew.all}:
            self._greet(Place(run, ""), path)
        await asyncio.gather(*self._greeting.values())
        alive = self._fenced.keys() | {worker.socket for worker in self._crew.all}
        await buried_within(_BURIAL_S, paths - alive)

    def give(self, entry: Entry, job: Job) -> None:
        """Have it done."""
        place = Place(job.key.run, job.code)
        worker = None if job.fresh else self._crew.take(place)
        if worker is not None:
            self._assign(worker, entry, job)
            return
        entry.process = None
        self._boss.on_progress(entry, JobReport(phase=JobPhase.STARTING))
        socket = layout.worker_socket(self._home, job.key.run, secrets.token_hex(4))
        group = memory.make_group(self._cgroup, secrets.token_hex(4)) if self._cgroup and job.memory_limit else ""
        frame = wire.Spawn(place.run, socket, {}, group, place.code, layout.stage_log(self._home, socket))
        self._zygote(place.code).spawn(SpawnRequest(frame, partial(self._spawned, entry, job, socket)))

    def commit(self, run: RunId, name: str) -> bool:
        """A job's result is on record; False where no worker keeps it."""
        worker = self._holders.pop((run, name), None)
        if worker is None:
            return False
        worker.committed.append(name)
        if worker.fresh:
            worker.let_go()
        return True

    def let_go(self, run: RunId) -> None:
        """The run's workers may end."""
        for worker in self._crew.of_run(run):
            worker.let_go()

    def sweep(self, needed: Iterable[str]) -> None:
        """Let zygotes go whose bundle nobody needs any more; one that another engine uses stays."""
        busy = {worker.place.code for worker in self._crew.all}.union(needed)
        for code in self._zygotes.keys() - busy:
            self._zygotes.pop(code).close(end=True)

    async def end(self, patience_s: float) -> None:
        """End every worker; what does not within `patience_s` is killed."""
        await asyncio.gather(*(zygote.answered() for zygote in self._zygotes.values()))
        for worker in self._crew.all:
            worker.let_go()
        workers = [worker.process for worker in (*self._crew.all, *self._dying.values())]
        await gone_within(patience_s, workers, kill=True)

    async def close(self, *, end: bool) -> None:
        """Let go of everybody; idle workers end. With `end` the zygotes end too, but for those others use."""
        for worker in list(self._crew.all):
            worker.flush() if worker.entry else worker.let_go()
            worker.peer.close()
        for zygote in self._zygotes.values():
            zygote.close(end=end)
        started = [found for each in self._zygotes.values() if (found := processes.identify(each.process))]
        self._zygotes.clear()
        if end:
            await gone_within(_END_S, started, kill=False)

    def _zygote(self, code: str) -> Zygote:
        if code not in self._zygotes:
            self._zygotes[code] = Zygote(self._loop, self._home, code, self._epoch, self._on_exited)
        return self._zygotes[code]

    def _spawned(self, entry: Entry, job: Job, socket: str, pid: int, failure: Failure | None, retryable: bool) -> None:
        if failure:
            self._boss.on_progress(entry, judge.failed(failure, retryable=retryable))
            return
        worker = Worker(Place(job.key.run, job.code), socket, processes.identify(pid), fresh=job.fresh)
        if not self._connect(worker):
            self._boss.on_progress(entry, judge.lost("its worker ended before it began"))
            return
        self._crew.all.add(worker)
        if entry.ask is not None:
            self._assign(worker, entry, job)
        elif job.fresh:
            worker.let_go()
        else:
            self._crew.put(worker)

    def _connect(self, worker: Worker) -> bool:
        connection = dial(worker.socket)
        if connection is None:
            return False
        worker.peer = Peer(self._loop, connection, partial(self._on_frame, worker), partial(self._on_close, worker))
        worker.peer.send(wire.Hello(self._epoch))
        return True

    def _assign(self, worker: Worker, entry: Entry, job: Job) -> None:
        worker.run(entry, job)
        self._boss.on_progress(entry, JobReport(phase=JobPhase.RUNNING, pid=worker.pid))

    def _on_frame(self, worker: Worker, frame: wire.AnyFrame) -> None:
        match frame:
            case wire.Result():
                self._on_result(worker, frame)
            case wire.Census() if worker in self._greeting:
                self._adopt(worker, frame)
            case wire.Refused():
                self._fenced[worker.socket] = worker.place.run
                worker.peer.close()
                self._on_close(worker)

    def _on_result(self, worker: Worker, result: wire.Result) -> None:
        entry = worker.entry
        if entry is None or entry.name != result.name:
            return
        self._holders[worker.place.run, entry.name] = worker
        if entry.ending is None:
            self._crew.put(worker)
        else:
            # SIGTERM is on its way to it: it must not get another job.
            worker.entry = None
        self._boss.on_progress(entry, judge.of_result(result))

    def _on_close(self, worker: Worker) -> None:
        self._crew.remove(worker)
        self._greeted(worker)
        for name in [name for name, holder in self._holders.items() if holder is worker]:
            del self._holders[name]
        if worker.entry is not None:
            self._dying[worker.pid] = worker
            Inquest(self._loop, worker.entry, partial(self._judged, worker))

    def _judged(self, worker: Worker, entry: Entry, report: JobReport) -> None:
        self._dying.pop(worker.pid, None)
        self._boss.on_progress(entry, report)

    def _on_exited(self, exited: wire.Exited) -> None:
        worker = self._dying.pop(exited.pid, None) or self._crew.with_pid(exited.pid)
        if worker is None:
            return
        worker.peer.drain()
        entry, worker.entry = worker.entry, None
        if entry is None or entry.is_done:
            return
        if exited.job != entry.name and entry.job and entry.ending is None:
            # It died before it took the job up: another worker may.
            self.give(entry, entry.job)
        else:
            self._boss.on_progress(entry, judge.of_exit(exited, entry.log))

    def _sockets(self, run: RunId) -> set[str]:
        pattern = Path(layout.worker_socket(self._home, run, "*"))
        return set(map(str, pattern.parent.glob(pattern.name)))

    def _greet(self, place: Place, path: str) -> None:
        worker = Worker(place, path, None)
        if self._connect(worker):
            self._greeting[worker] = self._loop.create_future()

    def _greeted(self, worker: Worker) -> None:
        future = self._greeting.pop(worker, None)
        if future is not None and not future.done():
            future.set_result(None)

    def _adopt(self, worker: Worker, census: wire.Census) -> None:
        run = worker.place.run
        worker.place, worker.process = Place(run, census.code), processes.identify(census.pid)
        self._crew.all.add(worker)
        self._zygote(census.code).watch()
        self._holders.update({(run, result.name): worker for result in census.results})
        worker.entry = self._boss.on_found(run, census)
        if worker.entry is None:
            self._crew.put(worker)
        else:
            worker.entry.process = worker.process
        self._greeted(worker)
