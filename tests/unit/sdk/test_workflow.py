"""Tracing bodies, and calling workflows directly."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import cloudpickle
import pytest

from volant.sdk.errors import AuthoringError, WorkflowError
from volant.sdk.problems import collecting
from volant.sdk.promise import result_of
from volant.sdk.workflow import Workflow

Load = Callable[[str], ModuleType]

TASKS = """
class Stats(NamedTuple):
    total: int
    name: str

@dataclass
class Config:
    rate: float
    names: list[str]
    limits: dict[str, int]

@task
def one(n: int = 1) -> int:
    return n

@task
def stats(a: int, b: int) -> Stats:
    return Stats(a + b, f"{a}+{b}")

@task
def pair() -> tuple[int, str]:
    return 1, "x"

@task
def quiet() -> None:
    log.append("quiet")

@task
def text(s: str) -> str:
    log.append(s)
    return s

@task
def many(ns: list[int], by: dict[str, int]) -> int:
    return sum(ns) + sum(by.values())

log = []
"""


def _flow(load: Load, source: str) -> tuple[Workflow[..., Any], ModuleType]:
    module = load(TASKS + source)
    return module.flow, module


def test_a_body_is_traced_once_and_not_at_import(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@workflow
def flow() -> int:
    log.append("body")
    return one()
""",
    )
    assert module.log == []
    assert flow.traced is flow.traced
    assert flow() == 1
    assert module.log == ["body"]


def test_calls_become_nodes_in_their_order(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@workflow
def flow(n: int) -> str:
    first = one(n)
    out = stats(a=first, b=one())
    return out.name
""",
    )
    nodes = flow.traced.nodes
    assert [(each.id, each.entity.short_name) for each in nodes] == [("n0", "one"), ("n1", "one"), ("n2", "stats")]
    assert nodes[1].arguments == {"n": 1}
    assert repr(nodes[2].arguments["a"]) == "<promise of n0.o0>"
    assert repr(flow.traced.outputs["o0"]) == "<promise of n2.name>"
    assert re.search(r"user_\d+\.py:\d+$", nodes[2].place)
    assert flow(n=3) == "3+1"


def test_a_direct_call_runs_tasks_as_plain_python_in_the_order_asked_for(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@workflow
def flow() -> tuple[int, str]:
    last = text("last")
    first = quiet()
    middle = text("middle").with_overrides(retries=2)
    first >> middle >> last
    number, letter = pair()
    return number, letter
""",
    )
    assert flow() == (1, "x")
    assert module.log == ["quiet", "middle", "last"]


def test_named_outputs_come_back_as_their_tuple(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@workflow
def inner(a: int) -> Stats:
    return stats(a=a, b=10)

@workflow
def flow(a: int) -> Stats:
    total, name = inner(a)
    return Stats(total, name)
""",
    )
    assert flow(1) == module.Stats(11, "1+10")
    assert flow.traced.nodes[0].entity is module.inner


def test_fields_and_items_of_promises_can_be_passed_on(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@workflow
def flow(config: Config) -> tuple[float, str, int]:
    return config.rate, text(config.names[1]), one(config.limits["a"])
""",
    )
    assert repr(flow.traced.nodes[1].arguments["n"]) == "<promise of config.limits.a>"
    assert flow(module.Config(0.5, ["x", "y"], {"a": 7})) == (0.5, "y", 7)


def test_lists_and_dicts_may_mix_promises_and_values(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@workflow
def flow(n: int) -> int:
    return many(ns=[one(), 2, n], by={"x": one(5), "y": 6})
""",
    )
    assert flow(3) == 1 + 2 + 3 + 5 + 6


def test_async_tasks_are_awaited_in_a_direct_call(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@task
async def slow(n: int) -> int:
    return n + 1

@workflow
def flow(n: int) -> int:
    return slow(slow(n))
""",
    )
    assert flow(1) == 3


async def _call_in_a_loop(flow: Any) -> Any:
    return flow(1)


def test_async_tasks_are_awaited_where_a_loop_runs_already(load: Load) -> None:
    import asyncio

    flow, _ = _flow(
        load,
        """
@task
async def slow(n: int) -> int:
    return n + 1

@workflow
def flow(n: int) -> int:
    return slow(n)
""",
    )
    assert asyncio.run(_call_in_a_loop(flow)) == 2


def test_the_failure_handler_gets_inputs_and_error_and_the_error_goes_on(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@task
def tidy(n: int, err: WorkflowError | None = None) -> None:
    log.append((n, err))

@task
def broken(n: int) -> int:
    raise ValueError("no luck")

@workflow(on_failure=tidy)
def flow(n: int) -> int:
    return broken(n)
""",
    )
    with pytest.raises(ValueError, match="no luck"):
        flow(3)
    assert module.log == [(3, WorkflowError("ValueError: no luck", "n0"))]
    assert flow.traced.failure_node is not None
    assert flow.traced.failure_node.id == "fn0"


def test_create_node_gives_a_node_for_order_and_overrides(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@workflow
def flow() -> int:
    b = create_node(text, s="b")
    a = create_node(text, s="a").with_overrides(node_name="first")
    a >> b
    return create_node(one, 4).o0
""",
    )
    assert flow() == 4
    assert module.log == ["a", "b"]
    assert [each.id for each in flow.traced.nodes] == ["n0", "first", "n2"]


@pytest.mark.parametrize(
    ("line", "what", "why"),
    [
        ("if n: pass", "asking whether it is true", "n is a promise of int, not yet a value"),
        ("n + 1", "arithmetic", "n is a promise of int, not yet a value"),
        ("2 * n", "arithmetic", "n is a promise of int, not yet a value"),
        ("n == 3", "comparing", "n is a promise of int, not yet a value"),
        ("len(config.names)", "asking for its length", "config.names is a promise of list[str], not yet a value"),
        ("list(config.names)", "going through its items", "config.names is a promise of list[str], not yet a value"),
        ("f'{n}'", "formatting", "n is a promise of int, not yet a value"),
        ("range(n)", "making a number of it", "n is a promise of int, not yet a value"),
        (
            "'x' in config.limits",
            "asking what is in it",
            "config.limits is a promise of dict[str, int], not yet a value",
        ),
        ("config.names.append", "taking .append", "config.names is a promise of list[str], not yet a value"),
        ("config.limits.get('a')", "calling a method", "config.limits.get is a promise of int, not yet a value"),
        ("config.rate = 1", "setting .rate", "config is a promise of Config, not yet a value"),
    ],
)
def test_a_promise_where_a_value_is_needed_is_refused_at_its_line(load: Load, line: str, what: str, why: str) -> None:
    flow, module = _flow(
        load,
        f"""
@workflow
def flow(n: int, config: Config) -> int:
    {line}
    return one(n)
""",
    )
    with pytest.raises(AuthoringError) as caught:
        _ = flow.traced
    place = f"{module.__file__}:{flow.function.__code__.co_firstlineno + 2}"
    assert str(caught.value) == f"{place}: workflow {flow.name}: {what} is not possible here: {why}"
    assert caught.value.fix == "a workflow's body is traced once, before any task runs: do this in a task"


@pytest.mark.parametrize(
    ("call", "message", "fix"),
    [
        ("stats(1, bb=1)", "there is no input 'bb'", "did you mean 'b'?"),
        ("one(colour=1)", "there is no input 'colour'", "it takes n"),
        ("one(1, 2)", "2 arguments were given, it takes n", "leave the last one out"),
        ("one(1, n=2)", "'n' was given twice", "leave one out"),
        ("stats(1)", "the input 'b' is missing", "pass b=…"),
    ],
)
def test_arguments_that_do_not_bind_are_refused_at_the_call(load: Load, call: str, message: str, fix: str) -> None:
    flow, module = _flow(
        load,
        f"""
@workflow
def flow() -> int:
    return {call}
""",
    )
    with pytest.raises(AuthoringError) as caught:
        _ = flow.traced
    place = f"{module.__file__}:{flow.function.__code__.co_firstlineno + 2}"
    name = call.partition("(")[0]
    owner = f"workflow {flow.name}, node n0 ({module.__name__}.{name})"
    assert str(caught.value) == f"{place}: {owner}: {message}"
    assert caught.value.fix == fix


@pytest.mark.parametrize(
    ("returns", "result", "message"),
    [
        ("None", "one()", "it returns <promise of n0.o0>, but is annotated to return nothing"),
        ("Stats", "one()", "it returns <promise of n0.o0>, its annotation says total and name"),
        ("tuple[int, int, int]", "(one(), one())", "it returns 2 values, its annotation says o0, o1 and o2"),
    ],
)
def test_a_body_must_return_what_it_declares(load: Load, returns: str, result: str, message: str) -> None:
    flow, _ = _flow(
        load,
        f"""
@workflow
def flow() -> {returns}:
    return {result}
""",
    )
    with pytest.raises(AuthoringError) as caught:
        _ = flow.traced
    assert str(caught.value).endswith(f"workflow {flow.name}: {message}")


def test_a_failure_handler_with_inputs_of_its_own_is_refused(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@workflow(on_failure=stats)
def flow(a: int) -> int:
    return one(a)
""",
    )
    with pytest.raises(AuthoringError, match="has the input 'b', which the workflow has not") as caught:
        _ = flow.traced
    assert caught.value.fix == (
        "give the workflow an input 'b', or 'b' a default; the error comes as err: WorkflowError | None"
    )


@pytest.mark.parametrize(
    ("option", "fix"),
    [
        ("failure_policy=1", "use a member of WorkflowFailurePolicy"),
        ("interruptible='yes'", "write True or False"),
        ("on_failure=len", "give it a task or a workflow"),
        ("schedule=1", "the options are failure_policy, interruptible, on_failure"),
    ],
)
def test_a_wrong_workflow_option_is_refused_where_it_is_written(load: Load, option: str, fix: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        load(f"@workflow({option})\ndef flow() -> None: ...")
    assert caught.value.fix == fix


def test_create_node_outside_a_body_is_refused(load: Load) -> None:
    module = load(TASKS)
    from volant.sdk.decorator import create_node

    with pytest.raises(AuthoringError, match="in a workflow's body only"):
        create_node(module.one)


def test_outputs_of_a_node_are_also_found_by_name(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@workflow
def flow() -> tuple[int, str]:
    node = create_node(stats, a=1, b=2)
    return node.outputs["total"], node.outputs["name"]
""",
    )
    assert flow() == (3, "1+2")


def test_a_result_that_is_not_used_can_still_be_ordered_by_runs_before(load: Load) -> None:
    flow, module = _flow(
        load,
        """
@workflow
def flow() -> None:
    last, first = create_node(text, s="last"), create_node(text, s="first")
    first.runs_before(last)
""",
    )
    flow()
    assert module.log == ["first", "last"]


def test_a_workflow_made_within_another_is_one_of_its_own(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@workflow
def flow(n: int) -> int:
    @workflow
    def inner(m: int) -> int:
        return one(m)
    return inner(m=inner(m=n))
""",
    )
    assert flow(n=5) == 5
    assert [each.entity.short_name for each in flow.traced.nodes] == ["inner", "inner"]


def test_promises_nodes_and_outputs_survive_being_sent_to_another_process(load: Load) -> None:
    flow, _ = _flow(
        load,
        """
@workflow
def flow(n: int) -> int:
    out = stats(n, 1)
    return one(out.total)
""",
    )
    out, last = flow.traced.nodes
    copy = cloudpickle.loads(cloudpickle.dumps([out, out.outputs, result_of(out), last.arguments["n"]]))
    assert [repr(each) for each in copy] == [
        repr(out), repr(dict(out.outputs)), repr(result_of(out)), "<promise of n0.total>"
    ]  # fmt: skip


def test_a_mistake_in_a_direct_call_raises_though_somebody_collects(load: Load) -> None:
    flow, _ = _flow(load, "@workflow\ndef flow(n: int) -> int:\n    return one(n + 1)")
    with collecting() as found, pytest.raises(AuthoringError, match="arithmetic"):
        flow(n=1)
    assert found == []


def test_a_loop_that_a_mistake_makes_endless_ends(load: Load) -> None:
    flow, _ = _flow(
        load, "@workflow\ndef flow(n: int) -> int:\n    while n != 3:\n        pass\n    while not n:\n        pass"
    )
    with collecting():
        (comparing, asking) = flow.traced.problems
    assert "comparing" in str(comparing)
    assert "asking whether it is true" in str(asking)
