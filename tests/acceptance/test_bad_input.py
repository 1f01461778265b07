"""What goes wrong, what a person sees, how it ends: a case a test, as in docs/bad-input.md.

Each runs the real command in a folder of its own. A failure names node, source line, value and fix where there
is one, and ends with the command that runs just that node again.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from volant.contracts.layout import socket_dir

FLOWS = Path(__file__).with_name("bad_flows.py")
pytestmark = pytest.mark.slow


class Scene:
    """An empty folder with the flows and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = {**os.environ, "VOLANT_HOME": str(self.home)}
        shutil.copy(FLOWS, folder / "flows.py")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "volant", *words]

    def __call__(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            errors="replace",
            check=False,
        )

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "told").open("ab") as told:
            return subprocess.Popen(
                self.command(*words), cwd=self.folder, env=self.environment, stdout=told, stderr=told
            )

    def run(self, entity: str, *words: str, file: str = "flows.py") -> "subprocess.CompletedProcess[str]":
        return self("run", "--name", "case", "-q", file, entity, *words)

    def line(self, text: str) -> int:
        """Number of the first line of the flows that holds `text`."""
        lines = (self.folder / "flows.py").read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def await_file(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        while not (self.folder / name).exists():
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError((self.folder / "told").read_text())


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    for process in psutil.process_iter(["cmdline"]):
        if str(tmp_path) in " ".join(process.info["cmdline"] or []):
            process.kill()
    shutil.rmtree(socket_dir(str(scene.home)), ignore_errors=True)


# ---------------------------------------------------------------------------------------- tasks that go wrong

FAILURES: list[tuple[str, str, str, tuple[str, ...]]] = [
    # task, code, a text of the line named, what else is said
    ("wrong", "OutputConversionFailed", "def wrong", ("expected int, got 'seven' of type str", "inputs  n = 1")),
    (
        "unpicklable",
        "OutputConversionFailed",
        "def unpicklable",
        ("of type Lock cannot be pickled", "a DataFrame or a"),
    ),
    ("leave", "TaskExited", "def leave", ("ended by itself with exit status 7", "volant debug")),
    ("crash", "TaskCrashed", "string_at(0)", ("SIGSEGV (native code touched memory", "task.log")),
    ("eat", "OOMKilled", "def eat", ("more memory than its limit of 300 MiB", "raise mem in its limits")),
    ("big", "OutputSizeExceeded", "def big", ("11,534,3", "return a File or a DataFrame")),
    ("evil", "Evil", "raise Evil", ("Evil",)),
    ("odd", "Odd", "raise Odd", ("Odd: (1, 2)",)),
    ("deep", "RecursionError", "deep.function", ("maximum recursion depth exceeded", "more times]")),
    ("interrupted", "KeyboardInterrupt", "raise KeyboardInterrupt", ("KeyboardInterrupt",)),
    ("exits", "SystemExit", "sys.exit(3)", ("SystemExit: 3",)),
    ("asks", "EOFError", "input(", ("EOF when reading a line",)),
    ("slow", "TimeoutExpired", "timeout=timedelta", ("timeout [0:00:01] expired", "raise the task's timeout")),
    ("final", "NonRecoverableError", "raise NonRecoverableError", ("never",)),
]


@pytest.mark.parametrize(("entity", "code", "where", "said"), FAILURES, ids=[each[0] for each in FAILURES])
def test_a_task_that_goes_wrong_is_explained(
    scene: Scene, entity: str, code: str, where: str, said: tuple[str, ...]
) -> None:
    told = scene.run(entity)

    assert told.returncode == 1, told.stderr
    assert f'error: run case failed: node flows{entity} "{entity}", {code}\n' in told.stderr
    assert re.search(rf"^  at      {re.escape(str(scene.folder))}/flows\.py:\d+$", told.stderr, re.MULTILINE)
    line = int(re.findall(r"^  at .*:(\d+)$", told.stderr, re.MULTILINE)[0])
    assert abs(line - scene.line(where)) <= 1
    assert all(each in told.stderr for each in said), told.stderr
    assert told.stderr.rstrip().endswith(f"again   volant debug case flows{entity}")
    assert "volant/engine" not in told.stderr


def test_retries_apply_to_any_exception_but_not_to_the_final_one(scene: Scene) -> None:
    told = scene.run("flaky")

    assert 'node flowsflaky "flaky", ValueError, after 3 attempts' in told.stderr


def test_a_failure_deep_inside_names_the_inner_node_and_reproduces(scene: Scene) -> None:
    told = scene.run("outer")
    again = scene("debug", "case", "n0/0/n1")

    assert 'node n0/0/n1 "boom", ZeroDivisionError' in told.stderr
    assert "inputs  n = 4" in told.stderr
    assert told.stderr.rstrip().endswith("again   volant debug case n0/0/n1")
    assert "ZeroDivisionError" in again.stdout + again.stderr
    assert again.returncode == 1


def test_a_huge_message_is_cut_and_nothing_else_suffers(scene: Scene) -> None:
    told = scene.run("huge")

    assert told.returncode == 1
    assert "ValueError: xxx" in told.stderr
    assert len(told.stderr) < 400_000


def test_a_hundred_megabytes_of_output_are_capped_and_the_run_succeeds(scene: Scene) -> None:
    scene.write("volant.toml", "[plugins.python-task]\nlog_limit_bytes = 1000000\n")

    told = scene.run("shout")
    [log] = scene.home.glob("runs/*/flowsshout/data/0/task.log")

    assert (told.returncode, told.stdout) == (0, "o0 = 100\n")
    assert log.stat().st_size < 1_000_200
    assert log.read_text().endswith("[log capped at 1000000 bytes]\n")


def test_output_that_is_no_text_is_kept_and_shown(scene: Scene) -> None:
    told = scene.run("latin")
    logs = scene("logs", "case")

    assert (told.returncode, logs.returncode) == (0, 0)
    assert "caf" in logs.stdout


def test_a_child_that_a_task_forks_neither_answers_nor_stays(scene: Scene) -> None:
    told = scene.run("forked")

    assert (told.returncode, told.stdout) == (0, "o0 = 1\n")
    assert [p for p in psutil.process_iter(["cmdline"]) if str(scene.home) in " ".join(p.info["cmdline"] or [])] == []


def test_a_task_that_ignores_sigterm_is_killed_after_the_grace(scene: Scene) -> None:
    scene.write("volant.toml", "[plugins.python-task]\nkill_grace_s = 0.2\n")
    run = scene.start("run", "--name", "case", "flows.py", "stubborn", "--folder", str(scene.folder))
    scene.await_file("deaf", run)

    aborted = scene("abort", "case", "--reason", "enough")

    assert aborted.returncode == 0, aborted.stderr
    assert run.wait() == 3
    assert "enough" in (scene.folder / "told").read_text()


# ------------------------------------------------------------------------------------- words that are wrong

USAGE: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("flows.py", "double", "--n", "three"), ("input 'n': expected int, got 'three'", "write a number")),
    (("flows.py", "double"), ("input 'n'", "--n")),
    (("flows.py", "double", "--m", "3"), ("--m",)),
    (("flows.py", "read", "--f", "nowhere.txt"), ("input 'f': there is no file '", "check the path")),
    (("flows.py", "fime"), ("there is no task or workflow 'fime'", "fine")),
    (("nowhere.py", "fine"), ("there is no file 'nowhere.py'",)),
    (("flows.py",), ("mistyped", "inner", "outer", "fine")),
    (("flows.py", "double", "--inputs-file", "bad.json"), ("bad.json:2:", "correct that line")),
    (("flows.py", "double", "--inputs-file", "bad.yaml"), ("bad.yaml:2:", "correct that line")),
    (("empty.py",), ("write @task or @workflow",)),
]


@pytest.mark.parametrize(("words", "said"), USAGE, ids=[" ".join(each[0]) for each in USAGE])
def test_wrong_words_end_with_2_before_anything_runs(
    scene: Scene, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    scene.write("bad.json", '{"n": 1,\n "m" 2}')
    scene.write("bad.yaml", "n: 1\n  m: [2\n")
    scene.write("empty.py", "x = 1\n")

    told = scene("run", *words)

    assert told.returncode == 2, told.stderr
    assert all(each in told.stderr for each in said), told.stderr
    assert "no runs" in scene("get", "runs").stdout


CONSTANT = """from volant import task, workflow

@task
def f(n: int) -> int:
    return n

@workflow
def w() -> int:
    return f(n="x")
"""
PROMISE = """from volant import task, workflow

@task
def f(n: int) -> int:
    return n

@task
def g(s: str) -> int:
    return 1

@workflow
def w() -> int:
    return g(s=f(n=1))
"""
OPTION = """from volant import task

@task(retries="many")
def f() -> int:
    return 1
"""
FILES: list[tuple[str, tuple[str, ...]]] = [
    ("from volant import task\n@task\ndef f(:\n    pass\n", ("bad.py:3", "SyntaxError")),
    ("import no_such_module\n", ("bad.py:1", "no_such_module")),
    (OPTION, ("bad.py:", "retries", "'many'")),
    (CONSTANT, ("bad.py:9", "expected int, got 'x'", "write a value of type int")),
    (PROMISE, ("n1", "'s'", "int, but takes str")),
]


@pytest.mark.parametrize(("text", "said"), FILES, ids=["syntax", "import", "option", "constant", "promise"])
def test_a_file_that_is_wrong_says_where(scene: Scene, text: str, said: tuple[str, ...]) -> None:
    scene.write("bad.py", text)

    told = scene("run", "bad.py")

    assert told.returncode == 1, told.stderr
    assert all(each in told.stderr for each in said), told.stderr


def test_a_name_that_is_taken_shows_the_run_that_has_it(scene: Scene) -> None:
    scene.run("fine")

    told = scene.run("fine")

    assert told.returncode == 2
    assert "double (n0)  succeeded" in told.stdout + told.stderr
    assert "exists" in told.stderr
    assert "choose another --name" in told.stderr


# --------------------------------------------------------------------------------------- a store that is wrong


def test_a_damaged_database_ends_with_4_and_is_not_written_to(scene: Scene) -> None:
    scene.run("fine")
    database = scene.home / "volant.db"
    damaged = b"not a database" * 1000
    database.write_bytes(damaged)

    told = scene("run", "flows.py", "fine")

    assert told.returncode == 4
    assert str(database) in told.stderr
    assert "fix:" in told.stderr
    assert database.read_bytes() == damaged


def test_a_newer_schema_is_refused_with_both_numbers(scene: Scene) -> None:
    scene.run("fine")
    database = sqlite3.connect(scene.home / "volant.db")
    database.execute("PRAGMA user_version = 999")
    database.close()

    told = scene("get", "runs")

    assert told.returncode == 4
    assert "999" in told.stderr


@pytest.mark.skipif(os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="mounting needs root on Linux")
def test_a_full_disk_ends_with_4_and_loses_nothing(scene: Scene) -> None:
    scene.home.mkdir()
    options = ["-t", "tmpfs", "-o", "size=40m", "tmpfs", str(scene.home)]
    if subprocess.run(["mount", *options], check=False, capture_output=True).returncode:
        pytest.skip("this container may not mount")
    try:
        assert scene.run("fine").returncode == 0
        with (scene.home / "ballast").open("wb") as ballast:
            _fill(ballast)

        full = scene("run", "--name", "second", "-q", "flows.py", "fine")
        (scene.home / "ballast").unlink()
        after = scene("run", "--name", "third", "-q", "flows.py", "fine")

        assert full.returncode == 4
        assert "the disk is full" in full.stderr
        assert (after.returncode, after.stdout) == (0, "o0 = 4\n")
        assert "case" in scene("get", "runs").stdout
    finally:
        subprocess.run(["umount", "-l", str(scene.home)], check=True)


def _fill(file: Any) -> None:
    try:
        while True:
            file.write(b"\0" * 65536)
            file.flush()
    except OSError:
        return


# ------------------------------------------------------------------------------------------- others go on


def test_an_engine_goes_on_with_other_runs_while_one_is_bad(scene: Scene) -> None:
    engine = scene.start("engine")
    try:
        first = scene("run", "--name", "good-1", "-q", "flows.py", "fine")
        bad = [scene("run", "--name", name, "-q", "flows.py", name) for name in ("crash", "leave", "evil")]
        last = scene("run", "--name", "good-2", "-q", "flows.py", "fine")

        assert [first.returncode, *[each.returncode for each in bad], last.returncode] == [0, 1, 1, 1, 0]
        assert engine.poll() is None
    finally:
        engine.send_signal(signal.SIGTERM)
        assert engine.wait() == 0


def test_two_runs_at_once_share_a_data_folder(scene: Scene) -> None:
    both = [scene.start("run", "--name", name, "flows.py", "fine") for name in ("one", "two")]

    assert [process.wait() for process in both] == [0, 0]


def test_a_plugin_that_cannot_be_loaded_stops_nothing(scene: Scene) -> None:
    folder = scene.folder / "broken-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[volant.plugins]\nbroken = no_such_module:build\n")
    run = scene("run", "-q", "flows.py", "fine", PYTHONPATH=str(scene.folder))
    listed = scene("plugins", PYTHONPATH=str(scene.folder))

    assert (run.returncode, run.stdout) == (0, "o0 = 4\n")
    assert "broken" in listed.stdout
    assert "no_such_module" in listed.stdout
