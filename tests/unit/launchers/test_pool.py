"""The warm pool, with real zygotes and workers: what the launcher suite does not ask of every launcher."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from volant.base.errors import FaultKind
from volant.base.ids import RunId
from volant.contracts import layout
from volant.contracts import worker_wire as wire
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.idl import pb
from volant.kit import processes
from volant.kit.code_bundle import Manifest, write_bundle
from volant.launchers.peer import dial
from volant.launchers.pool import PoolLauncher
from volant.launchers.resources import Machine
from volant.launchers.zygote_client import start_zygote
from volant.testing.launcher_suite import GATE_CLIENT, OTHER_RUN, RUN, Driver, Gate, key_of

FLOW = f"""
import ctypes, signal, threading
from volant import task
{GATE_CLIENT}

@task
def pid(text: str) -> int:
    return os.getpid()

@task
def wait(text: str) -> int:
    reach(text)
    return os.getpid()

@task
def fail(text: str) -> int:
    raise ValueError(text)

@task
def mess(text: str) -> int:
    os.environ["MESS"] = "made"
    del os.environ["PATH"]
    os.chdir("/")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return os.getpid()

@task
def neatness(text: str) -> str:
    term = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    return f"{{os.environ.get('MESS')}} {{'PATH' in os.environ}} {{os.getcwd()}} {{term}} {{os.environ.get('OWN')}}"

@task
def segfault(text: str) -> int:
    print("about to fall", flush=True)
    ctypes.string_at(0)
    return 0

@task
def fork(text: str) -> int:
    me = os.getpid()
    if os.fork() == 0:
        return 0
    return me
"""


class Scene:
    """A data folder with one bundle, a gate, and engines that come and go."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.gate = Gate(home)
        self.drivers: list[Driver] = []
        self.manifest = Manifest(module="flow", file="flow.py", python=sys.executable, cwd=home, show_as="/their/place")
        self.code = write_bundle(home, {"flow.py": FLOW.encode()}, self.manifest)

    def driver(self, epoch: int = 1, cores: float = 2) -> Driver:
        self.drivers.append(Driver(PoolLauncher(self.home, Machine(cores)), epoch))
        return self.drivers[-1]

    def job(self, name: str, task: str, text: str = "", run: RunId = RUN, **more: Any) -> Job:
        folder = f"{self.home}/runs/{name}/data/0"
        literal = pb.Literal(scalar=pb.Scalar(primitive=pb.Primitive(string_value=text or self.gate.path)))
        fields: dict[str, Any] = {
            "key": key_of(name, run),
            "name": name,
            "code": self.code,
            "command": ("volant-execute", "--raw-output-data-prefix", f"{folder}/raw", "--",
                        "task-module", "flow", "task-name", task),
            "inputs": pb.LiteralMap(literals={"text": literal}).SerializeToString(),
            "output_prefix": folder,
            "environment": {},
            "cpu": 0.0,
            "memory": 0,
            "memory_limit": 0,
            "fresh": False,
            "log": f"{folder}/task.log",
            "log_limit": 1 << 20,
            "output_limit": 1 << 20,
        }  # fmt: skip
        return Job(**{**fields, **more})

    async def __aenter__(self) -> Self:
        await self.gate.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gate.close()
        for driver in self.drivers:
            await driver.launcher.close(stop_jobs=True)


@pytest.fixture
def scene() -> Iterator[Scene]:
    home = tempfile.mkdtemp(prefix="vp-", dir="/tmp")
    yield Scene(home)
    shutil.rmtree(home)


def value(report: JobReport) -> Any:
    assert report.error is None, report.error
    primitive = pb.LiteralMap.FromString(report.outputs).literals["o0"].scalar.primitive
    return getattr(primitive, primitive.WhichOneof("value"))


def test_a_run_keeps_its_worker_and_another_run_has_its_own(scene: Scene) -> None:
    async def play() -> list[int]:
        async with scene:
            driver = scene.driver()
            jobs = [scene.job("a", "pid"), scene.job("b", "pid"), scene.job("c", "pid", run=OTHER_RUN)]
            return [value(await driver.until(job)) for job in jobs]

    first, second, other = asyncio.run(play())
    assert first == second
    assert other != first


def test_a_fresh_job_has_a_worker_of_its_own_that_ends_with_it(scene: Scene) -> None:
    async def play() -> list[int]:
        async with scene:
            driver = scene.driver()
            jobs = [scene.job("a", "pid"), scene.job("b", "pid", fresh=True), scene.job("c", "pid", fresh=True)]
            pids = [value(await driver.until(job)) for job in jobs]
            members = [processes.identify(pid) for pid in pids]
            for job in jobs:
                driver.launcher.release(job.key, job.name)
            await ended(*members[1:])
            assert processes.is_alive(members[0])
            return pids

    assert len(set(asyncio.run(play()))) == 3


def test_a_users_error_is_told_with_the_paths_the_user_knows(scene: Scene) -> None:
    async def play() -> JobReport:
        async with scene:
            return await scene.driver().until(scene.job("a", "fail", "no luck"))

    report = asyncio.run(play())
    line = FLOW.splitlines().index("    raise ValueError(text)") + 1
    assert report.error is not None
    assert (report.error.kind, report.retryable) == (FaultKind.USER, True)
    assert "no luck" in report.error.message
    assert report.error.place == f"/their/place/flow.py:{line}"
    assert scene.home not in report.error.trace


def test_a_job_leaves_its_surroundings_as_they_were(scene: Scene) -> None:
    async def play() -> str:
        async with scene:
            driver = scene.driver()
            first = value(await driver.until(scene.job("a", "mess", environment={"OWN": "a"})))
            check = scene.job("b", "neatness")
            text = value(await driver.until(check))
            assert value(await driver.until(scene.job("c", "pid"))) == first
            return text

    assert asyncio.run(play()) == f"None True {scene.home} True None"


def test_a_segfault_names_the_signal_and_shows_where_it_happened(scene: Scene) -> None:
    async def play() -> JobReport:
        async with scene:
            return await scene.driver().until(scene.job("a", "segfault"))

    report = asyncio.run(play())
    assert report.error is not None
    assert (report.error.code, report.error.kind) == ("TaskCrashed", FaultKind.USER)
    assert "SIGSEGV" in report.error.message
    assert "in segfault" in report.error.message
    assert Path(scene.job("a", "segfault").log).read_text().startswith("about to fall\n")


def test_a_child_that_returns_from_the_task_gives_no_result_of_its_own(scene: Scene) -> None:
    async def play() -> list[int]:
        async with scene:
            driver = scene.driver()
            return [value(await driver.until(scene.job(name, task))) for name, task in (("a", "fork"), ("b", "pid"))]

    forked, after = asyncio.run(play())
    assert forked == after


def test_the_worker_of_a_dead_engine_leaves_its_result_in_the_attempts_folder(scene: Scene) -> None:
    job = scene.job("a", "wait")
    left = Path(job.output_prefix, wire.RESULT_FILE)

    async def play() -> tuple[int, int]:
        async with scene:
            first = scene.driver()
            first.launcher.launch(job)
            pid = await scene.gate.arrival()
            await first.launcher.close(stop_jobs=False)
            scene.gate.let_go()
            await scene.gate.all_gone()
            await until(left.exists)
            os.kill(pid, signal.SIGKILL)
            await ended(processes.identify(pid))
            second = scene.driver(epoch=2)
            await second.launcher.census(RUN)
            report = second.launcher.launch(job)
            second.launcher.release(job.key, job.name)
            return pid, value(report)

    pid, seen = asyncio.run(play())
    assert seen == pid
    assert not left.exists()


def test_a_worker_that_is_left_alone_ends_by_itself_and_leaves_its_result(scene: Scene) -> None:
    job, root = scene.job("a", "wait"), f"{scene.home}/code/{scene.code}/src"
    with start_zygote(scene.home, words=("--worker-linger", "0.05", "--linger", "0.5")) as client:
        client.load(f"{root}/flow.py", root, "flow")
        client.adopt_as(scene.code)

        async def play() -> tuple[int, int]:
            async with scene:
                first = scene.driver()
                first.launcher.launch(job)
                pid = await scene.gate.arrival()
                worker = processes.identify(pid)
                await first.launcher.close(stop_jobs=False)
                scene.gate.let_go()
                await ended(worker)
                second = scene.driver(epoch=2)
                await second.launcher.census(RUN)
                return pid, value(second.launcher.launch(job))

        pid, seen = asyncio.run(play())
    assert seen == pid


def test_a_result_that_was_not_committed_is_kept_for_the_next_engine(scene: Scene) -> None:
    job, more = scene.job("a", "pid"), scene.job("b", "wait")

    async def play() -> tuple[int, int, list[JobPhase]]:
        async with scene:
            first = scene.driver()
            before = value(await first.until(job))
            # The worker is busy when its engine goes, so it is there for the next one.
            first.launcher.launch(more)
            await scene.gate.arrival()
            await first.launcher.close(stop_jobs=False)
            second = scene.driver(epoch=2)
            await second.launcher.census(RUN)
            looks = [second.launcher.look(each.key, each.name) for each in (job, more)]
            return before, value(looks[0]), [look.phase for look in looks]

    before, after, phases = asyncio.run(play())
    assert before == after
    assert phases == [JobPhase.DONE, JobPhase.RUNNING]


def test_a_worker_obeys_no_older_engine(scene: Scene) -> None:
    async def play() -> JobReport:
        async with scene:
            new = scene.driver(epoch=7)
            new.launcher.launch(scene.job("a", "wait"))
            await scene.gate.arrival()
            old = scene.driver(epoch=6)
            await old.launcher.census(RUN)
            report = old.launcher.launch(scene.job("b", "pid"))
            scene.gate.let_go()
            assert (await new.until(scene.job("a", "wait"))).error is None
            await old.launcher.close(stop_jobs=False)
            return report

    report = asyncio.run(play())
    assert (report.phase, report.message) == (JobPhase.WAITING, "a newer engine has taken this run over")


def test_a_newer_engine_takes_a_worker_away_from_an_older_one(scene: Scene) -> None:
    async def play() -> JobReport:
        async with scene:
            old, new, job = scene.driver(epoch=1), scene.driver(epoch=2), scene.job("a", "wait")
            old.launcher.launch(job)
            await scene.gate.arrival()
            await new.launcher.census(RUN)
            scene.gate.let_go()
            report = await new.until(job)
            await old.launcher.close(stop_jobs=False)
            return report

    assert asyncio.run(play()).error is None


def test_an_idle_worker_that_was_killed_is_replaced(scene: Scene) -> None:
    async def play() -> list[int]:
        async with scene:
            driver = scene.driver()
            first = value(await driver.until(scene.job("a", "pid")))
            os.kill(first, signal.SIGKILL)
            return [first, value(await driver.until(scene.job("b", "pid")))]

    first, second = asyncio.run(play())
    assert first != second


def test_a_zygote_that_loaded_the_file_for_the_command_line_is_used(scene: Scene) -> None:
    with start_zygote(scene.home) as client:
        root = f"{scene.home}/code/{scene.code}/src"
        loaded = client.load(f"{root}/flow.py", root, "flow")
        client.adopt_as(scene.code)

        async def play() -> int:
            async with scene:
                pid = value(await scene.driver().until(scene.job("a", "pid")))
                return os.getsid(pid) and parent_of(pid)

        assert asyncio.run(play()) == loaded.pid
        client.end()


def test_workers_go_on_when_their_zygote_is_killed(scene: Scene) -> None:
    async def play() -> list[int]:
        async with scene:
            driver = scene.driver()
            first = value(await driver.until(scene.job("a", "pid")))
            os.kill(parent_of(first), signal.SIGKILL)
            again = value(await driver.until(scene.job("b", "pid")))
            other = value(await driver.until(scene.job("c", "pid", fresh=True)))
            return [first, again, other]

    first, again, other = asyncio.run(play())
    assert first == again
    assert other != first


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("import nothing_like_it", "CodeLoadFailed", "No module named 'nothing_like_it'"),
        ("import os; os._exit(4)", "CodeLoadFailed", "ended without an answer"),
    ],
)
def test_code_that_cannot_be_imported_fails_its_jobs_for_good(scene: Scene, source: str, code: str, said: str) -> None:
    bad = write_bundle(scene.home, {"flow.py": source.encode()}, scene.manifest)

    async def play() -> JobReport:
        async with scene:
            return await scene.driver().until(scene.job("a", "pid", code=bad))

    report = asyncio.run(play())
    assert report.error is not None
    assert (report.error.code, report.error.kind, report.retryable) == (code, FaultKind.USER, False)
    assert said in report.error.message


def test_a_bundle_that_is_gone_is_told(scene: Scene) -> None:
    async def play() -> JobReport:
        async with scene:
            return scene.driver().launcher.launch(scene.job("a", "pid", code="0" * 32))

    report = asyncio.run(play())
    assert report.error is not None
    assert (report.error.code, report.retryable) == ("CodeNotFound", False)


def test_without_a_bundle_a_task_is_found_from_the_current_folder(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(scene.home, "flow.py").write_text(FLOW)
    monkeypatch.chdir(scene.home)

    async def play() -> JobReport:
        async with scene:
            return await scene.driver().until(scene.job("a", "pid", code=""))

    assert asyncio.run(play()).error is None


def test_the_end_of_a_run_ends_its_workers_and_no_others(scene: Scene) -> None:
    async def play() -> bool:
        async with scene:
            driver = scene.driver()
            jobs = [scene.job("a", "pid"), scene.job("b", "pid", run=OTHER_RUN)]
            one, two = [processes.identify(value(await driver.until(job))) for job in jobs]
            driver.launcher.end_run(RUN)
            await ended(one)
            return two is not None and processes.is_alive(two)

    assert asyncio.run(play())


def test_nothing_is_left_in_the_socket_folder(scene: Scene) -> None:
    async def play() -> None:
        async with scene:
            await scene.driver().until(scene.job("a", "pid"))

    asyncio.run(play())
    assert list(Path(layout.socket_dir(scene.home)).glob("*.sock")) == []
    assert dial(layout.zygote_socket(scene.home, scene.code)) is None


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def ended(*members: processes.Process | None) -> None:
    await until(lambda: not any(member and processes.is_alive(member) for member in members))


async def until(holds: Any) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - the end of a process that is no child sets no event
            await asyncio.sleep(0.002)
