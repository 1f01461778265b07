"""A zygote, spoken to synchronously: how the command line loads a user's file without importing it."""

import contextlib
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeVar

from volant.base.errors import SystemFault, UserError
from volant.contracts import layout
from volant.contracts import worker_wire as wire
from volant.launchers.judge import last_lines
from volant.launchers.zygote_start import start_zygote_process

_CHUNK = 1 << 18
_Answer = TypeVar("_Answer", bound=wire.Frame)


class RefusedError(UserError):
    """The zygote cannot do what was asked, by the fault of what the user wrote.

    Attributes:
        problems: Every one found, the first of which is the exception's text.
    """

    def __init__(self, problems: tuple[wire.Problem, ...]) -> None:
        super().__init__("\n".join(problem.message for problem in problems), fix=problems[0].fix)
        self.problems = problems


def start_zygote(
    home: str, python: str = sys.executable, *, cwd: str = "", words: tuple[str, ...] = ()
) -> "ZygoteClient":
    """Make a zygote and connect to it.

    Args:
        home: The data folder.
        python: Interpreter of the user's environment; Volant must be installed there.
        cwd: Folder it and its workers run in; "" for the current one.
        words: More arguments of the zygote, e.g. ("--linger", "1").

    Raises:
        SystemFault: The process cannot be made.
    """
    started = start_zygote_process(home, python, cwd, words)
    return ZygoteClient(home, started.socket)


class ZygoteClient:
    """One connection. Closing it lets the zygote go on, and end by itself when nobody needs it."""

    def __init__(self, home: str, path: str) -> None:
        """Connect to the zygote that listens on `path`.

        Raises:
            SystemFault: Nobody listens there.
        """
        self._home, self._path = home, path
        self._socket = socket.socket(socket.AF_UNIX)
        self._frames = wire.FrameReader()
        self._pending: list[wire.AnyFrame] = []
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise SystemFault(f"no zygote listens on {path}: {error}") from error

    def load(
        self, file: str, root: str, module: str, *, fallback: str = "", show_as: str = "", kind: str = "file"
    ) -> wire.Loaded:
        """Import a file; once per zygote. See `worker_wire.Load` for the arguments.

        Mistakes of its authors that importing it found are in `Loaded.problems`; `describe` and `check` tell them.

        Raises:
            RefusedError: It cannot be imported; says why, with the user's traceback.
        """
        return self._ask(wire.Load(file, root, module, fallback, show_as, kind), wire.Loaded)

    def check(self, project: str, domain: str) -> wire.Checked:
        """Every entity of the file as far as it can be translated, and every mistake of its authors.

        Raises:
            SystemFault: The zygote itself failed.
        """
        return self._ask(wire.Check(project, domain), wire.Checked)

    def describe(self, entity: str, project: str, domain: str) -> wire.Described:
        """One entity on the wire; "" where the file has only one workflow. Ids get the project and domain.

        Raises:
            RefusedError: There is no such entity, or it cannot be translated.
            SystemFault: The zygote itself failed.
        """
        return self._ask(wire.Describe(entity, project, domain), wire.Described)

    def convert(self, entity: str, texts: Mapping[str, str], values: bytes, base: str) -> bytes:
        """A serialized LiteralMap of an entity's inputs. See `worker_wire.Convert` for the arguments.

        Raises:
            RefusedError: A value does not fit; every one that does not.
            SystemFault: The zygote itself failed.
        """
        return self._ask(wire.Convert(entity, texts, values, base), wire.Converted).inputs

    def adopt_as(self, digest: str) -> None:
        """Make it the zygote of a bundle: a pool that needs that code uses it instead of a new one."""
        path = layout.zygote_socket(self._home, digest)
        Path(self._path).rename(path)
        self._path = path

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def end(self) -> None:
        """Let go of it, and let it end as soon as nobody else needs it."""
        with contextlib.suppress(OSError):
            self._socket.sendall(wire.encode(wire.Bye()))
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, question: wire.AnyFrame, answer: type[_Answer]) -> _Answer:
        try:
            self._socket.sendall(wire.encode(question))
            frame = self._next()
            while isinstance(frame, wire.Exited):
                frame = self._next()
        except OSError as error:
            raise self._gone(question) from error
        if isinstance(frame, wire.Refused):
            raise RefusedError(frame.problems)
        assert isinstance(frame, answer), f"{question} was answered by {frame}"
        return frame

    def _next(self) -> wire.AnyFrame:
        while not self._pending:
            data = self._socket.recv(_CHUNK)
            if not data:
                raise ConnectionResetError("end of stream")
            self._pending.extend(self._frames.feed(data))
        return self._pending.pop(0)

    def _gone(self, question: wire.AnyFrame) -> UserError | SystemFault:
        log = layout.zygote_log(self._home)
        said = f"the last it said is in {log}:\n{last_lines(log, 10)}"
        if isinstance(question, wire.Load):
            message = f"the process that imports {question.file} ended without an answer; {said}"
            return RefusedError((wire.Problem(message, "a file must not end its process while it is imported"),))
        return SystemFault(f"the zygote ended without an answer; {said}")
