"""The pool's zygotes: one per bundle, found where one runs already, started where not."""

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from volant.base.errors import Failure, FaultKind, NotFoundError, SystemFault, user_failure
from volant.contracts import layout
from volant.contracts import worker_wire as wire
from volant.kit import code_bundle
from volant.launchers import judge
from volant.launchers.peer import Peer, dial
from volant.launchers.zygote_start import start_zygote_process

_TRIES = 3


class SpawnRequest(NamedTuple):
    """One worker wanted.

    Attributes:
        frame: What to ask.
        done: Called with the pid, or with why there is none and whether trying again may help.
        tries: How often it was asked.
    """

    frame: wire.Spawn
    done: Callable[[int, Failure | None, bool], None]
    tries: int = 0


class Zygote:
    """The zygote of one bundle.

    Attributes:
        process: Pid of the one started here; 0 for none.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        home: str,
        code: str,
        epoch: int,
        on_exited: Callable[[wire.Exited], None],
    ) -> None:
        """For the bundle `code`, "" for the current folder; nothing is started yet."""
        self._loop, self._home, self._code, self._epoch, self._on_exited = loop, home, code, epoch, on_exited
        self._peer: Peer | None = None
        self._started: str = ""
        self._is_ready = False
        self._asked: deque[SpawnRequest] = deque()
        self._waiting: deque[SpawnRequest] = deque()
        self._idle: asyncio.Future[None] | None = None
        self.process = 0

    def spawn(self, request: SpawnRequest) -> None:
        """Ask for a worker; `request.done` is called later, or at once where there can be no zygote."""
        self._waiting.append(request)
        if self._peer is None:
            self._connect()
        elif self._is_ready:
            self._ask_waiting()

    def watch(self) -> None:
        """Connect to it if it runs, to hear of its workers' ends; start nothing."""
        if self._peer is None:
            self._adopt()

    async def answered(self) -> None:
        """Returns when no worker is on its way any more; those not asked for yet are not wanted any more."""
        self._waiting.clear()
        self._idle = self._loop.create_future() if self._asked else None
        if self._idle:
            await self._idle

    def close(self, *, end: bool) -> None:
        """Let go of it; with `end` it ends once no worker lives."""
        if self._peer is not None:
            if end:
                self._peer.send(wire.Bye())
            self._peer.close()
            self._peer = None

    def _adopt(self) -> bool:
        connection = dial(layout.zygote_socket(self._home, self._code))
        if connection is None:
            return False
        self._meet(connection)
        self._is_ready = True
        return True

    def _meet(self, connection: socket.socket) -> None:
        self._peer = Peer(self._loop, connection, self._on_frame, self._on_close)
        self._peer.send(wire.Hello(self._epoch))

    def _connect(self) -> None:
        if self._adopt():
            self._ask_waiting()
            return
        try:
            self._start()
        except NotFoundError as error:
            self._fail(user_failure("CodeNotFound", str(error)), retryable=False)
        except SystemFault as error:
            self._fail(Failure("ZygoteStartFailed", str(error), FaultKind.SYSTEM), retryable=True)

    def _start(self) -> None:
        load, python, cwd = self._recipe()
        started = start_zygote_process(self._home, python, cwd)
        self.process, self._started = started.pid, started.socket
        connection = dial(started.socket)
        if connection is None:
            raise SystemFault(f"the zygote on {started.socket} does not listen")
        self._is_ready = False
        self._meet(connection)
        assert self._peer is not None
        self._peer.send(load)

    def _recipe(self) -> tuple[wire.Load, str, str]:
        if not self._code:
            return wire.Load("", str(Path.cwd()), ""), sys.executable, ""
        manifest = code_bundle.read_manifest(self._home, self._code)
        cwd = manifest.cwd if os.path.isdir(manifest.cwd) else self._home  # noqa: PTH112 - "" is no folder
        return code_bundle.load_frame(self._home, self._code, manifest), manifest.python, cwd

    def _on_frame(self, frame: wire.AnyFrame) -> None:
        match frame:
            case wire.Exited():
                self._on_exited(frame)
            case wire.Loaded():
                Path(self._started).rename(layout.zygote_socket(self._home, self._code))
                self._is_ready = True
                self._ask_waiting()
            case wire.Refused() if not self._is_ready:
                self._refuse_load(frame.problems[0])
            case wire.Refused():
                self._answer(0, Failure("WorkerStartFailed", frame.problems[0].message, FaultKind.SYSTEM))
            case wire.Spawned():
                self._answer(frame.pid, None)

    def _answer(self, pid: int, failure: Failure | None) -> None:
        self._asked.popleft().done(pid, failure, True)
        self._settle()

    def _settle(self) -> None:
        if self._idle and not self._asked and not self._idle.done():
            self._idle.set_result(None)

    def _refuse_load(self, problem: wire.Problem) -> None:
        failure = Failure("CodeLoadFailed", problem.message, FaultKind.USER, trace=problem.trace, fix=problem.fix)
        self.close(end=True)
        self._fail(failure, retryable=False)

    def _on_close(self) -> None:
        was_ready, self._peer, self._is_ready = self._is_ready, None, False
        if not was_ready:
            log = layout.zygote_log(self._home)
            said = judge.last_lines(log, 10)
            message = f"the process that imports the code ended without an answer; the last it said:\n{said}"
            self._fail(user_failure("CodeLoadFailed", message, fix=f"read {log}"), retryable=False)
            return
        again = [request._replace(tries=request.tries + 1) for request in self._asked]
        self._asked.clear()
        for request in again:
            if request.tries >= _TRIES:
                message = f"the zygote ended {_TRIES} times while it made a worker"
                request.done(0, Failure("WorkerStartFailed", message, FaultKind.SYSTEM), True)
            else:
                self.spawn(request)
        self._settle()

    def _ask_waiting(self) -> None:
        assert self._peer is not None
        while self._waiting:
            request = self._waiting.popleft()
            self._asked.append(request)
            self._peer.send(request.frame)

    def _fail(self, failure: Failure, *, retryable: bool) -> None:
        waiting, self._waiting = self._waiting, deque()
        for request in waiting:
            request.done(0, failure, retryable)
