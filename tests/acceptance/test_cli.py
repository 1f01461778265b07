"""The command line as a person uses it: processes, files, exit codes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from volant.contracts.layout import socket_dir

pytestmark = pytest.mark.slow

FLOWS = '''
from dataclasses import dataclass

from volant import NonRecoverableError, task, workflow


@dataclass
class Config:
    rate: float
    names: list[str]


@task
def double(n: int) -> int:
    print("doubling", n)
    return 2 * n


@task
def greet(n: int, name: str = "you") -> str:
    return f"{name}: {n}"


@workflow
def hello(n: int = 3, name: str = "world", loud: bool = False) -> str:
    """Doubles a number and says it.

    Args:
        n: What to double.
    """
    return greet(n=double(n=n), name=name)


@task(cache=True, cache_version="1")
def costly(config: Config, n: int = 1) -> int:
    return int(config.rate * n) + len(config.names)


@workflow
def cached(config: Config, n: int = 1) -> int:
    return costly(config=config, n=n)


@task
def fussy(n: int) -> int:
    if n == 0:
        raise NonRecoverableError("nothing to divide by")
    return 10 // n


@workflow
def fails(n: int = 0) -> int:
    return fussy(n=double(n=n))
'''


MISMATCH = """
from volant import task, workflow

@task
def a(n: int) -> int:
    return n

@task
def b(s: str) -> str:
    return s

@workflow
def w() -> str:
    return b(s=a(n=1))
"""


class Shell:
    """Calls `volant` in a folder with a data folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.home = str(folder / "home")
        self.environ = {**os.environ, "VOLANT_HOME": self.home}

    def __call__(self, *words, **environ):
        return subprocess.run(
            [sys.executable, "-m", "volant", *words],
            cwd=self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def json(self, *words):
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture(scope="module")
def volant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    (folder / "flows.py").write_text(FLOWS)
    shell = Shell(folder)
    yield shell
    shutil.rmtree(socket_dir(shell.home), ignore_errors=True)


@pytest.fixture(scope="module")
def good(volant):
    """A run that went well."""
    result = volant("run", "--name", "good", "--label", "team=data", "flows.py", "hello", "--n", "4")
    assert result.returncode == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def failed(volant):
    """A run that failed."""
    return volant("run", "--name", "failed", "flows.py", "fails")


def test_run_prints_the_result_and_a_line_for_each_change(good):
    changes = [line.split("s  ", 1)[1] for line in good.stderr.splitlines()[1:]]

    assert good.stdout == "o0 = 'world: 8'\n"
    assert [" ".join(change.split()[:3]) for change in changes] == [
        "n0 double running",
        "n0 double succeeded",
        "n1 greet running",
        "n1 greet succeeded",
        "run succeeded",
    ]


def test_json_is_all_that_is_printed_for_programs(volant):
    result = volant("run", "flows.py", "hello", "--json", "--n", "1")

    found = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (0, "")
    assert (found["phase"], found["outputs"]) == ("SUCCEEDED", {"o0": "world: 2"})
    assert found["inputs"] == {"n": 1, "name": "world", "loud": False}


def test_an_input_comes_before_the_run_option_of_its_name(volant):
    result = volant("run", "--name", "named-run", "flows.py", "hello", "--name", "ann", "-q")

    assert (result.stdout, result.stderr) == ("o0 = 'ann: 6'\n", "")
    assert volant.json("get", "run", "named-run")["outputs"] == {"o0": "ann: 6"}


def test_run_options_may_stand_behind_the_entity(volant):
    result = volant("run", "flows.py", "double", "--n", "2", "--name", "behind", "--quiet")

    assert (result.returncode, volant.json("get", "run", "behind")["phase"]) == (0, "SUCCEEDED")


def test_home_may_stand_behind_the_entity(volant, tmp_path):
    result = volant("run", "flows.py", "double", "--n", "2", "--home", str(tmp_path / "other"), "-q")

    assert (result.stdout, (tmp_path / "other" / "volant.db").exists()) == ("o0 = 4\n", True)
    shutil.rmtree(socket_dir(str(tmp_path / "other")))


def test_inputs_come_from_a_file_and_options_win(volant):
    (volant.folder / "in.yaml").write_text("n: 5\nname: file\n")

    assert volant("run", "flows.py", "hello", "--inputs-file", "in.yaml", "--n", "1", "-q").stdout == "o0 = 'file: 2'\n"


def test_help_behind_the_entity_shows_its_inputs(volant):
    text = volant("run", "flows.py", "hello", "--help").stdout

    assert "Usage: volant run flows.py hello [INPUTS] [RUN OPTIONS]" in text
    assert "Doubles a number and says it." in text
    assert "--n int      What to double.  [default: 3]" in text
    assert "--loud bool  [default: False]" in text


def test_help_behind_a_file_of_several_workflows_lists_them(volant):
    text = volant("run", "flows.py", "--help").stdout

    assert "hello                    workflow" in text
    assert "double                   task" in text


def test_a_failure_tells_node_line_inputs_traceback_and_the_command_that_reproduces_it(volant, failed):
    where = volant.folder / "flows.py"
    line = FLOWS.splitlines().index('        raise NonRecoverableError("nothing to divide by")') + 1

    told = failed.stderr[failed.stderr.index("error:") :]

    assert failed.returncode == 1
    assert told == (
        'error: run failed failed: node n1 "fussy", NonRecoverableError\n'
        f"  at      {where}:{line}\n"
        "  inputs  n = 0\n"
        "\n"
        "  Traceback (most recent call last):\n"
        f'    File "{where}", line {line}, in fussy\n'
        '      raise NonRecoverableError("nothing to divide by")\n'
        "  volant.sdk.errors.NonRecoverableError: nothing to divide by\n"
        "\n"
        "  again   volant debug failed n1\n"
    )


def test_debug_runs_that_node_again_here(volant, failed):
    result = volant("debug", "failed", "n1")

    assert result.returncode == 1
    assert result.stderr.startswith("n1 fussy: flows.fussy with n=0\nTraceback")
    assert "volant/app" not in result.stderr


def test_debug_with_other_code_uses_the_recorded_inputs(volant, failed):
    fixed = volant.folder / "fixed"
    fixed.mkdir()
    (fixed / "flows.py").write_text(FLOWS.replace("if n == 0:", "if n == -1:").replace("10 // n", "7"))

    result = volant("debug", "failed", "fussy", "--code", "fixed/flows.py")

    assert (result.returncode, result.stdout) == (0, "o0 = 7\n")


def test_debug_under_the_debugger_stops_where_the_function_begins(volant, good):
    result = subprocess.run(
        [sys.executable, "-m", "volant", "debug", "good", "n0", "--pdb"],
        env=volant.environ,
        input="p n * 100\ncontinue\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0
    assert "400" in result.stdout
    assert result.stdout.endswith("o0 = 8\n")


def test_debug_uses_the_code_that_was_recorded(volant, tmp_path):
    (tmp_path / "flows.py").write_text(FLOWS)
    volant("run", "--name", "recorded", "-q", str(tmp_path / "flows.py"), "double", "--n", "3")
    (tmp_path / "flows.py").write_text("raise RuntimeError('changed')")

    assert volant("debug", "recorded", "double").stdout == "doubling 3\no0 = 6\n"


def test_a_taken_name_shows_the_run_that_has_it(volant, good):
    result = volant("run", "--name", "good", "flows.py", "hello", "--n", "99")

    assert (result.returncode, result.stdout.split()[:3]) == (2, ["good", "flows.hello", "succeeded"])
    assert "run 'flytesnacks:development:good' exists" in result.stderr
    assert volant.json("get", "run", "good")["inputs"]["n"] == 4


def test_show_is_a_tree_and_the_failure(volant, failed):
    text = volant("show", "failed").stdout

    assert "✓ double (n0)  succeeded" in text
    assert "✗ fussy (n1)  failed" in text
    assert "again   volant debug failed n1" in text


def test_show_of_a_node_has_its_values_attempts_and_log(volant, good):
    text = volant("show", "good", "double").stdout

    assert "input    n = 4\noutput   o0 = 8\nattempt  1  succeeded" in text
    log = Path(text.split("log      ")[1].strip())
    assert log.read_text() == "doubling 4\n"


def test_logs_of_a_run_name_the_node_and_those_of_a_node_are_as_printed(volant, good):
    assert volant("logs", "good").stdout == "n0 double │ doubling 4\n"
    assert volant("logs", "good", "n0", "-f").stdout == "doubling 4\n"


def test_get_runs_lists_and_filters(volant, good, failed):
    names = [row["name"] for row in volant.json("get", "runs", "--phase", "failed")]

    assert (names, "good" in volant("get", "runs").stdout) == (["failed"], True)


def test_get_run_says_what_was_asked_for(volant, good):
    text = volant("get", "run", "good").stdout

    assert "labels          team=data" in text
    assert "input           n = 4" in text
    assert text.endswith("o0 = 'world: 8'\n")


def test_recover_starts_a_new_run_that_reuses_what_succeeded(volant, failed):
    result = volant("recover", "failed", "--name", "again")

    assert (result.returncode, "n0 double  recovered" in result.stderr) == (1, True)
    assert "volant debug again n1" in result.stderr


def test_resume_of_a_run_that_is_over_names_recover(volant, failed):
    result = volant("resume", "failed")

    assert result.returncode == 2
    assert result.stderr.endswith("fix: start a new run that reuses what succeeded: volant recover failed\n")


def test_abort_of_a_run_that_is_over_is_refused(volant, good):
    assert volant("abort", "good").returncode == 2


def test_why_names_the_first_difference_and_where_a_hit_comes_from(volant):
    config = json.dumps({"rate": 2.0, "names": ["a"]})
    for name, n in (("cache-1", "1"), ("cache-2", "1"), ("cache-3", "5")):
        volant("run", "--name", name, "-q", "flows.py", "cached", "--config", config, "--n", n)

    first, hit, miss = (volant("why", f"cache-{number}", "costly").stdout for number in (1, 2, 3))

    assert first.startswith("MISS: nothing was cached for this task before\n")
    assert hit.startswith("HIT: its outputs come from run cache-1, node n0\n")
    assert miss.startswith("MISS: no earlier entry has this key; the nearest one differs\nfirst difference: input n\n")
    assert "≠ input n              5   before: 1" in miss
    assert "= input config         {'rate': 2.0, 'names': ['a']}" in miss


def test_why_of_a_task_without_a_cache_says_so(volant, good):
    assert volant("why", "good", "n0").stdout.startswith("flows.double is not cached")


def test_overwriting_the_cache_runs_everything(volant):
    words = ["flows.py", "cached", "--config", '{"rate": 9, "names": []}', "-q"]
    volant("run", *words)
    volant("run", "--name", "overwriting", "--overwrite-cache", *words)

    assert [
        node["cache"]["status"] for node in volant.json("show", "overwriting")["nodes"] if node["node"] == "n0"
    ] == ["POPULATED"]
    assert volant("why", "overwriting", "n0").stdout.startswith("SKIPPED: the run was told to overwrite the cache")


def test_environment_reaches_every_task(volant):
    (volant.folder / "env.py").write_text(
        "import os\nfrom volant import task\n\n@task\ndef see() -> str:\n    return os.environ['COLOUR']\n"
    )

    assert volant("run", "--env", "COLOUR=red", "-q", "env.py", "see").stdout == "o0 = 'red'\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "nix.py"], 2, "there is no file 'nix.py'"),
        (["run", "flows.py", "helo"], 2, "did you mean 'hello'?"),
        (["run", "flows.py"], 2, "there are several workflows"),
        (["run", "flows.py", "hello", "--n", "x"], 2, "input 'n': expected int, got 'x'"),
        (["run", "flows.py", "cached"], 2, "input 'config': a value of type Config is missing"),
        (["run", "flows.py", "hello", "--m", "1"], 2, "No such option '--m'"),
        (["run", "--env", "x", "flows.py", "hello"], 2, "'x' is not NAME=VALUE"),
        (["run", "--name", "Not Good", "flows.py", "hello"], 2, "run name 'Not Good' is not a valid name"),
        (["run", "--detach", "flows.py", "hello"], 2, "no engine is alive"),
        (["show", "nightly"], 2, "there is no run 'nightly'"),
        (["prune", "--older-than", "soon"], 2, "'soon' is no length of time"),
    ],
)
def test_wrong_words_are_told_and_end_with_2(volant, words, code, message):
    result = volant(*words)

    assert (result.returncode, result.stdout) == (code, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def broken(:\n", "bad.py:1: SyntaxError"),
        ("import nosuchmodule\n", "ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("import os\nprint('bye')\nos._exit(3)\n", "bye"),
        (MISMATCH, "n1: input 's' comes from n0 (a).o0, int, but takes str"),
    ],
)
def test_a_wrong_file_is_told_and_ends_with_1(volant, text, message):
    (volant.folder / "bad.py").write_text(text)

    result = volant("run", "bad.py")

    assert (result.returncode, result.stdout) == (1, "")
    assert message in result.stderr
    assert "src/volant" not in result.stderr


def test_a_store_that_is_none_ends_with_4(volant, tmp_path):
    (tmp_path / "volant.db").write_bytes(b"garbage" * 1000)

    result = volant("get", "runs", "--home", str(tmp_path))

    assert (result.returncode, result.stderr.startswith(f"error: the store {tmp_path}/volant.db")) == (4, True)


def test_config_says_where_each_value_comes_from(volant):
    found = volant.json("config")

    assert found["home"] == {"value": volant.home, "source": "VOLANT_HOME"}
    assert found["project"]["source"] == "default"


def test_info_names_paths_and_the_schema(volant, good):
    found = volant.json("info")

    assert (found["home"], found["engines"], found["schema"]) == (volant.home, {}, 2)
    assert found["counts"]["run"] > 0


def test_plugins_lists_the_built_in_ones(volant):
    found = {each["name"]: each["task_types"] for each in volant.json("plugins")["plugins"]}

    assert found == {"core-sleep": ["core-sleep"], "echo": ["echo"], "python-task": ["container", "python-task"]}


def test_a_broken_plugin_is_listed_and_stops_nothing(volant, tmp_path):
    package = tmp_path / "broken_plugin-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[volant.plugins]\nbroken = nosuchmodule:build\n")

    listed = volant("plugins", PYTHONPATH=str(tmp_path))
    run = volant("run", "flows.py", "hello", "-q", PYTHONPATH=str(tmp_path))

    assert "broken          broken  ModuleNotFoundError: No module named 'nosuchmodule'" in listed.stdout
    assert (run.returncode, "broken-plugin 1.0" in run.stderr) == (0, True)


def test_prune_forgets_and_says_what_was_freed(volant, tmp_path):
    home = str(tmp_path / "home")
    for name in ("one", "two"):
        volant("run", "--name", name, "--home", home, "-q", "flows.py", "hello")

    dry = volant("prune", "--keep", "1", "--dry-run", "--home", home).stdout
    real = volant("prune", "--keep", "1", "--home", home).stdout

    assert (dry.splitlines()[0], real.splitlines()[0]) == ("run one", "run one")
    assert "would free" in dry
    assert real.splitlines()[-1].startswith("freed")
    left = volant("get", "runs", "--home", home).stdout.splitlines()
    assert [line.split()[0] for line in left] == ["RUN", "two"]
    shutil.rmtree(socket_dir(home))
