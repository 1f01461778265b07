"""What every pytest session with Volant installed has: the fixture `volant_run`.

Imports nothing of ours until the fixture is used.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest


class VolantRun(Protocol):
    """`volant.run` on a data folder of the test's own."""

    def __call__(self, entity: Any, /, **inputs: Any) -> Any:
        """Run it; see `volant.run`."""
        ...


@pytest.fixture
def volant_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VolantRun]:
    """A function like `volant.run` whose data folder is the test's own.

    Yields:
        The function. Tasks run in real processes, everything is on record, nothing is left behind.
    """
    from volant.app import run
    from volant.contracts.layout import socket_dir

    home = str(tmp_path / "volant-home")
    monkeypatch.setenv("VOLANT_HOME", home)
    yield run
    shutil.rmtree(socket_dir(home), ignore_errors=True)
