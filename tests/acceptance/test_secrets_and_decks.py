"""A secret's way into real processes, and that it stays nowhere; pages of tasks; pods; tasks made in functions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from volant.contracts.layout import socket_dir

pytestmark = pytest.mark.slow

VALUE = "correct-horse-battery"
FLOWS = '''
import os
import sys
from pathlib import Path

from volant import Deck, PodTemplate, PythonTask, Secret, current_context, task, workflow
from volant.extend import TaskResolver, pb

PASSWORD = Secret(group="db", key="password", env_var="DB_PASSWORD")
FILES = Secret(group="db", key="password", mount_requirement=Secret.MountType.FILE, env_var="DB_FILE")


def holders(value: str) -> list[str]:
    """Files of the data folder that hold a value, now."""
    files = [each for each in Path(os.environ["VOLANT_HOME"]).rglob("*") if each.is_file()]
    return [str(each) for each in files if value.encode() in each.read_bytes()]


@task(secret_requests=[PASSWORD])
def as_variable() -> list[str]:
    value = current_context().secrets.get("db", "password")
    assert value == os.environ["DB_PASSWORD"]
    return [str(len(value)), *holders(value)]


@task(secret_requests=[FILES], isolation="fresh")
def as_file() -> list[str]:
    path = Path(os.environ["DB_FILE"])
    assert path.read_text() == current_context().secrets.db.password
    return [str(path), *holders(path.read_text())]


class Program(PythonTask):
    task_type = "container"

    def get_container(self, settings):
        code = """
import os, pathlib, sys
value = os.environ["_FSEC_DB_PASSWORD"]
files = [each for each in pathlib.Path(os.environ["VOLANT_HOME"]).rglob("*") if each.is_file()]
found = [str(each) for each in files if value.encode() in each.read_bytes()]
print(len(value), found)
sys.exit(1 if found else 0)
"""
        return pb.Container(image="x", command=[sys.executable, "-c", code])


program = Program("program", secret_requests=[Secret(group="db", key="password")])


@workflow
def secretive() -> tuple[list[str], list[str]]:
    program()
    return as_variable(), as_file()


@task
def nosy(told: list[str]) -> list[str]:
    return [name for name, value in os.environ.items() if "PASSWORD" in name]


@workflow
def afterwards() -> list[str]:
    return nosy(told=as_variable())


@task(secret_requests=[PASSWORD])
def interrupted() -> int:
    raise KeyboardInterrupt("stopped with " + os.environ["DB_PASSWORD"])


@task(secret_requests=[PASSWORD])
def telltale() -> int:
    raise ValueError("cannot log in with " + os.environ["DB_PASSWORD"])


@task(secret_requests=[Secret(group="db", key="gone")])
def without() -> int:
    return 1


@task(enable_deck=True)
def reporting(n: int) -> int:
    Deck("plots", "<b>one</b>")
    return 1 // n


@task(pod_template=PodTemplate({"containers": [{"name": "side", "image": "s"}]}), environment={"MODE": "fast"})
def in_a_pod(n: int) -> str:
    return f"{n} {os.environ['MODE']}"


class Factory(TaskResolver):
    def make(self, number: int):
        @task(task_resolver=self)
        def add(n: int) -> int:
            return n + number

        add.number = number
        return add

    def loader_args(self, settings, task):
        return [str(task.number)]

    def load_task(self, loader_args):
        return self.make(int(loader_args[0]))


factory = Factory()
add_three = factory.make(3)
others = [factory.make(4)]


@workflow
def made(n: int) -> int:
    return others[0](n=n)
'''


class Shell:
    """Calls `volant` in a folder with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"

    def __call__(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "volant", *words],
            cwd=self.folder,
            env={**os.environ, "VOLANT_HOME": str(self.home), **environ},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def holders(self) -> list[str]:
        """Files of the data folder that hold the secret."""
        files = [each for each in self.home.rglob("*") if each.is_file()]
        return [str(each) for each in files if VALUE.encode() in each.read_bytes()]


@pytest.fixture(scope="module")
def volant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "flows.py").write_text(FLOWS)
    shell = Shell(folder)
    yield shell
    shutil.rmtree(socket_dir(str(shell.home)), ignore_errors=True)


def test_secrets_reach_every_kind_of_process_and_are_in_no_file_of_the_data_folder(volant):
    result = volant("run", "--json", "flows.py", "secretive", _FSEC_DB_PASSWORD=VALUE)

    assert result.returncode == 0, result.stderr
    outputs = json.loads(result.stdout)["outputs"]
    [length, *while_it_ran] = outputs["o0"]
    [path, *beside_the_file] = outputs["o1"]
    assert (int(length), while_it_ran, beside_the_file) == (len(VALUE), [], [])
    assert not Path(path).exists()
    assert volant.holders() == []


def test_a_task_that_tells_its_secret_is_not_repeated(volant):
    result = volant("run", "--name", "telltale", "flows.py", "telltale", _FSEC_DB_PASSWORD=VALUE)

    assert result.returncode != 0
    assert "cannot log in with [secret]" in result.stderr
    assert VALUE not in result.stdout + result.stderr
    assert volant.holders() == []


def test_an_interrupt_with_a_secret_is_told_without_it(volant):
    result = volant("run", "--name", "interrupted", "flows.py", "interrupted", _FSEC_DB_PASSWORD=VALUE)

    assert "the task was interrupted: KeyboardInterrupt: stopped with [secret]" in result.stderr
    assert VALUE not in result.stdout + result.stderr
    assert volant.holders() == []


def test_a_task_that_asks_for_no_secret_finds_none_whoever_ran_before_it(volant):
    result = volant("run", "--json", "flows.py", "afterwards", _FSEC_DB_PASSWORD=VALUE)

    assert json.loads(result.stdout)["outputs"]["o0"] == []


def test_a_secret_that_is_not_there_ends_the_run_with_the_way_to_give_it(volant):
    result = volant("run", "flows.py", "without")

    assert result.returncode != 0
    assert "there is no secret 'gone' in group 'db'" in result.stderr
    assert "set the variable _FSEC_DB_GONE where the engine runs" in result.stderr


def test_a_node_with_secrets_can_be_debugged(volant):
    found = volant("debug", "telltale", "telltale", _FSEC_DB_PASSWORD="other")
    missing = volant("debug", "telltale", "telltale")

    assert "ValueError: cannot log in with other" in found.stderr
    assert "there is no secret 'password' in group 'db'" in missing.stderr


def test_show_names_the_page_of_a_task_that_went_well_and_of_one_that_failed(volant):
    for name, n in (("good", "1"), ("bad", "0")):
        volant("run", "--name", name, "flows.py", "reporting", "--n", n)

        [path] = json.loads(volant("show", name, "reporting", "--json").stdout)["decks"]

        assert f"deck     {path}\n" in volant("show", name, "reporting").stdout
        assert "<b>one</b>" in Path(path).read_text()


def test_a_task_for_a_pod_runs_here_in_this_python(volant):
    result = volant("run", "flows.py", "in_a_pod", "--n", "1")

    assert (result.returncode, result.stdout) == (0, "o0 = '1 fast'\n"), result.stderr


@pytest.mark.parametrize(("entity", "wanted"), [("add_three", 4), ("made", 5)])
def test_a_task_made_in_a_function_runs_by_its_resolver(volant, entity, wanted):
    name = entity.replace("_", "-")
    result = volant("run", "--name", name, "flows.py", entity, "--n", "1")

    assert (result.returncode, result.stdout) == (0, f"o0 = {wanted}\n"), result.stderr
    assert f"o0 = {wanted}" in volant("debug", name, "add").stdout
