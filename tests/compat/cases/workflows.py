"""Workflows, imperative workflows, launch plans and references."""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from world import (
    LaunchPlan,
    Resources,
    WorkflowError,
    WorkflowFailurePolicy,
    attempt,
    choose,
    create_node,
    reference_launch_plan,
    reference_task,
    shape,
    task,
    workflow,
)

ImperativeWorkflow = choose(
    flytekit=lambda: __import__("flytekit.core.workflow", fromlist=["x"]).ImperativeWorkflow,
    volant=lambda: __import__("volant.sdk.imperative", fromlist=["x"]).ImperativeWorkflow,
)


def labels(texts: dict[str, str]) -> Any:
    # Volant takes the texts themselves.
    return choose(flytekit=lambda: __import__("flytekit").Labels(texts), volant=lambda: texts)


def annotations(texts: dict[str, str]) -> Any:
    return choose(flytekit=lambda: __import__("flytekit").Annotations(texts), volant=lambda: texts)


def raw_data(uri: str) -> Any:
    models = "flytekit.models.common"
    return choose(flytekit=lambda: __import__(models, fromlist=["x"]).RawOutputDataConfig(uri), volant=lambda: uri)


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


@dataclass
class Config:
    rate: float = 0.5
    names: list[str] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)


class Stats(NamedTuple):
    total: int
    name: str


class One(NamedTuple):
    total: int


@task
def one(n: int = 1) -> int:
    return n


@task
def stats(a: int, b: int) -> Stats:
    return Stats(a + b, "x")


@task
def single() -> One:
    return One(1)


@task
def pair() -> tuple[int, str]:
    return 1, "x"


@task
def quiet() -> None: ...


@task
def text(s: str) -> str:
    return s


@task
def many(ns: list[int], by: dict[str, int]) -> int:
    return sum(ns) + sum(by.values())


@task
def nested(ns: list[list[int]], by: dict[str, list[int]]) -> int:
    return len(ns) + len(by)


@task
def configured(config: Config) -> Config:
    return config


@task
def maybe(n: Optional[int] = None, s: Optional[str] = "x") -> Optional[int]:
    return n


@task
def tidy(n: int, err: Optional[WorkflowError] = None) -> None: ...


CONFIG = Config(0.1, ["a"])


@workflow
def nothing_in_nothing_out() -> None:
    quiet()


shape("nothing in, nothing out", nothing_in_nothing_out)


@workflow
def keyword(n: int) -> int:
    return one(n=n)


shape("one input, one output", keyword)


@workflow
def defaults_of_tasks() -> int:
    return one()


shape("a default of a task", defaults_of_tasks)


@workflow
def with_defaults(
    n: int = 3,
    x: float = 0.5,
    s: str = "a",
    flag: bool = True,
    day: dt.datetime = dt.datetime(2024, 1, 31, tzinfo=dt.UTC),
    span: dt.timedelta = dt.timedelta(minutes=5),
    mood: Mood = Mood.GOOD,
    config: Config = CONFIG,
    maybe_n: Optional[int] = None,
) -> int:
    return one(n=n)


shape("defaults of many types", with_defaults)


@workflow
def named(a: int) -> Stats:
    total, name = stats(a=a, b=2)
    return Stats(total, name)


shape("a NamedTuple of outputs", named)


@workflow
def named_by_name(a: int) -> Stats:
    out = stats(a=a, b=2)
    return Stats(total=out.total, name=out.name)


shape("outputs by name", named_by_name)


@workflow
def passes_all_on(a: int) -> Stats:
    return stats(a=a, b=2)


shape("all outputs passed on", passes_all_on)


@workflow
def one_named() -> One:
    return One(single().total)


shape("a NamedTuple of one", one_named)


@workflow
def tuple_out() -> tuple[int, str]:
    number, letter = pair()
    return number, letter


shape("a tuple of outputs", tuple_out)


@workflow
def input_out(n: int, s: str) -> tuple[str, int]:
    quiet()
    return s, n


shape("inputs returned", input_out)


@workflow
def constants_out() -> tuple[int, str]:
    quiet()
    return 3, "x"


shape("constants returned", constants_out)


@workflow
def list_out(n: int) -> list[int]:
    return [one(n=n), n, 3]


shape("a list of promises, inputs and values returned", list_out)


@workflow
def dict_out(n: int) -> dict[str, int]:
    return {"b": one(n=n), "a": 3}


shape("a dict returned", dict_out)


@workflow
def nested_out(n: int) -> dict[str, list[int]]:
    return {"a": [one(n=n), n], "b": []}


shape("nested lists returned", nested_out)


@workflow
def mixed(n: int) -> int:
    return many(ns=[one(n=n), 2, n], by={"x": one(n=5), "y": 6})


shape("lists and dicts mix promises and values", mixed)


@workflow
def deep(n: int) -> int:
    return nested(ns=[[one(n=n)], [1, 2]], by={"a": [n]})


shape("nested lists and dicts as arguments", deep)


@workflow
def below(config: Config, more: dict[str, Config]) -> tuple[float, str, int, float]:
    made = configured(config=config)
    return config.rate, text(s=made.names[1]), one(n=config.limits["a"]), more["x"].rate


shape("fields and items of promises", below)


@workflow
def optional(n: Optional[int]) -> Optional[int]:
    maybe()
    maybe(n=None)
    maybe(n=3, s=None)
    return maybe(n=n)


shape("optional inputs", optional)


@workflow
def constant_dataclass() -> Config:
    return configured(config=Config(2.0, ["a", "b"], {"x": 1}))


shape("a dataclass as a constant", constant_dataclass)


@workflow
def ordered() -> int:
    first = one(n=1)
    second = one(n=2)
    third = quiet()
    first >> second
    second >> third
    return first


shape("one after the other", ordered)


@workflow
def chained() -> None:
    a = quiet()
    b = quiet()
    c = quiet()
    a >> b >> c


shape("a chain of >>", chained)


@workflow
def by_nodes() -> int:
    first = create_node(quiet)
    last = create_node(one, n=4)
    first.runs_before(last)
    return last.o0


shape("create_node", by_nodes)


@workflow
def by_outputs() -> int:
    node = create_node(pair)
    return node.outputs["o0"]


shape("outputs of a node", by_outputs)


@workflow
def changed(n: int) -> int:
    """What nodes may say of themselves."""
    first = one(n=n).with_overrides(node_name="first", name="the first", retries=3)
    second = one(n=first).with_overrides(timeout=dt.timedelta(minutes=2), interruptible=True)
    return one(n=second).with_overrides(requests=Resources(cpu="1"), limits=Resources(cpu="2", mem="1Gi"))


shape("overrides", changed)


@workflow
def inner(n: int = 3, m: Optional[int] = None) -> int:
    """Inner.

    Args:
        n: How many.

    Returns:
        int: What comes out.
    """
    return one(n=n)


@workflow
def outer(n: int) -> int:
    inner()
    return inner(n=inner(n=n))


shape("sub-workflows", outer)


@workflow(interruptible=True)
def interruptible_inner(n: int) -> int:
    return one(n=n)


@workflow(interruptible=True, failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def options(n: int) -> int:
    return interruptible_inner(n=n).with_overrides(name="within", retries=2)


shape("options of a workflow", options)


@workflow(on_failure=tidy)
def failing(n: int) -> int:
    return one(n=n)


shape("a failure handler", failing)


@workflow
def tidy_flow(n: int, err: Optional[WorkflowError] = None) -> None:
    one(n=n)


@workflow(on_failure=tidy_flow)
def failing_with_flow(n: int) -> int:
    return one(n=n)


shape("a workflow as a failure handler", failing_with_flow)


@workflow
def documented(n: int, config: Config) -> tuple[int, float]:
    """Everything said.

    More of it.

    Args:
        n: How many.
        config: How
            it is done.

    Returns:
        What comes out.
    """
    return one(n=n), config.rate


shape("docs in Google's way", documented)


@workflow
def documented_numpy(n: int) -> Stats:
    """Everything said.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    total : int
        The total
        of all.
    name : str
        The name.
    """
    return stats(a=n, b=n)


shape("docs in NumPy's way", documented_numpy)


@workflow
def documented_sphinx(n: int) -> Stats:
    """Everything said.

    :param n: How many.
    :return: Both of them,
        in order.
    """
    return stats(a=n, b=n)


shape("docs in Sphinx's way", documented_sphinx)


@shape
def an_imperative_workflow():
    flow = ImperativeWorkflow(name="imperative.first")
    flow.add_workflow_input("in1", int)
    node = flow.add_entity(one, n=flow.inputs["in1"])
    flow.add_entity(quiet)
    flow.add_workflow_output("out", node.outputs["o0"])
    return flow


@shape
def an_imperative_workflow_with_everything():
    policy = WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE
    flow = ImperativeWorkflow(name="imperative.second", failure_policy=policy, interruptible=True)
    n = flow.add_workflow_input("n", int)
    first = flow.add_task(pair)
    flow.add_task(many, ns=[n, first.outputs["o0"], 3], by={"a": n})
    second = flow.add_subwf(inner, n=first.outputs["o0"])
    third = flow.add_launch_plan(LaunchPlan.get_or_create(inner, "imperative-plan"), n=second.outputs["o0"])
    flow.add_on_failure_handler(tidy)
    flow.add_workflow_output("first", first.outputs["o1"])
    flow.add_workflow_output("all", [second.outputs["o0"], third.outputs["o0"]], python_type=list[int])
    flow.add_workflow_output("by_name", {"n": second.outputs["o0"]}, python_type=dict[str, int])
    return flow


imperative_inner = attempt(lambda: ImperativeWorkflow(name="imperative.inner"))
attempt(lambda: imperative_inner.add_workflow_input("n", int))
attempt(
    lambda: imperative_inner.add_workflow_output(
        "out", imperative_inner.add_entity(one, n=imperative_inner.inputs["n"]).outputs["o0"]
    )
)


@workflow
def calls_imperative(n: int) -> int:
    return one(n=imperative_inner(n=n))


shape("an imperative workflow within another", calls_imperative)

shape("the default launch plan", attempt(lambda: LaunchPlan.get_or_create(with_defaults)))
shape("a launch plan with a name", attempt(lambda: LaunchPlan.get_or_create(outer, "named")))
shape(
    "a launch plan with defaults and fixed inputs",
    attempt(lambda: LaunchPlan.get_or_create(inner, "preset", default_inputs={"n": 7}, fixed_inputs={"m": 5})),
)
shape(
    "a launch plan that fixes what it sets",
    attempt(lambda: LaunchPlan.create("both", inner, default_inputs={"n": 7}, fixed_inputs={"n": 8})),
)
shape(
    "a launch plan with all options",
    attempt(
        lambda: LaunchPlan.create(
            "optional",
            with_defaults,
            default_inputs={"config": Config(9.0), "mood": Mood.BAD},
            fixed_inputs={"span": dt.timedelta(days=1), "maybe_n": 4},
            labels=labels({"team": "data"}),
            annotations=annotations({"note": "none"}),
            max_parallelism=7,
            raw_output_data_config=raw_data("s3://bucket/prefix"),
        )
    ),
)

plan_of_inner = attempt(
    lambda: LaunchPlan.get_or_create(inner, "called", default_inputs={"n": 7}, fixed_inputs={"m": 5})
)


@workflow
def launches(n: int) -> int:
    plan_of_inner()
    return plan_of_inner(n=n).with_overrides(node_name="launched")


shape("launch plans called in a body", launches)


@reference_task(project="other", domain="production", name="far.task", version="v7")
def far_task(n: int) -> Stats: ...


@reference_launch_plan(project="other", domain="production", name="far.plan", version="v7")
def far_plan(n: int) -> str: ...


@workflow
def refers(n: int) -> str:
    out = far_task(n=n)
    return far_plan(n=out.total).with_overrides(node_name="far")


shape("references", refers)
