"""Where a job's output goes: file descriptors 1 and 2 of its worker, and with them every child's.

A worker always writes to a stage file of its own. The stage is renamed into the job's place as soon as it
holds a byte, so a silent job costs neither a file nor a folder, and a killed worker's output is not lost.
"""

import errno
import os
import shutil
import threading
from pathlib import Path

from volant.kit.limits import LogCap

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class JobLog:
    """The output of one job after another. `tick` may be called from another thread."""

    def __init__(self, stage: str) -> None:
        """Send descriptors 1 and 2 to the file `stage`."""
        self._stage = Path(stage)
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._cap = LogCap(0)
        self._placed = False
        self._fd = -1
        self._stage.parent.mkdir(parents=True, exist_ok=True)
        self._open(self._stage)

    def begin(self, path: str, limit: int) -> None:
        """From now on it is the output of the job whose log is `path`, `limit` bytes at most."""
        self._path, self._cap, self._placed = Path(path), LogCap(limit), False

    def tick(self) -> None:
        """Put what there is in the job's place, and cut what is too much."""
        with self._lock:
            if self._path is not None:
                self._tend(self._path)

    def end(self) -> None:
        """The job is over; what comes now is the next one's."""
        self.tick()
        with self._lock:
            self._path = None
            if self._placed:
                self._open(self._stage)

    def close(self) -> None:
        """Remove the stage, at the worker's own end."""
        self._stage.unlink(missing_ok=True)

    def _open(self, path: Path) -> None:
        fd = os.open(path, _FLAGS, 0o644)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd

    def _tend(self, path: Path) -> None:
        if not self._placed and os.fstat(self._fd).st_size:
            self._placed = True
            if not place(self._stage, path):
                self._open(path)
                self._stage.unlink(missing_ok=True)
        self._cap.apply(self._fd)


def place(stage: Path, path: Path) -> bool:
    """Make `stage` the file `path`.

    Returns:
        False where its bytes were copied behind what is there: an earlier worker's output, or another disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not path.exists():
            stage.rename(path)
            return True
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    with stage.open("rb") as source, path.open("ab") as target:
        shutil.copyfileobj(source, target)
    return False


def rescue(stage: Path, path: str, limit: int) -> None:
    """Put a dead worker's last output in its job's log; with no job ("") it is dropped."""
    if path and stage.exists() and stage.stat().st_size:
        place(stage, Path(path))
    if path and Path(path).exists():
        with Path(path).open("ab") as file:
            LogCap(limit).apply(file.fileno())
    stage.unlink(missing_ok=True)
