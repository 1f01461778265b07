"""What third parties import."""

import subprocess
import sys

import pytest

import volant.extend


@pytest.mark.parametrize("name", volant.extend.__all__)
def test_every_name_is_there(name):
    assert getattr(volant.extend, name) is not None


def test_nothing_else_is_there():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        volant.extend.nothing  # noqa: B018 - looking it up is the test


def test_an_sdk_extension_loads_nothing_of_the_engine():
    program = (
        "import sys\nfrom volant.extend import PythonFunctionTask\n"
        "print([name for name in sys.modules if name.startswith(('volant.engine', 'volant.stores', 'sqlite3'))])"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
