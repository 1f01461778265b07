"""Runs one task of a recorded run again, in this process: the one place that imports a user's code here."""

import asyncio
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from volant.app.node_plan import node_plan
from volant.app.secret_source import LocalSecrets
from volant.app.site import Site
from volant.app.source import Source
from volant.base.errors import Failure, UserError
from volant.base.ids import run_name
from volant.compiler.plan import TaskPlan
from volant.contracts.rows import ActionRow, RunRow
from volant.contracts.worker_wire import Load
from volant.kit.code_bundle import load_frame, read_manifest
from volant.kit.command_job import command_words
from volant.kit.pod_target import has_process, process_container
from volant.kit.secret_mounts import SecretFolder, secret_environment
from volant.sdk import context, resolver
from volant.sdk.execute import problem_of
from volant.sdk.interface import REQUIRED
from volant.sdk.place import Place
from volant.sdk.task import PythonTask
from volant.sdk.type_engine.engine import transformer
from volant.sdk.worker import loading

Caller = Callable[[Callable[..., Any], Mapping[str, Any]], Any]
"""Calls a function with these arguments; under a debugger, maybe."""


class Prepared(NamedTuple):
    """A node's task, ready to be called.

    Attributes:
        task: The author's task, imported here.
        arguments: Its recorded inputs, as Python values.
        code: The author's code, imported here.
        place: Its temporary place.
        folder: Its working folder.
        secrets: Files of its secrets.
    """

    task: PythonTask[..., Any]
    arguments: dict[str, Any]
    code: loading.Code
    place: Place
    folder: context.WorkingDirectory
    secrets: SecretFolder

    def call(self, caller: Caller) -> Any:
        """What its function returns.

        Raises:
            Exception: Whatever it raises.
        """
        function = getattr(self.task, "function", self.task.execute)
        result = caller(function, self.arguments)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    def problem_of(self, result: Any) -> Failure | None:
        """Why what it returned cannot be its result; None where it can."""
        return problem_of(self.task, result, self.place)

    def close(self) -> None:
        """Remove its temporary folders."""
        self.folder.remove()
        self.secrets.remove()


def prepare(site: Site, run: RunRow, action: ActionRow, source: Source | None) -> Prepared:
    """Import a node's task and read its inputs.

    The task's environment variables are set in this process, its secrets among them, and its working folder is a
    temporary one.

    Args:
        site: Where the run is.
        run: The run.
        action: One of its task nodes, with inputs.
        source: Code to use instead of what was recorded; None for that.

    Raises:
        UserError: The node runs no Python function, never got its inputs, or a secret of its is not there.
        LoadError: The code cannot be imported.
        NotFoundError: The recorded code, or a value, is gone.
    """
    if action.inputs is None or action.kind != "task":
        what = "has no inputs yet" if action.kind == "task" else f"is a {action.kind}, not a task"
        raise UserError(f"node {action.name} of {run_name(run.run)} {what}", fix="name a task node that has begun")
    plan = node_plan(site, run, action).task
    assert plan is not None
    location, loader = _words(plan)
    code = loading.load(_load(site, run, source))
    folder = context.WorkingDirectory()
    place = Place(run_name(run.run), str(folder.path), folder.path.as_uri(), output_limit=_output_limit(site))
    secrets = SecretFolder(str(folder.path))
    try:
        os.environ.update(secret_environment(plan.template, LocalSecrets(), secrets))
        _enter(run, action, plan, place, folder)
        task = resolver.load(loader, location)
        return Prepared(task, _arguments(task, site, action), code, place, folder, secrets)
    except BaseException:
        secrets.remove()
        raise


def _output_limit(site: Site) -> int:
    own = site.settings.plugins.get("python-task", {})
    return int(own.get("output_limit_bytes", Place.output_limit))


def _words(plan: TaskPlan) -> tuple[str, tuple[str, ...]]:
    """Location of the resolver, and the words it understands."""
    words = command_words(plan.template) if has_process(plan.template) else ()
    if "--" not in words:
        raise UserError(
            f"a {plan.type!r} task runs no Python function of yours", fix="see its log: volant logs RUN NODE"
        )
    options, loader = words[: words.index("--")], words[words.index("--") + 1 :]
    location = options[options.index(_RESOLVER) + 1] if _RESOLVER in options[:-1] else ""
    return location, loader


_RESOLVER = "--resolver"


def _load(site: Site, run: RunRow, source: Source | None) -> Load:
    if source is not None:
        return Load(str(source.file), str(source.root), source.module)
    home = str(site.home)
    return load_frame(home, run.code, read_manifest(home, run.code))


def _enter(run: RunRow, action: ActionRow, plan: TaskPlan, place: Place, folder: context.WorkingDirectory) -> None:
    project, domain, name = run.run.split(":")
    os.environ.update({pair.key: pair.value for pair in process_container(plan.template).env})
    os.environ.update(
        {
            "FLYTE_INTERNAL_EXECUTION_ID": name,
            "FLYTE_INTERNAL_EXECUTION_PROJECT": project,
            "FLYTE_INTERNAL_EXECUTION_DOMAIN": domain,
            "FLYTE_ATTEMPT_NUMBER": str(action.attempts),
            "VOLANT_NODE": action.name,
            "VOLANT_RUN_STARTED_US": str(run.started_us or run.created_us),
        }
    )
    os.environ.update(run.spec.environment)
    context.enter(context.context_of(place, plan.name, os.environ, folder))


def _arguments(task: PythonTask[..., Any], site: Site, action: ActionRow) -> dict[str, Any]:
    literals = site.values(action.run, action.inputs).literals
    found: dict[str, Any] = {}
    for name, wanted in task.interface.inputs.items():
        if name in literals:
            found[name] = transformer(wanted.hint).from_literal(literals[name])
        elif wanted.default is REQUIRED:
            raise UserError(
                f"the code's task {task.name} has an input {name!r}, which the recorded run did not",
                fix="leave out --code, or give it a default",
            )
    return found
