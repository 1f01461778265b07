"""Plugins from files, settings and packages, as a person uses them: what runs, what is said, how it ends."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from volant.contracts.layout import socket_dir

pytestmark = pytest.mark.slow

# A message, the class people use, the plugin that runs it, and a workflow: one file.
SENSOR = """
import dataclasses
import datetime as dt
from pathlib import Path

from volant import task, workflow
from volant.extend import Input, Interface, PythonTask, TaskPlugin, TaskStatus


@dataclasses.dataclass(frozen=True)
class Watch:
    every_ms: int


class FileSensor(PythonTask[[str], None]):
    task_type = "file-sensor"

    def __init__(self, name, watch):
        super().__init__(name, Interface(inputs={"path": Input(str)}))
        self.watch = watch

    def get_custom(self, settings):
        return dataclasses.asdict(self.watch)


@dataclasses.dataclass(frozen=True)
class Looks:
    number: int


class FileSensorPlugin(TaskPlugin[Looks]):
    id = "file-sensor"
    task_types = frozenset({"file-sensor"})
    state_type = Looks

    def start_task(self, ctx, task, inputs):
        return self.look(ctx, 1)

    def check_task_status(self, ctx):
        return self.look(ctx, ctx.state.number + 1)

    def kill_task(self, ctx, reason):
        pass

    def look(self, ctx, number):
        if Path(ctx.inputs().literals["path"].scalar.primitive.string_value).exists():
            return TaskStatus.succeeded()
        every = dt.timedelta(milliseconds=ctx.template().custom["every_ms"])
        return TaskStatus.running(Looks(number), check_after=every)


arrived = FileSensor("arrived", Watch(every_ms=10))


@task
def opened(path: str) -> str:
    return Path(path).read_text()


@workflow
def wf(path: str = "crate.txt") -> str:
    crate = opened(path=path)
    arrived(path=path) >> crate
    return crate


@task
def fine() -> int:
    return 1
"""
PACKED = """
from volant.extend import TaskPlugin, TypeTransformer


class One(TaskPlugin):
    id = "one"
    task_types = frozenset({"file-sensor", "one"})
    state_type = dict


class Two(TaskPlugin):
    id = "two"
    task_types = frozenset({"file-sensor"})
    state_type = dict


class Odd(TaskPlugin):
    id = "odd"
    task_types = frozenset({"echo"})
    state_type = dict


class Words(TypeTransformer):
    pass
"""
VOLANT = f"volant {version('volant')}"
BUILT_IN = f"""\
core-sleep      core-sleep
                {VOLANT}, volant.plugins.core_sleep:build
echo            echo
                {VOLANT}, volant.plugins.echo:build
"""
PROCESSES = f"""\
python-task     container, python-task, every type nobody else runs
                {VOLANT}, volant.plugins.python_task:build
"""


class Scene:
    """A folder with the sensor, and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = str(folder / "home")
        self.environment = {**os.environ, "VOLANT_HOME": self.home, "PYTHONPATH": str(folder), "COLUMNS": "200"}
        self.write("sensor.py", SENSOR)
        self.write("crate.txt", "apples")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def install(self, name: str, number: str, *, group: str = "plugins", **entries: str) -> None:
        """A package as pip leaves it."""
        package = self.folder / f"{name}-{number}.dist-info"
        package.mkdir()
        (package / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n")
        lines = "".join(f"{key.replace('__', '.')} = {value}\n" for key, value in entries.items())
        (package / "entry_points.txt").write_text(f"[volant.{group}]\n{lines}")
        self.write("packed.py", PACKED)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "volant", *words],
            cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, *(self.shown(text) for text in (stdout, stderr)))

    def shown(self, text: str) -> str:
        return text.replace(str(self.folder), "{folder}")

    @contextlib.contextmanager
    def engine(self, *words: str) -> Iterator[str]:
        """A living engine; its id."""
        process = self.start("engine", *words)
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            yield line.split()[1]
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    shutil.rmtree(socket_dir(made.home), ignore_errors=True)


# ---------------------------------------------------------------------------------------------------- from a file


def test_one_file_holds_message_task_class_plugin_and_workflow(scene: Scene) -> None:
    told = scene("run", "-q", "--plugin", "sensor.py", "sensor.py", "wf")

    assert (told.returncode, told.stdout, told.stderr) == (0, "o0 = 'apples'\n", "")


def test_the_option_may_stand_behind_the_entity_and_name_the_class(scene: Scene) -> None:
    told = scene("run", "-q", "sensor.py", "wf", "--plugin", "sensor.py:FileSensorPlugin")

    assert (told.returncode, told.stdout, told.stderr) == (0, "o0 = 'apples'\n", "")


def test_a_run_that_failed_for_want_of_a_plugin_is_recovered_with_it(scene: Scene) -> None:
    without = scene("run", "-q", "--name", "one", "sensor.py", "wf")
    told = scene("recover", "-q", "--plugin", "sensor.py", "one", "--name", "two")

    assert (without.returncode, "no plugin is registered for its type 'file-sensor'" in without.stderr) == (1, True)
    assert (told.returncode, told.stdout, told.stderr) == (0, "o0 = 'apples'\n", "")


def test_plan_and_check_know_the_file(scene: Scene) -> None:
    assert "missing  plugin file-sensor, needed by sensor.arrived; install" in scene("plan", "sensor.py", "wf").stdout
    assert "missing" not in scene("plan", "--plugin", "sensor.py", "sensor.py", "wf").stdout
    assert "the plugin 'file-sensor', which sensor.arrived needs" in scene("check", "sensor.py").stdout
    assert "note" not in scene("check", "--plugin", "sensor.py", "sensor.py").stdout


def test_a_file_that_was_asked_for_and_is_broken_is_an_error_with_its_traceback(scene: Scene) -> None:
    scene.write("bad.py", "def begin():\n    import no_such_module\n\nbegin()\n")

    told = scene("run", "-q", "--name", "x", "--plugin", "bad.py", "sensor.py", "fine")

    assert told.returncode == 1
    assert told.stderr == (
        "Traceback (most recent call last):\n"
        '  File "{folder}/bad.py", line 4, in <module>\n'
        "    begin()\n"
        '  File "{folder}/bad.py", line 2, in begin\n'
        "    import no_such_module\n"
        "ModuleNotFoundError: No module named 'no_such_module'\n"
        "error: --plugin bad.py: {folder}/bad.py:2: ModuleNotFoundError: No module named 'no_such_module'\n"
        f"  fix: install what brings 'no_such_module' for {sys.executable}, or correct the name\n"
    )
    assert scene("show", "x").returncode == 2


def test_a_file_that_is_not_there_is_an_error_of_usage(scene: Scene) -> None:
    told = scene("run", "-q", "--plugin", "sensr.py", "sensor.py", "fine")

    assert told.returncode == 2
    assert told.stderr == ("error: --plugin sensr.py: there is no file '{folder}/sensr.py'\n  fix: correct the path\n")


def test_a_living_engine_needs_the_plugin_itself(scene: Scene) -> None:
    with scene.engine() as engine:
        told = scene("run", "-q", "--plugin", "sensor.py", "sensor.py", "wf")
    with scene.engine("--plugin", "sensor.py"):
        there = scene("run", "-q", "sensor.py", "wf")

    assert told.returncode == 2
    assert told.stderr == (
        f"error: engine {engine} is alive in {{folder}}/home and would run it, with its own plugins only\n"
        "  fix: start that engine with them: `volant engine --plugin sensor.py`, and leave --plugin out here; "
        "or stop it\n"
    )
    assert (there.returncode, there.stdout) == (0, "o0 = 'apples'\n")


# ------------------------------------------------------------------------------------------- settings and packages


def test_the_settings_name_a_file_and_the_plugin_reads_the_rest(scene: Scene) -> None:
    scene.write("volant.toml", '[plugins.file-sensor]\nfrom = "sensor.py"\n')

    told = scene("run", "-q", "sensor.py", "wf")

    assert (told.returncode, told.stdout, told.stderr) == (0, "o0 = 'apples'\n", "")


def test_a_type_that_two_packages_claim_is_refused_before_anything_runs(scene: Scene) -> None:
    scene.install("first", "1.0", one="packed:One")
    scene.install("second", "2.0", two="packed:Two")
    why = "task type 'file-sensor' is claimed by 'one' of first 1.0 and 'two' of second 2.0: none gets it"
    fix = 'uninstall one of them, or choose one in volant.toml: [plugins.one] from = "packed:One"'

    told = scene("run", "-q", "--name", "x", "sensor.py", "wf")
    other = scene("run", "-q", "sensor.py", "fine")
    chosen = scene("run", "-q", "--plugin", "sensor.py", "sensor.py", "wf")

    assert told.returncode == 2
    assert told.stderr == f"error: no plugin runs 'sensor.arrived': {why}\n  fix: {fix}\n"
    assert scene("show", "x").returncode == 2
    assert (other.returncode, other.stdout, other.stderr) == (0, "o0 = 1\n", f"WARNING volant.plugins: {why}; {fix}\n")
    assert (chosen.returncode, chosen.stdout, chosen.stderr) == (0, "o0 = 'apples'\n", "")
    assert f"needed by sensor.arrived; {why}; {fix}" in scene("plan", "sensor.py", "wf").stdout


# ------------------------------------------------------------------------------------------------------- the list


def test_the_list_without_anything_of_ones_own(scene: Scene) -> None:
    told = scene("plugins")

    assert (told.returncode, told.stdout, told.stderr) == (0, BUILT_IN + PROCESSES, "")


def test_the_list_says_who_runs_what_and_why_others_do_not(scene: Scene) -> None:
    scene.install("first", "1.0", one="packed:One", gone="no_such_module:build")
    scene.install("second", "2.0", odd="packed:Odd")
    scene.install("third", "3.0", file_sensor="packed:Two")
    scene.install("words", "0.1", group="types", words__Word="packed:Words", words__Other="packed:One")
    scene.write("volant.toml", '[plugins.two]\nfrom = "two.py"\n')
    clash = f"task type 'echo' is claimed by 'echo' of {VOLANT} and 'odd' of second 2.0: none gets it"
    fix = 'fix: uninstall one of them, or choose one in volant.toml: [plugins.echo] from = "volant.plugins.echo:build"'

    told = scene("plugins", "--plugin", "sensor.py")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == (
        "file-sensor     file-sensor\n"
        "                --plugin sensor.py\n"
        "two             broken  there is no file '{folder}/two.py'\n"
        "                [plugins.two] of the settings, {folder}/two.py\n"
        "                fix: correct the path\n"
        "core-sleep      core-sleep\n"
        f"                {VOLANT}, volant.plugins.core_sleep:build\n"
        "echo            runs nothing\n"
        f"                {VOLANT}, volant.plugins.echo:build\n"
        f"                not echo: {clash}\n"
        f"                {fix}\n"
        "two             unused  [plugins.two] of the settings goes before it\n"
        "                third 3.0, packed:Two\n"
        "gone            broken  ModuleNotFoundError: No module named 'no_such_module'\n"
        "                first 1.0, no_such_module:build\n"
        f"                fix: install what brings 'no_such_module' for {sys.executable}, or correct the name\n"
        "odd             runs nothing\n"
        "                second 2.0, packed:Odd\n"
        f"                not echo: {clash}\n"
        f"                {fix}\n"
        "one             one\n"
        "                first 1.0, packed:One\n"
        "                not file-sensor: runs in --plugin sensor.py\n"
        f"{PROCESSES}"
        "words.Other     broken  packed:One is no TypeTransformer\n"
        "                words 0.1, packed:One\n"
        "                fix: repair or uninstall words\n"
        "words.Word      values of this class\n"
        "                words 0.1, packed:Words\n"
    )


def test_the_list_for_programs(scene: Scene) -> None:
    scene.install("second", "2.0", odd="packed:Odd")

    found = json.loads(scene("plugins", "--json", "--plugin", "sensor.py").stdout)

    assert found["task_types"] == {
        "container": "python-task",
        "core-sleep": "core-sleep",
        "echo": None,
        "file-sensor": "file-sensor",
        "python-task": "python-task",
    }
    assert (found["default"], found["types"]) == ("python-task", [])
    assert found["plugins"][0] == {
        "name": "sensor",
        "id": "file-sensor",
        "from": "option",
        "origin": "--plugin sensor.py",
        "value": "sensor.py",
        "task_types": ["file-sensor"],
        "default": False,
        "runs": ["file-sensor"],
        "problem": "",
        "lost": {},
        "fix": "",
    }
    assert [(each["id"], each["from"], sorted(each["lost"])) for each in found["plugins"][1:]] == [
        ("core-sleep", "package", []),
        ("echo", "package", ["echo"]),
        ("odd", "package", ["echo"]),
        ("python-task", "package", []),
    ]
