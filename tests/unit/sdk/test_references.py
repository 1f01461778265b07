"""What is registered elsewhere."""

from collections.abc import Callable
from types import ModuleType

import pytest

from volant.idl import pb
from volant.sdk.entities import find
from volant.sdk.errors import AuthoringError
from volant.sdk.settings import Settings
from volant.sdk.translate.workflow import translate
from volant.testing.mocks import task_mock

Load = Callable[[str], ModuleType]
SETTINGS = Settings("proj", "prod", "v1")

SOURCE = """
class Stats(NamedTuple):
    total: int
    name: str

@reference_task(project="other", domain="production", name="far.load", version="v7")
def far_task(n: int, scale: int = 2) -> Stats: ...

@reference_workflow(project="other", domain="production", name="far.flow", version="v7")
def far_flow(n: int) -> int: ...

@reference_launch_plan(project="other", domain="production", name="far.plan", version="v7")
def far_plan(n: int) -> int: ...

@workflow
def flow(n: int) -> int:
    return far_plan(n=far_flow(n=far_task(n=n).total))
"""


@pytest.fixture
def module(load: Load) -> ModuleType:
    return load(SOURCE)


def test_their_nodes_name_the_other_version(module: ModuleType) -> None:
    found = translate(module.flow, SETTINGS)
    first, second, third = found.workflow.nodes
    ids = [first.task_node.reference_id, second.workflow_node.sub_workflow_ref, third.workflow_node.launchplan_ref]
    assert [(each.project, each.domain, each.name, each.version) for each in ids] == [
        ("other", "production", "far.load", "v7"),
        ("other", "production", "far.flow", "v7"),
        ("other", "production", "far.plan", "v7"),
    ]
    kinds = pb.ResourceType
    assert [each.resource_type for each in ids] == [kinds.TASK, kinds.WORKFLOW, kinds.LAUNCH_PLAN]
    assert [each.metadata.name for each in (first, second, third)] == ["load", "flow", "plan"]
    assert [each.var for each in first.inputs] == ["n", "scale"]
    assert (found.tasks, found.sub_workflows, found.launched) == ([], [], [])


def test_a_file_does_not_offer_them_to_be_run(module: ModuleType) -> None:
    assert list(find(module)) == ["flow"]


@pytest.mark.parametrize(
    ("name", "kind", "what"),
    [("far_task", "task", "far.load"), ("far_flow", "workflow", "far.flow"), ("far_plan", "launch plan", "far.plan")],
)
def test_called_directly_they_say_that_they_run_elsewhere(module: ModuleType, name: str, kind: str, what: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        getattr(module, name)(n=1)
    told = f"the {kind} other:production:{what}:v7 is registered elsewhere: it cannot run here"
    assert str(caught.value).endswith(f": {told}")
    assert caught.value.fix == "in a test, stand in for it: with task_mock(...) as mock: mock.return_value = ..."


def test_mocks_stand_in_for_them(module: ModuleType) -> None:
    with task_mock(module.far_task) as one, task_mock(module.far_flow) as two, task_mock(module.far_plan) as three:
        one.return_value = module.Stats(4, "x")
        two.return_value = 5
        three.side_effect = lambda n: n + 1
        assert module.flow(n=1) == 6
        one.assert_called_once_with(n=1, scale=2)
        two.assert_called_once_with(n=4)
    with pytest.raises(AuthoringError, match="is registered elsewhere"):
        module.flow(n=1)
