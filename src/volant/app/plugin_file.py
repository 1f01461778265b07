"""Finds and makes a plugin: in a file, in a module, behind an entry point; says what is wrong with one.

A plugin's file may be a user's file as well: task classes, workflows and plugin in one. The workers import it under
its own name, the engine under another one, so that neither disturbs the other.
"""

import functools
import importlib
import importlib.util
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from volant.app.plugin_facts import complaint_about
from volant.base.errors import UserError
from volant.contracts.plugin import TaskPlugin
from volant.contracts.worker_wire import Problem
from volant.sdk import tracebacks
from volant.sdk.caller import PACKAGE

_NOT_THEIRS = (PACKAGE, "<", f"{sysconfig.get_path('stdlib')}/importlib/")
_BUILD = "build"


class BrokenPluginError(UserError):
    """A plugin cannot be used.

    Attributes:
        problems: What is wrong with it: one.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message, fix=problem.fix)
        self.problems = (problem,)


def split(text: str) -> tuple[str, str]:
    """What "file.py:build" or "module:build" names: file or module, and the name in it; "" for none."""
    target, colon, name = text.rpartition(":")
    return (target, name) if colon and all(part.isidentifier() for part in name.split(".")) else (text, "")


def plugin_of_file(file: Path, name: str) -> TaskPlugin[Any]:
    """The plugin that a file holds; the file is imported once per process.

    Args:
        file: Absolute path.
        name: A class, a function without arguments, or a plugin in it; "" for `build`, or for the only plugin class.

    Raises:
        BrokenPluginError: There is no such file, it cannot be imported, or holds no plugin that can be used.
    """
    if not file.is_file():
        raise BrokenPluginError(Problem(f"there is no file {str(file)!r}", "correct the path", usage=True))
    return made(lambda: _held(import_file(file), name, file.name), f"{file.name}:{name}" if name else file.name)


def plugin_of_module(module: str, name: str) -> TaskPlugin[Any]:
    """The plugin that an importable module holds.

    Raises:
        BrokenPluginError: It cannot be imported, or holds no plugin that can be used.
    """
    what = f"{module}:{name}" if name else module
    return made(lambda: _held(importlib.import_module(module), name, module), what)


def made(find: Callable[[], Any], what: str) -> TaskPlugin[Any]:
    """The plugin that the builder makes which `find` returns, checked.

    Raises:
        BrokenPluginError: Something was raised on the way, or what came of it is no plugin that can be used.
    """
    try:
        found = find()
        plugin = found if isinstance(found, TaskPlugin) else found()
        complaint = complaint_about(plugin, what)
    except (KeyboardInterrupt, BrokenPluginError):
        raise
    except BaseException as error:  # somebody else's code may raise anything, SystemExit too
        raise BrokenPluginError(_problem(error)) from error
    if complaint:
        raise BrokenPluginError(Problem(complaint))
    assert isinstance(plugin, TaskPlugin)
    return plugin


@functools.cache
def import_file(file: Path) -> ModuleType:
    """A file, imported under a name that nothing else has, with its folder importable meanwhile.

    Raises:
        BaseException: Whatever the file raises.
    """
    name = f"volant_plugin_{sha256(str(file).encode()).hexdigest()[:8]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    with _importable(str(file.parent)):
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return module


@contextmanager
def _importable(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def _held(module: ModuleType, name: str, what: str) -> Any:
    if name:
        return attrgetter(name)(module)
    if (build := getattr(module, _BUILD, None)) is not None:
        return build
    classes = _plugin_classes(module)
    if len(classes) == 1:
        return classes[0]
    if not classes:
        raise BrokenPluginError(Problem(f"{what} holds no TaskPlugin", "define one in it, or name another file"))
    names = sorted(each.__name__ for each in classes)
    raise BrokenPluginError(
        Problem(f"{what} holds {len(names)} plugins: {', '.join(names)}", f"name one: {what}:{names[0]}")
    )


def _plugin_classes(module: ModuleType) -> list[type[TaskPlugin[Any]]]:
    """Those the module defines, without those that are there to be inherited from."""
    mine = {
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, TaskPlugin) and each.__module__ == module.__name__
    }
    return [each for each in mine if not any(other is not each and issubclass(other, each) for other in mine)]


def _problem(error: BaseException) -> Problem:
    place, what = place_of(error), tracebacks.summary(error)
    told = f"{place}: {what}" if place else what
    fix = error.fix if isinstance(error, UserError) else ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        fix = f"install what brings {error.name!r} for {sys.executable}, or correct the name"
    return Problem(told, fix, tracebacks.shown(error) if place else "", place=place)


def place_of(error: BaseException) -> str:
    """The deepest line of an author's file, or of what it imports, as "file:line"; "" for none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    lines = [f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    return next((each for each in reversed(lines) if not each.startswith(_NOT_THEIRS)), "")
