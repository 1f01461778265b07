"""The import rule, and what keeps the tree readable. The rule itself: docs/architecture.md."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
MODULES = sorted((SOURCE / "volant").rglob("*.py"))
WRITTEN = [module for module in MODULES if not module.name.endswith("_pb2.py")]
MOST_LINES = 600
REFUSED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "models"}
TOO_HEAVY_TO_AUTHOR = {
    "grpc",
    "sqlite3",
    "http",
    "aiohttp",
    "pandas",
    "pyarrow",
    "volant.engine",
    "volant.stores",
}


def shown(module):
    return str(module.relative_to(SOURCE))


def imports(module):
    """What each import anywhere in a module imports from."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_the_import_contracts_hold():
    # In a process of its own: import-linter sets up logging, which switches off every logger that is there.
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout


def test_nothing_inside_imports_the_package_root():
    offenders = [shown(module) for module in WRITTEN if "volant" in imports(module)]

    assert offenders == []


def test_imports_are_absolute():
    offenders = [shown(module) for module in WRITTEN if any(origin.startswith(".") for origin in imports(module))]

    assert offenders == []


def test_every_module_is_named_after_what_it_holds():
    parts = {module: Path(shown(module)).with_suffix("").parts for module in MODULES}
    offenders = [
        shown(module)
        for module, names in parts.items()
        if REFUSED_NAMES & set(names) or any(name.startswith("base_") for name in names)
    ]

    assert offenders == []


def test_every_module_says_what_it_is():
    offenders = [shown(module) for module in WRITTEN if not ast.get_docstring(ast.parse(module.read_text()))]

    assert offenders == []


def test_no_file_is_too_long_to_read():
    offenders = [shown(module) for module in WRITTEN if len(module.read_text().splitlines()) > MOST_LINES]

    assert offenders == []


def test_authoring_loads_nothing_heavy():
    code = "import sys, volant; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert TOO_HEAVY_TO_AUTHOR & set(loaded.split()) == set()
