"""The driver of graphs, by itself: random graphs against the rules it must keep."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volant.base.phases import ActionPhase
from volant.compiler.plan import START, Graph, NodePlan
from volant.engine.drivers.dag import Dag, Next
from volant.idl import pb

OK, FAILED, SKIPPED = ActionPhase.SUCCEEDED, ActionPhase.FAILED, ActionPhase.SKIPPED


def graph(above: Mapping[str, str]) -> Graph:
    """A graph of these nodes, in this visiting order; those without any above hang on the start-node."""
    upstream = {node: tuple(sorted(text.split() or [START])) for node, text in above.items()}
    upstream[START] = ()
    downstream = {node: tuple(sorted(n for n, ups in upstream.items() if node in ups)) for node in upstream}
    order = [START, *above]
    nodes = {
        name: NodePlan(
            id=name, kind="task", index=index, upstream=upstream[name], downstream=downstream[name], bindings={}
        )
        for index, name in enumerate(order)
    }
    return Graph("k", "wf", pb.TypedInterface(), nodes, None, fail_fast=False, interruptible=False)


def test_a_node_is_ready_once_all_above_it_ended_well() -> None:
    dag = Dag(graph({"a": "", "b": "", "c": "a b"}))

    assert dag.ended(START, OK) == Next(("a", "b"), ())
    assert dag.ended("b", OK) == Next((), ())
    assert dag.ended("a", ActionPhase.RECOVERED) == Next(("c",), ())
    assert not dag.is_over
    dag.ended("c", OK)
    assert dag.is_over


def test_what_becomes_ready_at_once_is_in_plan_order() -> None:
    dag = Dag(graph({"n0": "", "n2": "n0", "n10": "n0"}))
    dag.ended(START, OK)

    assert dag.ended("n0", OK).ready == ("n2", "n10")


def test_everything_below_a_failure_is_skipped_each_after_all_above_it() -> None:
    dag = Dag(graph({"a": "", "b": "a", "c": "a", "d": "b c"}))
    dag.ended(START, OK)

    skipped = dag.ended("a", FAILED).skipped

    assert sorted(skipped) == ["b", "c", "d"]
    assert skipped[-1] == "d"
    assert dag.is_over
    assert dag.has_failed


def test_a_node_below_a_failure_is_skipped_only_when_nothing_above_it_runs() -> None:
    dag = Dag(graph({"a": "", "b": "", "c": "a b"}))
    dag.ended(START, OK)

    assert dag.ended("a", FAILED) == Next((), ())
    assert dag.ended("b", OK) == Next((), ("c",))


def test_a_skipped_node_is_no_failure() -> None:
    dag = Dag(graph({"a": ""}))
    dag.ended(START, OK)
    dag.ended("a", SKIPPED)

    assert not dag.has_failed


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_the_last_failure_is_the_one_visited_last_whenever_it_happened(order: tuple[str, str]) -> None:
    dag = Dag(graph({"a": "", "b": ""}))
    dag.ended(START, OK)
    for node in order:
        dag.ended(node, FAILED)

    assert dag.last_failure() == "b"


def test_a_node_that_several_paths_lead_to_is_visited_last_on_the_last_of_them() -> None:
    """Flyte visits a, x, y, b and then x again: it is x's error that stays."""
    dag = Dag(graph({"a": "", "x": "a b", "y": "a", "b": ""}))
    for node, phase in ((START, OK), ("a", OK), ("b", OK), ("x", FAILED), ("y", FAILED)):
        dag.ended(node, phase)

    assert dag.last_failure() == "x"


def test_a_chain_of_ten_thousand_needs_no_recursion() -> None:
    names = [f"n{k}" for k in range(10_000)]
    dag = Dag(graph({}) if not names else _chain(names))
    dag.ended(START, OK)

    assert len(dag.ended("n0", FAILED).skipped) == 9_999
    assert dag.last_failure() == "n0"


def _chain(names: list[str]) -> Graph:
    order = [START, *names]
    nodes = {
        name: NodePlan(
            id=name, kind="task", index=k, upstream=tuple(order[k - 1 : k]) if k else (),
            downstream=tuple(order[k + 1 : k + 2]), bindings={},
        )
        for k, name in enumerate(order)
    }  # fmt: skip
    return Graph("k", "wf", pb.TypedInterface(), nodes, None, fail_fast=False, interruptible=False)


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, ActionPhase], list[int]]:
    names = [f"n{k}" for k in range(draw(st.integers(1, 9)))]
    above = {name: " ".join(draw(st.sets(st.sampled_from(names[:k])) if k else st.just(set())))
             for k, name in enumerate(names)}  # fmt: skip
    ends = {name: draw(st.sampled_from([OK, OK, OK, FAILED, ActionPhase.RECOVERED])) for name in names}
    return above, ends, draw(st.lists(st.integers(0, 100), min_size=20, max_size=20))


@given(histories())
def test_every_node_comes_up_exactly_once_and_for_the_right_reason(
    history: tuple[dict[str, str], dict[str, ActionPhase], list[int]],
) -> None:
    above, ends, draws = history
    dag, ended, picks = Dag(graph(above)), {}, iter(draws)
    pending: list[str] = []

    def take(following: Next) -> None:
        for node in following.ready:
            assert all(ended[up].is_success for up in above[node].split())
            pending.append(node)
        for node in following.skipped:
            assert any(not ended[up].is_success for up in above[node].split())
            assert node not in ended
            ended[node] = SKIPPED

    take(dag.ended(START, OK))
    while pending:
        node = pending.pop(next(picks) % len(pending))
        assert node not in ended
        ended[node] = ends[node]
        take(dag.ended(node, ends[node]))

    assert set(ended) == set(above)
    assert dag.is_over
    assert dag.has_failed == (FAILED in ended.values())


@given(histories(), st.integers(0, 9))
def test_a_restored_driver_wants_exactly_what_is_missing(
    history: tuple[dict[str, str], dict[str, ActionPhase], list[int]], stop: int
) -> None:
    above, ends, draws = history
    plan = graph(above)
    dag, picks = Dag(plan), iter(draws)
    known: dict[str, ActionPhase] = {START: OK}
    waiting = list(dag.ended(START, OK).ready)
    for _ in range(min(stop, len(above))):
        if not waiting:
            break
        node = waiting.pop(next(picks) % len(waiting))
        known[node] = ends[node]
        following = dag.ended(node, ends[node])
        known.update(dict.fromkeys(following.skipped, SKIPPED))
        waiting += following.ready

    again = Dag(plan)
    following = again.restored(known)

    assert sorted(following.ready) == sorted(waiting)
    assert following.skipped == ()
    assert again.is_over == dag.is_over


def test_a_restored_driver_skips_what_a_crash_left_unskipped() -> None:
    dag = Dag(graph({"a": "", "b": "a", "c": "b", "d": ""}))

    following = dag.restored({START: OK, "a": FAILED, "d": ActionPhase.RUNNING})

    assert following == Next((), ("b", "c"))
    assert not dag.is_over
