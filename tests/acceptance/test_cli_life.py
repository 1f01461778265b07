"""Runs that are interrupted, killed, handed over, aborted: real processes, real signals.

Nothing here waits for a time: a task waits for a file, a test for a line.
"""

import codecs
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from volant.contracts.layout import socket_dir

pytestmark = pytest.mark.slow

FLOWS = """
import os
import time
from pathlib import Path

from volant import task, workflow


@task
def wait(gate: str) -> int:
    print("waiting", flush=True)
    while not Path(gate).exists():
        time.sleep(0.01)
    return os.getpid()


@task
def after(pid: int) -> int:
    return pid


@workflow
def gated(gate: str) -> int:
    return after(pid=wait(gate=gate))
"""

BUSY = "n0 wait  running"


class Shell:
    """Calls `volant` in a folder with a data folder of its own; ends what it started."""

    def __init__(self, folder):
        self.folder = folder
        self.home = str(folder / "home")
        self.gate = folder / "gate"
        self._environ = {**os.environ, "VOLANT_HOME": self.home}
        self._started = []

    def start(self, *words):
        process = subprocess.Popen(
            [sys.executable, "-m", "volant", *words],
            cwd=self.folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self._started.append(process)
        return process

    def __call__(self, *words):
        process = self.start(*words)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def run(self, name):
        """A run of `gated`, at work in its first task."""
        process = self.start("run", "--name", name, "flows.py", "gated", "--gate", str(self.gate))
        until(process.stderr, BUSY)
        return process

    def close(self):
        self.gate.touch()
        for process in self._started:
            process.kill()
            process.communicate()
        shutil.rmtree(socket_dir(self.home), ignore_errors=True)


@pytest.fixture
def volant(tmp_path):
    (tmp_path / "flows.py").write_text(FLOWS)
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def until(stream, text):
    """Read lines up to one that holds `text`."""
    for line in stream:
        if text in line:
            return line
    raise AssertionError(f"never said {text!r}")


def ended(process):
    """(exit code, what it printed, what it said to people)."""
    stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


def test_ctrl_c_drains_and_says_how_to_resume(volant):
    process = volant.run("one")

    process.send_signal(signal.SIGINT)
    code, _, said = ended(process)

    assert code == 130
    assert said.endswith("run one was interrupted; go on with it: volant resume one\n")
    assert "interrupted" in volant("show", "one").stdout


def test_a_drained_run_goes_on_as_if_nothing_had_happened(volant):
    process = volant.run("one")
    process.send_signal(signal.SIGINT)
    ended(process)

    volant.gate.touch()
    result = volant("resume", "one")

    assert (result.returncode, result.stdout.startswith("o0 = ")) == (0, True)


def test_a_second_ctrl_c_kills_at_once(volant):
    (volant.folder / "flows.py").write_text(
        FLOWS.replace("import os\n", "import os, signal\n").replace(
            'print("waiting"', 'signal.signal(signal.SIGTERM, signal.SIG_IGN); print("waiting"'
        )
    )
    process = volant.run("one")

    process.send_signal(signal.SIGINT)
    until(process.stderr, "stopping")
    process.send_signal(signal.SIGINT)

    assert ended(process)[0] == 130


def test_a_task_outlives_its_engine_and_is_found_again(volant):
    process = volant.run("one")
    process.kill()
    ended(process)

    resumed = volant.start("resume", "one")
    until(resumed.stderr, BUSY)
    volant.gate.touch()

    assert ended(resumed)[0] == 0
    assert volant("logs", "one", "wait").stdout == "waiting\n"


def test_a_run_without_an_engine_is_aborted_where_abort_is_called(volant):
    process = volant.run("one")
    process.kill()
    ended(process)

    result = volant("abort", "one", "--reason", "enough")

    assert (result.returncode, result.stdout) == (0, "run one is aborted\n")
    assert "was aborted: enough" in volant("get", "run", "one").stderr


def test_an_aborted_run_ends_with_3(volant):
    process = volant.run("one")

    volant("abort", "one", "--reason", "enough")
    code, _, said = ended(process)

    assert (code, said.splitlines()[-1]) == (3, "error: run one was aborted: enough")


def test_a_living_engine_takes_over_runs_and_stops_cleanly(volant):
    engine = volant.start("engine")
    until(engine.stderr, "serves")

    detached = volant("run", "--detach", "--name", "one", "flows.py", "gated", "--gate", str(volant.gate))
    watched = volant.run("two")
    volant.gate.touch()
    code, _, said = ended(watched)

    assert (detached.returncode, detached.stdout) == (0, "one\n")
    assert (code, "n1 after  succeeded" in said) == (0, True)
    engine.send_signal(signal.SIGTERM)
    assert ended(engine)[0] == 0


def test_a_watcher_takes_over_when_the_engine_dies(volant):
    engine = volant.start("engine")
    until(engine.stderr, "serves")
    watched = volant.run("one")

    engine.kill()
    ended(engine)
    volant.gate.touch()

    assert ended(watched)[0] == 0


def test_ctrl_c_of_a_watcher_leaves_the_run_to_its_engine(volant):
    engine = volant.start("engine")
    until(engine.stderr, "serves")
    watched = volant.run("one")

    watched.send_signal(signal.SIGINT)
    code, _, said = ended(watched)

    assert (code, "run one goes on in engine" in said) == (130, True)


def test_logs_are_followed_from_the_first_byte_to_the_end(volant):
    process = volant.run("one")
    logs = volant.start("logs", "one", "-f")

    line = until(logs.stdout, "waiting")
    volant.gate.touch()

    assert line == "n0 wait │ waiting\n"
    assert ended(logs)[0] == 0
    assert ended(process)[0] == 0


def test_on_a_terminal_the_tree_is_live(volant):
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "volant", "run", "flows.py", "gated", "--gate", str(volant.gate)],
        cwd=volant.folder,
        env={**os.environ, "VOLANT_HOME": volant.home, "TERM": "xterm"},
        stderr=follower,
        stdout=subprocess.DEVNULL,
    )
    os.close(follower)
    terminal = Terminal(leader)

    terminal.until("● \x1b[0mwait (n0)")
    assert "· \x1b[0mafter (n1)" in terminal.shown
    volant.gate.touch()
    terminal.until("✓ \x1b[0mafter (n1)")

    assert process.wait() == 0
    os.close(leader)


class Terminal:
    """What was sent to a terminal."""

    def __init__(self, handle):
        self.shown = ""
        self._handle = handle
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def until(self, text):
        """Read until `text` was shown."""
        while text not in self.shown:
            self.shown += self._decoder.decode(os.read(self._handle, 65536))


def test_nothing_of_a_run_lives_after_its_end(volant):
    volant.gate.touch()
    result = volant("run", "-q", "flows.py", "gated", "--gate", str(volant.gate))

    pid = int(result.stdout.removeprefix("o0 = "))
    assert not Path(f"/proc/{pid}").exists()
