"""Whatever the compiler is given, it ends with a closure or a CompileError: 10,000 random workflows."""

import functools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from volant.compiler.inputs import InputsError, check_inputs
from volant.compiler.launch_plans import merge_inputs, register_launch_plan
from volant.compiler.problems import CompileError, Problem
from volant.compiler.runnable import check_runnable, notes
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing.random_closures import Given, random_given

BATCHES, EACH = 20, 500
NEVER_RAISED = {"MismatchingInterfaces", "InconsistentTypes"}
_TEXTS = [
    "", "n0", "n1", "n0-n0", "start-node", "end-node", "a", "b", "x", "o0", ".x", "[0].o0", "[1].", "a b", "\0", "\n",
    "größe", "🦜🦜", "\u202e", "p", "d", "v", "add", "leaf", "plan", "sub", "wf", "lots", "1Gi", "n" * 5_000,
]  # fmt: skip
_NUMBERS = [0, 1, -1, 2, 7, 2**31 - 1, -(2**31)]
_LONG = [*_NUMBERS, 2**63 - 1, -(2**63)]
_FLOATS = [0.0, -0.0, 0.5, float("nan"), float("inf"), 1e300]


@functools.cache
def fields_of(descriptor: Any) -> list[Any]:
    return list(descriptor.fields)


def scribble(draw: random.Random, message: Any, depth: int) -> None:
    """Sets some fields of a message to something or other, at any depth up to `depth`."""
    fields = fields_of(message.DESCRIPTOR)
    for field in draw.sample(fields, k=min(len(fields), draw.choice([0, 1, 1, 2, 3]))):
        set_field(draw, message, field, depth)


def set_field(draw: random.Random, message: Any, field: Any, depth: int) -> None:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        set_entry(draw, value, field.message_type.fields_by_name["value"], depth)
    elif field.message_type is not None and depth:
        inner = value.add() if field.is_repeated else value
        inner.SetInParent()
        scribble(draw, inner, depth - 1)
    elif field.message_type is None and field.is_repeated:
        value.append(plain(draw, field))
    elif field.message_type is None:
        setattr(message, field.name, plain(draw, field))


def set_entry(draw: random.Random, entries: Any, value: Any, depth: int) -> None:
    key = draw.choice(_TEXTS)
    if value.message_type is None:
        entries[key] = plain(draw, value)
    else:
        scribble(draw, entries[key], max(depth - 1, 0))


def plain(draw: random.Random, field: Any) -> Any:
    if field.enum_type is not None:
        return draw.choice([*field.enum_type.values_by_number, 99])
    match field.cpp_type:
        case field.CPPTYPE_STRING:
            text = draw.choice(_TEXTS)
            return text.encode() if field.type == field.TYPE_BYTES else text
        case field.CPPTYPE_BOOL:
            return draw.random() < 0.5
        case field.CPPTYPE_DOUBLE | field.CPPTYPE_FLOAT:
            return draw.choice(_FLOATS)
        case field.CPPTYPE_INT64:
            return draw.choice(_LONG)
        case field.CPPTYPE_INT32:
            return draw.choice(_NUMBERS)
    return draw.choice([0, 1, 2**31 - 1])


def somewhere(draw: random.Random, message: Any, depth: int) -> Any:
    """A message within this one, or itself."""
    found = [
        (field, value) for field, value in message.ListFields()
        if field.message_type is not None and not field.message_type.GetOptions().map_entry
    ]  # fmt: skip
    if not found or not depth or draw.random() < 0.15:
        return message
    field, value = draw.choice(found)
    return somewhere(draw, draw.choice(value) if field.is_repeated else value, depth - 1)


def damage(draw: random.Random, message: Any) -> None:
    """Takes something away from a right message, or scribbles on it, once or a few times."""
    for _ in range(draw.choice([1, 1, 2, 5])):
        place = somewhere(draw, message, 12)
        there = place.ListFields()
        if there and draw.random() < 0.4:
            place.ClearField(draw.choice(there)[0].name)
        else:
            scribble(draw, place, draw.choice([1, 3, 8]))


def nest(draw: random.Random, given: Given) -> None:
    """Nests a type, a value or a branch far too deeply."""
    levels = draw.choice([20, 60, 90, 120, 1_000])
    match draw.choice(["type", "union", "binding", "branch"]):
        case "type":
            here = given.tasks[0].interface.inputs.variables["a"].type
            for _ in range(levels):
                here = here.collection_type
            here.simple = 1
        case "union":
            for variables in (given.tasks[0].interface.inputs, given.tasks[0].interface.outputs):
                here = variables.variables["a"].type
                for _ in range(levels // 2):
                    here = here.union_type.variants.add()
                here.simple = draw.choice([1, 2])
        case "binding":
            here = given.primary.outputs.add(var="deep").binding
            for _ in range(levels):
                here = here.collection.bindings.add()
            here.promise.var = "x"
        case "branch":
            here = given.primary.nodes.add(id="deep")
            for _ in range(levels // 3):
                here = here.branch_node.if_else.case.then_node
                here.id = "n"


def random_garbage(draw: random.Random) -> Given:
    """Something to compile: right but for some damage, or all scribbles."""
    if draw.random() < 0.3:
        given = Given(pb.WorkflowTemplate(), [pb.WorkflowTemplate()], [pb.TaskTemplate()], [pb.LaunchPlan()])
        for each in (given.primary, *given.sub_workflows, *given.tasks, *given.launch_plans):
            for _ in range(draw.randint(0, 6)):
                scribble(draw, each, 8)
        return given
    given = random_given(draw, most=2)
    for each in (given.primary, *given.sub_workflows, *given.tasks, *given.launch_plans):
        if each is given.primary or draw.random() < 0.2:
            damage(draw, each)
    if draw.random() < 0.05:
        nest(draw, given)
    return given


def told(call: Callable[[], object]) -> tuple[Problem, ...] | None:
    """The problems a call ended with; None where there were none."""
    try:
        call()
    except (CompileError, InputsError) as error:
        return error.problems
    return None


def outcome(given: Given) -> str:
    problems = told(given.compiled)
    if problems is not None:
        assert problems
        assert all(each.message and each.code not in NEVER_RAISED for each in problems)
        return "refused"
    closure = given.compiled()
    assert wire(pb.CompiledWorkflowClosure.FromString(wire(closure))) == wire(closure)
    notes(closure)
    assert told(lambda: check_runnable(closure)) != ()
    return "compiled"


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_garbage_ends_in_a_closure_or_in_a_compile_error(batch):
    draw = random.Random(batch)
    outcomes = [outcome(random_garbage(draw)) for _ in range(EACH)]
    assert {*outcomes} == {"refused", "compiled"}


def test_garbage_for_launch_plans_and_inputs_ends_in_errors_of_ours():
    draw = random.Random(0)
    for _ in range(1_500):
        plan, interface, inputs = pb.LaunchPlan(), pb.TypedInterface(), pb.LiteralMap()
        for message in (plan, plan.spec, plan.closure, interface, inputs, inputs):
            scribble(draw, message, 7)
        assert told(partial(register_launch_plan, plan, interface)) != ()
        assert told(partial(merge_inputs, plan, inputs)) != ()
        assert told(partial(check_inputs, interface, inputs)) != ()
