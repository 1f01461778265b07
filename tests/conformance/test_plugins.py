"""Every built-in plugin holds to the contract."""

import datetime as dt
import shutil
import sys
import tempfile

import pytest

from volant.contracts.http import Response
from volant.contracts.launcher import JobPhase, JobReport
from volant.contracts.layout import socket_dir
from volant.idl import pb
from volant.idl.literals import primitive
from volant.idl.messages import Echo, Sleep, to_custom
from volant.launchers.pool import PoolLauncher
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.plugins import core_sleep, echo, python_task
from volant.testing.memory_launcher import MemoryLauncher, MemoryProcesses
from volant.testing.plugin_context import make_task
from volant.testing.plugin_suite import PluginSuite, Work
from volant.testing.service import OutsideJob

INPUTS = {"n": primitive(3), "name": primitive("a")}


class TestCoreSleep(PluginSuite):
    build = staticmethod(core_sleep.build)

    @pytest.fixture(params=[0, 5], ids="{}s".format)
    def work(self, request):
        length = Sleep(duration=pb.Duration(seconds=request.param))
        return Work(make_task("core-sleep", custom=to_custom(length)))


class TestEcho(PluginSuite):
    build = staticmethod(echo.build)

    @pytest.fixture(params=[0, 3], ids="{}-looks".format)
    def work(self, request):
        wanted = Echo(phases=["QUEUED"] * request.param, looks=request.param, delay=dt.timedelta(seconds=2))
        return Work(make_task("echo", custom=to_custom(wanted)), INPUTS, INPUTS)


class TestEchoThatFails(PluginSuite):
    build = staticmethod(echo.build)

    @pytest.fixture
    def work(self):
        wanted = Echo(looks=1, failures=1, code="Broken", permanent=True)
        return Work(make_task("echo", custom=to_custom(wanted)), INPUTS, INPUTS, fails="Broken")


class TestPythonTask(PluginSuite):
    build = staticmethod(python_task.build)

    @pytest.fixture(params=["volant-execute", "sh"])
    def work(self, request):
        return Work(make_task("python-task", command=(request.param, "{{.inputs.n}}")), INPUTS, INPUTS)

    @pytest.fixture
    def service(self):
        outputs = pb.LiteralMap(literals=INPUTS).SerializeToString()
        return lambda: MemoryProcesses(JobReport(phase=JobPhase.DONE, outputs=outputs))

    @pytest.fixture
    def launchers(self):
        return lambda processes: {name: MemoryLauncher(processes) for name in ("pool", "subprocess")}


class Started:
    """What processes of one life leave behind: a line in a file wherever one is started. It has a home of its own."""

    def __init__(self, folder):
        self.home = tempfile.mkdtemp(dir=folder)
        self.file = folder / "started"
        self.file.touch()
        self.before = len(self.lines())

    def lines(self):
        return self.file.read_text().splitlines()

    async def handle(self, request):
        return Response(status=404)

    def jobs(self):
        return [OutsideJob(line, is_running=False) for line in self.lines()[self.before :]]

    def leftovers(self):
        return ()


@pytest.mark.slow
class TestPythonTaskWithRealProcesses(PluginSuite):
    """The same lives, fewer of them, with processes that say so when they start and leave a file when they are done."""

    build = staticmethod(python_task.build)
    real_time = True
    PROGRAM = """\
import sys
open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
open(sys.argv[2] + "/outputs.pb", "wb").close()
"""

    @pytest.fixture
    def work(self, tmp_path):
        words = (sys.executable, "-c", self.PROGRAM, str(tmp_path / "started"), "{{.outputPrefix}}")
        return Work(make_task("container", command=words))

    @pytest.fixture
    def service(self, tmp_path):
        lives = []

        def made():
            lives.append(Started(tmp_path))
            return lives[-1]

        yield made
        for life in lives:
            shutil.rmtree(socket_dir(life.home), ignore_errors=True)

    @pytest.fixture
    def launchers(self):
        return lambda life: {"pool": PoolLauncher(life.home), "subprocess": SubprocessLauncher(life.home)}
