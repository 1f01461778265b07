"""Decorating functions: what stays, what is refused, where it is said."""

import asyncio
import datetime as dt
from typing import Any

import cloudpickle
import pytest

from volant.base.errors import UserError
from volant.sdk.decorator import task
from volant.sdk.errors import AuthoringError
from volant.sdk.resources import Resources
from volant.sdk.task import PythonFunctionTask, PythonTask


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


def test_options_are_kept_as_they_are_meant() -> None:
    made = _decorate(
        retries=3,
        timeout=90,
        cache=True,
        cache_version="2",
        cache_ignore_input_vars=["year"],
        requests=Resources(cpu=2, mem="512Mi"),
        environment={"A": "b"},
        isolation="fresh",
    )
    options = made.options
    assert (options.retries, options.timeout) == (3, dt.timedelta(seconds=90))
    assert (options.cache_version, options.cache_ignore_input_vars) == ("2", ("year",))
    assert (options.requests, options.limits) == (Resources(cpu=2, mem="512Mi"), None)
    assert (options.environment, options.isolation) == ({"A": "b"}, "fresh")


@pytest.mark.parametrize(
    ("options", "message", "fix"),
    [
        ({"retries": -1}, "retries=-1 is not possible", "write a whole number, 0 for none"),
        ({"retries": True}, "retries=True is not possible", "write a whole number, 0 for none"),
        (
            {"timeout": "5m"},
            "timeout='5m' is not possible",
            "write a timedelta, or seconds as a number; 0 for no limit",
        ),
        (
            {"timeout": dt.timedelta(seconds=-1)},
            "timeout=datetime.timedelta(days=-1, seconds=86399) is not possible",
            "write a timedelta, or seconds as a number; 0 for no limit",
        ),
        ({"cache": 1}, "cache=1 is not possible", "write True or False"),
        (
            {"cache": True},
            "cache=True needs a cache_version",
            'write cache_version="1" and change it when the same inputs shall give something new',
        ),
        (
            {"cache_version": "1"},
            "cache_version='1' does nothing without cache=True",
            "add cache=True",
        ),
        (
            {"cache": True, "cache_version": "1", "cache_ignore_input_vars": "year"},
            "cache_ignore_input_vars='year' is not possible",
            'write names of inputs, e.g. ("seed",)',
        ),
        (
            {"requests": "1Gi"},
            "requests='1Gi' is not possible",
            'write Resources(cpu="1", mem="1Gi")',
        ),
        (
            {"environment": {"A": 1}},
            "environment={'A': 1} is not possible",
            'write texts by name, e.g. {"MODE": "fast"}',
        ),
        ({"isolation": "own"}, "isolation='own' is not possible", 'write "reuse" or "fresh"'),
        ({"retry": 3}, "there is no option 'retry'", "did you mean 'retries'?"),
    ],
)
def test_a_wrong_option_is_refused_where_it_is_written(options: dict[str, Any], message: str, fix: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        _decorate(**options)
    assert str(caught.value) == f"task {__name__}.load: {message}"
    assert caught.value.fix == fix


def test_ignoring_an_input_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AuthoringError, match=r"names 'seed', which is no input") as caught:
        _decorate(cache=True, cache_version="1", cache_ignore_input_vars=("seed",))
    assert caught.value.fix == "its inputs are year"


@pytest.mark.parametrize("wrong", [{"cpu": "lots"}, {"mem": "1 GB"}, {"cpu": True}, {"mem": "-1"}])
def test_a_quantity_that_cannot_be_read_is_refused(wrong: dict[str, Any]) -> None:
    (name, value), *_ = wrong.items()
    with pytest.raises(AuthoringError) as caught:
        Resources(**wrong)
    assert str(caught.value) == f"Resources: {name}={value!r} is not a quantity"


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
