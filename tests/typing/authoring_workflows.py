"""What type checkers know of workflows, launch plans and runs. Read, never run."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple, assert_type

from volant import (
    AuthoringError,
    Cache,
    ImperativeWorkflow,
    Input,
    Interface,
    LaunchPlan,
    PodTemplate,
    PythonTask,
    Resources,
    RunFailed,
    Workflow,
    WorkflowError,
    WorkflowFailurePolicy,
    accelerators,
    arun,
    create_node,
    run,
    task,
    workflow,
)
from volant.sdk.promise import Node, Promise


class Stats(NamedTuple):
    total: int
    name: str


@task
def double(n: int) -> int:
    return 2 * n


@task
async def add_up(numbers: list[int]) -> int:
    return sum(numbers)


@task
def describe(total: int, name: str = "all") -> Stats:
    return Stats(total, name)


@task
def quiet() -> None: ...


@task
def tidy(n: int, err: WorkflowError | None = None) -> None:
    if err is not None:
        assert_type(err.message, str)
        assert_type(err.failed_node_id, str)


@workflow(
    failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE, interruptible=True, on_failure=tidy
)
def inner(n: int, text: str = "x") -> Stats:
    numbers = [double(n), double(n=3)]
    stats = describe(add_up(numbers), name=text)
    assert_type(stats, Stats)
    assert_type(stats.total, int)
    return stats


every_day = LaunchPlan.get_or_create(inner, name="inner.daily", default_inputs={"text": "y"}, fixed_inputs={"n": 3})
usual = LaunchPlan.get_default_launch_plan(inner)
once = LaunchPlan.create(
    "inner.once",
    inner,
    labels={"team": "data"},
    annotations=None,
    max_parallelism=4,
    raw_output_data_config="s3://bucket/raw",
)


@workflow()
def outer(n: int) -> tuple[str, int]:
    total, name = inner(n)
    assert_type(total, int)
    assert_type(name, str)
    assert_type(every_day(text="z"), Stats)
    stats = inner(n, text=name)
    return stats.name, stats.total


@workflow(on_failure=inner)
def order(n: int) -> None:
    first = create_node(quiet)
    assert_type(first, Node)
    second = create_node(double, n).with_overrides(
        node_name="second",
        name="The second",
        aliases={"o0": "twice"},
        retries=2,
        timeout=timedelta(minutes=1),
        interruptible=True,
        requests=Resources(cpu="1"),
        limits=Resources(cpu="2"),
        cache=Cache(version="1"),
        container_image="python:3.11",
        shared_memory=True,
    )
    create_node(double, n).with_overrides(
        resources=Resources(mem="1Gi"),
        cache=True,
        cache_version="1",
        cache_serialize=True,
        accelerator=accelerators.T4,
        pod_template=PodTemplate(labels={"team": "data"}),
    )
    third = create_node(inner, n=n, text="x").with_overrides(node_name="third", timeout=None)
    assert_type(first >> second >> third, Node)
    assert_type(double(n) >> first, Node)
    first.runs_before(third)
    assert_type(second.outputs["o0"], Promise)
    create_node(every_day, text="x").runs_before(third)


def call_by_call() -> Node:
    flow = ImperativeWorkflow(name="made.by.hand", failure_policy=WorkflowFailurePolicy.FAIL_IMMEDIATELY)
    n = flow.add_workflow_input("n", int)
    assert_type(n, Promise)
    node = flow.add_task(double, n=n)
    assert_type(node, Node)
    assert_type(flow.inputs["n"], Promise)
    flow.add_subwf(inner, n=node.outputs["o0"])
    flow.add_launch_plan(every_day)
    flow.add_entity(double, n=1).with_overrides(retries=1)
    flow.add_on_failure_handler(tidy)
    flow.add_workflow_output("numbers", [n, node.outputs["o0"]], list[int])
    assert_type(flow.interface, Interface)
    assert_type(flow.interface.inputs["n"], Input)
    return node


def signatures_stay() -> None:
    whole: Workflow[[int], tuple[str, int]] = outer
    one: Callable[[int], tuple[str, int]] = outer
    two: Callable[[int, str], Stats] = inner
    assert_type(every_day, LaunchPlan[Stats])
    assert_type(usual(n=3), Stats)
    assert_type(once.workflow(3), Stats)
    assert_type(inner.function(3, "x"), Stats)
    part: PythonTask[[int], int] = double
    del whole, one, two, part


async def runs_give_what_the_function_returns() -> None:
    done = run(outer, n=3, name="mine", home="/tmp/volant")
    text, number = done.outputs
    assert_type(text, str)
    assert_type(number, int)
    assert_type(run(add_up, numbers=[1]).outputs, int)
    awaited = await arun(inner, n=3)
    assert_type(awaited.outputs.total, int)
    node = awaited.nodes["n0"]
    assert_type(node.is_cached, bool)
    assert_type(node.attempts, int)
    waiting: Awaitable[Any] = arun(double, n=1)
    del waiting


def failures_are_exceptions() -> str:
    try:
        run(outer, n=3)
    except RunFailed as failed:
        return f"{failed.id}: {failed.fix}"
    except AuthoringError as error:
        return error.place
    return ""
