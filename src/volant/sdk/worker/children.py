"""A zygote's workers: made by fork or as fresh interpreters, watched, reaped, and their ends written down."""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from volant.contracts import worker_wire as wire
from volant.kit import durable, processes
from volant.kit.limits import ended_by_cgroup
from volant.sdk.worker import joblog, worker
from volant.sdk.worker.loading import Code
from volant.sdk.worker.slate import Note, Slate, slate_file


class _Child(NamedTuple):
    spawn: wire.Spawn
    slate: Slate
    process: subprocess.Popen[bytes] | None = None


class Children:
    """The workers of one zygote."""

    def __init__(self, linger_s: float) -> None:
        """Workers that are left alone end after `linger_s`."""
        self._linger_s = linger_s
        self._children: dict[int, _Child] = {}
        self._eaters: dict[int, int] = {}

    def __len__(self) -> int:
        """How many live."""
        return len(self._children)

    def fork(self, spawn: wire.Spawn, code: Code, let_go: Callable[[], None]) -> int:
        """A worker that has everything this process imported; its pid.

        Args:
            spawn: As asked.
            code: What was imported.
            let_go: Called in the child: closes what is this process's alone.

        Raises:
            OSError: The system refuses the process or the socket.
        """
        listener, slate = _listen(spawn.socket), Slate()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            worker.become(worker.Boot(spawn, None, self._linger_s), listener, slate, code, let_go)
        listener.close()
        self._children[pid] = _Child(spawn, slate)
        return pid

    def start(self, spawn: wire.Spawn, load: wire.Load | None) -> int:
        """A worker in an interpreter of its own, which imports the file again; its pid.

        Raises:
            OSError: The system refuses the process or the socket.
        """
        boot = worker.Boot(spawn, load, self._linger_s)
        with _listen(spawn.socket) as listener, slate_file() as backing, tempfile.TemporaryFile() as file:
            file.write(msgspec.msgpack.encode(boot))
            file.seek(0)
            fds = (listener.fileno(), backing.fileno(), file.fileno())
            words = [sys.executable, "-P", "-m", "volant.sdk.worker.worker", *map(str, fds)]
            process = subprocess.Popen(words, pass_fds=fds, start_new_session=True)
            self._children[process.pid] = _Child(spawn, Slate(backing.fileno()), process)
        return process.pid

    def watch(self) -> None:
        """Kill every worker that holds more memory than its job may. Call it ten times a second."""
        for pid, child in self._children.items():
            note = child.slate.read()
            if note and note.memory_limit and pid not in self._eaters:
                self._weigh(pid, note.memory_limit)

    def reap(self) -> list[wire.Exited]:
        """Take leave of the workers that ended since the last call, and write down which job they had."""
        ended = []
        for pid in list(self._children):
            status = _ended(pid)
            if status is not None:
                ended.append(self._bury(pid, status))
        return ended

    def _weigh(self, pid: int, limit: int) -> None:
        seen = processes.resident_bytes(pid)
        if seen > limit:
            self._eaters[pid] = seen
            worker_process = processes.identify(pid)
            if worker_process:
                processes.kill(processes.family(worker_process))

    def _bury(self, pid: int, status: int) -> wire.Exited:
        child = self._children.pop(pid)
        note = child.slate.read()
        oom = pid in self._eaters or ended_by_cgroup(child.spawn.cgroup)
        seen = self._eaters.pop(pid, 0)
        exited = wire.Exited(pid, status)
        if note:
            exited = wire.Exited(pid, status, note.job, oom, seen, note.memory_limit)
        _write_down(exited, note, child.spawn)
        child.slate.close()
        return exited


def _listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    return listener


def _ended(pid: int) -> int | None:
    """The status of a child that is over; None while it runs. What is left of its group is killed."""
    if processes.is_linux():
        # Look before reaping: as long as the zombie is there, the number of its group is nobody else's.
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        if found.si_status != signal.SIGTERM or found.si_code == os.CLD_EXITED:
            # After SIGTERM the group has the grace of whoever sent it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    reaped, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if reaped else None


def _write_down(exited: wire.Exited, note: Note | None, spawn: wire.Spawn) -> None:
    # A full disk must not end the zygote: whoever is connected is told anyway.
    with contextlib.suppress(OSError):
        joblog.rescue(Path(spawn.stage), note.log if note else "", note.log_limit if note else 0)
        if note:
            durable.write_file(Path(note.folder, wire.EXIT_FILE), msgspec.json.encode(exited))
    with contextlib.suppress(OSError):
        Path(spawn.socket).unlink(missing_ok=True)
        if spawn.cgroup:
            Path(spawn.cgroup).rmdir()
