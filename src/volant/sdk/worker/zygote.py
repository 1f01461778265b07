"""The zygote: a fresh, single-threaded interpreter that imports a user's file once, then makes workers of it.

`python -m volant.sdk.worker.zygote <socket> <descriptor of the listener> [--linger S] [--worker-linger S]`.
It answers whoever connects, outlives every engine, reaps its workers, and ends when it has neither a client
nor a worker for a while.
"""

import argparse
import contextlib
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path

import msgspec

from volant.contracts import worker_wire as wire
from volant.sdk import descriptions, entities
from volant.sdk.settings import Settings
from volant.sdk.worker import loading
from volant.sdk.worker.children import Children

LINGER_S = 30.0
WORKER_LINGER_S = 10.0
_WATCH_S = 0.1
_CHUNK = 1 << 16
_SEND_TIMEOUT_S = 10.0


class Zygote:
    """One imported file and the workers made of it."""

    def __init__(self, listener: socket.socket, path: str, linger_s: float, worker_linger_s: float) -> None:
        """Serve `listener`, whose file was `path` at first; clients may rename it."""
        self._listener, self._folder = listener, Path(path).parent
        self._inode = Path(path).stat().st_ino
        self._linger_s = linger_s
        self._children = Children(worker_linger_s)
        self._load: wire.Load | None = None
        self._code = loading.NOTHING
        self._why_not = why_not_fork()
        self._clients: dict[int, tuple[socket.socket, wire.FrameReader]] = {}
        self._engines: set[socket.socket] = set()
        self._poller = select.poll()
        self._poller.register(listener, select.POLLIN)
        self._alone_since = time.monotonic()
        self._told_to_end = False
        self._had_client = False
        self._wakeup = _wake_on_child_exit()

    def serve(self) -> None:
        """Work until nobody needs it; then remove the socket."""
        wakeup = self._wakeup[0]
        self._poller.register(wakeup, select.POLLIN)
        while not self._is_over():
            ready = {fd for fd, _ in self._poller.poll(self._timeout_s() * 1000)}
            if wakeup.fileno() in ready:
                wakeup.recv(4096)
            self._children.watch()
            for exited in self._children.reap():
                self._tell_engines(exited)
            for fd in ready & self._clients.keys():
                self._read(fd)
            if self._listener.fileno() in ready:
                self._accept()
        self._remove_socket()

    def _timeout_s(self) -> float:
        if self._children:
            self._alone_since = time.monotonic()
            return _WATCH_S
        if self._clients:
            self._alone_since = time.monotonic()
            return 3600
        return max(0.0, self._alone_since + self._linger_s - time.monotonic())

    def _is_over(self) -> bool:
        if self._children or self._clients:
            return False
        if self._had_client and self._load is None:
            # What it was made for failed; nobody will ask for it again.
            return True
        return self._told_to_end or time.monotonic() >= self._alone_since + self._linger_s

    def _remove_socket(self) -> None:
        for path in self._folder.glob("z-*.sock"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == self._inode:
                    path.unlink()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        client.settimeout(_SEND_TIMEOUT_S)
        self._had_client = True
        self._clients[client.fileno()] = (client, wire.FrameReader())
        self._poller.register(client, select.POLLIN)

    def _read(self, fd: int) -> None:
        client, reader = self._clients[fd]
        try:
            data = client.recv(_CHUNK)
            for frame in reader.feed(data):
                self._answer(client, frame)
        except (OSError, msgspec.DecodeError):
            data = b""
        if not data:
            self._drop(fd)

    def _drop(self, fd: int) -> None:
        client, _ = self._clients.pop(fd)
        self._poller.unregister(fd)
        self._engines.discard(client)
        client.close()

    def _tell_engines(self, exited: wire.Exited) -> None:
        # Nobody else: who only asked for a translation may never read again, and would fill up.
        for engine in self._engines:
            _send(engine, exited)

    def _answer(self, client: socket.socket, frame: wire.AnyFrame) -> None:
        if isinstance(frame, wire.Hello):
            self._engines.add(client)
            return
        try:
            answer = self._do(frame)
        except loading.LoadError as error:
            answer = wire.Refused(error.problems)
        except entities.ProblemsError as error:
            answer = wire.Refused(tuple(map(self._code.shown_problem, error.problems)))
        except OSError as error:
            answer = wire.Refused((wire.Problem(f"the system refuses a process: {error}"),))
        if answer:
            _send(client, answer)

    def _do(self, frame: wire.AnyFrame) -> wire.AnyFrame | None:
        found = self._code.entities
        match frame:
            case wire.Load():
                return self._import(frame)
            case wire.Describe():
                return self._describe(frame)
            case wire.Check():
                return self._check(frame)
            case wire.Convert():
                values = entities.parse_values(frame.values)
                inputs = entities.convert(found, frame.entity, frame.texts, values, frame.base)
                return wire.Converted(inputs)
            case wire.Spawn():
                return wire.Spawned(self._make_worker(frame), frame.socket)
            case wire.Bye():
                self._told_to_end = True
        return None

    def _describe(self, frame: wire.Describe) -> wire.Described:
        settings = Settings(frame.project, frame.domain)
        try:
            described = descriptions.describe(self._code.entities, frame.entity, settings)
        except entities.ProblemsError as error:
            raise entities.ProblemsError((*self._code.problems, *error.problems)) from error
        if self._code.problems:
            raise entities.ProblemsError(self._code.problems)
        return self._code.shown_description(described)

    def _check(self, frame: wire.Check) -> wire.Checked:
        found = descriptions.check(self._code.entities, Settings(frame.project, frame.domain))
        described = tuple(map(self._code.shown_description, found.described))
        problems = (*self._code.problems, *map(self._code.shown_problem, found.problems))
        return wire.Checked(described, entities.each_once(problems))

    def _import(self, frame: wire.Load) -> wire.Loaded:
        if self._load is None:
            self._code = loading.load(frame)
            self._load = frame
            self._why_not = why_not_fork()
            gc.collect()
        elif frame != self._load:
            held = wire.Problem(f"this process holds {self._load.file} already; start another for {frame.file}")
            raise loading.LoadError(held)
        sources = loading.sources(self._load) if self._load.module else {}
        names = tuple((name, entities.kind_of(found)) for name, found in self._code.entities.items())
        problems = self._code.problems
        return wire.Loaded(os.getpid(), names, sources, not self._why_not, self._why_not, problems)

    def _make_worker(self, spawn: wire.Spawn) -> int:
        if self._why_not:
            return self._children.start(spawn, self._load)
        return self._children.fork(spawn, self._code, self._let_go)

    def _let_go(self) -> None:
        """In a forked child: close what is the zygote's alone."""
        self._listener.close()
        for client, _ in self._clients.values():
            client.close()
        for end in self._wakeup:
            end.close()


def _send(client: socket.socket, frame: wire.AnyFrame) -> None:
    try:
        client.sendall(wire.encode(frame))
    except TimeoutError:
        # Somebody who does not read gets half a frame at most, and then nothing more.
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Who is gone does not hear it, and is dropped when its last words have been read.
        return


def why_not_fork() -> str:
    """Why workers cannot be forked from this process, for people; "" where they can."""
    if os.environ.get("VOLANT_NO_FORK") == "1":
        return "VOLANT_NO_FORK=1 is set"
    if threading.active_count() > 1:
        names = ", ".join(sorted(t.name for t in threading.enumerate() if t is not threading.main_thread()))
        return f"the file starts threads while it is imported ({names})"
    if sys.platform == "darwin" and os.environ.get("VOLANT_NO_FORK") != "0":
        return "frameworks of macOS do not survive a fork; VOLANT_NO_FORK=0 forks all the same"
    return ""


def _wake_on_child_exit() -> tuple[socket.socket, socket.socket]:
    """(an end that becomes readable when a child ended, the other end)."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    signal.set_wakeup_fd(ends[1].fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return ends


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="volant.sdk.worker.zygote")
    parser.add_argument("socket")
    parser.add_argument("listener", type=int)
    parser.add_argument("--linger", type=float, default=LINGER_S)
    parser.add_argument("--worker-linger", type=float, default=WORKER_LINGER_S)
    words = parser.parse_args()
    listener = socket.socket(fileno=words.listener)
    status = 70
    try:
        Zygote(listener, words.socket, words.linger, words.worker_linger).serve()
        status = 0
    except BaseException:  # noqa: BLE001 - said in the log; nobody else hears it
        traceback.print_exc()
    # The file's exit handlers and threads belong to a process that runs it, and this one never did.
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
