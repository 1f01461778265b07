"""Imports a user's file, once, and tells what came of it: entities, its modules' bytes, or what is wrong."""

import importlib
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import cloudpickle
from msgspec import structs

from volant.base.errors import UserError
from volant.contracts.worker_wire import Described, Load, Problem
from volant.sdk import entities
from volant.sdk.caller import PACKAGE
from volant.sdk.errors import AuthoringError
from volant.sdk.problems import collecting

_INSTALLED = frozenset({"site-packages", "dist-packages"})


class Code(NamedTuple):
    """A user's code, imported.

    Attributes:
        entities: Tasks and workflows by name, in the file's order.
        root: Folder it was imported from; "" for the current one.
        show_as: What to show instead of `root`; "" for itself.
        problems: Mistakes of its authors that importing it found.
    """

    entities: Mapping[str, Any]
    root: str
    show_as: str
    problems: tuple[Problem, ...] = ()

    def shown(self, text: str) -> str:
        """A text about the code, with the paths the user knows."""
        return text.replace(self.root, self.show_as) if self.root and self.show_as else text

    def shown_problem(self, problem: Problem) -> Problem:
        """A problem with the paths the user knows."""
        texts = {name: self.shown(getattr(problem, name)) for name in ("message", "fix", "trace", "place")}
        return structs.replace(problem, **texts)

    def shown_description(self, described: Described) -> Described:
        """A description with the paths the user knows."""
        places = {
            workflow: {node: self.shown(place) for node, place in of_nodes.items()}
            for workflow, of_nodes in described.places.items()
        }
        return structs.replace(described, places=places)


NOTHING = Code({}, "", "")
"""No file: a task names its module itself."""


class LoadError(UserError):
    """The file could not be imported.

    Attributes:
        problems: What to tell the user.
    """

    def __init__(self, problem: Problem, *others: Problem) -> None:
        super().__init__(problem.message, fix=problem.fix)
        self.problems = (problem, *others)


def load(frame: Load) -> Code:
    """Import what a `Load` names; mistakes of its authors after which that goes on are in `Code.problems`.

    Raises:
        LoadError: It is not there, cannot be imported, or is not what it says.
    """
    _set_path(frame)
    if not frame.module:
        return NOTHING
    code = Code({}, frame.root, frame.show_as)
    with collecting() as mistakes:
        try:
            found = _unpickle(frame.file) if frame.kind == "pickle" else entities.find(_import(frame))
        except LoadError:
            raise
        except BaseException as error:  # a file may raise anything: sys.exit() as well as KeyboardInterrupt
            told = _problem(error, code.shown(frame.file), code.shown)
            raise LoadError(*_shown(mistakes, code), told) from error
    return code._replace(entities=found, problems=_shown(mistakes, code))


def _shown(mistakes: list[AuthoringError], code: Code) -> tuple[Problem, ...]:
    return tuple(code.shown_problem(entities.problem_of(each)) for each in mistakes)


def sources(frame: Load) -> dict[str, bytes]:
    """Bytes of the file and of every imported module below its root, by path relative to the root."""
    root = Path(frame.root).resolve()
    paths = {Path(frame.file).resolve(), *_module_files()}
    inside = (path for path in sorted(paths) if path.is_relative_to(root) and _is_users(path, root))
    return {str(path.relative_to(root)): path.read_bytes() for path in inside}


def _set_path(frame: Load) -> None:
    sys.path.insert(0, frame.root)
    if frame.fallback and frame.fallback not in sys.path:
        sys.path.append(frame.fallback)
    importlib.invalidate_caches()


def _import(frame: Load) -> ModuleType:
    if not Path(frame.file).is_file():
        raise LoadError(Problem(f"there is no file {frame.file}", "check the path", usage=True))
    module = importlib.import_module(frame.module)
    found = getattr(module, "__file__", None) or "a built-in module"
    if Path(found).resolve() != Path(frame.file).resolve():
        message = f"{frame.file} is imported as {frame.module!r}, but that name means {found}"
        raise LoadError(Problem(message, "rename the file, or one of its folders"))
    return module


def _unpickle(file: str) -> Mapping[str, Any]:
    # What a notebook defines lives in its __main__. Ours goes on without its name.
    sys.modules["__main__"] = ModuleType("__main__")
    found = cloudpickle.loads(Path(file).read_bytes())
    if not isinstance(found, dict):
        raise LoadError(Problem(f"{file} holds a {type(found).__name__}, not a dict of entities"))
    for name, entity in found.items():
        module = getattr(entity, "module", "__main__")
        setattr(sys.modules.setdefault(module, ModuleType(module)), name, entity)
    return found


def _problem(error: BaseException, file: str, shown: Any) -> Problem:
    own = traceback.TracebackException.from_exception(error)
    _drop_ours(own)
    place = f"{own.stack[-1].filename}:{own.stack[-1].lineno}" if own.stack else file
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}:{error.lineno}"
    what = "".join(own.format_exception_only()).strip().splitlines()[-1]
    if isinstance(error, AuthoringError):
        return Problem(shown(str(error)), error.fix, place=shown(error.place or place))
    message = f"{file} cannot be imported: {place}: {what}"
    return Problem(shown(message), _fix(error), shown("".join(own.format())), place=shown(place))


def _fix(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install what brings {error.name!r} for {sys.executable}, or correct the name"
    return error.fix if isinstance(error, UserError) else ""


def _drop_ours(summary: traceback.TracebackException) -> None:
    own = [f for f in summary.stack if not f.filename.startswith((PACKAGE, "<frozen importlib"))]
    standard = sysconfig.get_path("stdlib")
    own = [f for f in own if not f.filename.startswith(f"{standard}/importlib/")]
    summary.stack = traceback.StackSummary.from_list(own)
    for inner in (summary.__cause__, summary.__context__):
        if inner is not None:
            _drop_ours(inner)


def _module_files() -> Iterator[Path]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and Path(file).is_file():
            yield Path(file).resolve()


def _is_users(path: Path, root: Path) -> bool:
    return not path.is_relative_to(Path(PACKAGE)) and _INSTALLED.isdisjoint(path.relative_to(root).parts)
