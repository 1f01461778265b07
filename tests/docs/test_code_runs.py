"""What the pages show is what happens: files are written, code is run, commands are given, output is compared.

A block that begins with `# file: NAME` is written under that name; other Python is run. In a console block lines
after "$ " are given to a shell, the others are what it must print, where "…" stands for anything. A line
`# exit code N` says how it ends, if not with 0.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pages import MADE, PAGES, blocks, shown

from volant.contracts.layout import socket_dir

RUN = {"python", "console"}
WITH_CODE = [page for page in PAGES if page != MADE and any(block.language in RUN for block in blocks(page))]
EXIT = "# exit code "


@pytest.fixture
def shell(tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    yield Shell(folder)
    shutil.rmtree(socket_dir(str(folder / "home")), ignore_errors=True)


class Shell:
    """Gives commands in a page's folder, where `volant` and the page's own packages are installed."""

    def __init__(self, folder):
        self.folder = folder
        self._environ = {
            **os.environ,
            "VOLANT_HOME": str(folder / "home"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(folder),
        }

    def __call__(self, *command):
        return subprocess.run(
            command, cwd=self.folder, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def write(self, name, text):
        (self.folder / name).write_text(text)
        if name == "pyproject.toml":
            self._install(tomllib.loads(text)["project"])

    def _install(self, project):
        """What an installation leaves for others to find."""
        name, version = project["name"], project["version"]
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        groups = project["entry-points"].items()
        lines = [
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in names.items()) for group, names in groups
        ]
        (info / "entry_points.txt").write_text("".join(lines))


def steps(text):
    """The commands of a console block, each with what it must print and its exit code."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        codes = [int(line.removeprefix(EXIT)) for line in lines if line.startswith(EXIT)]
        yield command, [line for line in lines if not line.startswith(EXIT)], (codes or [0])[0]


def pattern(lines):
    """What those lines allow: "…" is anything, alone on a line any number of lines."""
    parts = [r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in lines]
    return re.compile("".join(parts))


def give(shell, text):
    for command, lines, code in steps(text):
        done = shell("sh", "-c", command)

        assert done.returncode == code, f"$ {command}\n{done.stdout}"
        assert not lines or pattern(lines).fullmatch(done.stdout), f"$ {command}\n{done.stdout}"


@pytest.mark.parametrize("page", WITH_CODE, ids=shown)
def test_what_a_page_shows_is_what_happens(page, shell):
    for block in blocks(page):
        if block.file:
            shell.write(block.file, block.text)
        elif block.language == "console":
            give(shell, block.text)
        elif block.language == "python":
            done = shell(sys.executable, "-c", block.text)
            assert done.returncode == 0, done.stdout


def test_a_plugin_of_the_pages_holds_to_the_contract(shell):
    page = next(page for page in WITH_CODE if page.name == "engine.md")
    for block in blocks(page):
        if block.file:
            shell.write(block.file, block.text)

    done = shell(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_file_sensor.py")

    assert done.returncode == 0, done.stdout
