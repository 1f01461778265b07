"""`volant check` and `volant plan`, as a person and as a CI job use them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from volant.app.site import Site
from volant.settings import Settings

pytestmark = pytest.mark.slow

BROKEN = """
from dataclasses import dataclass

from volant import task, workflow


@dataclass
class Order:
    amount: int


@task(retries=-1)
def count(order: Order, label) -> int:
    return order.amount


@task
def shout(text: str) -> str:
    return text.upper()


@task
def load(day: int = "monday") -> Order:
    return Order(day)


@workflow
def one(day: int) -> str:
    order = load(day=day)
    wrong_type = shout(text=order.amount)
    return shout(txt=wrong_type)


@workflow
def two() -> str:
    shout(text=7)
    return shout(text="a", times=3)
"""

CACHED = """
from volant import Secret, task, workflow


@task(cache=True, cache_version="1")
def double(n: int) -> int:
    return 2 * n


@task(cache=True, cache_version="1")
def add(a: int, b: int) -> int:
    return a + b


@task
def show(n: int) -> str:
    return str(n)


@workflow
def flow(n: int) -> str:
    return show(n=add(a=double(n=n), b=double(n=10)))


@task(secret_requests=[Secret(group="db", key="password")])
def ask(n: int) -> int:
    return n


@workflow
def secretive(n: int = 1) -> int:
    return ask(n=n)
"""


def volant(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VOLANT_HOME": str(folder / "home"), "COLUMNS": "200", **more}
    command = [sys.executable, "-m", "volant", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


PLANNED = """
from volant import LaunchPlan, task, workflow


@task
def add(a: int, b: int) -> int:
    return a + b


@workflow
def flow(a: int, b: int = 2) -> int:
    return add(a=a, b=b)


nightly = LaunchPlan.get_or_create(
    flow, "nightly", default_inputs={"a": 5}, fixed_inputs={"b": 7}, labels={"team": "data"}, max_parallelism=3
)
"""


def test_a_launch_plan_runs_its_workflow_with_what_it_sets(tmp_path):
    (tmp_path / "flows.py").write_text(PLANNED)
    done = volant(tmp_path, "run", "-q", "--name", "night", "flows.py", "nightly")
    assert (done.returncode, done.stdout) == (0, "o0 = 12\n"), done.stderr
    with Site(Settings(home=str(tmp_path / "home"))) as site:
        spec = site.store.find_runs("night")[0].spec
    assert (spec.labels, spec.max_parallelism) == ({"team": "data"}, 3)
    given = volant(tmp_path, "run", "-q", "flows.py", "nightly", "--a", "1")
    assert given.stdout == "o0 = 8\n"
    fixed = volant(tmp_path, "run", "-q", "flows.py", "nightly", "--b", "1")
    assert fixed.returncode == 2
    assert "input 'b': the launch plan nightly fixes it to 7" in fixed.stderr


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    (tmp_path / "flows.py").write_text(BROKEN)
    return tmp_path


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    (tmp_path / "flows.py").write_text(CACHED)
    return tmp_path


def test_check_prints_every_problem_of_a_file_with_its_line_and_its_fix(broken):
    done = volant(broken, "check", "flows.py")
    assert done.returncode == 1, done.stderr
    assert done.stdout == EXPECTED


def test_check_json_has_the_same_for_a_ci_job(broken):
    done = volant(broken, "check", "flows.py", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert len(found["problems"]) == EXPECTED.count("error:")
    assert {Path(each["place"].rpartition(":")[0]).name for each in found["problems"]} == {"flows.py"}
    assert [each for each in found["problems"] if each["code"] == "MismatchingTypes"]


def test_check_of_a_right_file_says_so_and_leaves_with_0(cached):
    done = volant(cached, "check", "flows.py")
    assert done.returncode == 0, done.stdout
    assert "flows.py: 4 tasks, 2 workflows, no problems" in done.stdout
    assert "note: the secret 'db/password', which flows.ask needs, is not here" in done.stdout


def test_a_file_that_cannot_be_imported_is_one_problem_with_its_traceback(tmp_path):
    (tmp_path / "flows.py").write_text("import nothing_like_this\n")
    done = volant(tmp_path, "check", "flows.py")
    assert (done.returncode, done.stderr) == (1, "")
    assert "ModuleNotFoundError: No module named 'nothing_like_this'" in done.stdout
    assert done.stdout.endswith("\nflows.py: 1 problem\n")
    found = json.loads(volant(tmp_path, "check", "flows.py", "--json").stdout)
    assert [each["code"] for each in found["problems"]] == ["Authoring"]


def test_a_task_type_that_nobody_runs_is_told_before_anything_runs(tmp_path):
    (tmp_path / "flows.py").write_text(
        "from volant import PythonTask, workflow\n\n\nask = PythonTask('ask', task_type='oracle')\n\n\n"
        "@workflow\ndef flow() -> None:\n    ask()\n"
    )
    done = volant(tmp_path, "check", "flows.py")
    assert "note: the plugin 'oracle', which flows.ask needs, is not here" in done.stdout
    assert "missing  plugin oracle, needed by flows.ask" in volant(tmp_path, "plan", "flows.py", "flow").stdout


def test_run_prints_every_problem_too_and_nothing_runs(broken):
    done = volant(broken, "run", "flows.py", "two")
    assert done.returncode == 1
    assert done.stderr.count("error:") >= 2
    assert "flows.py:" in done.stderr


def test_plan_shows_the_graph_and_what_the_cache_would_serve(cached):
    before = json.loads(volant(cached, "plan", "--json", "flows.py", "flow", "--n", "3").stdout)
    assert [(each["node"], each["cache"]) for each in before["nodes"]] == [
        ("n0", "miss"), ("n1", "miss"), ("n2", "unknown"), ("n3", "off"),
    ]  # fmt: skip
    assert before["since"] is None
    volant(cached, "run", "--name", "first", "flows.py", "flow", "--n", "3")
    after = json.loads(volant(cached, "plan", "--json", "flows.py", "flow", "--n", "3").stdout)
    assert [(each["cache"], each["cached_from"]) for each in after["nodes"]] == [
        ("hit", "first n0"), ("hit", "first n1"), ("hit", "first n2"), ("off", ""),
    ]  # fmt: skip
    assert after["since"]["run"] == "first"
    assert after["since"]["changes"] == []
    other = json.loads(volant(cached, "plan", "--json", "flows.py", "flow", "--n", "4").stdout)
    assert [each["cache"] for each in other["nodes"]] == ["miss", "hit", "unknown", "off"]
    assert other["since"]["changes"] == ["input n: 3 → 4"]


def test_plan_says_what_changed_in_the_code_since_the_last_run(cached):
    volant(cached, "run", "--name", "first", "flows.py", "flow", "--n", "3")
    text = (cached / "flows.py").read_text()
    text = text.replace("@task\ndef show", "@task(retries=2)\ndef show").replace("b=double(n=10)", "b=double(n=11)")
    (cached / "flows.py").write_text(text)
    done = volant(cached, "plan", "flows.py", "flow", "--n", "3")
    assert done.returncode == 0, done.stderr
    assert "since first of" in done.stdout
    assert "  code: flows.py changed" in done.stdout
    assert "  task flows.show: metadata.retries.retries nothing → 2" in done.stdout
    assert "  node n1: inputs[0].binding.scalar.primitive.integer 10 → 11" in done.stdout


def test_plan_without_inputs_shows_the_types_and_asks_for_them(cached):
    done = volant(cached, "plan", "flows.py", "flow")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "flows.flow(n: int) → o0: str"
    assert "give the inputs to see what the cache would serve: --n …" in done.stdout


def test_plan_names_missing_secrets_until_they_are_there(cached):
    without = volant(cached, "plan", "flows.py", "secretive")
    assert "missing  secret db/password, needed by flows.ask; set the variable _FSEC_DB_PASSWORD" in without.stdout
    given = volant(cached, "plan", "flows.py", "secretive", _FSEC_DB_PASSWORD="x")
    assert "missing" not in given.stdout


EXPECTED = """\
flows.py:12: error: task flows.count: retries=-1 is not possible
  fix: write a whole number, 0 for none
flows.py:12: error: task flows.count: the parameter 'label' has no type
  fix: annotate it, e.g. label: int
flows.py:22: error: task flows.load: the default of 'day': expected int, got 'monday' of type str
  fix: write a value of type int there
flows.py:30: error: workflow flows.one, node n1: input 'text' comes from n0 (load).o0.amount, int, but takes str
  fix: change one of the two types, or convert the value in a task between them
flows.py:31: error: workflow flows.one, node n2 (flows.shout): there is no input 'txt'
  fix: did you mean 'text'?
flows.py:36: error: workflow flows.two, node n0 (flows.shout): input 'text': expected str, got 7 of type int
  fix: write str(…) around it
flows.py:37: error: workflow flows.two, node n1 (flows.shout): there is no input 'times'
  fix: it takes text
flows.py: 3 tasks, 2 workflows, 7 problems
"""
