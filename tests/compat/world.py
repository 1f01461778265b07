"""Lets one file of cases be read by real flytekit and by Volant: names of either side, and the register of cases.

`WORLD=flytekit` in the environment gives flytekit's names, otherwise they are Volant's. A name that a side does
not have is a `Missing`, and what is made with one is `Broken`: only the cases that use it fail, not their file.

    from world import File, case, shape, task, workflow

    case("small numbers", int, 0, 1, -1)          # a type, and values of it

    @case                                         # the same, made when it is needed, with a folder for files
    def csv_file(folder):
        path = folder / "a.csv"
        path.write_text("a\\n1\\n")
        return File, File(str(path))

    @task
    def double(x: int) -> int: ...

    @workflow
    def twice(x: int) -> int:
        return double(x=double(x=x))

    shape("a chain", twice)                       # a task, workflow or launch plan, to be translated
"""

import functools
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

WORLD = os.environ.get("WORLD", "volant")
CASES = Path(__file__).parent / "cases"

_PLACES = {
    "volant": ("volant", "volant.extend"),
    "flytekit": ("flytekit", "flytekit.core.node_creation", "flytekit.types.error", "flytekit.extras.accelerators"),
}
_NAMES_IN_FLYTEKIT = {
    "File": ("flytekit", "FlyteFile"),
    "Directory": ("flytekit", "FlyteDirectory"),
    "WorkflowError": ("flytekit.types.error", "FlyteError"),
    "JSONLFile": ("flytekit.types.file", "JSONLFile"),
    "PythonTask": ("flytekit.core.base_task", "PythonTask"),
    "PythonInstanceTask": ("flytekit.core.python_function_task", "PythonInstanceTask"),
}
_GUARDED = frozenset(("task", "workflow", "dynamic", "eager", "reference_task", "reference_workflow",
                      "reference_launch_plan"))  # fmt: skip


class Missing:
    """A name this side does not have; whatever is done with it gives a `Missing` too."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: Any) -> Any:
        return self

    def __or__(self, _: Any) -> Any:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self.what}>"


class Broken(Missing):
    """What could not be defined: its error is that of every case that uses it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.error = error

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise self.error


@dataclass
class TypeCase:
    """A type and values of it.

    Attributes:
        name: Unique in its file.
        make: Given an empty folder, the type and the values.
    """

    name: str
    make: Callable[[Path], tuple[Any, ...]]


@dataclass
class ShapeCase:
    """Something to translate.

    Attributes:
        name: Unique in its file.
        make: The task, workflow or launch plan.
    """

    name: str
    make: Callable[[], Any]


@dataclass
class Cases:
    """What a file registered, in order."""

    types: list[TypeCase] = field(default_factory=list)
    shapes: list[ShapeCase] = field(default_factory=list)


_registers: dict[str, Cases] = {}


def case(name: Any, hint: Any = None, *values: Any) -> Any:
    """Register a type and values; or, as a decorator, a function (of a folder, or of nothing) that returns them."""
    if callable(name):
        takes_folder = bool(inspect.signature(name).parameters)
        call = name if takes_folder else lambda _folder: name()
        _register(name).types.append(TypeCase(name.__name__.replace("_", " ").strip(), call))
        return name
    _caller().types.append(TypeCase(name, lambda _folder: (hint, *values)))
    return None


def shape(name: Any, entity: Any = None) -> Any:
    """Register something to translate; or, as a decorator, a function that returns it."""
    if entity is None:
        _register(name).shapes.append(ShapeCase(name.__name__.replace("_", " ").strip(), name))
        return name
    _caller().shapes.append(ShapeCase(name, lambda: entity))
    return None


def attempt(make: Callable[[], Any]) -> Any:
    """What the call makes, for what is made at the top of a file; a failure breaks only what uses it."""
    try:
        return make()
    except Exception as error:
        return Broken(error)


def choose(*, flytekit: Callable[[], Any], volant: Callable[[], Any]) -> Any:
    """What the two sides write differently; a failure breaks only what uses it."""
    return attempt(flytekit if WORLD == "flytekit" else volant)


def load(file: Path) -> Cases:
    """What a file of cases registers. Its module is called `cases.NAME` on both sides."""
    name = f"cases.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    setattr(importlib.import_module("cases"), file.stem, module)  # mashumaro looks classes up by their full name
    _registers[name] = Cases()
    spec.loader.exec_module(module)
    return _registers[name]


def _register(function: Any) -> Cases:
    return _registers[function.__module__]


def _caller() -> Cases:
    return _registers[sys._getframe(2).f_globals["__name__"]]


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    found = _find(name)
    if name in _GUARDED and not isinstance(found, Missing):
        found = _guard(found)
    globals()[name] = found
    return found


def _find(name: str) -> Any:
    if WORLD == "flytekit" and name in _NAMES_IN_FLYTEKIT:
        home, theirs = _NAMES_IN_FLYTEKIT[name]
        return getattr(importlib.import_module(home), theirs)
    for home in _PLACES[WORLD]:
        found = getattr(_module(home), name, None)
        if found is not None:
            return found
    return Missing(f"{WORLD} has no {name}")


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise


def _guard(decorator: Any) -> Any:
    """The decorator, which makes what fails, or is made with something missing, `Broken`."""

    @functools.wraps(decorator)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        missing = [each for each in (*args, *kwargs.values()) if isinstance(each, Missing)]
        try:
            if missing:
                raise NameError(missing[0].what)
            made = decorator(*args, **kwargs)
        except Exception as error:
            broken = Broken(error)
            return broken if args and callable(args[0]) else lambda _function: broken
        return made if args and callable(args[0]) and not isinstance(args[0], type) else _guard(made)

    return guarded


def unwrap(made: Any) -> Any:
    """What a case made, or the error that it could not be.

    Raises:
        Exception: That error.
    """
    if isinstance(made, Broken):
        raise made.error
    if isinstance(made, Missing):
        raise NameError(made.what)
    return made
