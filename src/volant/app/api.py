"""Runs from Python: the same engine, the same records, typed values in and out."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from volant.app.failure_text import failure_report
from volant.app.python_source import load_entity
from volant.app.python_values import inputs_wire, outputs_value
from volant.app.result import NodeResult, RunFailed, RunResult
from volant.app.see_through import Interrupt, see_through
from volant.app.site import Site
from volant.app.source import Code, compiled
from volant.app.submit import submit
from volant.base.errors import SystemFault, UserError
from volant.base.ids import random_run_name, run_id, run_name
from volant.base.phases import RunPhase
from volant.contracts.layout import run_prefix
from volant.contracts.rows import RunRow, RunSpec
from volant.idl.literals import wire
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.problems import is_collecting
from volant.sdk.task import PythonTask
from volant.sdk.workflow import Workflow
from volant.settings import Settings, load_settings

__all__ = ["NodeResult", "RunFailed", "RunResult", "arun", "run"]

P = ParamSpec("P")
R = TypeVar("R")


def run(
    entity: "PythonTask[P, R] | Workflow[P, R]",
    /,
    *,
    name: Any = None,
    home: Any = None,
    **inputs: Any,
) -> RunResult[R]:
    """Run a task or a workflow, durably, and wait for its end. Works in scripts, tests and notebooks.

    An engine that is alive on the data folder runs it; otherwise this process does, in a thread.

    Args:
        entity: What `@task` or `@workflow` made.
        name: Name of the run; a random one by default. An input of that name comes first.
        home: Data folder, instead of $VOLANT_HOME. An input of that name comes first.
        inputs: The entity's, by name.

    Raises:
        RunFailed: It failed or was aborted.
        UserError: The inputs do not fit, or the code cannot be loaded; nothing ran.
        AlreadyExistsError: A run of that name exists.
        StoreFault: The store failed; nothing committed is lost.
        KeyboardInterrupt: It was interrupted; `volant resume` goes on with it.
    """
    return _Call(entity, name, home, inputs).see_through(Interrupt())


async def arun(
    entity: "PythonTask[P, R] | Workflow[P, R]",
    /,
    *,
    name: Any = None,
    home: Any = None,
    **inputs: Any,
) -> RunResult[R]:
    """The same for code that awaits: the running loop stays free.

    Cancelling it drains the run: `volant resume` goes on with it.

    Args:
        entity: As in `run`.
        name: As in `run`.
        home: As in `run`.
        inputs: As in `run`.

    Raises:
        RunFailed: As in `run`, and everything else it raises.
    """
    interrupt = Interrupt()
    call = _Call(entity, name, home, inputs)
    work = asyncio.ensure_future(asyncio.to_thread(call.see_through, interrupt))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        interrupt.set()
        await asyncio.gather(work, return_exceptions=True)
        raise


class _Call:
    """One call of `run`."""

    def __init__(self, entity: Any, name: Any, home: Any, inputs: dict[str, Any]) -> None:
        if not isinstance(entity, PythonTask | Workflow):
            raise UserError(f"{entity!r} is neither a task nor a workflow", fix=_fix(entity))
        if is_collecting():
            raise UserError(
                f"run({entity.short_name}) is called while its file is imported, and a run imports the file again",
                fix='write it below `if __name__ == "__main__":`',
            )
        self._entity = entity
        self._inputs = dict(inputs)
        self._name = self._option("name", name)
        self._settings = _settings(self._option("home", home))

    def see_through(self, interrupt: Interrupt) -> RunResult[Any]:
        """Run it to its end."""
        with Site(self._settings) as site, tempfile.TemporaryDirectory(prefix="volant-") as folder:
            with load_entity(self._settings.home, self._entity, Path(folder)) as code:
                row = self._submit(site, code)
                row = see_through(site, row.run, interrupt)
            return self._result(site, row)

    def _option(self, name: str, value: Any) -> str | None:
        """An option of `run`, unless the entity has an input of that name."""
        if value is not None and name in self._entity.interface.inputs:
            self._inputs[name] = value
            return None
        return None if value is None else str(value)

    def _submit(self, site: Site, code: Code) -> RunRow:
        settings, entity = site.settings, self._entity
        run = run_id(settings.project, settings.domain, self._name or random_run_name())
        described = code.describe(entity.short_name, settings.project, settings.domain)
        raw = f"{run_prefix(site.blobs.root, run)}/raw/inputs"
        inputs = inputs_wire(entity.name, entity.interface, self._inputs, raw)
        spec = RunSpec(entity=described.name, source=code.source.named, max_parallelism=settings.max_parallelism)
        return submit(site, run, wire(compiled(described)), code.keep(), inputs, spec)

    def _result(self, site: Site, row: RunRow) -> RunResult[Any]:
        if row.phase is RunPhase.SUCCEEDED:
            outputs = outputs_value(self._entity.interface, site.values(row.run, row.outputs))
            return RunResult(site.settings, row, self._entity, outputs)
        if not row.phase.is_terminal:
            raise SystemFault("the run was interrupted", fix=f"go on with it: volant resume {run_name(row.run)}")
        raise RunFailed(row.run, failure_report(site, row))


def _fix(entity: object) -> str:
    if isinstance(entity, LaunchPlan):
        return "run its workflow with the inputs it sets, or the launch plan itself by `volant run FILE NAME`"
    return "decorate it with @task or @workflow"


def _settings(home: str | None) -> Settings:
    return load_settings({"home": home}, os.environ, Path.cwd()).settings
