"""Decorating functions: what stays, what is refused, where it is said."""

import asyncio
import functools
from typing import Any

import cloudpickle
import pytest

from volant.base.errors import UserError
from volant.sdk.decorator import task
from volant.sdk.errors import AuthoringError
from volant.sdk.function_task import PythonFunctionTask
from volant.sdk.resources import Resources
from volant.sdk.task import PythonTask


def _decorate(**options: Any) -> Any:
    def load(year: int) -> int:
        return year

    return task(**options)(load)


def test_a_task_called_directly_is_plain_python() -> None:
    @task
    def add(a: int, b: int = 2) -> int:
        """Add."""
        return a + b

    assert add(1) == 3
    assert add(a=1, b=1) == 2
    assert add.__wrapped__ is add.function
    assert add.__doc__ == "Add."


def test_an_async_task_called_directly_returns_the_coroutine() -> None:
    @task
    async def add(a: int) -> int:
        return a + 1

    assert asyncio.run(add(1)) == 2  # type: ignore[arg-type]


def test_what_hangs_on_a_function_changes_nothing_of_its_task() -> None:
    def load() -> int:
        return 1

    load.name = load.options = "mine"  # type: ignore[attr-defined]
    assert task(load).name == f"{__name__}.load"
    assert task(load).options.retries == 0


def test_a_decorated_function_is_found_where_its_author_wrote_it() -> None:
    def load() -> int:
        return 1

    @functools.wraps(load)
    def wrapper() -> int:
        return load()

    assert task(wrapper).place == f"{__file__}:{load.__code__.co_firstlineno}"


def test_only_functions_can_be_tasks() -> None:
    with pytest.raises(AuthoringError, match="is not a function"):
        task(len)
    with pytest.raises(AuthoringError, match="is not a function"):
        task(task_config=None)(Resources)


class _Spark:
    def __init__(self, executors: int) -> None:
        self.executors = executors


class _SparkTask(PythonFunctionTask[..., Any]):
    task_type = "spark"

    def get_custom(self, settings: object) -> dict[str, Any]:
        return {"executors": self.task_config.executors}  # type: ignore[attr-defined]


def test_a_config_class_picks_the_class_of_the_task() -> None:
    _SparkTask.bind(_Spark)
    _SparkTask.bind(_Spark)  # importing the plugin twice is harmless

    made = _decorate(task_config=_Spark(3), retries=1)

    assert type(made) is _SparkTask
    assert (made.task_type, made.get_custom(None)) == ("spark", {"executors": 3})
    assert made.options.retries == 1


def test_a_config_class_nobody_bound_is_refused() -> None:
    with pytest.raises(AuthoringError, match="no kind of task is bound to dict") as caught:
        _decorate(task_config={"executors": 3})
    assert "import the package that binds it" in caught.value.fix


def test_a_config_class_can_be_bound_once_only() -> None:
    class Other(PythonFunctionTask[..., Any]):
        task_type = "other"

    _SparkTask.bind(_Spark)
    with pytest.raises(AuthoringError, match="_Spark is bound to"):
        Other.bind(_Spark)


class _Query(PythonTask[..., Any]):
    task_type = "query"

    def __init__(self, name: str) -> None:
        super().__init__(name, retries=2)


def test_a_task_without_a_function_is_named_after_where_it_is_made() -> None:
    made = _Query("totals")

    assert (made.name, made.task_type, made.options.retries) == (f"{__name__}.totals", "query", 2)
    assert made.place.startswith(__file__)
    with pytest.raises(UserError, match="a 'query' task runs in the engine only"):
        made()


def test_a_task_without_a_type_is_refused() -> None:
    with pytest.raises(AuthoringError, match="has no task_type"):
        PythonTask("nameless")


def test_a_task_typed_into_a_notebook_survives_a_pickle() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    source = """
from volant import task, workflow
@task(retries=2)
def double(n: int) -> int:
    return 2 * n
@workflow
def flow(n: int) -> int:
    return double(n)
flow(1)
"""
    exec(source, names)

    copy = cloudpickle.loads(cloudpickle.dumps({"double": names["double"], "flow": names["flow"]}))

    assert copy["flow"](n=3) == 6
    assert copy["flow"].traced.nodes[0].entity is copy["double"]
    assert copy["double"].options.retries == 2
