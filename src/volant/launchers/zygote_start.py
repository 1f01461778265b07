"""Starts zygotes: exec'd, in sessions of their own, listening before anybody asks."""

import os
import secrets
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

from volant.base.errors import SystemFault
from volant.contracts import layout
from volant.kit.secret_names import withheld
from volant.launchers import orphans


class StartedZygote(NamedTuple):
    """A zygote process that was just made.

    Attributes:
        pid: It.
        socket: Where it listens.
    """

    pid: int
    socket: str


def make_socket_dir(home: str) -> Path:
    """The folder of `home`'s sockets, for this user alone.

    Raises:
        SystemFault: Somebody else owns it.
    """
    folder = Path(layout.socket_dir(home))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or folder.is_symlink():
        raise SystemFault(f"{folder} belongs to another user", fix="remove that folder, or set VOLANT_HOME")
    return folder


def start_zygote_process(home: str, python: str, cwd: str, words: tuple[str, ...] = ()) -> StartedZygote:
    """Make a zygote; one may connect as soon as this returns.

    Args:
        home: The data folder.
        python: Interpreter of the user's environment; Volant must be installed there.
        cwd: Folder it and its workers run in; "" for the current one.
        words: More arguments of the program, e.g. ("--linger", "1").

    Raises:
        SystemFault: The process cannot be made.
    """
    path = str(make_socket_dir(home) / f"z-new-{secrets.token_hex(4)}.sock")
    log = Path(layout.zygote_log(home))
    log.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, log.open("ab") as output:
        listener.bind(path)
        listener.listen(64)
        fd = listener.fileno()
        program = [python, "-P", "-m", "volant.sdk.worker.zygote", path, str(fd), *words]
        try:
            process = subprocess.Popen(
                program,
                pass_fds=(fd,),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd or None,
                env=withheld(os.environ),
            )
        except OSError as error:
            Path(path).unlink(missing_ok=True)
            raise SystemFault(f"cannot start {python}: {error}", fix="check the interpreter's path") from error
    return StartedZygote(orphans.leave(process), path)
