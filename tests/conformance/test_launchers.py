"""The launchers of this repository, before the court of `volant.testing.launcher_suite`."""

import sys
from pathlib import Path
from typing import Any

import pytest

from volant.contracts.launcher import Job, Launcher
from volant.idl import pb
from volant.kit.code_bundle import Manifest, write_bundle
from volant.launchers.pool import PoolLauncher
from volant.launchers.resources import Machine
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.testing.launcher_suite import GATE_CLIENT, LauncherSuite, key_of

BEHAVIOURS = f"""
import signal, subprocess, sys
{GATE_CLIENT}

def child(gate):
    program = [sys.executable, __file__, "child", gate]
    subprocess.Popen(program, stdout=subprocess.PIPE, start_new_session=True).stdout.readline()

def behave(how, gate):
    if how == "child":
        connection = stand(gate)
        print("up", flush=True)
        connection.recv(16)
    elif how == "exit 3":
        os._exit(3)
    elif how == "wait":
        reach(gate)
    elif how == "ignore SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        reach(gate)
    elif how == "family":
        child(gate)
        reach(gate)
    elif how == "leave a child":
        child(gate)
    elif how == "print":
        print(*(f"line {{n}}" for n in range(100_000)), sep="\\n")
    elif how == "eat":
        food = bytearray(400 << 20)
        reach(gate)

if __name__ == "__main__":
    behave(*sys.argv[1:])
"""
FLOW = """
import behaviours
from volant import task

@task
def behave(how: str, gate: str) -> None:
    behaviours.behave(how, gate)
"""


def _job(name: str, **more: Any) -> Job:
    fields: dict[str, Any] = {
        "key": key_of(name),
        "name": name,
        "code": "",
        "inputs": b"",
        "environment": {},
        "cpu": 0.0,
        "memory": 0,
        "memory_limit": 0,
        "fresh": False,
        "log_limit": 1 << 20,
        "output_limit": 1 << 20,
    }
    return Job(**{**fields, **more})


def _places(home: str, name: str) -> dict[str, str]:
    folder = f"{home}/runs/{name}/data/0"
    return {"output_prefix": folder, "log": f"{folder}/task.log"}


class TestSubprocess(LauncherSuite):
    def launcher(self, home: str, cores: float, memory: int) -> Launcher:
        return SubprocessLauncher(home, Machine(cores, memory))

    def job(self, home: str, name: str, behaviour: str, gate: str, **more: Any) -> Job:
        program = Path(home, "behaviours.py")
        program.write_text(BEHAVIOURS)
        command = (sys.executable, str(program), behaviour, gate)
        return _job(name, command=command, **_places(home, name), **more)


class TestPool(LauncherSuite):
    def launcher(self, home: str, cores: float, memory: int) -> Launcher:
        return PoolLauncher(home, Machine(cores, memory))

    def job(self, home: str, name: str, behaviour: str, gate: str, **more: Any) -> Job:
        sources = {"behaviours.py": BEHAVIOURS.encode(), "flow.py": FLOW.encode()}
        manifest = Manifest(module="flow", file="flow.py", python=sys.executable)
        inputs = pb.LiteralMap(literals={"how": _text(behaviour), "gate": _text(gate)})
        words = ("--raw-output-data-prefix", f"{home}/raw/{name}")
        return _job(
            name,
            code=write_bundle(home, sources, manifest),
            command=("volant-execute", *words, "--", "task-module", "flow", "task-name", "behave"),
            **_places(home, name),
            **{"inputs": inputs.SerializeToString(), **more},
        )


class TestPoolWithoutForking(TestPool):
    """As on systems where a fork is not safe, and without what only Linux has."""

    @pytest.fixture(autouse=True)
    def _portable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VOLANT_NO_FORK", "1")
        monkeypatch.setenv("VOLANT_PORTABLE", "1")


class TestSubprocessWithoutLinux(TestSubprocess):
    """Without what only Linux has."""

    @pytest.fixture(autouse=True)
    def _portable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VOLANT_PORTABLE", "1")

    @pytest.mark.skip(reason="only a subreaper finds a child that left its parent and its session")
    def test_a_child_left_behind_is_gone_when_the_job_is_done(self) -> None:
        """Known, and said in docs/status.md."""


def _text(value: str) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(string_value=value)))
