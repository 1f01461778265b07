"""Runs from Python: scripts, tests, notebooks, code that awaits."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from volant import RunFailed, arun, run, task, workflow
from volant.app.site import Site
from volant.base.errors import AlreadyExistsError, UserError
from volant.base.phases import ActionPhase
from volant.settings import Settings
from volant.testing import task_mock

pytestmark = pytest.mark.slow


@dataclass
class Config:
    rate: float


class Stats(NamedTuple):
    total: int
    pid: int


@task
def double(n: int) -> int:
    return 2 * n


@task
def stats(values: list[int]) -> Stats:
    return Stats(sum(values), os.getpid())


@task
def fussy(n: int) -> int:
    return 10 // n


@task(cache=True, cache_version="1")
def weigh(config: Config) -> int:
    return round(config.rate)


@task
def scale(frame: pd.DataFrame, config: Config) -> pd.DataFrame:
    return frame * config.rate


@workflow
def summed(n: int = 3) -> Stats:
    return stats(values=[double(n=n), double(n=1)])


@workflow
def nested(n: int) -> tuple[int, int]:
    inner = summed(n=n)
    return fussy(n=n), inner.total


@task
def greet(name: str, home: str = "earth") -> str:
    return f"{name} of {home}"


@task
def linger(pipe: str) -> int:
    Path(pipe).write_text("begun")
    while True:
        signal.pause()


@pytest.fixture
def home(tmp_path, volant_run):
    """The data folder of `volant_run`."""
    return str(tmp_path / "volant-home")


def test_outputs_are_typed_and_tasks_run_in_processes_of_their_own(volant_run):
    result = volant_run(summed, n=4)

    assert isinstance(result.outputs, Stats)
    assert result.outputs.total == 10
    assert result.outputs.pid != os.getpid()


def test_one_output_is_the_value_itself(volant_run):
    assert volant_run(double, n=2).outputs == 4


def test_nodes_are_found_by_path_and_by_unique_name(volant_run):
    nodes = volant_run(nested, n=5).nodes

    assert sorted(nodes) == ["n0", "n0/0/n0", "n0/0/n1", "n0/0/n2", "n1"]
    assert nodes["fussy"].outputs == nodes["n1"].outputs == 2
    assert nodes["n0/0/n0"].outputs == 10
    assert (nodes["stats"].phase, nodes["stats"].attempts) == (ActionPhase.SUCCEEDED, 1)


def test_frames_and_dataclasses_go_in_and_out(volant_run):
    frame = pd.DataFrame({"a": [1.0, 2.0]})

    assert volant_run(scale, frame=frame, config=Config(2.0)).outputs.to_dict("list") == {"a": [2.0, 4.0]}


def test_a_second_run_is_served_from_the_cache(volant_run):
    first, second = (volant_run(weigh, config=Config(2.0)) for _ in range(2))

    assert [[node.is_cached for node in each.nodes.values()] for each in (first, second)] == [[False], [True]]
    assert second.outputs == 2


def test_a_failed_run_raises_what_the_command_line_prints(volant_run):
    with pytest.raises(RunFailed) as caught:
        volant_run(nested, n=0)

    text = str(caught.value)
    assert 'failed: node n1 "fussy", ZeroDivisionError' in text
    assert "return 10 // n" in text
    assert text.splitlines()[-1] == f"  again   volant debug {caught.value.id.split(':')[2]} n1"


def test_inputs_that_do_not_fit_are_all_told_and_nothing_runs(volant_run, home):
    with pytest.raises(UserError) as caught:
        volant_run(scale, frame=3, speed=1)

    assert "there is no input 'speed'" in str(caught.value)
    assert "input 'frame': expected DataFrame" in str(caught.value)
    assert "input 'config': a value of type Config is missing" in str(caught.value)
    with Site(Settings(home=home)) as site:
        assert site.store.list_runs(limit=1).runs == ()


def test_a_run_can_be_named_and_a_name_is_taken_once(volant_run):
    assert volant_run(double, n=1, name="once").name == "once"
    with pytest.raises(AlreadyExistsError):
        volant_run(double, n=1, name="once")


def test_an_input_called_name_or_home_comes_before_the_option(volant_run):
    assert volant_run(greet, name="ann", home="mars").outputs == "ann of mars"


def test_home_picks_the_data_folder(volant_run, tmp_path):
    run(double, n=1, home=tmp_path / "volant-home", name="there")

    with Site(Settings(home=str(tmp_path / "volant-home"))) as site:
        assert [row.run for row in site.store.list_runs(limit=9).runs] == ["flytesnacks:development:there"]


def test_what_is_neither_task_nor_workflow_is_refused(volant_run):
    with pytest.raises(UserError, match="is neither a task nor a workflow"):
        volant_run(len)


def test_functions_that_are_in_no_module_run_too(volant_run):
    factor = 3

    @task
    def local(n: int) -> int:
        return factor * n

    @workflow
    def made_here(n: int) -> int:
        return local(n=double(n=n))

    assert volant_run(made_here, n=2).outputs == 12


def test_in_a_running_loop_run_blocks_and_arun_does_not(volant_run):
    async def main():
        blocking = run(double, n=1).outputs
        ticks = 0
        work = asyncio.create_task(arun(double, n=2))
        while not work.done():
            await asyncio.sleep(0)
            ticks += 1
        return blocking, (await work).outputs, ticks > 10

    assert asyncio.run(main()) == (2, 4, True)


def test_runs_may_go_on_side_by_side(volant_run):
    async def main():
        return [result.outputs for result in await asyncio.gather(*(arun(double, n=n) for n in range(3)))]

    assert asyncio.run(main()) == [0, 2, 4]


def test_a_cancelled_run_is_drained_and_can_be_resumed(volant_run, tmp_path, home):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def main():
        work = asyncio.create_task(arun(linger, pipe=str(pipe), name="cut"))
        begun = await asyncio.to_thread(pipe.read_text)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return begun

    assert asyncio.run(main()) == "begun"
    with Site(Settings(home=home)) as site:
        row = site.store.get_run("flytesnacks:development:cut")
        assert (row.phase.is_terminal, site.store.owner(row.run)) == (False, ("", False))


def test_a_script_runs_what_it_defines_even_below_its_main_guard(tmp_path, volant_run):
    script = tmp_path / "script.py"
    script.write_text(
        "from volant import run, task\n\n@task\ndef a(n: int) -> int:\n    return n + 1\n\n"
        "if __name__ == '__main__':\n    @task\n    def b(n: int) -> int:\n        return n + 2\n\n"
        "    print(run(a, n=1).outputs, run(b, n=1).outputs)\n"
    )

    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("2 3\n", "")


def test_code_typed_into_an_interpreter_runs(volant_run):
    typed = (
        "from volant import run, task, workflow\n\n@task\ndef a(n: int) -> int:\n    return n + 1\n\n"
        "@workflow\ndef w(n: int) -> int:\n    return a(n=a(n=n))\n\nprint(run(w, n=1).outputs)\n"
    )

    done = subprocess.run([sys.executable, "-c", typed], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_mocked_task_is_seen_by_direct_calls_only():
    with task_mock(double) as mock:
        mock.side_effect = lambda n: 100 * n
        assert summed(n=2).total == 300
        assert mock.call_count == 2

    assert summed(n=2).total == 6


def test_a_run_at_the_top_level_of_a_file_is_refused_instead_of_importing_itself_without_end(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import volant\n\n\n@volant.task\ndef one(n: int) -> int:\n    return n + 1\n\n\nvolant.run(one, n=1)\n"
    )
    environment = {**os.environ, "VOLANT_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 1
    assert "run(one) is called while its file is imported, and a run imports the file again" in done.stderr
