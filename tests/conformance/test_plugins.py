"""Every built-in plugin holds to the contract."""

import datetime as dt
import shutil
import sys

import pytest

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


class TestPythonTask(PluginSuite):
    build = staticmethod(python_task.build)

    @pytest.fixture
    def processes(self):
        outputs = pb.LiteralMap(literals=INPUTS).SerializeToString()
        return MemoryProcesses(JobReport(phase=JobPhase.DONE, outputs=outputs))

    @pytest.fixture(params=["volant-execute", "sh"])
    def work(self, request):
        return Work(make_task("python-task", command=(request.param, "{{.inputs.n}}")), INPUTS, INPUTS)

    @pytest.fixture
    def launchers(self, processes):
        return lambda: {name: MemoryLauncher(processes) for name in ("pool", "subprocess")}

    @pytest.fixture
    def effects(self, processes):
        return processes.names


class TestPythonTaskWithRealProcesses(PluginSuite):
    """The same lives, with processes that leave a line wherever they are started and a file when they are done."""

    build = staticmethod(python_task.build)
    PROGRAM = "import sys; open(sys.argv[1], 'a').write('once\\n'); open(sys.argv[2] + '/outputs.pb', 'wb').close()"

    @pytest.fixture
    def work(self, tmp_path):
        words = (sys.executable, "-c", self.PROGRAM, str(tmp_path / "started"), "{{.outputPrefix}}")
        return Work(make_task("container", command=words))

    @pytest.fixture
    def launchers(self, tmp_path):
        home = str(tmp_path / "home")
        yield lambda: {"pool": PoolLauncher(home), "subprocess": SubprocessLauncher(home)}
        shutil.rmtree(socket_dir(home), ignore_errors=True)

    @pytest.fixture
    def effects(self, tmp_path):
        path = tmp_path / "started"
        return lambda: path.read_text().splitlines() if path.exists() else []
