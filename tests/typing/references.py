"""What type checkers know of what is registered elsewhere. Read, never run."""

from typing import NamedTuple, assert_type

from volant import (
    ImperativeWorkflow,
    create_node,
    reference_launch_plan,
    reference_task,
    reference_workflow,
    task,
    workflow,
)
from volant.sdk.promise import Node
from volant.testing import task_mock


class Stats(NamedTuple):
    total: int
    name: str


@task
def double(n: int) -> int:
    return 2 * n


@reference_task("project", "domain", "far.away", "v1")
def far(n: int, text: str = "") -> str:
    raise NotImplementedError


@reference_task("project", "domain", "far.slow", "v1")
async def far_slow(n: int) -> str:
    raise NotImplementedError


@reference_workflow("project", "domain", "far.flow", "v1")
def far_flow(n: int) -> tuple[int, str]:
    raise NotImplementedError


@reference_launch_plan("project", "domain", "far.plan", "v1")
def far_plan(n: int) -> Stats:
    raise NotImplementedError


@workflow
def flow(n: int) -> Stats:
    assert_type(far(n, text="x"), str)
    assert_type(far_slow(n=n), str)
    number, text = far_flow(double(n))
    assert_type(number, int)
    assert_type(text, str)
    assert_type(far_plan(n).total, int)
    create_node(far, n).runs_before(create_node(far_flow, n=n))
    return far_plan(number)


def call_by_call() -> None:
    flow = ImperativeWorkflow("made.by.hand")
    assert_type(flow.add_task(far, n=1), Node)
    assert_type(flow.add_subwf(far_flow, n=1), Node)
    assert_type(flow.add_launch_plan(far_plan, n=1), Node)


def tests_stand_in_for_them() -> None:
    with task_mock(far) as one, task_mock(far_flow) as two, task_mock(far_plan) as three:
        one.return_value, two.return_value, three.return_value = "a", (1, "b"), Stats(1, "c")
