"""One worker: runs a run's jobs on its main thread, one after another. Forked by a zygote, or a program of
its own (`python -m volant.sdk.worker.worker`) where forking is not safe.
"""

import faulthandler
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from volant.contracts import worker_wire as wire
from volant.kit import processes
from volant.sdk.worker import loading, surroundings
from volant.sdk.worker.control import Control
from volant.sdk.worker.desk import Desk
from volant.sdk.worker.joblog import JobLog
from volant.sdk.worker.jobs import perform
from volant.sdk.worker.slate import Note, Slate
from volant.sdk.worker.surroundings import Surroundings


class Boot(Struct, frozen=True, array_like=True):
    """What a fresh interpreter needs to become a worker.

    Attributes:
        spawn: As the launcher asked.
        load: What the zygote imported; None for nothing.
        linger_s: How long a worker without engine and job stays.
    """

    spawn: wire.Spawn
    load: wire.Load | None
    linger_s: float


class Worker:
    """A worker that has its listener and its user's code."""

    def __init__(self, boot: Boot, listener: socket.socket, slate: Slate, code: loading.Code) -> None:
        """In a process of its own; sends descriptors 1 and 2 to the stage log."""
        self._boot = boot
        self._slate = slate
        self._code = code
        self._pid = os.getpid()
        self._log = JobLog(boot.spawn.stage)
        self._desk = Desk(boot.spawn.run, boot.spawn.code)
        self._control = Control(listener, boot.spawn.socket, self._desk, self._log, boot.linger_s)
        os.register_at_fork(after_in_child=self._control.forget)

    def work(self) -> None:
        """Run jobs until told, or left alone for long; never raises."""
        threading.Thread(target=self._control.serve, name="volant-control", daemon=True).start()
        while (job := self._control.inbox.get()) is not None:
            self._desk.finish(self._run(job))
            self._slate.clear()
        surroundings.flush()
        self._log.close()

    def _run(self, job: wire.Run) -> wire.Result:
        self._slate.write(self._note(job))
        self._log.begin(job.log, job.log_limit)
        before = Surroundings(job.environment)
        result = perform(job, self._code)
        if os.getpid() != self._pid:
            # A child the user's code forked came back from it: the job is its parent's.
            surroundings.flush()
            os._exit(0 if result.error is None else 1)
        before.restore()
        self._log.end()
        return result

    def _note(self, job: wire.Run) -> Note:
        group = self._boot.spawn.cgroup
        if group:
            Path(group, "memory.max").write_text(str(job.memory_limit or "max"))
        return Note(job.name, job.output_prefix, job.log, job.log_limit, 0 if group else job.memory_limit)


def become(boot: Boot, listener: socket.socket, slate: Slate, code: loading.Code, let_go: Callable[[], None]) -> None:
    """Turn this process into a worker in a session of its own, and end with it.

    Never returns: a forked child must not run its zygote's frames, nor the exit handlers of modules it did
    not import. `let_go` closes what is the parent's alone.
    """
    status = 70
    try:
        if os.getsid(0) != os.getpid():
            os.setsid()
        let_go()
        surroundings.reset_signals()
        if boot.spawn.cgroup:
            Path(boot.spawn.cgroup, "cgroup.procs").write_text(str(os.getpid()))
        os.environ.update(boot.spawn.environment)
        processes.adopt_orphans()
        worker = Worker(boot, listener, slate, code)
        for stream in (sys.stdout, sys.stderr):
            # Every line reaches the log at once: a crash loses nothing, `logs -f` sees it.
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        faulthandler.enable(2)
        worker.work()
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """The program of a worker that was not forked; its arguments are descriptors: listener, slate, boot."""
    listener, slate, boot_fd = map(int, sys.argv[1:])
    with open(boot_fd, "rb") as file:  # noqa: PTH123 - a descriptor has no path
        boot = msgspec.msgpack.decode(file.read(), type=Boot)
    code = loading.load(boot.load) if boot.load else loading.NOTHING
    become(boot, socket.socket(fileno=listener), Slate(slate), code, lambda: None)


if __name__ == "__main__":
    main()
