"""Workflows with every kind of node, for the compiler to compile: `test_graphs.py` pins what becomes of each.

Volant does not author all of these yet, so `deviations.py` lists them; what counts here is what flytekit sends.
"""

import functools
from dataclasses import dataclass
from datetime import timedelta

from world import (
    LaunchPlan,
    approve,
    attempt,
    conditional,
    dynamic,
    map_task,
    shape,
    sleep,
    task,
    wait_for_input,
    workflow,
)


@dataclass
class Point:
    x: int
    y: int


@task
def inc(a: int) -> int:
    return a + 1


@task
def two(a: int, b: int) -> int:
    return a + b


@task
def flip() -> bool:
    return True


@task
def where() -> Point:
    return Point(1, 2)


@task
def word(a: int) -> str:
    return str(a)


@task
def say(text: str) -> None:
    print(text)


@task
def clean(x: int) -> None:
    print(x)


@workflow
def child(a: int, b: int = 3) -> int:
    return two(a=a, b=b)


with_default = attempt(lambda: LaunchPlan.get_or_create(child, "with_default", default_inputs={"b": 4}))
with_fixed = attempt(lambda: LaunchPlan.get_or_create(child, "with_fixed", fixed_inputs={"b": 4}))


@workflow
def chosen(x: int) -> int:
    first = inc(a=x)
    picked = (
        conditional("size")
        .if_((first > 1) & (x < 10))
        .then(inc(a=first))
        .elif_(first == 5)
        .then(two(a=first, b=x))
        .else_()
        .fail("neither")
    )
    return inc(a=picked)


@workflow
def chosen_within(x: int) -> int:
    return (
        conditional("outer")
        .if_(x > 1)
        .then(conditional("inner").if_(x > 5).then(inc(a=x)).else_().then(inc(a=2)))
        .else_()
        .then(inc(a=3))
    )


@workflow
def chosen_late(x: int) -> int:
    yes = flip()
    late = inc(a=x)
    return conditional("late").if_(yes.is_true()).then(inc(a=late)).else_().then(child(a=x, b=1))


@workflow
def chosen_by_field(x: int) -> int:
    point = where()
    return conditional("field").if_(point.x > x).then(inc(a=point.y)).else_().then(inc(a=x))


@workflow
def chosen_of_different(x: int) -> None:
    conditional("different").if_(x > 1).then(inc(a=x)).else_().then(word(a=x))


@workflow
def gated(x: int) -> int:
    given = wait_for_input("given", timeout=timedelta(hours=1), expected_type=int)
    rest = sleep(timedelta(seconds=10))
    made = inc(a=given)
    seen = approve(made, "seen", timeout=timedelta(hours=2))
    rest >> made
    return two(a=approve(seen, "seen again", timeout=timedelta(hours=2)), b=x)


@workflow
def mapped(xs: list[int], b: int) -> list[int]:
    return map_task(functools.partial(two, b=b), concurrency=2)(a=xs)


@workflow
def mapped_in_part(xs: list[int]) -> list[int | None]:
    return map_task(inc, min_success_ratio=0.5)(a=xs)


@workflow
def mapped_plan(xs: list[int]) -> list[int]:
    return map_task(with_default)(a=xs, b=xs)


@workflow
def launched(x: int) -> int:
    return two(a=with_default(a=x), b=with_fixed(a=x))


@dynamic
def unrolled(x: int) -> int:
    return inc(a=x)


@workflow
def with_dynamic(x: int) -> int:
    return inc(a=unrolled(x=x))


@workflow(on_failure=clean)
def handled(x: int) -> int:
    made = conditional("handled").if_(x == 1).then(with_fixed(a=x)).else_().then(inc(a=x))
    say(text=word(a=made))
    return made


for name, entity in (
    ("chosen", chosen),
    ("chosen within", chosen_within),
    ("chosen late", chosen_late),
    ("chosen by field", chosen_by_field),
    ("chosen of different", chosen_of_different),
    ("gated", gated),
    ("mapped", mapped),
    ("mapped in part", mapped_in_part),
    ("mapped plan", mapped_plan),
    ("launched", launched),
    ("with dynamic", with_dynamic),
    ("handled", handled),
):
    shape(name, entity)
