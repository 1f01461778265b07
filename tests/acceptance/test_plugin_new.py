"""`volant plugin new` and `volant plugin test`, as an author uses them; the whole way from install to green is
`make test-kit`.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from volant.app.scaffold import KINDS
from volant.cli.main import main

FILES = [
    ".gitignore",
    "README.md",
    "examples/big_query_example.py",
    "pyproject.toml",
    "src/big_query/__init__.py",
    "src/big_query/message.py",
    "src/big_query/plugin.py",
    "src/big_query/py.typed",
    "src/big_query/task.py",
    "tests/test_conformance.py",
    "tests/test_task.py",
]
OF_PROTO = ["src/big_query/big_query.proto", "src/big_query/big_query_pb2.py", "src/big_query/big_query_pb2.pyi"]
RULES = "lower case letters and digits, words joined by -, a letter first"
MISTAKES = {
    "Big_Query": ("", f"try 'big-query': {RULES}"),
    "BigQuery2": ("", f"try 'big-query-2': {RULES}"),
    "2fast": ("", f"try 'fast': {RULES}"),
    "../up": ("", f"try 'up': {RULES}"),
    "Class": ("", f"try 'my-class': {RULES}"),
    "-": ("", RULES),
    "ünique": ("", f"try 'unique': {RULES}"),
    "class": (": it is a word of Python's own", "try 'my-class'"),
    "match": (": it is a word of Python's own", "try 'my-match'"),
    "json": (": Python's standard library has a module of that name", "try 'my-json'"),
    "container": (": Volant uses that name", "try 'my-container'"),
    "volant": (": Volant uses that name", "try 'my-volant'"),
    "a" * 41: (": it has 41 characters", "take at most 40"),
}
GOOD = """
import pytest
from volant.plugins import core_sleep
from volant.testing import PluginSuite, Work, make_task

class TestSleep(PluginSuite):
    build = staticmethod(core_sleep.build)

    @pytest.fixture
    def work(self):
        return Work(make_task("core-sleep"))
"""


@pytest.fixture
def volant(capsys):
    """Calls `volant …` in this process; gives its exit code and what it printed."""

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return call


def files(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_whole_and_says_what_comes_next(volant, tmp_path, kind):
    code, out, err = volant("plugin", "new", "big-query", "--kind", kind, "--into", tmp_path / "plugins")

    folder = tmp_path / "plugins" / "big-query"
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        *(str(folder / file) for file in FILES),
        "",
        "next:",
        f"  cd {folder}",
        "  pip install -e '.[test]'",
        "  volant plugin test",
        "  python examples/big_query_example.py",
    ]
    assert files(tmp_path) == [f"plugins/big-query/{file}" for file in FILES]


@pytest.mark.slow
def test_a_proto_comes_with_what_it_generates(volant, tmp_path):
    code, _, err = volant("plugin", "new", "big-query", "--proto", "--into", tmp_path)

    assert (code, err) == (0, "")
    assert files(tmp_path / "big-query") == sorted([*FILES, *OF_PROTO])
    assert 'dependencies = ["volant", "protobuf>=' in (tmp_path / "big-query" / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_name_that_does_not_do_is_refused_and_another_suggested(volant, tmp_path, name):
    why, fix = MISTAKES[name]

    found = volant("plugin", "new", "--into", tmp_path, "--", name)

    assert found == (2, "", f"error: a plugin cannot be called {name!r}{why}\n  fix: {fix}\n")
    assert files(tmp_path) == []


def test_the_name_of_an_installed_plugin_is_refused_with_its_owner(volant, tmp_path):
    code, _, err = volant("plugin", "new", "echo", "--into", tmp_path)

    assert code == 2
    assert err.startswith("error: a plugin cannot be called 'echo': volant 0.1")
    assert err.endswith(" has a plugin of that name\n  fix: try 'my-echo'\n")


def test_what_is_there_is_never_written_over(volant, tmp_path):
    (tmp_path / "warp").mkdir()

    found = volant("plugin", "new", "warp", "--into", tmp_path)

    fix = "take another name or --into another folder, or remove it"
    assert found == (2, "", f"error: {tmp_path / 'warp'} exists already\n  fix: {fix}\n")
    assert files(tmp_path) == []


@pytest.mark.parametrize("into", ["crate", "crate/below"])
def test_a_folder_that_cannot_be_written_is_told_of(volant, tmp_path, into):
    (tmp_path / "crate").write_text("a file, not a folder")

    code, _, err = volant("plugin", "new", "warp", "--into", tmp_path / into)

    assert code == 2
    assert err.startswith(f"error: {tmp_path / into / 'warp'} cannot be written: ")
    assert err.endswith("\n  fix: name a folder that can be written to: --into FOLDER\n")
    assert files(tmp_path) == ["crate"]


def test_a_kind_that_does_not_exist_is_answered_with_those_that_do(volant):
    code, _, err = volant("plugin", "new", "warp", "--kind", "spark")

    assert code == 2
    assert all(kind in err for kind in KINDS)


@pytest.mark.slow
def test_what_is_written_pleases_linter_formatter_and_type_checker(volant, tmp_path):
    for kind in KINDS:
        volant("plugin", "new", f"a-{kind}", "--kind", kind, "--into", tmp_path)
    volant("plugin", "new", "a-proto", "--kind", "sql", "--proto", "--into", tmp_path)
    typed = [str(path) for path in tmp_path.glob("*/src/*")] + [str(path) for path in tmp_path.glob("*/examples/*")]

    for words in (
        ["ruff", "check", "--no-cache", str(tmp_path)],
        ["ruff", "format", "--check", "--no-cache", str(tmp_path)],
        ["mypy", "--strict", "--no-error-summary", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", *typed],
    ):
        done = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_kit_tells_programs_what_it_saw(tmp_path):
    (tmp_path / "test_sleep.py").write_text(GOOD)

    done = volant_process("plugin", "test", "test_sleep.py", "--json", cwd=tmp_path)

    found = json.loads(done.stdout)
    assert (done.returncode, found["passed"]) == (0, True)
    assert {each["suite"] for each in found["scenarios"]} == {"TestSleep"}


@pytest.mark.slow
def test_tests_that_fail_are_exit_code_1(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_sleep.py").write_text(GOOD.replace("make_task(", "make_tusk("))

    done = volant_process("plugin", "test", cwd=tmp_path)

    assert done.returncode == 1
    assert "make_tusk" in done.stdout


@pytest.mark.slow
def test_tests_that_cannot_be_imported_are_told_of_with_what_most_often_is_missing(tmp_path):
    (tmp_path / "test_sleep.py").write_text("import warp_plugin\n")

    done = volant_process("plugin", "test", "test_sleep.py", cwd=tmp_path)

    assert done.returncode == 2
    assert "No module named 'warp_plugin'" in done.stdout
    assert done.stderr.startswith("error: tests in test_sleep.py cannot be imported; nothing ran\n")
    assert "pip install -e '.[test]'" in done.stderr


@pytest.mark.slow
def test_tests_without_a_suite_are_told_of(tmp_path):
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n")

    done = volant_process("plugin", "test", "test_nothing.py", cwd=tmp_path)

    fix = "subclass volant.testing.PluginSuite in a file test_*.py; `volant plugin new` writes one"
    assert done.returncode == 2
    assert done.stderr == f"error: there is no PluginSuite in test_nothing.py\n  fix: {fix}\n"


def test_tests_that_are_nowhere_are_told_of(volant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    found = volant("plugin", "test")

    fix = "run it in the plugin's folder, or name the tests: a folder or a file"
    assert found == (2, "", f"error: there is no folder or file 'tests'\n  fix: {fix}\n")


def volant_process(*words, cwd):
    program = str(Path(sys.executable).parent / "volant")
    return subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)
