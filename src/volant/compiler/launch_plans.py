"""Launch plans: what they expect, checked when they are registered; and the inputs of a run they start.

Pure. Source: flyteadmin pkg/manager/impl/validation/{launch_plan,execution}_validator.go; engine spec 1.9.
"""

from collections.abc import Iterator
from typing import Any

from volant.compiler.build import entity_key
from volant.compiler.inputs import InputsError, mismatch
from volant.compiler.problems import Code, CompileError, Fault, Problem, known
from volant.idl import pb
from volant.idl.literal_types import castable
from volant.idl.type_names import show_type


def default_launch_plan(workflow: pb.WorkflowTemplate, defaults: pb.LiteralMap | None = None) -> pb.LaunchPlan:
    """The launch plan every workflow has: its own name and version, Python's defaults, nothing fixed.

    Args:
        workflow: Not changed.
        defaults: Of inputs that have one; names the interface does not have are left out.

    Raises:
        CompileError: A default does not fit its input.
    """
    plan = pb.LaunchPlan(id=workflow.id, spec=pb.LaunchPlanSpec(workflow_id=workflow.id))
    plan.id.resource_type = pb.ResourceType.LAUNCH_PLAN
    variables, given = workflow.interface.inputs.variables, (defaults or pb.LiteralMap()).literals
    for name in sorted(set(given) & set(variables)):
        parameter = pb.Parameter(var=variables[name], default=given[name])
        plan.spec.default_inputs.parameters[name].CopyFrom(parameter)
    return register_launch_plan(plan, workflow.interface)


def register_launch_plan(plan: pb.LaunchPlan, interface: pb.TypedInterface) -> pb.LaunchPlan:
    """A copy with its closure filled in: what a run of it must and may be given, and what it gives.

    Expected are the inputs with a default, and all others of the workflow as required; fixed ones are not.

    Args:
        plan: Only its id and spec count.
        interface: Of its workflow.

    Raises:
        CompileError: A default or a fixed input is unknown or does not fit, or an input has both; with every
            problem found, the node of each being the input's name.
    """
    variables, spec = interface.inputs.variables, plan.spec
    faults = [*_bad_defaults(spec, variables), *_bad_fixed(spec, variables)]
    if faults:
        owner = f"launch plan {plan.id.name!r}: "
        key = entity_key(spec.workflow_id)
        raise CompileError(Problem(each.code.value, name, owner + each.message, key, each.fix) for name, each in faults)
    made = pb.LaunchPlan()
    made.CopyFrom(plan)
    made.closure.expected_inputs.CopyFrom(_expected(spec, variables))
    made.closure.expected_outputs.CopyFrom(interface.outputs)
    return made


def _expected(spec: Any, variables: Any) -> pb.ParameterMap:
    parameters = dict(spec.default_inputs.parameters)
    for name in variables:
        if name not in parameters and name not in spec.fixed_inputs.literals:
            parameters[name] = pb.Parameter(var=variables[name], required=True)
    return pb.ParameterMap(parameters=parameters)


def _bad_defaults(spec: Any, variables: Any) -> Iterator[tuple[str, Fault]]:
    parameters = spec.default_inputs.parameters
    for name in sorted(parameters):
        parameter = parameters[name]
        if name not in variables:
            yield name, _unknown(f"there is a default for {name!r}", name, variables)
        elif name in spec.fixed_inputs.literals:
            message = f"input {name!r} is fixed and has a default too"
            yield name, Fault(Code.BOUND_TWICE, message, "give it one of the two")
        else:
            yield from _bad_default(name, parameter, variables[name].type)


def _bad_default(name: str, parameter: Any, kind: Any) -> Iterator[tuple[str, Fault]]:
    if parameter.var.type.WhichOneof("type") is None:
        yield name, Fault(Code.VALUE_REQUIRED, f"the default of {name!r} has no type", f"it takes {show_type(kind)}")
    elif not castable(parameter.var.type, kind):
        message = f"the default of {name!r} is {show_type(parameter.var.type)}, but the input takes {show_type(kind)}"
        yield name, Fault(Code.MISMATCHING_TYPES, message, f"give a default of type {show_type(kind)}")
    elif parameter.WhichOneof("behavior") == "default":
        found = mismatch(parameter.default, kind)
        if found is not None:
            yield name, found._replace(message=f"the default of {name!r} {found.message}")


def _bad_fixed(spec: Any, variables: Any) -> Iterator[tuple[str, Fault]]:
    literals = spec.fixed_inputs.literals
    for name in sorted(literals):
        if name not in variables:
            yield name, _unknown(f"{name!r} is fixed", name, variables)
            continue
        found = mismatch(literals[name], variables[name].type)
        if found is not None:
            yield name, found._replace(message=f"the fixed input {name!r} {found.message}")


def _unknown(begin: str, name: str, variables: Any) -> Fault:
    message = f"{begin}, but the workflow has no such input; {known('inputs', variables, name)}"
    return Fault(Code.VARIABLE_NOT_FOUND, message, "name an input of the workflow")


def merge_inputs(plan: pb.LaunchPlan, given: pb.LiteralMap) -> pb.LiteralMap:
    """All inputs of a run: those given, the launch plan's defaults for the rest, and what it fixes.

    Args:
        plan: Registered (`register_launch_plan`).
        given: Not changed.

    Raises:
        InputsError: Something given is unknown, fixed or does not fit, or something required is missing; with
            every problem found.
    """
    parameters, fixed = plan.closure.expected_inputs.parameters, plan.spec.fixed_inputs.literals
    name = plan.id.name
    problems = [*_not_expected(name, parameters, fixed, given), *_missing(parameters, given)]
    problems += _not_fitting(parameters, given)
    if problems:
        raise InputsError(tuple(problems))
    merged = pb.LiteralMap(literals=fixed)
    for key in parameters:
        source = given.literals[key] if key in given.literals else parameters[key].default
        merged.literals[key].CopyFrom(source)
    return merged


def _not_expected(plan: str, parameters: Any, fixed: Any, given: Any) -> Iterator[Problem]:
    for name in sorted(set(given.literals) - set(parameters)):
        if name in fixed:
            message = f"input {name!r} is fixed by launch plan {plan!r} and cannot be given"
            yield Problem(
                Code.VARIABLE_NOT_FOUND.value, name, message, fix="leave it out, or start the workflow itself"
            )
        else:
            message = f"there is no input {name!r}; {known('inputs', parameters, name)}"
            yield Problem(Code.VARIABLE_NOT_FOUND.value, name, message)


def _missing(parameters: Any, given: Any) -> Iterator[Problem]:
    for name in sorted(set(parameters) - set(given.literals)):
        parameter = parameters[name]
        if parameter.WhichOneof("behavior") != "default":
            message = f"input {name!r} is missing; it takes {show_type(parameter.var.type)}"
            yield Problem(Code.NOT_BOUND.value, name, message)


def _not_fitting(parameters: Any, given: Any) -> Iterator[Problem]:
    for name in sorted(set(parameters) & set(given.literals)):
        found = mismatch(given.literals[name], parameters[name].var.type)
        if found is not None:
            yield Problem(found.code.value, name, f"input {name!r} {found.message}", fix=found.fix)


def compiled_launch_plan(plan: pb.LaunchPlan) -> pb.CompiledLaunchPlan:
    """A registered launch plan as a compiled closure holds it: its id, its interface, what it fixes."""
    parameters = plan.closure.expected_inputs.parameters
    inputs = pb.VariableMap(variables={name: parameters[name].var for name in parameters})
    interface = pb.TypedInterface(inputs=inputs, outputs=plan.closure.expected_outputs)
    compiled = pb.CompiledLaunchPlan()
    compiled.template.id.CopyFrom(plan.id)
    compiled.template.interface.CopyFrom(interface)
    compiled.template.fixed_inputs.CopyFrom(plan.spec.fixed_inputs)
    return compiled
