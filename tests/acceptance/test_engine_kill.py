"""Real SIGKILLs on real runs: what runs is adopted, nothing runs twice, nothing is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

FLOWS = """
import os
import time
from pathlib import Path

from volant import task, workflow


@task
def first(folder: str) -> int:
    with open(Path(folder) / "first", "a") as file:
        file.write(f"{os.getpid()}\\n")
    return 1


@task
def slow(folder: str, x: int) -> int:
    with open(Path(folder) / "slow", "a") as file:
        file.write(f"{os.getpid()}\\n")
    os.mkfifo(Path(folder) / "started.tmp")
    os.rename(Path(folder) / "started.tmp", Path(folder) / "started")
    with open(Path(folder) / "go") as gate:
        gate.read()
    return x + 1


@task
def last(x: int) -> int:
    return x * 10


@workflow
def story(folder: str) -> int:
    return last(x=slow(folder=folder, x=first(folder=folder)))
"""


class Scene:
    """A data folder, a file of flows, and a gate the slow task waits at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        (folder / "flows.py").write_text(FLOWS)
        os.mkfifo(folder / "go")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "volant", words[0], "--home", str(self.home), *words[1:]]

    def start(self) -> "subprocess.Popen[bytes]":
        """`volant run`, up to the moment when the slow task has begun."""
        words = self.command("run", "flows.py", "story", "--folder", str(self.folder), "--name", "story")
        with (self.folder / "told").open("w") as told:
            process = subprocess.Popen(words, cwd=self.folder, stdout=told, stderr=subprocess.STDOUT)
        self.await_start(process)
        return process

    def resume(self) -> "subprocess.Popen[str]":
        words = self.command("resume", "story", "--json")
        return subprocess.Popen(words, cwd=self.folder, stdout=subprocess.PIPE, text=True)

    def await_start(self, process: "subprocess.Popen[Any]") -> None:
        """Wait until the slow task has begun, or the process is over."""
        while not (self.folder / "started").exists():
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"it ended with {process.returncode}: {(self.folder / 'told').read_text()}")

    def volant(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*words), cwd=self.folder, capture_output=True, text=True, check=False)

    def pids(self, name: str) -> list[int]:
        return [int(line) for line in (self.folder / name).read_text().split()]

    def open_gate(self) -> None:
        with (self.folder / "go").open("w") as gate:
            gate.write("go")

    def strays(self) -> list[psutil.Process]:
        """Live processes that name this folder."""
        return [
            process
            for process in psutil.process_iter(["pid", "cmdline", "status"])
            if str(self.folder) in " ".join(process.info["cmdline"] or []) and process.info["status"] != "zombie"
        ]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    for process in scene.strays():
        process.kill()


def test_a_task_outlives_its_engine_and_its_result_is_taken_up_once(scene: Scene) -> None:
    engine = scene.start()
    [pid] = scene.pids("slow")

    engine.send_signal(signal.SIGKILL)
    engine.wait()
    assert psutil.Process(pid).is_running()
    resumed = scene.resume()
    scene.open_gate()
    told, _ = resumed.communicate()

    assert resumed.returncode == 0
    assert json.loads(told)["outputs"] == {"o0": 20}
    assert scene.pids("slow") == [pid]
    assert len(scene.pids("first")) == 1
    assert scene.strays() == []


def test_a_result_that_came_while_no_engine_lived_is_taken_up(scene: Scene) -> None:
    engine = scene.start()
    [pid] = scene.pids("slow")

    engine.send_signal(signal.SIGKILL)
    engine.wait()
    scene.open_gate()
    psutil.Process(pid).wait(20)
    resumed = scene.volant("resume", "story", "--json")

    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["outputs"] == {"o0": 20}
    assert scene.pids("slow") == [pid]
    assert scene.strays() == []


def test_a_task_killed_with_its_engine_is_tried_again(scene: Scene) -> None:
    engine = scene.start()
    [pid] = scene.pids("slow")

    engine.send_signal(signal.SIGKILL)
    engine.wait()
    os.kill(pid, signal.SIGKILL)
    (scene.folder / "started").unlink()
    resumed = scene.resume()
    scene.await_start(resumed)
    scene.open_gate()
    told, _ = resumed.communicate()

    assert json.loads(told)["outputs"] == {"o0": 20}
    assert len(scene.pids("slow")) == 2
    assert len(scene.pids("first")) == 1
    assert scene.strays() == []


def test_ctrl_c_drains_and_resume_starts_the_task_over_at_no_cost(scene: Scene) -> None:
    engine = scene.start()

    engine.send_signal(signal.SIGINT)
    assert engine.wait() == 130
    assert "volant resume story" in (scene.folder / "told").read_text()
    (scene.folder / "started").unlink()
    resumed = scene.resume()
    scene.await_start(resumed)
    scene.open_gate()
    resumed.communicate()

    assert resumed.returncode == 0
    shown = json.loads(scene.volant("show", "story", "--json").stdout)
    [slow] = [node for node in shown["nodes"] if node["node"] == "n1"]
    assert slow["attempts"] == 1
    assert scene.strays() == []
