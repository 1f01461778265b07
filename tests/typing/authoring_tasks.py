"""What type checkers know of tasks: each keeps its signature, and every option has its type. Read, never run."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeVar, assert_type

import pandas as pd

from volant import (
    Cache,
    Deck,
    DeckField,
    Description,
    Documentation,
    GPUAccelerator,
    NonRecoverableError,
    PodTemplate,
    PythonFunctionTask,
    RecoverableError,
    Resources,
    Secret,
    SourceCode,
    TaskContext,
    accelerators,
    current_context,
    task,
)
from volant.extend import CachePolicy, Settings, TaskResolver, VersionParameters
from volant.sdk.task_keywords import TaskKeywords
from volant.testing import task_mock

T = TypeVar("T")


@dataclass
class Config:
    year: int
    rate: float = 0.5


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    more: bool = False


class Stats(NamedTuple):
    total: int
    name: str


class ByName(CachePolicy):
    def get_version(self, salt: str, params: VersionParameters) -> str:
        return f"{salt}{params.func.__name__}{params.container_image or ''}"


@task
def load(config: Config, limit: int | None = None) -> pd.DataFrame:
    return pd.DataFrame({"year": [config.year] * (limit or 1)})


@task(retries=3, timeout=timedelta(minutes=5), cache=True, cache_version="1", requests=Resources(cpu="1"))
def count(frame: pd.DataFrame) -> Stats:
    return Stats(len(frame), "all")


@task()
def pair(n: int = 1) -> tuple[int, str]:
    return n, str(n)


@task
def pages(names: list[str], mode: Literal["all", "some"] = "all") -> Page[str]:
    return Page(names, more=mode == "some")


@task
def bare() -> None: ...


@task
async def slower(n: int) -> int:
    return n


@task(retries=1)
async def slow(n: int) -> int:
    return n


@task(
    cache=Cache(version="1", serialize=True, ignored_inputs=("seed",), salt="x"),
    interruptible=True,
    deprecated="use count",
    resources=Resources(cpu=("1", "2"), mem="1Gi", gpu=1, ephemeral_storage=["1Gi", "2Gi"]),
    environment={"TZ": "UTC"},
    isolation="fresh",
    container_image="python:3.11",
    accelerator=accelerators.A100.partition_2g_10gb,
    shared_memory=True,
    secret_requests=[Secret(group="db", key="password", mount_requirement=Secret.MountType.FILE, env_var="DB")],
    pod_template=PodTemplate(pod_spec={"containers": []}, primary_container_name="main", labels={"a": "b"}),
    pod_template_name="large",
    enable_deck=True,
    deck_fields=(DeckField.INPUT, DeckField.TIMELINE),
    docs=Documentation("short", Description("long"), SourceCode("https://example.org")),
    labels={"team": "data"},
    annotations={"note": "x"},
)
def everything(seed: int) -> int:
    return seed


@task(cache=Cache(policies=[ByName()]), timeout=3.5, limits=Resources(mem=1024), shared_memory="1Gi", docs="text")
def named(seed: int = 3) -> int:
    return seed


@task(cache=True, cache_version="1", cache_serialize=True, cache_ignore_input_vars=("seed",), task_config=None)
def others(seed: int) -> int:
    if seed:
        raise NonRecoverableError("no")
    raise RecoverableError("yes")


class Resolver(TaskResolver):
    def load_task(self, loader_args: list[str]) -> Any:
        return load

    def loader_args(self, settings: Settings, task: Any) -> list[str]:
        return [settings.version]


resolver = Resolver()


@task(task_resolver=resolver, accelerator=GPUAccelerator("tpu", "2x2"), isolation="reuse")
def resolved(n: int) -> int:
    """Everything of the context has its type."""
    context = current_context()
    assert_type(context, TaskContext)
    assert_type(context.run_id, str)
    assert_type(context.attempt, int)
    assert_type(context.execution_id.project, str)
    assert_type(context.task_id.version, str)
    assert_type(context.execution_date, datetime)
    assert_type(context.working_directory, Path)
    assert_type(context.checkpoint.read(), bytes | None)
    context.checkpoint.write(b"half")
    assert_type(context.secrets.get("db", "password"), str)
    assert_type(context.secrets.get("db", "password", encode_mode="rb"), bytes)
    assert_type(context.secrets.db.password, str)
    assert_type(context.decks, list[Deck])
    assert_type(context.default_deck.append("<b>more</b>"), Deck)
    assert_type(Deck("plots", "<svg/>").html, str)
    context.logging.info("%d", n)
    return n


def results_have_their_types(config: Config, keywords: TaskKeywords) -> None:
    assert_type(load(config), pd.DataFrame)
    assert_type(load(config=config, limit=3), pd.DataFrame)
    total, name = count(load(config))
    assert_type(total, int)
    assert_type(name, str)
    assert_type(count(load(config)).total, int)
    number, text = pair()
    assert_type(number, int)
    assert_type(text, str)
    assert_type(pair(2)[1], str)
    assert_type(pages(["a"]), Page[str])
    assert_type(pages(["a"], mode="some").items[0], str)
    assert_type(slow(slower(1)), int)
    assert_type(everything(1), int)
    assert_type(named(), int)
    assert_type(task(**keywords)(others.function)(1), int)


def signatures_stay() -> None:
    assert_type(bare, PythonFunctionTask[[], None])
    one: Callable[[Config], pd.DataFrame] = load
    two: Callable[[Config, int | None], pd.DataFrame] = load
    three: Callable[[int], Coroutine[Any, Any, int]] = slow.function
    four: Callable[[int], int] = slow
    five: Callable[[], tuple[int, str]] = pair.function
    del one, two, three, four, five


def tests_stand_in_for_tasks() -> None:
    with task_mock(load) as mock:
        mock.return_value = pd.DataFrame()
        assert len(load(Config(2013))) == mock.call_count
