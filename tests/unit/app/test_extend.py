"""What third parties import. A name that goes, or changes its meaning, is a new major version."""

import inspect
import subprocess
import sys

import pytest

import volant.extend
import volant.testing

EXTEND = """
    AttemptKey AutoRefreshCache Builder CachePolicy ConversionError ExternalResource Failure FaultKind Grant Http
    HttpError HttpRefusedError HttpUnavailableError Input Interface Job JobContext JobLimits JobPhase JobReport
    Launcher LogLink NotFoundError NotYet PluginProperties PluginSetup PoolLimits PythonFunctionTask PythonTask Quotas
    RawData RemoteJob RemoteJobPlugin Request Response RunId SecretSource Settings StatusPhase SystemFault TaskContext
    TaskPlugin TaskResolver TaskStatus TemplateValues TypeTransformer UnsupportedError UserError VersionParameters
    VolantError command_job command_words from_custom parse_quantity pb primitive render to_custom
"""
TESTING = """
    BlobSuite HttpJobService JobScript LauncherSuite MemoryLauncher MemoryProcesses MovedClock OutsideJob PluginSuite
    Service StoreSuite VirtualLoop Work make_task task_mock
"""
DOORS = [(volant.extend, EXTEND), (volant.testing, TESTING)]
NAMES = [pytest.param(door, name, id=f"{door.__name__}.{name}") for door, names in DOORS for name in names.split()]


@pytest.mark.parametrize(("door", "names"), DOORS)
def test_the_public_names_are_these(door, names):
    assert sorted(door.__all__) == sorted(names.split())


@pytest.mark.parametrize(("door", "name"), NAMES)
def test_every_name_is_there(door, name):
    assert getattr(door, name) is not None


@pytest.mark.parametrize(("door", "names"), DOORS)
def test_nothing_else_is_there(door, names):
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        door.nothing  # noqa: B018 - looking it up is the test


@pytest.mark.parametrize(("door", "name"), NAMES)
def test_every_class_and_function_of_ours_says_what_it_is(door, name):
    found = getattr(door, name)

    assert found.__doc__ or not (inspect.isclass(found) or inspect.isfunction(found))


def test_an_sdk_extension_loads_nothing_of_the_engine():
    program = (
        "import sys\nfrom volant.extend import PythonFunctionTask\n"
        "heavy = ('volant.engine', 'volant.stores', 'sqlite3', 'aiohttp')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_a_plugin_loads_no_engine_and_no_http_client():
    program = (
        "import sys\nfrom volant.extend import RemoteJobPlugin, AutoRefreshCache, TaskPlugin\n"
        "heavy = ('volant.engine', 'volant.stores', 'volant.sdk', 'sqlite3', 'aiohttp')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
