"""mypy and pyright agree with what the files here say: the good ones are clean, every mistake is found at its line."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TypeAlias

import pytest

import volant
import volant.extend
from volant.sdk.options import OF_TASKS, Overrides, TaskOptions
from volant.sdk.task_keywords import TaskKeywords

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MISTAKES = sorted(HERE.glob("mistakes_*.py"))
GOOD = sorted({*HERE.glob("*.py")} - {*MISTAKES, Path(__file__)})
CHECKERS = ("mypy", "pyright")
TASK_OPTIONS = {*(each.name for each in fields(TaskOptions)), *OF_TASKS}
OVERRIDES = {*(each.name for each in fields(Overrides)), *OF_TASKS}

Complaint: TypeAlias = tuple[str, int, str]
"""File, line, code."""
Said: TypeAlias = dict[str, tuple[set[Complaint], str]]
"""What each checker complains of, and its whole output."""


@pytest.fixture(scope="module")
def said() -> Said:
    """Each checker runs once over all files, both at the same time."""
    mypy = _start("mypy", "--config-file", ROOT / "pyproject.toml", *GOOD, *MISTAKES)
    pyright = _start("pyright", "--project", HERE, "--pythonpath", sys.executable, "--outputjson")
    outputs = {"mypy": mypy.communicate()[0], "pyright": pyright.communicate()[0]}
    return {
        "mypy": (set(_of_mypy(outputs["mypy"])), outputs["mypy"]),
        "pyright": (_without_echoes(set(_of_pyright(outputs["pyright"]))), outputs["pyright"]),
    }


@pytest.mark.slow
@pytest.mark.timeout(300)  # where nothing is cached they read the whole of pandas
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_finds_every_mistake_and_no_other(said: Said, checker: str) -> None:
    found, output = said[checker]
    assert found == _marked(checker), output


def test_every_public_name_is_used_in_a_file_that_both_checkers_read() -> None:
    imported = {name for file in GOOD for name in _imported(file)}
    public = {*_qualified(volant.__name__, volant.__all__), *_qualified(volant.extend.__name__, volant.extend.__all__)}
    assert sorted(public - imported) == [], "use them in a file of tests/typing"


@pytest.mark.parametrize("files", [GOOD, MISTAKES], ids=["good", "mistakes"])
@pytest.mark.parametrize(
    ("function", "options"), [("task", TASK_OPTIONS), ("with_overrides", OVERRIDES)], ids=["task", "with_overrides"]
)
def test_every_option_is_given_once_rightly_and_once_wrongly(
    files: list[Path], function: str, options: set[str]
) -> None:
    given = {name for file in files for name in _keywords(file, function)}
    assert sorted(options - given) == []


def test_a_class_of_tasks_passes_on_the_keywords_that_the_decorator_takes() -> None:
    assert set(TaskKeywords.__annotations__) == TASK_OPTIONS


def test_what_the_checkers_accept_can_be_traced() -> None:
    subprocess.run([sys.executable, "-c", _TRACE, *(file.stem for file in GOOD)], cwd=HERE, check=True)


_TRACE = """
import importlib, sys
from volant import Workflow
sys.path.insert(0, "")
for name in sys.argv[1:]:
    for each in vars(importlib.import_module(name)).values():
        if isinstance(each, Workflow):
            each.traced
"""


def _start(module: str, *arguments: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _of_mypy(output: str) -> Iterator[Complaint]:
    for found in re.finditer(r"^(?:.*/)?(\w+\.py):(\d+): error: .*\[([\w-]+)\]$", output, re.MULTILINE):
        yield found[1], int(found[2]), found[3]


def _of_pyright(output: str) -> Iterator[Complaint]:
    for each in json.loads(output)["generalDiagnostics"]:
        yield Path(each["file"]).name, each["range"]["start"]["line"] + 1, each.get("rule", "syntax")


def _without_echoes(found: set[Complaint]) -> set[Complaint]:
    """Without "the type is unknown" on a line that has a mistake, which is why it is unknown."""
    told = {each for each in found if not each[2].startswith("reportUnknown")}
    lines = {(file, line) for file, line, _ in told}
    return told | {each for each in found if each[:2] not in lines}


def _marked(checker: str) -> set[Complaint]:
    """What the marks say: `# wrong: ` the codes of mypy, `|`, the rules of pyright; `-` for none."""
    marks = (
        (file.name, number, line.split("# wrong: ")[1].split(" | ")[CHECKERS.index(checker)])
        for file in MISTAKES
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if "# wrong: " in line
    )
    return {(file, number, code) for file, number, codes in marks for code in codes.split(", ") if code != "-"}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in (volant.__name__, volant.extend.__name__):
            yield from _qualified(node.module, [each.name for each in node.names])


def _qualified(module: str, names: list[str]) -> list[str]:
    return [f"{module}.{name}" for name in names]


def _keywords(file: Path, function: str) -> Iterator[str]:
    """The keywords with which a function or method of this name is called."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == function:
            yield from (each.arg for each in node.keywords if each.arg)
