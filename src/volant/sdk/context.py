"""What a running task may know of itself."""

import shutil
import tempfile
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from volant.kit.durable import write_file
from volant.sdk.files import local_path
from volant.sdk.place import Place

CHECKPOINT_FILE = "checkpoint"


class Checkpoint:
    """Bytes a task keeps so that its next attempt need not start anew.

    Source: flytekit `SyncCheckpoint` (core/checkpointer.py).
    """

    def __init__(self, uri: str = "", previous_uri: str = "") -> None:
        self.uri = uri
        self.previous_uri = previous_uri
        self._kept: bytes | None = None

    def read(self) -> bytes | None:
        """What the attempt before wrote last; None where it wrote nothing, or there was none.

        Outside a run: what this object was given to write.
        """
        if not self.previous_uri:
            return self._kept if not self.uri else None
        path = Path(local_path(self.previous_uri)) / CHECKPOINT_FILE
        return path.read_bytes() if path.exists() else None

    def write(self, data: bytes) -> None:
        """Keep `data` for the next attempt, replacing what was kept; all of it or nothing, durably.

        Raises:
            OSError: It cannot be written.
        """
        if self.uri:
            write_file(Path(local_path(self.uri)) / CHECKPOINT_FILE, data)
        else:
            self._kept = data


class WorkingDirectory:
    """A folder that is made when it is first asked for."""

    def __init__(self) -> None:
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """The folder, empty at first."""
        if self._path is None:
            self._path = Path(tempfile.mkdtemp(prefix="volant-"))
        return self._path

    def remove(self) -> None:
        """Remove it with all in it, if it was made."""
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = None


@dataclass(frozen=True)
class TaskContext:
    """Where a task runs.

    Attributes:
        run_id: `project:domain:name`; "" outside a run.
        run_name: The run's name; "" outside a run.
        node: The node's path in the run, e.g. "n0" or "n2/0/n1"; "" outside a run.
        task: The task's name.
        attempt: 0 for the first try.
        checkpoint: For the next attempt.
        folder: Behind `working_directory`.

    Source: flytekit `ExecutionParameters` (core/context_manager.py).
    """

    run_id: str = ""
    run_name: str = ""
    node: str = ""
    task: str = ""
    attempt: int = 0
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    folder: WorkingDirectory = field(default_factory=WorkingDirectory)

    @property
    def working_directory(self) -> Path:
        """A folder of this attempt alone, empty at first, removed when it ends."""
        return self.folder.path


_current: ContextVar[TaskContext | None] = ContextVar("volant_task_context", default=None)


def current_context() -> TaskContext:
    """The context of the task that runs; outside of one, a context of no run."""
    found = _current.get()
    if found is None:
        found = TaskContext()
        _current.set(found)
    return found


def enter(context: TaskContext | None) -> None:
    """Make this the current context; None for no run."""
    _current.set(context)


def context_of(place: Place, task: str, environment: Mapping[str, str], folder: WorkingDirectory) -> TaskContext:
    """The context of an attempt.

    Args:
        place: The attempt's.
        task: The task's name.
        environment: Where Flyte's variables are looked up.
        folder: Behind its working directory.
    """
    name = environment.get("FLYTE_INTERNAL_EXECUTION_ID", "")
    parts = [environment.get(f"FLYTE_INTERNAL_EXECUTION_{part}", "") for part in ("PROJECT", "DOMAIN")]
    return TaskContext(
        run_id=":".join([*parts, name]) if name else "",
        run_name=name,
        node=environment.get("VOLANT_NODE", ""),
        task=task,
        attempt=int(environment.get("FLYTE_ATTEMPT_NUMBER") or 0),
        checkpoint=Checkpoint(place.checkpoint, place.previous_checkpoint),
        folder=folder,
    )
