"""Launch plans: what they set, what they are on the wire, what a call does."""

import json
from collections.abc import Callable
from types import ModuleType

import pytest

from volant.contracts.worker_wire import Problem
from volant.idl import pb
from volant.sdk.descriptions import describe
from volant.sdk.entities import ProblemsError, convert, find, kind_of
from volant.sdk.errors import AuthoringError
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.settings import Settings
from volant.sdk.translate.workflow import translate

Load = Callable[[str], ModuleType]
SETTINGS = Settings("proj", "prod", "v1")

SOURCE = """
@task
def add(a: int, b: int) -> int:
    return a + b

@workflow
def total(a: int, b: int = 2, c: int | None = None) -> int:
    '''Add.

    Args:
        a: First.
        b: Second.
    '''
    return add(a=a, b=b)

plan = LaunchPlan.get_or_create(
    total, "nightly", default_inputs={"a": 10}, fixed_inputs={"b": 5},
    labels={"team": "data"}, annotations={"note": "none"}, max_parallelism=3, raw_output_data_config="s3://bucket/x",
)
default = LaunchPlan.get_or_create(total)
"""


@pytest.fixture
def module(load: Load) -> ModuleType:
    return load(SOURCE)


def test_a_launch_plan_on_the_wire_says_everything_it_sets(module: ModuleType) -> None:
    found = translate(module.plan, SETTINGS)
    plan = found.launch_plan
    assert plan is not None
    name = pb.ResourceType.LAUNCH_PLAN
    assert plan.id == pb.Identifier(resource_type=name, project="proj", domain="prod", name="nightly", version="v1")
    spec = plan.spec
    assert spec.workflow_id.name == module.total.name
    assert sorted(spec.default_inputs.parameters) == ["a", "c"]
    assert spec.default_inputs.parameters["a"].default.scalar.primitive.integer == 10
    assert spec.default_inputs.parameters["c"].default.scalar.HasField("none_type")
    assert spec.fixed_inputs.literals["b"].scalar.primitive.integer == 5
    assert (dict(spec.labels.values), dict(spec.annotations.values)) == ({"team": "data"}, {"note": "none"})
    assert (spec.max_parallelism, spec.raw_output_data_config.output_location_prefix) == (3, "s3://bucket/x")
    assert found.workflow.id.name == module.total.name


def test_the_default_launch_plan_has_the_workflows_name_and_requires_what_has_no_default(module: ModuleType) -> None:
    plan = translate(module.default, SETTINGS).launch_plan
    assert plan is not None
    assert plan.id.name == module.total.name
    parameters = plan.spec.default_inputs.parameters
    assert parameters["a"].required
    assert parameters["b"].default.scalar.primitive.integer == 2
    assert parameters["a"].var.description == "First."


def test_called_directly_it_calls_its_workflow_with_what_it_sets(module: ModuleType) -> None:
    assert module.plan() == 15
    assert module.plan(a=1) == 6
    assert module.default(a=1) == 3
    with pytest.raises(AuthoringError, match="the input 'b' is fixed to 5 by the launch plan"):
        module.plan(b=1)


def test_called_in_a_body_it_is_a_node_without_what_is_fixed(load: Load, module: ModuleType) -> None:
    other = load(
        f"""
from {module.__name__} import plan, total

@workflow
def flow(n: int) -> int:
    return plan(a=plan(a=n))
"""
    )
    found = translate(other.flow, SETTINGS)
    first, second = found.workflow.nodes
    assert [each.var for each in first.inputs] == ["a", "c"]
    assert first.workflow_node.launchplan_ref.name == "nightly"
    assert first.metadata.name == "total"
    assert list(second.upstream_node_ids) == ["n0"]
    assert other.flow(n=1) == 11
    # What a launch plan starts is a run of its own: no part of this workflow.
    assert found.sub_workflows == found.tasks == []
    (launched,) = found.launched
    assert (launched.workflow.id.name, len(launched.tasks)) == (module.total.name, 1)


def test_a_workflow_may_launch_itself(load: Load) -> None:
    module = load(
        """
@workflow
def flow(n: int) -> int:
    return LaunchPlan.get_or_create(flow, "again")(n=n)
"""
    )
    found = translate(module.flow, SETTINGS)
    assert found.workflow.nodes[0].workflow_node.launchplan_ref.name == "again"
    assert [each.workflow.id.name for each in found.launched] == [module.flow.name]


def test_it_is_found_in_its_file_and_described_with_what_it_sets(module: ModuleType) -> None:
    entities = find(module)
    assert [(name, kind_of(each)) for name, each in entities.items()] == [
        ("add", "task"),
        ("total", "workflow"),
        ("plan", "launch plan"),
        ("default", "launch plan"),
    ]
    found = describe(entities, "plan", SETTINGS)
    assert (found.entity, found.name, found.docs) == ("plan", "nightly", "Add.")
    assert pb.WorkflowTemplate.FromString(found.workflow).id.name == module.total.name
    assert pb.LaunchPlan.FromString(found.launch_plan).id.name == "nightly"
    assert found.python_types == {"a": "int", "b": "int", "c": "int | None"}
    assert found.input_docs == {"a": "First.", "b": "Second.  [fixed by the launch plan]"}
    defaults = pb.LiteralMap.FromString(found.defaults).literals
    assert {name: defaults[name].scalar.primitive.integer for name in "ab"} == {"a": 10, "b": 5}


def test_those_that_nodes_start_are_described_as_registered(load: Load) -> None:
    module = load(SOURCE + "\n@workflow\ndef flow() -> int:\n    return plan()\n")
    (data,) = describe(find(module), "flow").launch_plans
    plan = pb.LaunchPlan.FromString(data)
    assert plan.id.name == "nightly"
    assert sorted(plan.closure.expected_inputs.parameters) == ["a", "c"]
    assert sorted(plan.closure.expected_outputs.variables) == ["o0"]


def test_a_run_of_it_gets_what_it_sets(module: ModuleType) -> None:
    inputs = pb.LiteralMap.FromString(convert(find(module), "nightly", {}, {}, "/")).literals
    assert {name: inputs[name].scalar.primitive.integer for name in "ab"} == {"a": 10, "b": 5}
    inputs = pb.LiteralMap.FromString(convert(find(module), "plan", {"a": "7"}, {}, "/")).literals
    assert inputs["a"].scalar.primitive.integer == 7


@pytest.mark.parametrize(("texts", "values"), [({"b": "7"}, {}), ({}, {"b": 7})])
def test_a_run_of_it_cannot_change_what_is_fixed(
    module: ModuleType, texts: dict[str, str], values: dict[str, object]
) -> None:
    with pytest.raises(ProblemsError) as caught:
        convert(find(module), "plan", {**texts, "a": "x"}, json.loads(json.dumps(values)), "/")
    assert caught.value.problems == (
        Problem(
            "input 'b': the launch plan nightly fixes it to 5",
            "leave it out, or run the workflow total itself",
            usage=True,
        ),
        Problem("input 'a': expected int, got 'x' of type str", "write a number", usage=True),
    )


def test_a_name_means_one_launch_plan(module: ModuleType) -> None:
    total = module.total
    assert LaunchPlan.get_or_create(total) is module.default is LaunchPlan.get_default_launch_plan(total)
    again = LaunchPlan.get_or_create(
        total,
        "nightly",
        {"a": 10},
        {"b": 5},
        labels={"team": "data"},
        annotations={"note": "none"},
        max_parallelism=3,
        raw_output_data_config="s3://bucket/x",
    )
    assert again is module.plan


def test_a_workflow_defined_again_takes_its_launch_plans_names_along(load: Load) -> None:
    make = """
def make():
    @workflow
    def flow(n: int) -> int:
        return n
    return flow
"""
    module = load(make)
    first = LaunchPlan.create("plan", module.make())
    second = LaunchPlan.create("plan", module.make())
    assert second is not first
    assert LaunchPlan.get_or_create(second.workflow, "plan") is second
