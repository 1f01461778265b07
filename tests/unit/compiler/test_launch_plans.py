"""Launch plans: what is checked when they are registered, and the inputs of the runs they start (engine spec 1.9)."""

from collections.abc import Mapping

import pytest

from volant.compiler.inputs import InputsError
from volant.compiler.launch_plans import (
    compiled_launch_plan,
    default_launch_plan,
    merge_inputs,
    register_launch_plan,
)
from volant.compiler.problems import CompileError, Problem
from volant.idl import pb
from volant.idl.literals import literal_map, primitive
from volant.testing.builders import identifier, node, task, workflow

FLIGHTS = workflow("flights", [node("n0", task("say").id)], inputs=["month", "year"])
TEXT = pb.LiteralType(simple=pb.SimpleType.STRING)
ONE, TWO = primitive(1), primitive(2)


def parameter(value: pb.Literal | None, kind: int = pb.SimpleType.INTEGER, **behavior) -> pb.Parameter:
    variable = pb.Variable(type=pb.LiteralType(simple=kind))
    return pb.Parameter(var=variable, default=value, **behavior)


def plan(defaults: Mapping[str, pb.Parameter] = {}, fixed: Mapping[str, pb.Literal] = {}) -> pb.LaunchPlan:
    spec = pb.LaunchPlanSpec(workflow_id=FLIGHTS.id, fixed_inputs=literal_map(fixed))
    for name, each in defaults.items():
        spec.default_inputs.parameters[name].CopyFrom(each)
    return pb.LaunchPlan(id=identifier("nightly", pb.ResourceType.LAUNCH_PLAN), spec=spec)


def registered(*arguments) -> pb.LaunchPlan:
    return register_launch_plan(plan(*arguments), FLIGHTS.interface)


def wrong(*arguments) -> list[Problem]:
    with pytest.raises(CompileError) as caught:
        registered(*arguments)
    return list(caught.value.problems)


def refused(launch_plan: pb.LaunchPlan, **given: pb.Literal) -> list[tuple[str, str, str, str]]:
    with pytest.raises(InputsError) as caught:
        merge_inputs(launch_plan, literal_map(given))
    return [(each.code, each.node, each.message, each.fix) for each in caught.value.problems]


# registering


def test_inputs_with_a_default_are_expected_others_are_required_and_fixed_ones_are_neither():
    parameters = registered({"month": parameter(ONE)}).closure.expected_inputs.parameters
    assert parameters["month"].default == ONE
    assert parameters["year"].required
    assert list(registered({}, {"year": TWO}).closure.expected_inputs.parameters) == ["month"]


def test_outputs_are_the_workflow_s_and_what_is_given_is_not_changed():
    given = plan()
    made = register_launch_plan(given, FLIGHTS.interface)
    assert made.closure.expected_outputs == FLIGHTS.interface.outputs
    assert made.closure.HasField("expected_outputs")
    assert not given.HasField("closure")


def test_a_parameter_may_say_itself_that_it_is_required():
    parameters = registered({"month": parameter(None, required=True)}).closure.expected_inputs.parameters
    assert parameters["month"].required


@pytest.mark.parametrize(
    ("defaults", "fixed", "node_id", "code", "message", "fix"),
    [
        (
            {"mnth": parameter(ONE)}, {}, "mnth", "VariableNameNotFound",
            "there is a default for 'mnth', but the workflow has no such input; did you mean 'month'?",
            "name an input of the workflow",
        ),
        (
            {}, {"x": ONE}, "x", "VariableNameNotFound",
            "'x' is fixed, but the workflow has no such input; the inputs are 'month', 'year'",
            "name an input of the workflow",
        ),
        (
            {"month": parameter(primitive("may"), pb.SimpleType.STRING)}, {}, "month", "MismatchingTypes",
            "the default of 'month' is str, but the input takes int", "give a default of type int",
        ),
        (
            {"month": parameter(primitive("may"))}, {}, "month", "MismatchingTypes",
            "the default of 'month' is 'may', str, but takes int", "write a value of type int",
        ),
        (
            {"month": pb.Parameter(default=ONE)}, {}, "month", "ValueRequired",
            "the default of 'month' has no type", "it takes int",
        ),
        (
            {}, {"month": primitive("may")}, "month", "MismatchingTypes",
            "the fixed input 'month' is 'may', str, but takes int", "write a value of type int",
        ),
        (
            {"month": parameter(ONE)}, {"month": TWO}, "month", "ParameterBoundMoreThanOnce",
            "input 'month' is fixed and has a default too", "give it one of the two",
        ),
        (
            {}, {"month": pb.Literal()}, "month", "InvalidLiteralType",
            "the fixed input 'month' holds a value of unknown type, but takes int",
            "update Volant, or the SDK that made it",
        ),
    ],
)  # fmt: skip
def test_a_wrong_default_or_fixed_input_is_told(defaults, fixed, node_id, code, message, fix):
    assert wrong(defaults, fixed) == [Problem(code, node_id, f"launch plan 'nightly': {message}", "p:d:flights:v", fix)]


def test_everything_wrong_is_told_at_once():
    found = wrong({"a": parameter(ONE), "month": parameter(primitive("x"))}, {"b": ONE})
    assert [(each.code, each.node) for each in found] == [
        ("VariableNameNotFound", "a"), ("MismatchingTypes", "month"), ("VariableNameNotFound", "b"),
    ]  # fmt: skip


def test_the_default_launch_plan_has_the_workflow_s_name_and_its_defaults():
    made = default_launch_plan(FLIGHTS, literal_map({"month": ONE, "gone": TWO}))
    assert (made.id.name, made.id.version) == ("flights", "v")
    assert made.id.resource_type == pb.ResourceType.LAUNCH_PLAN
    assert made.spec.workflow_id == FLIGHTS.id
    assert list(made.spec.default_inputs.parameters) == ["month"]
    assert not made.spec.fixed_inputs.literals
    assert default_launch_plan(FLIGHTS).closure.expected_inputs.parameters["month"].required


def test_a_compiled_launch_plan_has_the_types_of_what_it_expects():
    compiled = compiled_launch_plan(registered({"month": parameter(ONE)}, {"year": TWO})).template
    assert compiled.id.name == "nightly"
    assert list(compiled.interface.inputs.variables) == ["month"]
    assert compiled.fixed_inputs == literal_map({"year": TWO})


# starting


def test_what_is_given_goes_before_defaults_and_what_is_fixed_is_added():
    nightly = registered({"month": parameter(ONE)}, {"year": TWO})
    assert merge_inputs(nightly, literal_map({})) == literal_map({"month": ONE, "year": TWO})
    assert merge_inputs(nightly, literal_map({"month": TWO})) == literal_map({"month": TWO, "year": TWO})


def test_everything_wrong_with_what_is_given_is_told_at_once():
    assert refused(registered({}, {"year": TWO}), year=ONE, mnth=ONE) == [
        ("VariableNameNotFound", "mnth", "there is no input 'mnth'; did you mean 'month'?", ""),
        (
            "VariableNameNotFound", "year", "input 'year' is fixed by launch plan 'nightly' and cannot be given",
            "leave it out, or start the workflow itself",
        ),
        ("ParameterNotBound", "month", "input 'month' is missing; it takes int", ""),
    ]  # fmt: skip


def test_what_is_given_must_fit():
    assert refused(registered(), month=primitive("may"), year=ONE) == [
        ("MismatchingTypes", "month", "input 'month' is 'may', str, but takes int", "write a value of type int")
    ]


def test_what_an_artifact_would_give_is_missing():
    assert refused(registered({"month": pb.Parameter(var=parameter(ONE).var, artifact_id={})}), year=ONE) == [
        ("ParameterNotBound", "month", "input 'month' is missing; it takes int", "")
    ]
