"""What can be wrong with the definition of a `RemoteJobPlugin`, told when its class is made."""

import datetime as dt
import inspect
from collections.abc import Iterator
from typing import Any, get_args

from volant.base.errors import UserError
from volant.kit.json_form import has_json_form

PARAMETERS = {
    "create": "ctx, task, inputs",
    "find": "ctx",
    "get": "jobs",
    "status": "ctx, job, seen",
    "delete": "ctx, job",
}
METHODS = {
    "create": "start the job under ctx.generated_name",
    "find": "the job of that name, or None",
    "get": "what the service knows of many jobs",
    "status": "what that means for the task",
    "delete": "stop the job; gone already is fine",
}


def check_definition(plugin: type[Any], root: type[Any]) -> None:
    """Look over a class.

    Args:
        plugin: What an author wrote.
        root: `RemoteJobPlugin`.

    Raises:
        UserError: All that is wrong with it, and what to write instead.
    """
    checks = (_missing_methods(plugin, root), _wrong_methods(plugin), _wrong_values(plugin), _wrong_types(plugin))
    if problems := [problem for each in checks for problem in each]:
        fix = "correct the class; `volant plugin new NAME --kind remote-job` writes a whole one"
        raise UserError(f"{plugin.__module__}.{plugin.__qualname__}: {'; '.join(problems)}", fix=fix)


def argument_of(plugin: type[Any], root: type[Any]) -> Any:
    """The first type argument an author gave `root`, e.g. Handle of RemoteJobPlugin[Handle, Seen]; None without."""
    for base in getattr(plugin, "__orig_bases__", ()):
        if getattr(base, "__origin__", None) is root:
            first = get_args(base)[0]
            return None if first is Any or not isinstance(first, type) else first
    return None


def _missing_methods(plugin: type[Any], root: type[Any]) -> Iterator[str]:
    for name, meaning in METHODS.items():
        if getattr(plugin, name) is getattr(root, name):
            yield f"it has no method {name} ({meaning})"
        elif not _takes(plugin, name):
            yield f"{name} takes other arguments: write def {name}(self, {PARAMETERS[name]})"


def _takes(plugin: type[Any], name: str) -> bool:
    """Whether a method can be called with what it is given."""
    method = getattr(plugin, name)
    places = range(len(PARAMETERS[name].split(", ")) + (inspect.getattr_static(plugin, name) is method))
    try:
        inspect.signature(method).bind(*places)
    except TypeError:
        return False
    return True


def _wrong_methods(plugin: type[Any]) -> Iterator[str]:
    for name in METHODS:
        method = getattr(plugin, name)
        if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
            yield f"{name} is a generator: let it return, not yield"
    if inspect.isgeneratorfunction(plugin.watch):
        yield "watch is a plain generator, which would block the engine's loop: write async def watch"


def _wrong_values(plugin: type[Any]) -> Iterator[str]:
    types = getattr(plugin, "task_types", None)
    if isinstance(types, str) or not types:
        yield f'task_types is {types!r}: write task_types = frozenset({{"{plugin.id}"}})'
    if not isinstance(plugin.refresh, dt.timedelta) or plugin.refresh <= dt.timedelta():
        yield f"refresh is {plugin.refresh!r}: write a datetime.timedelta above zero"
    if plugin.batch < 1:
        yield f"batch is {plugin.batch}: write at least 1"
    if plugin.calls_per_s < 0:
        yield f"calls_per_s is {plugin.calls_per_s}: write at least 0 (0: no limit)"


def _wrong_types(plugin: type[Any]) -> Iterator[str]:
    job_type = getattr(plugin, "job_type", None)
    if job_type is None:
        yield "it has no job_type: write job_type = Handle, or class …(RemoteJobPlugin[Handle, Seen])"
    elif not has_json_form(job_type):
        name = getattr(job_type, "__name__", job_type)
        yield f"job_type {name} has no JSON form: make it a dataclass, a msgspec Struct or a pydantic model"
