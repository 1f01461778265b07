"""What every pytest session with Volant installed has: the fixture `volant_run`, and the kit's report.

Imports nothing of ours until it is used.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

_KIT, _KIT_JSON = "--volant-kit", "--volant-kit-json"


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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two ways to see what the conformance kit saw."""
    group = parser.getgroup("volant")
    group.addoption(_KIT, action="store_true", help="show rules × scenarios and the states each plugin suite saw")
    group.addoption(_KIT_JSON, metavar="FILE", help="write the same to FILE, as JSON")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show and write it, if that was asked for."""
    file = config.getoption(_KIT_JSON)
    if not (file or config.getoption(_KIT)):
        return
    from volant.testing.kit_report import as_json, as_text, collected

    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())]
    all_seen = collected(report.user_properties for report in sorted(reports, key=lambda report: report.start))
    if file:
        Path(file).write_bytes(as_json(all_seen))
    if config.getoption(_KIT):
        terminalreporter.section("conformance kit")
        terminalreporter.write_line(as_text(all_seen) or "no plugin suite was played")
