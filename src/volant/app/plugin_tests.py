"""Runs the conformance kit over somebody's tests: pytest, in a process of its own."""

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from volant.base.errors import UserError

_PASSED, _FAILED, _NOT_COLLECTED, _NO_TESTS = 0, 1, 2, 5


class Verdict(NamedTuple):
    """What the kit found.

    Attributes:
        passed: Whether every test passed.
        scenarios: What the kit saw, as `--volant-kit-json` writes it: one object for each scenario of a suite.
    """

    passed: bool
    scenarios: list[Any]


def run_plugin_tests(path: Path, *, quiet: bool) -> Verdict:
    """Run every test in a folder or a file; the kit's matrix and state machine are printed at the end.

    Args:
        path: Where `PluginSuite` subclasses are.
        quiet: Print nothing to standard output; what pytest says goes to standard error.

    Raises:
        UserError: There is no pytest, no such path, no suite in it, or the tests cannot be imported.
    """
    if find_spec("pytest") is None:
        raise UserError("the conformance kit needs pytest, which is not installed", fix="pip install 'volant[kit]'")
    if not path.exists():
        raise UserError(
            f"there is no folder or file {str(path)!r}",
            fix="run it in the plugin's folder, or name the tests: a folder or a file",
        )
    with tempfile.TemporaryDirectory(prefix="volant-kit-") as folder:
        report = Path(folder) / "report.json"
        status = _pytest(path, report, quiet=quiet)
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else []
    if status == _NO_TESTS or (status == _PASSED and not found):
        fix = "subclass volant.testing.PluginSuite in a file test_*.py; `volant plugin new` writes one"
        raise UserError(f"there is no PluginSuite in {path}", fix=fix)
    if status == _NOT_COLLECTED:
        fix = "correct what is told above; if the plugin's package is missing: pip install -e '.[test]' in its folder"
        raise UserError(f"tests in {path} cannot be imported; nothing ran", fix=fix)
    if status not in (_PASSED, _FAILED):
        raise UserError(f"pytest could not run {path}", fix="correct what is told above")
    return Verdict(status == _PASSED, found)


def _pytest(path: Path, report: Path, *, quiet: bool) -> int:
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--show-capture=stdout",
        "--volant-kit",
        f"--volant-kit-json={report}",
        str(path),
    ]
    return subprocess.run(words, stdout=sys.stderr if quiet else None, check=False).returncode
