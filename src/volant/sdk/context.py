"""What a running task may know of itself."""

import atexit
import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from volant.sdk import deck
from volant.sdk.checkpoint import Checkpoint
from volant.sdk.place import Place
from volant.sdk.secret_reader import Secrets

if TYPE_CHECKING:
    import logging


class WorkingDirectory:
    """A folder that is made when it is first asked for, and goes with the process at the latest."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._owner = 0

    @property
    def path(self) -> Path:
        """The folder, empty at first."""
        if self._path is None:
            self._path, self._owner = Path(tempfile.mkdtemp(prefix="volant-")), os.getpid()
            atexit.register(self._leave)
        return self._path

    def remove(self) -> None:
        """Remove it with all in it, if it was made."""
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = None
            atexit.unregister(self._leave)

    def _leave(self) -> None:
        if os.getpid() == self._owner:  # it is not a forked child's to remove
            self.remove()


class ExecutionId(NamedTuple):
    """Which run it is; empty texts outside one.

    Source: flyteidl `WorkflowExecutionIdentifier`.
    """

    project: str = ""
    domain: str = ""
    name: str = ""


class TaskId(NamedTuple):
    """Which task it is; empty texts where that is not known.

    Source: flyteidl `Identifier`.
    """

    project: str = ""
    domain: str = ""
    name: str = ""
    version: str = ""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


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
        execution_id: The run, as Flyte names it.
        task_id: The task, as Flyte names it.
        execution_date: When the run began, in UTC; outside of one, now.
        raw_output_prefix: URI under which this attempt's raw data go; "" outside a run.
        output_metadata_prefix: Folder of the attempt; "" outside a run.
        secrets: Its secrets: `secrets.get("db", "password")` or `secrets.db.password`.
        report: Behind `decks`.

    Source: flytekit `ExecutionParameters` (core/context_manager.py).
    """

    run_id: str = ""
    run_name: str = ""
    node: str = ""
    task: str = ""
    attempt: int = 0
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    folder: WorkingDirectory = field(default_factory=WorkingDirectory)
    execution_id: ExecutionId = field(default_factory=ExecutionId)
    task_id: TaskId = field(default_factory=TaskId)
    execution_date: dt.datetime = field(default_factory=_now)
    raw_output_prefix: str = ""
    output_metadata_prefix: str = ""
    secrets: Secrets = field(default_factory=Secrets)
    report: deck.Report = field(default_factory=deck.current_report)

    @property
    def working_directory(self) -> Path:
        """A folder of this attempt alone, empty at first, removed when it ends."""
        return self.folder.path

    @property
    def decks(self) -> list[deck.Deck]:
        """The tabs of its report page, in order."""
        return self.report.decks

    @property
    def default_deck(self) -> deck.Deck:
        """The tab "default", for what needs none of its own."""
        return self.report.deck("default")

    @property
    def logging(self) -> "logging.Logger":
        """A logger whose lines, from INFO on, are in the task's log."""
        import logging

        logger = logging.getLogger("volant.task")
        if not logger.hasHandlers():
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
        return logger


# Not a ContextVar: a process runs one task at a time, and the threads which that starts are of it too.
_current: TaskContext | None = None


def current_context() -> TaskContext:
    """The context of the task that runs, in whatever thread; outside of one, a context of no run."""
    global _current
    if _current is None:
        _current = TaskContext()
    return _current


def enter(context: TaskContext | None) -> None:
    """Make this the current context of the process; None for no run."""
    global _current
    _current = context
    deck.enter(context.report if context else None)


def context_of(place: Place, task: str, environment: Mapping[str, str], folder: WorkingDirectory) -> TaskContext:
    """The context of an attempt.

    Args:
        place: The attempt's.
        task: The task's name.
        environment: Where Flyte's variables are looked up.
        folder: Behind its working directory.
    """
    began = environment.get("VOLANT_RUN_STARTED_US", "")
    run = ExecutionId(*(environment.get(f"FLYTE_INTERNAL_EXECUTION_{each}", "") for each in _RUN))
    return TaskContext(
        run_id=":".join(run) if run.name else "",
        run_name=run.name,
        node=environment.get("VOLANT_NODE", ""),
        task=task,
        attempt=int(environment.get("FLYTE_ATTEMPT_NUMBER") or 0),
        checkpoint=Checkpoint(place.checkpoint, place.previous_checkpoint),
        folder=folder,
        execution_id=run,
        execution_date=_EPOCH + dt.timedelta(microseconds=int(began)) if began else _now(),
        task_id=TaskId(*(environment.get(f"FLYTE_INTERNAL_TASK_{each}", "") for each in _TASK)),
        raw_output_prefix=place.raw_output_prefix,
        output_metadata_prefix=place.output_prefix,
        secrets=Secrets(in_run=bool(run.name)),
        report=deck.Report(),
    )


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RUN = ("PROJECT", "DOMAIN", "ID")
_TASK = ("PROJECT", "DOMAIN", "NAME", "VERSION")
