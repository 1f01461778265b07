"""What goes wrong, what a person sees, how it ends: a case a test, as in docs/bad-input.md.

Each runs the real command in a folder of its own and compares all that it says. In what is expected "…" stands
for anything, `{folder}` for the folder, and `‹text›` for the number of the first line of the flows with that text.
"""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

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
        self.environment = {**os.environ, "COLUMNS": "200"}
        self.started: list[subprocess.Popen[str]] = []
        shutil.copy(FLOWS, folder / "flows.py")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "volant", words[0], "--home", str(self.home), *words[1:]],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            errors="surrogateescape",
        )
        self.started.append(process)
        return process

    def __call__(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words, **environment)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def run(self, entity: str, *words: str, name: str = "case", file: str = "flows.py", **environment: str):
        return self("run", "--name", name, "-q", file, entity, *words, **environment)

    def says(self, text: str, expected: str) -> None:
        """Assert that `text` is what is expected, all of it."""
        wanted = expected.replace("{folder}", str(self.folder)).replace("{home}", str(self.home))
        wanted = re.sub("‹(.+?)›", lambda found: str(self.line(found[1])), wanted)
        pattern = ".*".join(map(re.escape, wanted.strip().split("…")))
        assert re.fullmatch(pattern, text.strip(), re.DOTALL), f"\n{text.strip()}\n--- is not\n{wanted.strip()}"

    def line(self, text: str) -> int:
        lines = (self.folder / "flows.py").read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def runs(self) -> list[str]:
        with closing(sqlite3.connect(self.home / "volant.db")) as store:
            return [name for (name,) in store.execute("SELECT name FROM run ORDER BY name")]

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()
        shutil.rmtree(socket_dir(str(self.home)), ignore_errors=True)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def until(process: "subprocess.Popen[str]", text: str) -> str:
    """Read what a process says up to a line that holds `text`."""
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(f"never said {text!r}")


# ---------------------------------------------------------------------------------------- tasks that go wrong

CRASHED = """SIGSEGV (native code touched memory it does not own) before it gave a result; the last lines of its log:
  Fatal Python error: Segmentation fault
  Current thread … (most recent call first):
    File "…ctypes/__init__.py", line … in string_at
    File "{folder}/flows.py", line ‹string_at(0)› in crash"""

# By task: code, the line named, inputs and text, fix.
FAILURES = {
    "wrong": (
        "OutputConversionFailed",
        "def wrong",
        "  inputs  n = 1\n\n  task flows.wrong: its result: expected int, got 'seven' of type str",
        "return what its annotation says, int, or correct that",
    ),
    "nothing": (
        "OutputConversionFailed",
        "def nothing",
        "\n  task flows.nothing: its result: expected int, got None",
        "return what its annotation says, int, or correct that",
    ),
    "unpicklable": (
        "OutputConversionFailed",
        "def unpicklable",
        "\n  task flows.unpicklable: its result: <flows.Lock object at …> of type Lock cannot be pickled: …",
        "return plain values, a dataclass, a DataFrame or a File instead",
    ),
    "lost": (
        "OutputConversionFailed",
        "def lost",
        "\n  task flows.lost: its result: there is no file 'nowhere.txt'",
        "check the path; a relative one starts from '{folder}'",
    ),
    "big": (
        "OutputSizeExceeded",
        "def big",
        "\n  task flows.big: its outputs take 11,534,365 bytes, 10,485,760 are allowed",
        "return a File or a DataFrame: its bytes are kept beside the outputs",
    ),
    "leave": (
        "TaskExited",
        "def leave",
        "\n  the task's process ended by itself with exit status 7 before it gave a result",
        "run it with `volant debug` to see where it ends",
    ),
    "crash": (
        "TaskCrashed",
        "string_at(0)",
        f"\n  the task's process was ended by {CRASHED}",
        "read {home}/runs/flytesnacks-development-case/flowscrash/data/0/task.log",
    ),
    "eat": (
        "OOMKilled",
        "def eat",
        "\n  the task was ended because it used more memory than its limit of 300 MiB: it …",
        "raise mem in its limits, or hold less at once",
    ),
    "slow": (
        "TimeoutExpired",
        "def slow",
        "\n  task execution timeout [0:00:01] expired",
        "raise the task's timeout, or see in its log what takes so long",
    ),
    "killed": (
        "Interrupted, after 4 attempts",
        "def killed",
        (
            "\n  the task was interrupted: "
            "its process was killed from outside (SIGKILL), as the system does when memory runs out"
        ),
        "",
    ),
}


@pytest.mark.parametrize("entity", FAILURES)
def test_a_failure_names_node_line_value_fix_and_the_command_that_reproduces_it(scene: Scene, entity: str) -> None:
    code, place, text, fix = FAILURES[entity]

    told = scene.run(entity)

    line = scene.line(place) - ("def " in place)  # a task is where its decorator is
    advice = f"  fix     {fix}\n" if fix else ""
    assert (told.returncode, told.stdout) == (1, "")
    scene.says(
        told.stderr,
        f'error: run case failed: node flows{entity} "{entity}", {code}\n'
        f"  at      {{folder}}/flows.py:{line}\n{text}\n\n{advice}  again   volant debug case flows{entity}",
    )


# By task: code, the line named, the end of the traceback.
RAISES = {
    "evil": ("Evil", "raise Evil", "flows.Evil: <exception str() failed>"),
    "odd": ("Odd", "raise Odd", "flows.Odd: (1, 2)"),
    "half": ("ValueError", "udce9", "ValueError: caf\\udce9"),
    "awaited": ("ValueError", '"later"', "ValueError: later"),
    "exits": ("SystemExit", "sys.exit(3)", "SystemExit: 3"),
    "asks": ("EOFError", "input(", "EOFError: EOF when reading a line"),
    "final": ("NonRecoverableError", "raise NonRecoverable", "volant.sdk.errors.NonRecoverableError: never"),
    "flaky": ("ValueError, after 3 attempts", '"again"', "ValueError: again"),
}


@pytest.mark.parametrize("entity", RAISES)
def test_whatever_a_task_raises_is_its_traceback_without_ours(scene: Scene, entity: str) -> None:
    code, place, text = RAISES[entity]
    source = (scene.folder / "flows.py").read_text().splitlines()[scene.line(place) - 1].strip()

    told = scene.run(entity)

    assert (told.returncode, told.stdout) == (1, "")
    marks = f"\n{' ' * 6}{'^' * len(source.removeprefix('return '))}" if entity == "asks" else ""
    marks = marks.replace("^", " " * len("return ") + "^", 1)
    scene.says(
        told.stderr,
        f'error: run case failed: node flows{entity} "{entity}", {code}\n'
        f"  at      {{folder}}/flows.py:{scene.line(place)}\n\n"
        f"  Traceback (most recent call last):\n"
        f'    File "{{folder}}/flows.py", line {scene.line(place)}, in {entity}\n'
        f"      {source}{marks}\n"
        f"  {text}\n\n"
        f"  again   volant debug case flows{entity}",
    )


def test_several_errors_at_once_are_all_told(scene: Scene) -> None:
    told = scene.run("several")

    assert told.returncode == 1
    scene.says(
        told.stderr,
        'error: run case failed: node flowsseveral "several", ExceptionGroup\n'
        "  at      {folder}/flows.py:‹raise ExceptionGroup›\n…| ValueError: a\n…| TypeError: b\n…"
        "\n\n  again   volant debug case flowsseveral",
    )


def test_endless_recursion_is_told_in_a_few_lines(scene: Scene) -> None:
    told = scene.run("deep")

    assert (told.returncode, len(told.stderr.splitlines()) < 22) == (1, True)
    scene.says(
        told.stderr,
        'error: run case failed: node flowsdeep "deep", RecursionError\n'
        "  at      {folder}/flows.py:‹deep.function›\n  inputs  n = 0\n…[Previous line repeated … more times]\n"
        "  RecursionError: maximum recursion depth exceeded\n\n  again   volant debug case flowsdeep",
    )


def test_a_keyboard_interrupt_in_a_task_is_a_failure_of_the_task(scene: Scene) -> None:
    told = scene.run("interrupted")

    assert told.returncode == 1
    scene.says(
        told.stderr,
        'error: run case failed: node flowsinterrupted "interrupted", KeyboardInterrupt\n'
        "  at      {folder}/flows.py:‹raise KeyboardInterrupt›\n…"
        "  the task was interrupted: KeyboardInterrupt\n\n  again   volant debug case flowsinterrupted",
    )


def test_a_huge_message_is_cut_and_says_where_there_is_more(scene: Scene) -> None:
    told = scene.run("huge")

    assert (told.returncode, len(told.stderr) < 10_000) == (1, True)
    scene.says(
        told.stderr,
        'error: run case failed: node flowshuge "huge", ValueError\n…  ValueError: xxx…xxx\n'
        "  … cut; more of it: volant show case flowshuge …\n  xxx…xxx\n\n  again   volant debug case flowshuge",
    )


def test_a_failure_in_a_sub_workflow_names_the_inner_node_and_its_command_reproduces_it(scene: Scene) -> None:
    told = scene.run("outer")
    command = told.stderr.splitlines()[-1].removeprefix("  again   volant ").split()
    again = scene(*command)

    assert (told.returncode, again.returncode) == (1, 1)
    scene.says(
        told.stderr,
        'error: run case failed: node n0/0/n1 "boom", ZeroDivisionError\n'
        "  at      {folder}/flows.py:‹10 // (n - n)›\n"
        "  inputs  n = 4\n\n"
        "  Traceback (most recent call last):\n"
        '    File "{folder}/flows.py", line ‹10 // (n - n)›, in boom\n'
        "      return 10 // (n - n)\n"
        "             ~~~^^~~~~~~~~\n"
        "  ZeroDivisionError: integer division or modulo by zero\n\n"
        "  again   volant debug case n0/0/n1",
    )
    scene.says(again.stderr, "n0/0/n1 boom: flows.boom with n=4\nTraceback …ZeroDivisionError: integer division …")


REPRODUCED = {
    "wrong": (
        "error: OutputConversionFailed: task flows.wrong: its result: expected int, got 'seven' of type str\n"
        "  fix: return what its annotation says, int, or correct that"
    ),
    "big": "error: OutputSizeExceeded: task flows.big: its outputs take 11,534,365 bytes, …",
    "exits": 'Traceback …\n  File "{folder}/flows.py", line ‹sys.exit(3)›, in exits\n    sys.exit(3)\nSystemExit: 3',
}


@pytest.mark.parametrize("entity", REPRODUCED)
def test_debug_reproduces_also_what_is_wrong_only_after_the_function(scene: Scene, entity: str) -> None:
    scene.run(entity)

    again = scene("debug", "case", entity)

    assert (again.returncode, again.stdout) == (1, "")
    scene.says(again.stderr.partition("\n")[2], REPRODUCED[entity])


def test_a_failure_is_told_by_the_authors_paths_also_when_the_kept_code_ran(scene: Scene) -> None:
    scene.run("crash", name="first")
    (scene.folder / "flows.py").rename(scene.folder / "moved.py")

    told = scene("recover", "first", "--name", "case")

    assert told.returncode == 1
    assert "/code/" not in told.stderr
    assert f"  at      {scene.folder}/flows.py:" in told.stderr


def test_python_callers_get_the_same_text_as_an_exception(tmp_path: Path, scene: Scene) -> None:
    (tmp_path / "calls.py").write_text(
        "import flows\nfrom volant import RunFailed, run\n\n"
        "try:\n    run(flows.wrong, name='case')\nexcept RunFailed as error:\n    print(error)\n"
    )
    environment = {**scene.environment, "VOLANT_HOME": str(scene.home), "PYTHONPATH": str(scene.folder)}

    told = subprocess.run(
        [sys.executable, "calls.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    assert told.stderr == ""
    scene.says(told.stdout, 'run case failed: node flowswrong "wrong", OutputConversionFailed\n…')


# ----------------------------------------------------------------------- tasks that behave badly and still succeed


def test_a_hundred_megabytes_of_output_are_capped_and_the_run_succeeds(scene: Scene) -> None:
    scene.write("volant.toml", "[plugins.python-task]\nlog_limit_bytes = 1000000\n")

    told = scene.run("shout")
    [log] = scene.home.glob("runs/*/flowsshout/data/0/task.log")

    assert (told.returncode, told.stdout, told.stderr) == (0, "o0 = 100\n", "")
    kept = log.read_text()
    assert kept == (("x" * 1023 + "\n") * 1000)[:1_000_000] + "\n[log capped at 1000000 bytes]\n"


def test_output_that_is_no_text_is_kept_byte_for_byte_and_shown(scene: Scene) -> None:
    told = scene.run("latin")

    assert (told.returncode, told.stdout) == (0, "o0 = 1\n")
    assert scene("logs", "case", "latin").stdout.encode(errors="surrogateescape") == b"caf\xe9 \xff\xfe\n"
    assert scene("logs", "case").stdout == "flowslatin latin │ caf\N{REPLACEMENT CHARACTER} " + (
        "\N{REPLACEMENT CHARACTER}" * 2 + "\n"
    )


def test_a_child_that_a_task_leaves_behind_is_ended(scene: Scene) -> None:
    told = scene.run("forked")

    assert told.returncode == 0
    assert not psutil.pid_exists(int(told.stdout.removeprefix("o0 = ")))


def test_a_child_that_returns_from_the_task_as_well_does_not_count(scene: Scene) -> None:
    told = scene.run("twice")

    assert (told.returncode, told.stdout, told.stderr) == (0, "o0 = 1\n", "")


def test_a_task_that_ignores_sigterm_is_killed_after_the_grace(scene: Scene) -> None:
    scene.write("volant.toml", "[plugins.python-task]\nkill_grace_s = 0.2\n")
    deaf = scene.start("run", "--name", "case", "flows.py", "stubborn", "--folder", str(scene.folder))
    until(deaf, "running")
    while not (scene.folder / "deaf").exists():
        assert deaf.poll() is None

    aborted = scene("abort", "case", "--reason", "enough of it")
    _, said = deaf.communicate()

    assert (aborted.returncode, deaf.returncode) == (0, 3)
    assert said.splitlines()[-1] == "error: run case was aborted: enough of it"
    assert not psutil.pid_exists(int((scene.folder / "deaf").read_text()))


# ------------------------------------------------------------------------------------- words that are wrong

USAGE = {
    "flows.py double --n three": "error: input 'n': expected int, got 'three' of type str\n  fix: write a number",
    "flows.py double": "error: input 'n': a value of type int is missing\n  fix: add --n 3",
    "flows.py double --m 3": "error: No such option '--m'…\n  fix: see: volant run flows.py double --help",
    "flows.py read --f nowhere.txt": (
        "error: input 'f': there is no file '{folder}/nowhere.txt'\n"
        "  fix: check the path; a relative one starts from '{folder}'"
    ),
    "flows.py fime": "error: there is no task or workflow 'fime'\n  fix: did you mean 'fine'? There is double, …",
    "nowhere.py fine": (
        "error: there is no file 'nowhere.py'\n  fix: check the path; it is relative to the current folder"
    ),
    "flows.py": "error: there are several workflows\n  fix: name one of filling, mistyped, inner, outer, fine",
    "empty.py": (
        "error: there is no workflow\n  fix: write @task or @workflow before a function of it, and save the file"
    ),
    "flows.py double --inputs-file bad.json": (
        "error: --inputs-file bad.json:2: Expecting ':' delimiter\n  fix: correct that line; the file is read as JSON"
    ),
    "flows.py double --inputs-file bad.yaml": (
        "error: --inputs-file bad.yaml:2: mapping values are not allowed here\n"
        "  fix: correct that line; the file is read as YAML"
    ),
    "flows.py double --inputs-file list.yaml": (
        "error: --inputs-file list.yaml holds no mapping\n  fix: write one line `name: value` for each input"
    ),
    "flows.py double --inputs-file other.yaml": (
        "error: there is no input 'm'\n  fix: the inputs are n\n"
        "error: input 'n': a value of type int is missing\n  fix: add --n 3"
    ),
    "flows.py double --inputs-file typed.yaml": (
        "error: input 'n': expected int, got 'x' of type str\n  fix: it takes int, e.g. 3"
    ),
    "flows.py double --inputs-file no.yaml": (
        "error: --inputs-file no.yaml: No such file or directory\n  fix: check the path"
    ),
}
INPUTS = {
    "bad.json": '{"n": 1,\n "m" 2}',
    "bad.yaml": "n: 1\n  m: [2\n",
    "list.yaml": "- 1\n",
    "other.yaml": "m: 1\n",
    "typed.yaml": "n: x\n",
    "empty.py": "x = 1\n",
}


@pytest.mark.parametrize("words", USAGE)
def test_wrong_words_end_with_2_and_nothing_runs(scene: Scene, words: str) -> None:
    for name, text in INPUTS.items():
        scene.write(name, text)

    told = scene("run", *words.split())

    assert (told.returncode, told.stdout) == (2, "")
    scene.says(told.stderr, USAGE[words])
    assert words.startswith("nowhere") or scene.runs() == []


def test_a_name_that_is_taken_shows_the_run_that_has_it(scene: Scene) -> None:
    scene.run("fine")

    told = scene.run("fine", "--n", "5")

    assert told.returncode == 2
    scene.says(told.stdout, "case  flows.fine  succeeded  …\n  ✓ double (n0)  succeeded, …")
    scene.says(
        told.stderr,
        "error: run 'flytesnacks:development:case' exists\n  fix: choose another --name, or leave it out",
    )


# -------------------------------------------------------------------------------------- files that are wrong

HEAD = "from volant import task, workflow\n\n@task\ndef f(n: int) -> int:\n    return n\n\n@workflow\n"
FILES = {
    "a syntax error": (
        "from volant import task\n@task\ndef f(:\n    pass\n",
        (
            '  File "{folder}/bad.py", line 3\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'
            "error: {folder}/bad.py cannot be imported: {folder}/bad.py:3: SyntaxError: invalid syntax"
        ),
    ),
    "an import that fails": (
        "import no_such_module\n",
        (
            "Traceback (most recent call last):\n"
            '  File "{folder}/bad.py", line 1, in <module>\n    import no_such_module\n'
            "ModuleNotFoundError: No module named 'no_such_module'\n"
            "error: {folder}/bad.py cannot be imported: {folder}/bad.py:1: "
            "ModuleNotFoundError: No module named 'no_such_module'\n"
            f"  fix: install what brings 'no_such_module' for {sys.executable}, or correct the name"
        ),
    ),
    "an error while it is imported": (
        "import sys\nsys.exit(0)\n",
        (
            'Traceback (most recent call last):\n  File "{folder}/bad.py", line 2, in <module>\n    sys.exit(0)\n'
            "SystemExit: 0\nerror: {folder}/bad.py cannot be imported: {folder}/bad.py:2: SystemExit: 0"
        ),
    ),
    "an interrupt while it is imported": (
        "raise KeyboardInterrupt\n",
        (
            'Traceback (most recent call last):\n  File "{folder}/bad.py", line 1, in <module>\n'
            "    raise KeyboardInterrupt\nKeyboardInterrupt\n"
            "error: {folder}/bad.py cannot be imported: {folder}/bad.py:1: KeyboardInterrupt"
        ),
    ),
    "the end of the process": (
        "import os\nos._exit(0)\n",
        (
            "error: the process that imports {folder}/bad.py ended without an answer…\n"
            "  fix: a file must not end its process while it is imported"
        ),
    ),
    "a constant of the wrong type": (
        f'{HEAD}def w() -> int:\n    return f(n="x")\n',
        (
            "error: {folder}/bad.py:9: workflow bad.w, node n0 (bad.f): input 'n': expected int, got 'x' of type str\n"
            "  fix: write a value of type int there"
        ),
    ),
    "a result of the wrong type": (
        HEAD + 'def w(s: str = "") -> int:\n    return f(n=s)\n',
        (
            "error: {folder}/bad.py:9: n0: input 'n' comes from start-node.s, str, but takes int\n"
            "  fix: change one of the two types, or convert the value in a task between them"
        ),
    ),
    "an input that is not there": (
        f"{HEAD}def w() -> int:\n    return f(m=3)\n",
        "error: {folder}/bad.py:9: workflow bad.w, node n0 (bad.f): there is no input 'm'\n  fix: it takes n",
    ),
    "a decision before anything ran": (
        f"{HEAD}def w(n: int) -> int:\n    return f(n=1) if n > 3 else f(n=2)\n",
        (
            "error: {folder}/bad.py:9: workflow bad.w: comparing is not possible here: "
            "n is a promise of int, not yet a value\n"
            "  fix: a workflow's body is traced once, before any task runs: do this in a task"
        ),
    ),
    "a workflow that contains itself": (
        f"{HEAD}def w(n: int) -> int:\n    return w(n=n)\n",
        ("error: {folder}/bad.py:9: workflow bad.w: it calls itself\n  fix: a workflow cannot contain itself"),
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_wrong_ends_with_1_and_says_where(scene: Scene, case: str) -> None:
    text, expected = FILES[case]
    scene.write("bad.py", text)

    told = scene("run", "bad.py")

    assert (told.returncode, told.stdout, scene.runs()) == (1, "", [])
    scene.says(told.stderr, expected)


# --------------------------------------------------------------------------------------- a store that is wrong


@pytest.mark.parametrize(
    ("keep", "told"),
    [(0, "the file is not a Volant store (file is not a database)"), (8192, "the file is damaged (…)")],
)
def test_a_damaged_database_ends_with_4_and_is_not_written_to(scene: Scene, keep: int, told: str) -> None:
    scene.run("fine")
    database = scene.home / "volant.db"
    damaged = database.read_bytes()[:keep] + b"not a database" * 1000
    database.write_bytes(damaged)

    refused = scene.run("fine", name="next")

    assert (refused.returncode, refused.stdout) == (4, "")
    scene.says(
        refused.stderr,
        f"error: the store {{home}}/volant.db cannot be used: {told}\n  fix: move it away, or put a copy of it back",
    )
    assert database.read_bytes() == damaged


def test_a_newer_schema_is_refused_with_both_numbers(scene: Scene) -> None:
    scene.run("fine")
    with closing(sqlite3.connect(scene.home / "volant.db")) as database:
        database.execute("PRAGMA user_version = 999")

    told = scene.run("fine", name="next")

    assert told.returncode == 4
    scene.says(
        told.stderr,
        "error: the store {home}/volant.db has schema 999, newer than 2, which this Volant knows\n"
        "  fix: upgrade Volant, or choose another VOLANT_HOME",
    )


@pytest.fixture
def small_disk(scene: Scene) -> Iterator[Path]:
    """A disk of 8 MiB, which has the data folder."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("mounting a small disk needs root on Linux")
    disk = scene.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this container may not mount")
    scene.home = disk / "home"
    yield disk
    scene.close()
    subprocess.run(["umount", "-l", str(disk)], check=True)


FULL = "error: the store {home}/volant.db cannot be used: the disk is full (…)\n  fix: free some space there"


def test_a_disk_that_runs_full_ends_with_4_and_the_run_goes_on_when_there_is_space(
    scene: Scene, small_disk: Path
) -> None:
    full = scene.run("filling", "--disk", str(small_disk))
    shown = scene("show", "case")
    (small_disk / "ballast").unlink()
    (small_disk / "freed").touch()
    resumed = scene("resume", "case")

    assert (full.returncode, full.stdout) == (4, "")
    scene.says(full.stderr, f"{FULL}; then go on with the run: volant resume case")
    assert "✓ once (n0)  succeeded" in shown.stdout
    assert (resumed.returncode, resumed.stdout) == (0, "o0 = 4\n")
    assert scene("logs", "case", "once").stdout == "one effect\n"


def test_a_full_disk_refuses_a_new_run_and_keeps_the_old_ones(scene: Scene, small_disk: Path) -> None:
    scene.run("fine", name="before")
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))

    refused = scene.run("fine", name="refused")
    (small_disk / "ballast").unlink()
    after = scene.run("fine", name="after")

    assert refused.returncode == 4
    scene.says(refused.stderr, FULL)
    assert (after.returncode, after.stdout) == (0, "o0 = 4\n")
    assert scene.runs() == ["after", "before"]


# ------------------------------------------------------------------------------------------- others go on


def test_an_engine_goes_on_with_other_runs_while_some_are_bad(scene: Scene) -> None:
    engine = scene.start("engine")
    said = until(engine, "serves")

    bad = {name: scene.start("run", "--name", name, "-q", "flows.py", name) for name in ("crash", "leave", "evil")}
    good = scene.run("fine", name="good")
    codes = {name: (process.communicate(), process.returncode)[1] for name, process in bad.items()}

    assert (good.returncode, codes) == (0, {"crash": 1, "leave": 1, "evil": 1})
    with closing(sqlite3.connect(scene.home / "volant.db")) as store:
        owners = {owner for (owner,) in store.execute("SELECT owner FROM run")}
    assert owners == {said.split()[1]}  # each was handed over
    engine.send_signal(signal.SIGTERM)
    engine.communicate()
    assert engine.returncode == 0


def test_two_runs_at_once_share_a_data_folder(scene: Scene) -> None:
    both = [scene.start("run", "--name", name, "-q", "flows.py", "fine") for name in ("one", "two")]

    assert [process.communicate() for process in both] == [("o0 = 4\n", ""), ("o0 = 4\n", "")]
    assert [process.returncode for process in both] == [0, 0]


# ----------------------------------------------------------------------------------- plugins and their settings

PLUGIN = """
from volant.extend import TaskPlugin, UserError


class Bad(TaskPlugin[None]):
    id = "bad"
    task_types = frozenset({"bad"})
    state_type = type(None)

    def initialize(self, setup):
        raise RuntimeError("no server")


class Worse:
    def __init__(self):
        raise SystemExit(3)


class Nameless(TaskPlugin[None]):
    pass


class Other(TaskPlugin[None]):
    id = "other"
    task_types = frozenset({"bad"})
    state_type = type(None)


class Fussy(TaskPlugin[None]):
    id = "fussy"
    task_types = frozenset({"bad"})
    state_type = type(None)

    def initialize(self, setup):
        if "url" not in setup.settings:
            raise UserError("it needs a url", fix="write [plugins.fussy] url = …")
"""
USES = """
from volant import task
from volant.extend import Interface, PythonTask


class Uses(PythonTask[[], None]):
    task_type = "bad"


uses = Uses("uses", Interface())


@task
def fine() -> int:
    return 1
"""


def install(scene: Scene, **entries: str) -> None:
    package = scene.folder / "p-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: p\nVersion: 1.0\n")
    lines = [f"{name} = {value}\n" for name, value in entries.items()]
    (package / "entry_points.txt").write_text("".join(["[volant.plugins]\n", *lines]))
    scene.write("bad_plugin.py", PLUGIN)
    scene.write("uses.py", USES)
    scene.environment["PYTHONPATH"] = str(scene.folder)


def test_plugins_that_cannot_be_loaded_are_named_and_stop_nothing(scene: Scene) -> None:
    install(scene, a="no_such_module:build", b="bad_plugin:Worse", c="bad_plugin:Nameless", d="bad_plugin:nothing")

    told = scene.run("fine", file="uses.py")

    assert (told.returncode, told.stdout) == (0, "o0 = 1\n")
    scene.says(
        told.stderr,
        "WARNING volant.plugins: plugin a of p 1.0: ModuleNotFoundError: No module named 'no_such_module'\n"
        "WARNING volant.plugins: plugin b of p 1.0: {folder}/bad_plugin.py:16: SystemExit: 3\n"
        "WARNING volant.plugins: plugin c of p 1.0: Nameless does not say its id, task_types, state_type; "
        'write id = "my-sensor", task_types = frozenset({"my-sensor"}), state_type = MyState\n'
        "WARNING volant.plugins: plugin d of p 1.0: AttributeError: module 'bad_plugin' has no attribute 'nothing'",
    )


def test_a_plugin_that_cannot_be_initialized_fails_its_own_tasks_only(scene: Scene) -> None:
    install(scene, bad="bad_plugin:Bad")
    warning = "WARNING volant.engine: plugin bad cannot be used: RuntimeError: no server\n"

    other = scene.run("fine", name="other", file="uses.py")
    own = scene.run("uses", file="uses.py")

    assert (other.returncode, other.stdout, other.stderr) == (0, "o0 = 1\n", warning)
    assert own.returncode == 1
    scene.says(
        own.stderr,
        f'{warning}error: run case failed: node usesuses "uses", PluginFailed\n\n'
        "  plugin 'bad' could not be initialized: RuntimeError: no server\n\n"
        "  fix     set right what the plugin says, or its [plugins] settings, and run it again",
    )


def test_a_plugin_that_misses_settings_nobody_wrote_fails_its_own_tasks_only(scene: Scene) -> None:
    install(scene, fussy="bad_plugin:Fussy")
    warning = "WARNING volant.engine: plugin fussy cannot be used: UserError: it needs a url\n"

    other = scene.run("fine", name="other", file="uses.py")
    own = scene.run("uses", file="uses.py")
    scene.write("volant.toml", "[plugins.fussy]\nurll = 1\n")
    wrong = scene.run("fine", name="third", file="uses.py")

    assert (other.returncode, other.stdout, other.stderr) == (0, "o0 = 1\n", warning)
    assert own.returncode == 1
    scene.says(
        own.stderr,
        f'{warning}error: run case failed: node usesuses "uses", PluginFailed\n\n'
        "  plugin 'fussy' could not be initialized: UserError: it needs a url\n\n"
        "  fix     write [plugins.fussy] url = …",
    )
    assert wrong.returncode == 2
    scene.says(
        wrong.stderr,
        "error: it needs a url\n  fix: write [plugins.fussy] url = …; then go on with the run: volant resume third",
    )


def test_a_task_whose_plugin_is_not_installed_says_so(scene: Scene) -> None:
    scene.write("uses.py", USES)

    told = scene.run("uses", file="uses.py")

    assert told.returncode == 1
    scene.says(
        told.stderr,
        'error: run case failed: node usesuses "uses", BadTaskSpecification\n\n'
        "  task 'uses.uses' has no container, and no plugin is registered for its type 'bad'\n\n"
        "  fix     install the plugin that runs 'bad' tasks, or correct the task's type",
    )


def test_two_plugins_for_one_task_type_are_both_named_and_neither_gets_it(scene: Scene) -> None:
    install(scene, bad="bad_plugin:Bad", other="bad_plugin:Other")

    fine = scene.run("fine", file="uses.py", name="other")
    told = scene.run("uses", file="uses.py")

    why = "task type 'bad' is claimed by 'bad' of p 1.0 and 'other' of p 1.0: none gets it"
    fix = 'uninstall one of them, or choose one in volant.toml: [plugins.bad] from = "bad_plugin:Bad"'
    assert (fine.returncode, fine.stdout) == (0, "o0 = 1\n")
    assert f"WARNING volant.plugins: {why}; {fix}\n" in fine.stderr
    assert told.returncode == 2
    scene.says(told.stderr, f"error: no plugin runs 'uses.uses': {why}\n  fix: {fix}")


SETTINGS = {
    'memory = "lots"': "memory = 'lots' is not possible: 'lots' is not an amount\n"
    "  fix: write 2 or 500m for cores, 512Mi or 2G for bytes",
    "cores = -1": "cores = -1 is not possible: Expected `float` >= 0.0\n  fix: correct or remove it",
    "memry = 1": "there is no setting 'memry'\n  fix: did you mean 'memory'?",
    "cores =": " cannot be read: Invalid value (at end of document)\n  fix: correct it; it is a TOML file",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_a_wrong_setting_ends_with_2_and_names_its_file(scene: Scene, text: str) -> None:
    scene.write("volant.toml", text)

    told = scene.run("fine")

    assert told.returncode == 2
    expected = SETTINGS[text]
    colon = "" if expected.startswith(" ") else ": "
    scene.says(told.stderr, f"error: {{folder}}/volant.toml{colon}{expected}")


def test_settings_of_a_plugin_are_checked_by_it_and_those_of_nobody_are_told(scene: Scene) -> None:
    scene.write("volant.toml", "[plugins.python-tsk]\nx = 1\n[plugins.python-task]\nkill_grace = 1\n")

    told = scene.run("fine")

    assert told.returncode == 2
    scene.says(
        told.stderr,
        "WARNING volant.settings: nobody reads [plugins.python-tsk]: no plugin has that id; "
        "did you mean [plugins.python-task]?\n"
        "error: settings [plugins.python-task]: Object contains unknown field `kill_grace`\n"
        "  fix: correct or remove it; the settings are kill_grace_s, log_limit_bytes, output_limit_bytes; "
        "then go on with the run: volant resume case",
    )
