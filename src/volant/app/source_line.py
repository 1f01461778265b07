"""Places in the author's code: of a task whose failure names none, and under the paths the author knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

from volant.app.node_plan import node_plan
from volant.app.site import Site
from volant.base.errors import VolantError
from volant.contracts.rows import ActionRow, RunRow
from volant.kit.code_bundle import bundle_folder, read_manifest
from volant.kit.pod_target import process_container

_MODULE, _NAME = "task-module", "task-name"


def source_line(site: Site, run: RunRow, action: ActionRow) -> str:
    """The function a task node runs, as "file:line", read from the recorded code without importing it.

    "" where it has none, or none that is written as a function of that name: a notebook's, a container's.
    """
    found = python_function(site, run, action)
    try:
        return _found(site, run, *found) if found and run.code else ""
    except (VolantError, OSError, SyntaxError, ValueError):
        # The code is gone or damaged: the failure is told all the same.
        return ""


def python_function(site: Site, run: RunRow, action: ActionRow) -> tuple[str, str] | None:
    """Module and name of the function a task node runs; None where it runs none, or the plan is gone."""
    try:
        task = node_plan(site, run, action).task
    except VolantError:
        return None
    words = list(process_container(task.template).args) if task else []
    if _MODULE not in words or _NAME not in words:
        return None
    return words[words.index(_MODULE) + 1], words[words.index(_NAME) + 1]


def authors_paths(site: Site, run: RunRow, text: str) -> str:
    """A text in which the kept copy of the code has the path of what it was copied from."""
    kept = f"{bundle_folder(str(site.home), run.code)}/src/"
    if not run.code or kept not in text:
        return text
    try:
        shown = read_manifest(str(site.home), run.code).show_as
    except VolantError:
        return text
    return text.replace(kept, f"{shown}/") if shown else text


def _found(site: Site, run: RunRow, module: str, name: str) -> str:
    home, shown = str(site.home), read_manifest(str(site.home), run.code).show_as
    for path in _files(module):
        file = bundle_folder(home, run.code) / "src" / path
        if file.is_file():
            line = _line_of(ast.parse(file.read_bytes()), name)
            return f"{Path(shown) / path}:{line}" if line else ""
    return ""


def _files(module: str) -> Iterator[Path]:
    path = Path(*module.split("."))
    yield path.with_name(f"{path.name}.py")
    yield path / "__init__.py"


def _line_of(tree: ast.Module, name: str) -> int:
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    found = next((each for each in functions if each.name == name), None)
    return 0 if found is None else min([found.lineno, *(each.lineno for each in found.decorator_list)])
