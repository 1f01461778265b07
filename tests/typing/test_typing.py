"""mypy agrees with what the files here say: the good one is clean, every mistake is found at its line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
_FOUND = re.compile(r"^\S*?(\w+\.py):(\d+): error: .*\[([\w-]+)\]$", re.MULTILINE)
_MARK = re.compile(r"# wrong: (.*)$")


def _marked(file: Path) -> set[tuple[str, int, str]]:
    return {
        (file.name, number, code)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if (mark := _MARK.search(line))
        for code in mark[1].split(", ")
    }


@pytest.mark.slow
def test_mypy_finds_every_mistake_and_no_other() -> None:
    files = [HERE / "authoring.py", HERE / "mistakes.py"]
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = {(name, int(line), code) for name, line, code in _FOUND.findall(done.stdout)}
    assert found == {mark for file in files for mark in _marked(file)}, done.stdout
