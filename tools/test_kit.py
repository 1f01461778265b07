"""The way of somebody who writes a plugin, from an empty folder to green, as the documents tell it; and every kind.

In an environment of its own (`requirements/kit.txt`) with Volant built from this checkout: `volant plugin new`,
install, `volant plugin test`, the example, a mistake that the kit must find, its repair. Then every other kind, with
a dataclass and with a `.proto`: written, installed together, tested, run.
"""

import argparse
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from isolated import CACHE, environment, run

GOAL_S = 60
NEWCOMER, FIRST = "my-first", "remote-job"
ANSWERS = {"minimal": "Good morning, World!", "remote-job": "hello", "sensor": "http://127.0.0.1", "sql": "42"}
"""What the example of each kind prints."""
OTHERS = [(kind, proto) for kind in ANSWERS for proto in (False, True) if (kind, proto) != (FIRST, False)]
MISTAKE = ('"DELETE"', '"GET"')
"""What is to stop a job only looks at it."""
AT_ONCE = 2
_LEFT_OUT = ("VOLANT_", "PYTEST_", "PYTHON")


class StepError(Exception):
    """A step did not do what the documents say."""


class Stage:
    """An environment, an empty folder, and a stopwatch.

    Args:
        bin: Programs of the environment.
        folder: Where plugins are written.
    """

    def __init__(self, bin: Path, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}
        self._bin = bin
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
        self._environment = {**kept, "PATH": f"{bin}{os.pathsep}{kept['PATH']}", "VIRTUAL_ENV": str(bin.parent)}

    def step(self, name: str, *command: str, cwd: Path | None = None, says: str = "", fails: bool = False) -> None:
        """Run a program of the environment, and keep how long it took.

        Args:
            name: Of the step.
            command: Its words.
            cwd: Where; default: the empty folder.
            says: What its output must contain.
            fails: Whether it must end with exit code 1, instead of 0.
        """
        begun = time.perf_counter()
        done = self._run(name, command, cwd or self.folder)
        self.seconds[name] = round(time.perf_counter() - begun, 2)
        if done.returncode != int(fails) or says not in done.stdout:
            wanted = f"exit code {int(fails)}" + (f" and {says!r}" if says else "")
            told = f"wanted {wanted}, got {done.returncode}:\n{done.stdout}{done.stderr}"
            raise StepError(f"{name}: {' '.join(command)}\n{told}")
        print(f"· {name:<32} {self.seconds[name]:6.1f} s", file=sys.stderr, flush=True)

    def _run(self, name: str, command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        words = [str(self._bin / command[0]), *command[1:]]
        own = {**self._environment, "VOLANT_HOME": str(self.folder / "home" / name.replace(" ", "-"))}
        return subprocess.run(words, cwd=cwd, env=own, capture_output=True, text=True, check=False)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="the newcomer's way only, its seconds as JSON")
    as_json = parser.parse_args().json
    with alone(), tempfile.TemporaryDirectory(prefix="volant-kit-") as folder:
        stage = Stage(prepared(), Path(folder))
        try:
            newcomer(stage)
            green_s = round(sum(stage.seconds[step] for step in ("plugin new", "install", "plugin test")), 1)
            if not as_json:
                every_kind(stage)
        except StepError as failure:
            print(failure, file=sys.stderr)
            return 1
    if as_json:
        print(json.dumps({"to_green_s": green_s, "goal_s": GOAL_S, "steps_s": stage.seconds}))
    else:
        print(f"from an empty folder to green: {green_s} s (goal: {GOAL_S} s)")
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else uses the environment: it has one set of plugins."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "kit.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepared() -> Path:
    """The environment's programs, with this checkout's Volant as a wheel, and no plugin left from before."""
    programs = environment("kit")
    names = [NEWCOMER, *(plugin_name(kind, proto=proto) for kind, proto in OTHERS)]
    for words in (
        ("uninstall", "-y", "volant", *names),
        ("install", "--no-deps", "--no-build-isolation", "--no-cache-dir", "."),
    ):
        run(programs / "python", "-m", "pip", "--disable-pip-version-check", "-qqq", *words)
    return programs


def newcomer(stage: Stage) -> None:
    """Write, install, test, run; break, see it found, repair, test again."""
    project, plugin = stage.folder / NEWCOMER, stage.folder / NEWCOMER / "src" / "my_first" / "plugin.py"
    stage.step("plugin new", "volant", "plugin", "new", NEWCOMER, "--kind", FIRST)
    stage.step("install", "pip", "install", "-q", "-e", ".[test]", cwd=project)
    stage.step("plugin test", "volant", "plugin", "test", cwd=project)
    stage.step("example", "python", "examples/my_first_example.py", cwd=project, says=ANSWERS[FIRST])
    right = plugin.read_text()
    if MISTAKE[0] not in right:
        raise StepError(f"{plugin.name} has changed: MISTAKE no longer fits")
    plugin.write_text(right.replace(*MISTAKE))
    stage.step("plugin test finds a mistake", "volant", "plugin", "test", cwd=project, says="rule 4", fails=True)
    plugin.write_text(right)
    stage.step("plugin test, repaired", "volant", "plugin", "test", cwd=project)


def every_kind(stage: Stage) -> None:
    """Write the other kinds, install them together, test and run each."""
    for kind, proto in OTHERS:
        name = plugin_name(kind, proto=proto)
        words = ("--proto",) if proto else ()
        stage.step(f"new {name}", "volant", "plugin", "new", name, "--kind", kind, *words)
    editable = [word for kind, proto in OTHERS for word in ("-e", plugin_name(kind, proto=proto))]
    stage.step("install them", "pip", "install", "-q", "--no-deps", "--no-build-isolation", *editable)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda each: _try(stage, *each), OTHERS))


def _try(stage: Stage, kind: str, proto: bool) -> None:
    name = plugin_name(kind, proto=proto)
    project, example = stage.folder / name, f"examples/{name.replace('-', '_')}_example.py"
    stage.step(f"test {name}", "volant", "plugin", "test", cwd=project)
    stage.step(f"example of {name}", "python", example, cwd=project, says=ANSWERS[kind])


def plugin_name(kind: str, *, proto: bool) -> str:
    """What the plugin of a kind is called."""
    return f"my-{kind}{'-proto' if proto else ''}"


if __name__ == "__main__":
    sys.exit(main())
