"""The parent of one plain program: starts it at most once, watches it, writes down how it ended.

`python -m volant.launchers.shim <descriptor of the spec>`, in a session of its own. It outlives the engine, so
a later one learns the exit status, which the system tells to a parent only. Before the program starts, the
shim claims the attempt's folder: `process.json` appears there durably and for one shim only. So a shim started
twice runs nothing twice, and one that died between claim and start is judged lost, never repeated.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from volant.contracts import worker_wire as wire
from volant.kit import durable, processes
from volant.kit.limits import LogCap, ended_by_cgroup

PROCESS_FILE = "process.json"
_NOT_STARTED = 127
_TICK_S = 0.1


class Spec(Struct, frozen=True, kw_only=True):
    """What a shim is to run.

    Attributes:
        name: The job.
        command: Program and arguments.
        environment: Added to the launcher's.
        folder: The attempt's folder.
        log: Its log file.
        log_limit: Bytes kept of it.
        memory_limit: Bytes the program and its children may hold; 0 for no limit.
        cgroup: Folder of a cgroup v2 that holds it to that; "" where the shim has to watch.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    log: str
    log_limit: int
    memory_limit: int
    cgroup: str


class Claim(Struct, frozen=True):
    """Whose attempt it is.

    Attributes:
        job: The job's name.
        pid: The shim's.
        started: With `pid` its identity.
    """

    job: str
    pid: int
    started: float


class Watch:
    """One running program."""

    def __init__(self, spec: Spec, program: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        """Of a program that leads a process group of its own and writes to `log`."""
        self._spec, self._program, self._log = spec, program, log
        self._cap = LogCap(spec.log_limit)
        self._seen = 0

    def until_the_end(self, wakeup: socket.socket) -> wire.Exited:
        """Tend log and memory until it ended, and end what it left running."""
        while (status := self._program.poll()) is None:
            select.select([wakeup], [], [], _TICK_S)
            with contextlib.suppress(BlockingIOError):
                wakeup.recv(4096)
            self._cap.apply(self._log.fileno())
            self._weigh()
        if status != -signal.SIGTERM:
            # After SIGTERM its group has the grace of whoever sent it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._program.pid, signal.SIGKILL)
            processes.end_children()
        self._cap.apply(self._log.fileno())
        oom = bool(self._seen) or ended_by_cgroup(self._spec.cgroup)
        return wire.Exited(os.getpid(), status, self._spec.name, oom, self._seen, self._spec.memory_limit)

    def _weigh(self) -> None:
        if not self._spec.memory_limit or self._spec.cgroup:
            return
        seen = processes.resident_bytes(self._program.pid)
        if seen > self._spec.memory_limit:
            self._seen = seen
            processes.kill(processes.descendants(os.getpid()))


def run(spec: Spec) -> None:
    """Run the program once in this attempt, and leave `EXIT_FILE`."""
    me = processes.identify(os.getpid())
    assert me is not None
    if not durable.claim_file(Path(spec.folder, PROCESS_FILE), msgspec.json.encode(Claim(spec.name, *me))):
        return
    processes.adopt_orphans()
    if spec.cgroup:
        Path(spec.cgroup, "memory.max").write_text(str(spec.memory_limit))
        Path(spec.cgroup, "cgroup.procs").write_text(str(me.pid))
    with Path(spec.log).open("ab") as log:
        exited = _run(spec, log)
    if Path(spec.log).stat().st_size == 0:
        Path(spec.log).unlink()
    durable.write_file(Path(spec.folder, wire.EXIT_FILE), msgspec.json.encode(exited))


def _run(spec: Spec, log: IO[bytes]) -> wire.Exited:
    wakeup, signalled = socket.socketpair()
    for end in (wakeup, signalled):
        end.setblocking(False)
    signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        program = _start(spec, log)
    except OSError as error:
        log.write(f"cannot start {spec.command[0]!r}: {error}\n".encode())
        return wire.Exited(os.getpid(), _NOT_STARTED, spec.name)
    return Watch(spec, program, log).until_the_end(wakeup)


def _start(spec: Spec, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        spec.command,
        env={**os.environ, **spec.environment},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        process_group=0,
        preexec_fn=_obey_sigterm,
    )


def _obey_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def main() -> None:
    """The program."""
    # SIGTERM is for the program; its parent stays to tell how it ended.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(int(sys.argv[1]), "rb") as file:  # noqa: PTH123 - a descriptor has no path
        spec = msgspec.msgpack.decode(file.read(), type=Spec)
    run(spec)


if __name__ == "__main__":
    main()
