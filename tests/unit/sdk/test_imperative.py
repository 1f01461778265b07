"""Workflows made call by call."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import cloudpickle
import pytest

from volant.sdk.entities import find
from volant.sdk.imperative import ImperativeWorkflow
from volant.sdk.interface import Input, Interface
from volant.sdk.settings import Settings
from volant.sdk.translate.workflow import Translated, translate
from volant.sdk.workflow import Workflow

Load = Callable[[str], ModuleType]
SETTINGS = Settings("proj", "prod", "v1")

SOURCE = """
@task
def one(n: int = 1) -> int:
    return n + 1

@task
def pair(n: int) -> tuple[int, str]:
    return n, "x" * n

@task
def tidy(n: int, err: WorkflowError | None = None) -> None:
    log.append((n, err))

@task
def broken(n: int) -> int:
    raise ValueError("no luck")

log = []
flow = ImperativeWorkflow(name="made.by_hand")
"""


@pytest.fixture
def module(load: Load) -> ModuleType:
    return load(SOURCE)


def _equal_but_for_the_name(imperative: Translated, decorated: Translated) -> None:
    for each in (imperative, decorated):
        each.workflow.id.name = ""
    assert imperative.workflow == decorated.workflow
    assert imperative.tasks == decorated.tasks


def test_it_is_on_the_wire_what_a_decorated_one_is(load: Load, module: ModuleType) -> None:
    flow = module.flow
    n = flow.add_workflow_input("n", int)
    first = flow.add_entity(module.one, n=n)
    flow.add_entity(module.pair, n=first.outputs["o0"])
    flow.add_workflow_output("o0", [first.outputs["o0"], n, 3], python_type=list[int])
    other = load(
        f"""
from {module.__name__} import one, pair

@workflow
def decorated(n: int) -> list[int]:
    first = one(n=n)
    pair(n=first)
    return [first, n, 3]
"""
    )
    _equal_but_for_the_name(translate(flow, SETTINGS), translate(other.decorated, SETTINGS))


def test_its_name_is_the_whole_name_and_its_module_where_it_is_made(module: ModuleType) -> None:
    assert (module.flow.name, module.flow.short_name) == ("made.by_hand", "by_hand")
    assert module.flow.module == module.__name__
    assert isinstance(module.flow, Workflow)
    assert find(module)["flow"] is module.flow


def test_its_interface_grows_with_what_is_added(module: ModuleType) -> None:
    flow = module.flow
    assert flow.interface == Interface()
    flow.add_workflow_input("n", int)
    node = flow.add_task(module.pair, n=flow.inputs["n"])
    flow.add_workflow_output("number", node.outputs["o0"])
    assert flow.interface == Interface({"n": Input(int)}, {"number": int})
    flow.add_workflow_output("letters", node.outputs["o1"])
    assert flow.interface == Interface({"n": Input(int)}, {"number": int, "letters": str}, many=True)


def test_called_directly_it_runs_its_tasks(module: ModuleType) -> None:
    flow = module.flow
    n = flow.add_workflow_input("n", int)
    node = flow.add_entity(module.pair, n=flow.add_entity(module.one, n=n).o0)
    flow.add_workflow_output("number", node.outputs["o0"])
    assert flow(n=2) == 3
    flow.add_workflow_output("letters", node.outputs["o1"])
    assert flow(n=2) == (3, "xxx")


def test_it_can_be_called_in_other_workflows(load: Load) -> None:
    module = load(
        SOURCE
        + """
flow.add_workflow_output("out", flow.add_entity(one, n=flow.add_workflow_input("n", int)).o0)
outer = ImperativeWorkflow(name="outer")
outer.add_workflow_output("out", flow and outer.add_subwf(flow, n=outer.add_workflow_input("n", int)).outputs["out"])

@workflow
def decorated(n: int) -> int:
    return flow(n=flow(n=n))
"""
    )
    assert module.decorated(n=1) == 3
    assert module.outer(n=1) == 2
    found = translate(module.decorated, SETTINGS)
    assert [each.workflow_node.sub_workflow_ref.name for each in found.workflow.nodes] == ["made.by_hand"] * 2
    assert [each.id.name for each in found.sub_workflows] == ["made.by_hand"]


def test_its_failure_handler_is_told_the_inputs_and_the_error(module: ModuleType) -> None:
    flow = module.flow
    n = flow.add_workflow_input("n", int)
    flow.add_entity(module.broken, n=n)
    node = flow.add_on_failure_handler(module.tidy)
    assert node.id == "efn"
    with pytest.raises(ValueError, match="no luck"):
        flow(n=3)
    ((given, error),) = module.log
    assert (given, error.failed_node_id) == (3, "n0")
    assert translate(flow, SETTINGS).workflow.failure_node.id == "efn"


def test_nodes_take_overrides_and_order(module: ModuleType) -> None:
    flow = module.flow
    last = flow.add_entity(module.one, n=1).with_overrides(node_name="last")
    first = flow.add_entity(module.one, n=2)
    first >> last
    nodes = translate(flow, SETTINGS).workflow.nodes
    assert [(each.id, list(each.upstream_node_ids)) for each in nodes] == [("last", ["n1"]), ("n1", [])]


def test_it_survives_being_sent_to_another_process(module: ModuleType) -> None:
    flow: Any = module.flow
    node = flow.add_entity(module.one, n=flow.add_workflow_input("n", int))
    flow.add_workflow_output("out", node.outputs["o0"])
    copy: ImperativeWorkflow = cloudpickle.loads(cloudpickle.dumps(flow))
    assert copy is not flow
    assert copy(n=4) == 5
    assert copy.interface == flow.interface
