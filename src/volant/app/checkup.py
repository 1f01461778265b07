"""Everything that is wrong with a file, before anything of it runs."""

from collections.abc import Iterator

from msgspec import Struct

from volant.app.plugins import usable_plugins
from volant.app.requirements import missing
from volant.app.secret_source import LocalSecrets
from volant.app.site import Site
from volant.app.source import Code, Source, compiled
from volant.compiler.problems import CompileError, Problem
from volant.compiler.runnable import notes
from volant.contracts import worker_wire as wire
from volant.contracts.worker_wire import Described
from volant.engine.plugin_table import PluginTable
from volant.idl import pb
from volant.launchers.zygote_client import RefusedError

AUTHORING = "Authoring"
"""Code of what is wrong before there is anything to compile."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, or worth knowing.

    Attributes:
        place: "file:line"; "" where none is known.
        entity: Last part of the name of the task or workflow it is about; "" for the file.
        code: One of Flyte's compile error codes, "Authoring", "Unsupported", "Missing" or "Note".
        message: What, with both types or the value, without the place.
        fix: What to do; "" where the message says it.
        trace: The author's traceback; "" for none.
    """

    place: str
    entity: str
    code: str
    message: str
    fix: str = ""
    trace: str = ""


class Checkup(Struct, frozen=True, kw_only=True):
    """What a file holds, and what is wrong with it.

    Attributes:
        entities: Names with "task", "workflow" or "launch plan", in the file's order.
        problems: Each once, in the order of the lines; a run would fail with any of them.
        notes: What a run would do otherwise than its author may think, or would need and not find here.
    """

    entities: tuple[tuple[str, str], ...]
    problems: tuple[Finding, ...]
    notes: tuple[Finding, ...]


def check_file(site: Site, source: Source) -> Checkup:
    """Check a file: its authors' mistakes, and every compile error of every entity.

    Raises:
        UserError: The plugins installed here cannot go together.
        SystemFault: No process can be made that imports it.
    """
    try:
        with Code(site.settings.home, source) as code:
            return _checked(site, code)
    except RefusedError as error:
        return Checkup(entities=(), problems=tuple(map(_authoring, error.problems)), notes=())


def _checked(site: Site, code: Code) -> Checkup:
    checked = code.check(site.settings.project, site.settings.domain)
    problems = dict.fromkeys(map(_authoring, checked.problems))
    remarks: dict[Finding, None] = {}
    plugins = PluginTable(usable_plugins(site).entries())
    for described in checked.described:
        wrong, unused = _compiled(described)
        problems |= dict.fromkeys(map(_finding, wrong))
        remarks |= dict.fromkeys((*_missing(described, plugins), *map(_finding, unused)))
    return Checkup(entities=code.loaded.entities, problems=tuple(sorted(problems, key=_line)), notes=tuple(remarks))


def _authoring(problem: wire.Problem) -> Finding:
    message = problem.message.removeprefix(f"{problem.place}: ") if problem.place else problem.message
    return Finding(
        place=problem.place,
        entity=problem.entity,
        code=AUTHORING,
        message=message,
        fix=problem.fix,
        trace=problem.trace,
    )


def _compiled(described: Described) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Everything that is wrong with it, and where nothing is, what a run here leaves unused."""
    try:
        return (), notes(compiled(described))
    except CompileError as error:
        return error.problems, ()


def _missing(described: Described, plugins: PluginTable) -> Iterator[Finding]:
    tasks = [pb.TaskTemplate.FromString(each) for each in described.tasks]
    for need in missing(tasks, plugins, LocalSecrets()):
        told = f"the {need.kind} {need.name!r}, which {need.task} needs, is not here"
        told = f"{told}: {need.why}" if need.why else told
        yield Finding(place="", entity=need.task.rpartition(".")[2], code="Missing", message=told, fix=need.fix)


def _finding(problem: Problem) -> Finding:
    workflow = problem.workflow.split(":")[2] if problem.workflow else ""
    inside = f"workflow {workflow}, node {problem.node}" if workflow else f"task {problem.node}"
    return Finding(
        place=problem.place,
        entity=(workflow or problem.node).rpartition(".")[2],
        code=problem.code,
        message=f"{inside}: {problem.message.removeprefix(f'in workflow {workflow!r}: ')}",
        fix=problem.fix,
    )


def _line(found: Finding) -> tuple[bool, str, int]:
    """Sorts by file and line; what has none comes last."""
    file, _, line = found.place.rpartition(":")
    return not file, file, int(line) if line.isdecimal() else 0
