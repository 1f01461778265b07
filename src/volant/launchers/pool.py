"""The warm worker pool: one zygote per bundle, workers forked from it, reused within a run, never shared
between runs. A job costs one frame there and one back.
"""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from volant.base.errors import Failure
from volant.base.ids import ROOT, AttemptKey, RunId
from volant.contracts import layout
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.kit import processes
from volant.launchers import judge, memory
from volant.launchers.entry import Entry
from volant.launchers.inquest import Inquest
from volant.launchers.peer import Peer, dial
from volant.launchers.resources import Ask, Machine
from volant.launchers.waiting import buried_within, gone_within
from volant.launchers.workers import Crew, Place, Worker
from volant.launchers.zygotes import SpawnRequest, Zygote

_STOP_GRACE_S = 5.0
_END_S = 5.0
_BURIAL_S = 2.0
_ZYGOTE_REST_S = 30.0
"""How long a zygote is kept after the last run that needed it."""


class PoolLauncher:
    """Implements `contracts.launcher.Launcher` with warm workers.

    A job's command is `volant-execute`'s: options, "--", the loader's words.
    """

    def __init__(self, home: str, machine: Machine | None = None) -> None:
        """Keep sockets and logs for the data folder `home`, and give out `machine`, by default this one."""
        self._home = home
        self._machine = machine or Machine()
        self._crew = Crew(max(1, int(self._machine.cores)))
        self._zygotes: dict[str, Zygote] = {}
        self._entries: dict[tuple[RunId, str], Entry] = {}
        self._holders: dict[Entry, Worker] = {}
        self._greeting: dict[Worker, asyncio.Future[None]] = {}
        self._dying: dict[int, Worker] = {}
        self._fenced: set[str] = set()
        self._lost: set[RunId] = set()
        self._cgroup = memory.find_parent()
        self._launching: Entry | None = None
        self._loop: asyncio.AbstractEventLoop
        self._wake: Callable[[AttemptKey], None]
        self._epoch = 0

    def start(self, wake: Callable[[AttemptKey], None], epoch: int) -> None:
        """See `Launcher.start`."""
        self._loop = asyncio.get_running_loop()
        self._wake, self._epoch = wake, epoch

    async def census(self, run: RunId) -> None:
        """See `Launcher.census`. Waits for workers that live and do not answer, for as long as they live."""
        paths = self._sockets(run)
        for path in paths - {worker.socket for worker in self._crew.all}:
            self._greet(Place(run, ""), path)
        await asyncio.gather(*self._greeting.values())
        alive = self._fenced | {worker.socket for worker in self._crew.all}
        await buried_within(_BURIAL_S, paths - alive)

    def launch(self, job: Job) -> JobReport:
        """See `Launcher.launch`."""
        known = self._entries.get((job.key.run, job.name))
        if known is not None:
            known.meet(job)
            return known.report
        if job.key.run in self._lost:
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
        if entry.report.phase is JobPhase.WAITING and entry.ask:
            return JobReport(phase=JobPhase.WAITING, message=self._machine.why_waiting(entry.ask))
        return entry.report

    def stop(self, key: AttemptKey, name: str, *, grace_s: float) -> bool:
        """See `Launcher.stop`."""
        entry = self._entries.get((key.run, name))
        if entry is None:
            return True
        entry.key = key
        if entry.report.phase in (JobPhase.WAITING, JobPhase.STARTING):
            self._cancel(key.run, entry)
            return True
        return entry.stop(self._loop, grace_s, partial(self._tell, entry))

    def release(self, key: AttemptKey, name: str) -> None:
        """See `Launcher.release`."""
        entry = self._entries.pop((key.run, name), None)
        if entry is None:
            return
        worker = self._holders.pop(entry, None)
        if worker is None:
            judge.clear(entry.folder)
            return
        worker.committed.append(name)
        if worker.fresh:
            worker.let_go()

    def end_run(self, run: RunId) -> None:
        """See `Launcher.end_run`. A job that still runs is ended too."""
        for entry in [entry for (of, _), entry in self._entries.items() if of == run]:
            if entry.report.phase in (JobPhase.WAITING, JobPhase.STARTING):
                self._cancel(run, entry)
            elif entry.is_done:
                self.release(AttemptKey(run, ROOT, 0), entry.name)
            else:
                entry.stop(self._loop, _STOP_GRACE_S, partial(self._tell, entry))
        for worker in self._crew.of_run(run):
            worker.let_go()
        self._loop.call_later(_ZYGOTE_REST_S, self._sweep)

    async def close(self, *, stop_jobs: bool) -> None:
        """See `Launcher.close`. Idle workers end in any case."""
        if stop_jobs:
            await self._stop_all()
        for worker in list(self._crew.all):
            worker.flush() if worker.entry else worker.let_go()
            worker.peer.close()
        for zygote in self._zygotes.values():
            zygote.close(end=stop_jobs)
        if stop_jobs:
            started = [found for each in self._zygotes.values() if (found := processes.identify(each.process))]
            # Not killed: another engine may have workers of it.
            await gone_within(_END_S, started, kill=False)
        self._zygotes.clear()

    async def _stop_all(self) -> None:
        for run in {run for run, _ in self._entries}:
            self.end_run(run)
        spawning = [zygote.answered() for zygote in self._zygotes.values()]
        await asyncio.gather(*spawning)
        for worker in self._crew.all:
            worker.let_go()
        workers = [worker.process for worker in (*self._crew.all, *self._dying.values())]
        await gone_within(_STOP_GRACE_S + _END_S, workers, kill=True)

    def _sweep(self) -> None:
        """Let zygotes go that nobody needs any more; one that another engine uses stays."""
        needed = {worker.place.code for worker in self._crew.all}
        needed |= {entry.job.code for entry in self._entries.values() if entry.job}
        for code in [code for code in self._zygotes if code not in needed]:
            self._zygotes.pop(code).close(end=True)

    def _begin(self, entry: Entry, job: Job) -> None:
        left = judge.left_behind(job.output_prefix, job.log)
        if left:
            entry.report = left
            return
        cores = self._machine.share(job.cpu)
        never = self._machine.why_never(cores, job.memory)
        if never:
            entry.report = judge.never(never)
            return
        entry.ask = Ask(job.key.run, cores, job.memory, partial(self._place, entry, job))
        self._machine.ask(entry.ask)
        if entry.report.phase is JobPhase.WAITING and entry.ask:
            entry.report = JobReport(phase=JobPhase.WAITING, message=self._machine.why_waiting(entry.ask))

    def _place(self, entry: Entry, job: Job) -> None:
        place = Place(job.key.run, job.code)
        worker = None if job.fresh else self._crew.take(place)
        if worker is not None:
            self._assign(worker, entry, job)
            return
        entry.report = JobReport(phase=JobPhase.STARTING)
        self._tell(entry)
        socket = layout.worker_socket(self._home, job.key.run, secrets.token_hex(4))
        group = memory.make_group(self._cgroup, secrets.token_hex(4)) if self._cgroup and job.memory_limit else ""
        frame = wire.Spawn(place.run, socket, {}, group, place.code, layout.stage_log(self._home, socket))
        self._zygote(place.code).spawn(SpawnRequest(frame, partial(self._spawned, entry, job, socket)))

    def _zygote(self, code: str) -> Zygote:
        if code not in self._zygotes:
            self._zygotes[code] = Zygote(self._loop, self._home, code, self._on_exited)
        return self._zygotes[code]

    def _spawned(self, entry: Entry, job: Job, socket: str, pid: int, failure: Failure | None, retryable: bool) -> None:
        if failure:
            self._finish(entry, judge.failed(failure, retryable=retryable))
            return
        process = processes.identify(pid)
        worker = (
            self._connect(Worker(Place(job.key.run, job.code), socket, process, fresh=job.fresh)) if process else None
        )
        if worker is None:
            self._finish(entry, judge.lost("its worker ended before it began"))
            return
        self._crew.all.add(worker)
        worker.peer.send(wire.Hello(self._epoch))
        if entry.ask is not None:
            self._assign(worker, entry, job)
        elif job.fresh:
            worker.let_go()
        else:
            self._crew.put(worker)

    def _connect(self, worker: Worker) -> Worker | None:
        connection = dial(worker.socket)
        if connection is None:
            return None
        worker.peer = Peer(self._loop, connection, partial(self._on_frame, worker), partial(self._on_close, worker))
        return worker

    def _assign(self, worker: Worker, entry: Entry, job: Job) -> None:
        entry.report = JobReport(phase=JobPhase.RUNNING, pid=worker.process.pid)
        worker.run(entry, job)
        self._tell(entry)

    def _on_frame(self, worker: Worker, frame: wire.AnyFrame) -> None:
        if isinstance(frame, wire.Result):
            entry = worker.entry
            if entry is not None and entry.name == frame.name:
                self._holders[entry] = worker
                self._vacate(worker, entry)
                self._finish(entry, judge.of_result(frame))
        elif isinstance(frame, wire.Census) and worker in self._greeting:
            self._adopt(worker, frame)
        elif isinstance(frame, wire.Refused):
            self._fenced.add(worker.socket)
            self._lost.add(worker.place.run)
            worker.peer.close()
            self._on_close(worker)

    def _on_close(self, worker: Worker) -> None:
        self._crew.remove(worker)
        self._greeted(worker)
        for entry in [entry for entry, holder in self._holders.items() if holder is worker]:
            del self._holders[entry]
        if worker.entry is not None:
            self._dying[worker.process.pid] = worker
            Inquest(self._loop, worker.entry, partial(self._judged, worker))

    def _judged(self, worker: Worker, entry: Entry, report: JobReport) -> None:
        self._dying.pop(worker.process.pid, None)
        self._finish(entry, report)

    def _vacate(self, worker: Worker, entry: Entry) -> None:
        if entry.ending is None:
            self._crew.put(worker)
        else:
            # SIGTERM is on its way to it: it must not get another job.
            worker.entry = None

    def _on_exited(self, exited: wire.Exited) -> None:
        worker = self._dying.pop(exited.pid, None) or self._crew.with_pid(exited.pid)
        if worker is None:
            return
        worker.peer.drain()
        entry = worker.entry
        if entry is None or entry.is_done:
            return
        if exited.job != entry.name and entry.job and entry.ending is None:
            # It died before it took the job up: another worker may.
            worker.entry = None
            self._place(entry, entry.job)
        else:
            self._finish(entry, judge.of_exit(exited, entry.log))

    def _sockets(self, run: RunId) -> set[str]:
        pattern = Path(layout.worker_socket(self._home, run, "*"))
        return set(map(str, pattern.parent.glob(pattern.name)))

    def _greet(self, place: Place, path: str) -> None:
        worker = self._connect(Worker(place, path, processes.Process(0, 0)))
        if worker is not None:
            self._greeting[worker] = self._loop.create_future()
            worker.peer.send(wire.Hello(self._epoch))

    def _greeted(self, worker: Worker) -> None:
        future = self._greeting.pop(worker, None)
        if future is not None and not future.done():
            future.set_result(None)

    def _adopt(self, worker: Worker, census: wire.Census) -> None:
        worker.place = Place(worker.place.run, census.code)
        worker.process = processes.identify(census.pid) or worker.process
        self._crew.all.add(worker)
        self._zygote(census.code).watch()
        for result in census.results:
            entry = self._entries[worker.place.run, result.name] = Entry(result.name, None, None, "")
            entry.report = judge.of_result(result)
            self._holders[entry] = worker
        if census.running:
            self._adopt_running(worker, census)
        else:
            self._crew.put(worker)
        self._greeted(worker)

    def _adopt_running(self, worker: Worker, census: wire.Census) -> None:
        entry = self._entries[worker.place.run, census.running] = Entry(census.running, None, None, census.folder)
        entry.process, worker.entry = worker.process, entry
        entry.report = JobReport(phase=JobPhase.RUNNING, pid=census.pid)
        entry.ask = Ask(worker.place.run, self._machine.share(0), 0, lambda: None)
        self._machine.take(entry.ask)

    def _cancel(self, run: RunId, entry: Entry) -> None:
        """Drop a job that has no process yet; a worker on its way for it becomes an idle one."""
        del self._entries[run, entry.name]
        ask, entry.ask = entry.ask, None
        if ask is not None and not self._machine.withdraw(ask):
            self._machine.give_back(ask)

    def _finish(self, entry: Entry, report: JobReport) -> None:
        if entry.is_done:
            return
        entry.report = report
        self._tell(entry)
        ask, entry.ask = entry.ask, None
        if ask is not None:
            self._machine.give_back(ask)

    def _tell(self, entry: Entry) -> None:
        # Not during `launch`: its caller gets the report as the answer.
        if entry.key is not None and entry is not self._launching:
            self._wake(entry.key)
