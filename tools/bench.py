"""Measure the engine and the kit: `make bench`. Each figure is the median of fresh processes, with its spread.

Every run is durable as shipped (WAL, synchronous=FULL). What is written to docs/benchmarks.md is what was
measured on this machine, with its versions, and nothing else.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import bench_kit

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
REPEATS = 5

PYTHON_FLOWS = """
from volant import task, workflow

@task
def inc(x: int) -> int:
    return x + 1

@task(isolation="fresh")
def fresh(x: int) -> int:
    return x + 1

@workflow
def chain(x: int = 0) -> int:
    for _ in range({size}):
        x = inc(x=x)
    return x

@workflow
def wide(x: int = 0) -> list[int]:
    return [inc(x=x) for _ in range({size})]

@workflow
def fresh_chain(x: int = 0) -> int:
    for _ in range({size}):
        x = fresh(x=x)
    return x
"""


class Shape(NamedTuple):
    """What is measured: `size` leaves in `runs` runs."""

    title: str
    measure: Callable[["Shape"], float]
    size: int
    runs: int = 1
    entity: str = ""

    @property
    def leaves(self) -> int:
        return self.size * self.runs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    every = [*SHAPES, *bench_kit.SHAPES]
    parser.add_argument("--one", choices=every, help="measure once, here; print JSON")
    parser.add_argument("--only", choices=every, action="append", help="measure these; write nothing")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    wanted = parser.parse_args()
    if wanted.one:
        print(json.dumps(_once(wanted.one)))
        return 0
    rows = {name: _row(name, wanted.repeats) for name in wanted.only or every}
    if not wanted.only:
        PAGE.write_text(_page([rows[name] for name in SHAPES], [rows[name] for name in bench_kit.SHAPES]))
        print(f"written to {PAGE.relative_to(ROOT)}")
    return 0


def _once(name: str) -> dict[str, float]:
    if name in bench_kit.SHAPES:
        return bench_kit.SHAPES[name].measure(_disk())
    shape = SHAPES[name]
    seconds = shape.measure(shape)
    return {"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _row(name: str, repeats: int) -> str:
    if name in SHAPES:
        row = _engine_row(name, repeats)
    else:
        shape = bench_kit.SHAPES[name]
        row = bench_kit.row(shape, [_fresh(name) for _ in range(min(repeats, shape.repeats))])
    print(row, flush=True)
    return row


def _engine_row(name: str, repeats: int) -> str:
    shape = SHAPES[name]
    measured = [_fresh(name) for _ in range(repeats)]
    seconds = sorted(one["seconds"] for one in measured)
    middle, peak = statistics.median(seconds), max(one["peak_mb"] for one in measured)
    return (
        f"| {shape.title} | {middle:.3f} s | {seconds[0]:.3f}–{seconds[-1]:.3f} | {middle / shape.leaves * 1e3:.3f} ms"
        f" | {shape.leaves / middle:,.0f}/s | {peak:.0f} MB |"
    )


def _fresh(name: str) -> dict[str, float]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, __file__, "--one", name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


# --------------------------------------------------------------------------------------------- core-sleep


def _engine_only(shape: Shape) -> float:
    """Seconds from the first claim to the last end of `runs` runs of no-op leaves."""
    with tempfile.TemporaryDirectory(dir=_disk()) as home:
        return asyncio.run(_play(Path(home), shape))


async def _play(home: Path, shape: Shape) -> float:
    from volant.app.secret_source import LocalSecrets
    from volant.base.clock import SystemClock
    from volant.base.ids import RunId
    from volant.engine.engine import Engine
    from volant.kit.http_client import HttpClient
    from volant.plugins import core_sleep
    from volant.stores.blob_file import FileBlobStore
    from volant.stores.sqlite import SqliteStore
    from volant.testing import builders

    leaf = builders.task("leaf", task_type="core-sleep")
    chained = shape.title.startswith("chain")
    nodes = [
        builders.node(f"n{index}", leaf.id, after=[f"n{index - 1}"] if chained and index else [])
        for index in range(shape.size)
    ]
    closure = builders.closure(builders.workflow("wf", nodes), [leaf])
    store = SqliteStore(home)
    engine = Engine(
        journal=store, blobs=FileBlobStore(home), plugins=[core_sleep.build()], launchers={}, secrets=LocalSecrets(),
        http=HttpClient(), clock=SystemClock(),
    )  # fmt: skip
    await engine.start()
    names = [RunId(f"p:d:r{number}") for number in range(shape.runs)]
    for name in names:
        store.create_run(builders.run_row(name, closure), closure)
    began = time.perf_counter()
    await asyncio.gather(*(engine.run(name) for name in names))
    seconds = time.perf_counter() - began
    await engine.drain(stop_jobs=True)
    store.close()
    return seconds


# --------------------------------------------------------------------------------------------- the compiler


def _compile(shape: Shape) -> float:
    """Seconds to compile a fan-out of tasks, and the one that takes all their outputs."""
    from volant.compiler.compile import compile_workflow
    from volant.idl import pb
    from volant.testing.builders import INT, constant, node, promise, task, workflow

    add, gather = task("add", inputs=["a", "b"], outputs=["o0"]), task("gather", inputs=["all"])
    gather.interface.inputs.variables["all"].type.CopyFrom(pb.LiteralType(collection_type=INT))
    every = pb.Binding(var="all")
    nodes = [node(f"n{n}", add.id, [promise("a", "", "x"), constant("b", 1)]) for n in range(shape.size - 1)]
    every.binding.collection.bindings.extend(promise("", each.id, "o0").binding for each in nodes)
    primary = workflow("wf", [*nodes, node("last", gather.id, [every])], inputs=["x"])
    began = time.perf_counter()
    compile_workflow(primary, [], [add, gather])
    return time.perf_counter() - began


# ------------------------------------------------------------------------------------------- Python tasks


def _python_tasks(shape: Shape) -> float:
    """Seconds from the run's start to its end, as its row says; the file's import is not part of it."""
    with tempfile.TemporaryDirectory(dir=_disk()) as folder:
        (Path(folder) / "flows.py").write_text(PYTHON_FLOWS.format(size=shape.size))
        told = _volant(folder, "run", "flows.py", shape.entity, "--json")
        run = json.loads(told)["run"]
        return _seconds_of(Path(folder) / "home", run)


def _hello(shape: Shape) -> float:
    """Seconds of `volant run` as the shell sees it."""
    with tempfile.TemporaryDirectory(dir=_disk()) as folder:
        (Path(folder) / "flows.py").write_text(PYTHON_FLOWS.format(size=shape.size))
        began = time.perf_counter()
        _volant(folder, "run", "flows.py", shape.entity, "--quiet")
        return time.perf_counter() - began


def _volant(folder: str, *words: str) -> str:
    command = [sys.executable, "-m", "volant", words[0], "--home", f"{folder}/home", *words[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def _seconds_of(home: Path, run: Any) -> float:
    from volant.base.clock import SECOND_US
    from volant.stores.sqlite import SqliteStore

    store = SqliteStore(home, wal_bytes=0)
    row = store.find_runs(run.rsplit(":", 1)[-1])[0]
    store.close()
    return (row.ended_us - row.started_us) / SECOND_US


# ----------------------------------------------------------------------------------------- values and literals

SCALARS = 20


def _literals_out(shape: Shape) -> float:
    """Seconds to make LiteralMaps of as many scalars; a leaf is one map."""
    convert, _ = _scalar_maps()
    return _seconds(convert, shape.size)


def _literals_in(shape: Shape) -> float:
    """Seconds to read them."""
    convert, read = _scalar_maps()
    literals = convert().literals
    return _seconds(lambda: read(literals), shape.size)


def _scalar_maps() -> tuple[Callable[[], Any], Callable[[Any], dict[str, Any]]]:
    from volant.idl.literals import literal_map
    from volant.sdk.type_engine.engine import transformer
    from volant.sdk.type_engine.raw_data import RawData

    values = {f"x{at}": value for at, value in enumerate([3, 1.5, "text", True] * (SCALARS // 4))}
    hints: dict[str, Any] = {name: type(value) for name, value in values.items()}
    raw = RawData()
    return (
        lambda: literal_map({name: transformer(hint).to_literal(values[name], raw) for name, hint in hints.items()}),
        lambda found: {name: transformer(hint).from_literal(found[name]) for name, hint in hints.items()},
    )


def _seconds(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - began


def _disk() -> str:
    """A folder on a real disk: the temporary folder may be memory."""
    return os.environ.get("VOLANT_BENCH_DIR", str(ROOT / ".cache"))


SHAPES = {
    "chain": Shape("chain of 500 core-sleep leaves", _engine_only, 500),
    "wide": Shape("fan-out of 6,000 core-sleep leaves", _engine_only, 6000),
    "swarm": Shape("20 runs of 1,000 core-sleep leaves", _engine_only, 1000, 20),
    "python-chain": Shape("chain of 500 Python tasks", _python_tasks, 500, entity="chain"),
    "python-wide": Shape("fan-out of 1,000 Python tasks", _python_tasks, 1000, entity="wide"),
    "python-fresh": Shape("chain of 100 Python tasks, a process each", _python_tasks, 100, entity="fresh_chain"),
    "literals-out": Shape("literals: 10,000 maps of 20 scalars, made", _literals_out, 10_000),
    "literals-in": Shape("literals: 10,000 maps of 20 scalars, read", _literals_in, 10_000),
    "compile": Shape("compile 5,000 nodes: fan-out, fan-in", _compile, 5000),
    "hello": Shape("one Python task, from the shell", _hello, 1, entity="chain"),
}


def _page(rows: list[str], kit_rows: list[str]) -> str:
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `make bench`: medians of five fresh processes with their spread, durable as shipped.",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, {_machine()},",
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
            "",
            "| shape | median | spread | a leaf | rate | peak memory of the engine |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "For Python tasks and the compiler the peak is that of the measuring process, not of the engine or its",
            "workers; the last row holds the interpreter's start, the file's import and the run.",
            "",
            "## Plugins",
            "",
            "Medians of three fresh processes, the last row's of one. The outside service is the kit's own double,",
            "over HTTP, in a process of its own; its share is not counted. A push is one run of one task, from its",
            "creation to its end.",
            "",
            "| shape | measured | goal |",
            "|---|---|---|",
            *kit_rows,
            "",
        ]
    )


def _machine() -> str:
    cores = os.cpu_count()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return f"{cores} × {line.split(':', 1)[1].strip()}, {platform.system()} {platform.release()}"
    return f"{cores} cores, {platform.platform()}"


if __name__ == "__main__":
    (ROOT / ".cache").mkdir(exist_ok=True)
    sys.exit(main())
