"""A launch plan as a LaunchPlan message."""

import types
import typing
from collections.abc import Mapping
from typing import Any

from volant.idl import pb
from volant.sdk.bindings import constant
from volant.sdk.interface import REQUIRED, Input
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.placeholders import placeholder
from volant.sdk.settings import Settings
from volant.sdk.translate.task import identifier
from volant.sdk.type_engine.engine import transformer


def launch_plan_message(
    plan: LaunchPlan[Any], variables: pb.VariableMap, defaults: Mapping[str, pb.Literal], settings: Settings
) -> pb.LaunchPlan:
    """The message of a launch plan; equal ones give equal bytes.

    Args:
        plan: It.
        variables: Its workflow's inputs on the wire.
        defaults: Of inputs that are not fixed.
        settings: Ids of everything.

    Raises:
        AuthoringError: A fixed input does not fit; not where mistakes are collected.

    Source: flytekit `get_serializable_launch_plan` (tools/translator.py).
    """
    inputs = plan.interface.inputs
    parameters = {
        name: _parameter(name, each, _variable(plan, name, variables), defaults)
        for name, each in inputs.items()
        if name in variables.variables
    }
    spec = pb.LaunchPlanSpec(
        workflow_id=identifier(pb.ResourceType.WORKFLOW, plan.workflow.name, settings),
        default_inputs=pb.ParameterMap(parameters=parameters),
        fixed_inputs=pb.LiteralMap(literals=_fixed(plan, variables)),
        max_parallelism=plan.max_parallelism,
    )
    _fill(spec, plan)
    return pb.LaunchPlan(
        id=identifier(pb.ResourceType.LAUNCH_PLAN, plan.name, settings),
        spec=spec,
        closure=pb.LaunchPlanClosure(expected_inputs=pb.ParameterMap(), expected_outputs=pb.VariableMap()),
    )


def _fill(spec: pb.LaunchPlanSpec, plan: LaunchPlan[Any]) -> None:
    spec.labels.values.update(plan.labels)
    spec.annotations.values.update(plan.annotations)
    spec.raw_output_data_config.output_location_prefix = plan.raw_output_data_config
    for part in (spec.entity_metadata, spec.labels, spec.annotations, spec.raw_output_data_config):
        part.SetInParent()


def _variable(plan: LaunchPlan[Any], name: str, variables: pb.VariableMap) -> pb.Variable:
    variable = variables.variables[name]
    # flytekit forgets what the docstring says of an input whose default the launch plan sets.
    return pb.Variable(type=variable.type, description=name) if name in plan.default_inputs else variable


def _parameter(name: str, wanted: Input, variable: pb.Variable, defaults: Mapping[str, pb.Literal]) -> pb.Parameter:
    if wanted.default is None or wanted.default is REQUIRED:
        if not _is_optional(wanted.hint):
            return pb.Parameter(var=variable, required=True)
        nothing = pb.Scalar()
        nothing.none_type.SetInParent()
        return pb.Parameter(var=variable, default=pb.Literal(scalar=nothing))
    return pb.Parameter(var=variable, default=defaults.get(name))


def _is_optional(hint: Any) -> bool:
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return is_union and types.NoneType in typing.get_args(hint)


def _fixed(plan: LaunchPlan[Any], variables: pb.VariableMap) -> dict[str, pb.Literal]:
    hints = {name: each.hint for name, each in plan.workflow.interface.inputs.items()}
    what = f"launch plan {plan.name}: the fixed input"
    return {
        name: constant(value, hints[name], f"{what} {name!r}", plan.place) or _stand_in(hints[name])
        for name, value in plan.fixed_inputs.items()
        if name in variables.variables
    }


def _stand_in(hint: Any) -> pb.Literal:
    return placeholder(transformer(hint).literal_type())
