"""Tasks with their options, and workflows: chains, fans, names, fields, order, sub-workflows, defaults, failure."""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import NamedTuple, Optional, Union

from world import Resources, WorkflowError, WorkflowFailurePolicy, create_node, shape, task, workflow


class Mode(enum.Enum):
    FAST = "fast"
    SLOW = "slow"


@dataclass
class Inner:
    name: str = "inner"
    sizes: list[int] = field(default_factory=list)


@dataclass
class Config:
    rate: float = 0.5
    inner: Inner = field(default_factory=Inner)
    by_name: dict[str, int] = field(default_factory=dict)


class Stats(NamedTuple):
    total: int
    mean: float


class Single(NamedTuple):
    only: str


# --- tasks -----------------------------------------------------------------------------------------------------------


@task
def double(x: int) -> int:
    """Twice x."""
    return 2 * x


@task
def nothing():
    pass


@task
def source() -> int:
    return 1


@task
def sink(x: int):
    pass


@task
def add(x: int, y: int = 2) -> int:
    return x + y


@task
def pair(x: int) -> tuple[int, str]:
    return x, str(x)


@task
def stats(values: list[int]) -> Stats:
    return Stats(sum(values), 0.0)


@task
def single() -> Single:
    return Single("a")


@task
def many_types(
    a: int, b: float, c: str, d: bool, e: dt.datetime, f: dt.timedelta, g: list[str], h: dict[str, int],
    i: Optional[int], j: Union[int, str], k: Mode, m: Config,
) -> dict[str, list[float]]:  # fmt: skip
    return {}


@task
def many_defaults(
    a: int = 1, b: float = 0.5, c: str = "c", d: bool = True, f: dt.timedelta = dt.timedelta(seconds=3),
    i: Optional[int] = None, k: Mode = Mode.FAST,
) -> None:  # fmt: skip
    pass


@task
def documented(rate: float, name: str = "n") -> str:
    """Make a text.

    More about it.

    Args:
        rate: How fast.
        name: Of whom.

    Returns:
        A text.
    """
    return name


@task(retries=3)
def with_retries(x: int) -> int:
    return x


@task(timeout=dt.timedelta(minutes=5))
def with_timeout(x: int) -> int:
    return x


@task(timeout=90)
def with_timeout_in_seconds(x: int) -> int:
    return x


@task(cache=True, cache_version="1.0")
def with_cache(x: int) -> int:
    return x


@task(cache=True, cache_version="2", cache_serialize=True, cache_ignore_input_vars=("y",))
def with_serialized_cache(x: int, y: int) -> int:
    return x


@task(interruptible=True)
def can_be_interrupted(x: int) -> int:
    return x


@task(interruptible=False)
def cannot_be_interrupted(x: int) -> int:
    return x


@task(requests=Resources(cpu="1", mem="500Mi"))
def with_requests(x: int) -> int:
    return x


@task(requests=Resources(cpu="500m", mem="1Gi"), limits=Resources(cpu="2", mem="2Gi"))
def with_requests_and_limits(x: int) -> int:
    return x


@task(limits=Resources(mem="2Gi"))
def with_a_limit(x: int) -> int:
    return x


@task(requests=Resources(cpu=2, mem=1024))
def with_resources_as_numbers(x: int) -> int:
    return x


@task(environment={"B": "2", "A": "1", "EMPTY": ""})
def with_environment(x: int) -> int:
    return x


@task(retries=1, timeout=10, cache=True, cache_version="x", interruptible=True, environment={"A": "b"},
      requests=Resources(cpu="1"), limits=Resources(cpu="1"))  # fmt: skip
def with_everything(x: int, config: Config) -> tuple[int, Config]:
    return x, config


@task
async def asynchronous(x: int) -> int:
    return x


@task
def make_config(rate: float) -> Config:
    return Config(rate)


@task
def use_inner(inner: Inner, rate: float) -> str:
    return inner.name


@task
def name_of(name: str) -> int:
    return 1


@task
def listed(n: int) -> list[int]:
    return [n]


@task
def mapped(n: int) -> dict[str, int]:
    return {"n": n}


@task
def deep(n: int) -> dict[str, list[Inner]]:
    return {}


@task
def maybe(x: Optional[int] = None) -> Optional[int]:
    return x


@task
def either(x: Union[int, str]) -> Union[int, str]:
    return x


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def merged(values: dict[str, int]) -> int:
    return 0


@task
def nested_lists(values: list[list[int]]) -> int:
    return 0


@task
def choose_mode(mode: Mode, at: dt.datetime, wait: dt.timedelta) -> str:
    return mode.value


@task
def clean_up(x: int, err: Optional[WorkflowError] = None) -> None:
    pass


@task
def clean_up_alone() -> None:
    pass


for _name, _task in {
    "a task of one input": double, "a task of nothing": nothing, "a task without inputs": source,
    "a task without outputs": sink, "a task with a default": add, "a task of two outputs": pair,
    "a task of named outputs": stats, "a task of one named output": single, "a task of many types": many_types,
    "a task of many defaults": many_defaults, "a documented task": documented, "retries": with_retries,
    "a timeout": with_timeout, "a timeout in seconds": with_timeout_in_seconds, "a cache": with_cache,
    "a serialized cache that ignores an input": with_serialized_cache, "interruptible": can_be_interrupted,
    "not interruptible": cannot_be_interrupted, "requests": with_requests,
    "requests and limits": with_requests_and_limits, "a limit alone": with_a_limit,
    "resources as numbers": with_resources_as_numbers, "an environment": with_environment,
    "a task with everything": with_everything, "an async task": asynchronous,
}.items():  # fmt: skip
    shape(_name, _task)


# --- workflows -------------------------------------------------------------------------------------------------------


@workflow
def chain(x: int) -> int:
    """Three in a row."""
    return double(x=double(x=double(x=x)))


@workflow
def constants() -> int:
    return add(x=add(x=3), y=4)


@workflow
def empty():
    pass


@workflow
def no_outputs(x: int):
    sink(x=double(x=x))


@workflow
def fan_out_and_in(x: int) -> int:
    return total(values=[double(x=x), double(x=3), add(x=x, y=x)])


@workflow
def diamond(x: int) -> int:
    top = double(x=x)
    left = double(x=top)
    right = add(x=top)
    return add(x=left, y=right)


@workflow
def same_input_twice(x: int) -> int:
    once = double(x=x)
    return add(x=once, y=once)


@workflow
def into_a_dict(x: int) -> int:
    return merged(values={"b": double(x=x), "a": 1, "c": x})


@workflow
def into_nested_lists(x: int) -> int:
    return nested_lists(values=[[double(x=x), 1], [], [x]])


@workflow
def two_outputs(x: int) -> tuple[int, str]:
    number, text = pair(x=x)
    return number, text


@workflow
def swapped_outputs(x: int) -> tuple[str, int]:
    number, text = pair(x=x)
    return text, number


@workflow
def named_outputs(x: int) -> Stats:
    found = stats(values=[x])
    return Stats(found.total, found.mean)


@workflow
def named_output_used(x: int) -> int:
    return double(x=stats(values=[x, x]).total)


@workflow
def one_named_output() -> Single:
    return Single(single().only)


@workflow
def outputs_from_inputs(x: int, y: str) -> tuple[int, str]:
    return x, y


@workflow
def attribute_of_output(rate: float) -> str:
    config = make_config(rate=rate)
    return use_inner(inner=config.inner, rate=config.rate)


@workflow
def deep_attribute(rate: float) -> int:
    return name_of(name=make_config(rate=rate).inner.name)


@workflow
def item_of_list(n: int) -> int:
    return add(x=listed(n=n)[0], y=listed(n=n)[1])


@workflow
def item_of_dict(n: int) -> int:
    return double(x=mapped(n=n)["n"])


@workflow
def mixed_path(n: int) -> int:
    return name_of(name=deep(n=n)["a"][0].name)


@workflow
def attribute_of_input(config: Config) -> int:
    return name_of(name=config.inner.name)


@workflow
def attribute_as_output(rate: float) -> float:
    return make_config(rate=rate).rate


@workflow
def ordered():
    first = create_node(nothing)
    second = create_node(nothing)
    third = create_node(nothing)
    first >> second
    second >> third


@workflow
def ordered_results(x: int) -> int:
    first = double(x=x)
    second = double(x=x)
    first >> second
    return second


@workflow
def ordered_after_several(x: int):
    first = sink(x=x)
    second = sink(x=x)
    last = sink(x=double(x=x))
    first >> last
    second >> last


@workflow
def node_outputs(x: int) -> int:
    node = create_node(double, x=x)
    return node.o0


@workflow
def of_sub_workflow(x: int) -> int:
    return chain(x=double(x=x))


@workflow
def sub_workflow_twice(x: int) -> int:
    return add(x=chain(x=x), y=chain(x=3))


@workflow
def sub_workflows_three_deep(x: int) -> int:
    return of_sub_workflow(x=sub_workflow_twice(x=x))


@workflow
def sub_workflow_named_outputs(x: int) -> int:
    return double(x=named_outputs(x=x).total)


@workflow
def with_defaults(x: int = 3, name: str = "n", rate: float = 0.5) -> int:
    return double(x=x)


@workflow
def sub_workflow_with_defaults() -> int:
    return with_defaults()


@workflow
def default_of_a_dataclass(config: Config = Config()) -> int:  # noqa: B008 - never changed
    return name_of(name=config.inner.name)


@workflow
def constants_of_many_types() -> str:
    return choose_mode(mode=Mode.SLOW, at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC), wait=dt.timedelta(hours=1))


@workflow
def constant_dataclass() -> int:
    use_inner(inner=Inner("n", [1]), rate=1.0)
    return 3


@workflow
def optional_given() -> Optional[int]:
    return maybe(x=3)


@workflow
def optional_left_out() -> Optional[int]:
    return maybe()


@workflow
def optional_passed_on(x: Optional[int]) -> Optional[int]:
    return maybe(x=x)


@workflow
def union_given(y: str) -> Union[int, str]:
    either(x=y)
    either(x=double(x=1))
    return either(x="a")


@workflow
def constant_output(x: int) -> tuple[int, str]:
    return double(x=x), "done"


@workflow
def constant_list() -> int:
    return total(values=[1, 2, 3])


@workflow
def list_output(x: int) -> list[int]:
    return [double(x=x), 3]


@workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def carries_on(x: int) -> int:
    return double(x=x)


@workflow(interruptible=True)
def interruptible(x: int) -> int:
    return double(x=can_be_interrupted(x=cannot_be_interrupted(x=x)))


@workflow(on_failure=clean_up)
def with_failure_node(x: int) -> int:
    return double(x=x)


@workflow(on_failure=clean_up_alone)
def with_failure_node_of_nothing(x: int) -> int:
    return double(x=x)


@workflow
def inherits_options(x: int) -> int:
    return with_everything(x=with_retries(x=with_timeout(x=x)), config=Config())[0]


@workflow
def caching_tasks(x: int) -> int:
    return with_cache(x=with_serialized_cache(x=x, y=x))


@workflow
def override_name(x: int) -> int:
    return double(x=x).with_overrides(name="renamed")


@workflow
def override_node_name(x: int) -> int:
    first = double(x=x).with_overrides(node_name="first")
    return double(x=first).with_overrides(node_name="last-one")


@workflow
def override_retries_and_timeout(x: int) -> int:
    first = double(x=x).with_overrides(retries=4, timeout=dt.timedelta(seconds=30))
    return with_timeout(x=first).with_overrides(timeout=60)


@workflow
def override_interruptible(x: int) -> int:
    return can_be_interrupted(x=x).with_overrides(interruptible=False)


@workflow
def override_resources(x: int) -> int:
    first = double(x=x).with_overrides(requests=Resources(cpu="2", mem="1Gi"), limits=Resources(cpu="4", mem="2Gi"))
    return with_requests(x=first).with_overrides(limits=Resources(mem="4Gi"))


@workflow
def override_cache(x: int) -> int:
    return with_cache(x=x).with_overrides(cache=True, cache_version="9", cache_serialize=True)


@workflow
def override_of_several_outputs(x: int) -> int:
    number, _text = pair(x=x).with_overrides(retries=2)
    return number


@workflow
def override_of_a_sub_workflow(x: int) -> int:
    return chain(x=x).with_overrides(name="inner", retries=1)


@workflow
def eleven_nodes(x: int) -> int:
    for _ in range(11):
        x = double(x=x)
    return x


for _workflow in (
    chain, constants, empty, no_outputs, fan_out_and_in, diamond, same_input_twice, into_a_dict, into_nested_lists,
    two_outputs, swapped_outputs, named_outputs, named_output_used, one_named_output, outputs_from_inputs,
    attribute_of_output, deep_attribute, item_of_list, item_of_dict, mixed_path, attribute_of_input,
    attribute_as_output, ordered, ordered_results, ordered_after_several, node_outputs, of_sub_workflow,
    sub_workflow_twice, sub_workflows_three_deep, sub_workflow_named_outputs, with_defaults,
    sub_workflow_with_defaults, default_of_a_dataclass, constants_of_many_types, constant_dataclass, optional_given,
    optional_left_out, optional_passed_on, union_given, constant_output, constant_list, list_output, carries_on,
    interruptible, with_failure_node, with_failure_node_of_nothing, inherits_options, caching_tasks, override_name,
    override_node_name, override_retries_and_timeout, override_interruptible, override_resources, override_cache,
    override_of_several_outputs, override_of_a_sub_workflow, eleven_nodes,
):  # fmt: skip
    shape(getattr(_workflow, "name", repr(_workflow)).rpartition(".")[2].replace("_", " "), _workflow)
