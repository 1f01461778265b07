"""What type checkers know of tasks and workflows. Checked by mypy and pyright, never run."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, assert_type

import pandas as pd

from volant import (
    File,
    PythonFunctionTask,
    Resources,
    WorkflowError,
    create_node,
    current_context,
    task,
    workflow,
)
from volant.sdk.promise import Node


@dataclass
class Config:
    year: int
    rate: float = 0.5


class Stats(NamedTuple):
    total: int
    name: str


@task
def load(config: Config, limit: int | None = None) -> pd.DataFrame:
    return pd.DataFrame({"year": [config.year] * (limit or 1)})


@task(retries=3, timeout=timedelta(minutes=5), cache=True, cache_version="1", requests=Resources(cpu="1"))
def count(frame: pd.DataFrame) -> Stats:
    return Stats(len(frame), "all")


@task(retries=1)
async def slow(n: int) -> int:
    return n


@task
async def slower(n: int) -> int:
    return n


@task
def write(total: int) -> File:
    path = current_context().working_directory / "total.txt"
    path.write_text(str(total))
    return File(path)


@task
def quiet() -> None: ...


@task
def tidy(config: Config, err: WorkflowError | None = None) -> None: ...


@workflow(on_failure=tidy)
def report(config: Config, limit: int = 3) -> File:
    frame = load(config, limit=limit)
    assert_type(frame, pd.DataFrame)
    stats = count(frame=frame)
    assert_type(stats, Stats)
    assert_type(stats.total, int)
    number = slow(slower(stats.total))
    assert_type(number, int)
    first, last = create_node(quiet), create_node(load, config)
    first.runs_before(last.with_overrides(retries=2))
    assert_type(first, Node)
    return write(number)


@workflow
def outer(config: Config) -> tuple[File, int]:
    return report(config), count(load(config)).total


def signatures_stay(config: Config) -> None:
    assert_type(load(config), pd.DataFrame)
    assert_type(outer(config), tuple[File, int])
    one: Callable[[Config], pd.DataFrame] = load
    two: Callable[[Config], File] = report
    three: Callable[[int], Coroutine[Any, Any, int]] = slow.function
    four: PythonFunctionTask[[], None] = quiet
    del one, two, three, four
