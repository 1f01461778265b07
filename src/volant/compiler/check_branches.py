"""Checks of branches: their arms, their conditions, and what comes out of them. Engine spec 1.5."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from volant.compiler.library import Ports, Types
from volant.compiler.nodes import Arm
from volant.compiler.problems import Code, Fault, known
from volant.idl import pb
from volant.idl.literal_types import alike, kind_of
from volant.idl.literals import scalar_type
from volant.idl.preview import show
from volant.idl.type_names import show_type

_NO_CONDITION_FIX = "begin it with conditional(…).if_(…) and a comparison"
_SIDES = {"left": "left_value", "right": "right_value"}


def check_arms(branch: pb.BranchNode, found: Sequence[Arm]) -> Iterator[Fault]:
    """What is missing: a first case, a condition, a node to run, an else."""
    if not branch.if_else.HasField("case"):
        yield Fault(Code.BRANCH_NO_CONDITION, "the branch has no first case", _NO_CONDITION_FIX)
    for arm in found:
        if arm.condition is None and not arm.is_else:
            yield Fault(Code.BRANCH_NO_CONDITION, f"{arm.place} of the branch has no condition", _NO_CONDITION_FIX)
        if arm.node is None:
            yield Fault(Code.BRANCH_NO_NODE, f"{arm.place} of the branch runs nothing", "end it with .then(…)")
    if branch.if_else.WhichOneof("default") is None:
        fix = "end it with .else_().then(…) or .else_().fail('why')"
        yield Fault(Code.BRANCH_NO_DEFAULT, "the branch has no else", fix)


def joined_outputs(found: Mapping[str, Ports]) -> tuple[Types | None, list[Fault]]:
    """What a branch gives: the outputs that all its nodes have; and those whose types differ.

    Args:
        found: The ports of the node of each arm, by the node's id, in order.
    """
    sides = {name: ports.outputs for name, ports in found.items() if ports.outputs is not None}
    if not sides or len(sides) < len(found):
        return None, []
    (first, outputs), *others = sides.items()
    shared = {name: outputs[name] for name in outputs if all(name in side for _, side in others)}
    return shared, [
        Fault(
            Code.MISMATCHING_TYPES,
            f"output {name!r} is {show_type(kind)} from {first}, but {show_type(side[name])} from {other}",
            "let every case of a branch give the same type",
        )
        for name, kind in shared.items()
        for other, side in others
        if kind is not None and side[name] is not None and kind != side[name]
    ]


def check_condition(condition: pb.BooleanExpression, place: str, inputs: Types) -> Iterator[Fault]:
    """What is wrong with the condition of one case.

    Args:
        condition: Comparisons, and conjunctions of them.
        place: The case, e.g. "the first case".
        inputs: Types of the variables bound on the branch.
    """
    match condition.WhichOneof("expr"):
        case "comparison":
            yield from _check_comparison(condition.comparison, place, inputs)
        case "conjunction":
            for side in ("left", "right"):
                yield from _check_side(condition.conjunction, f"{side}_expression", place, inputs)
        case _:
            yield Fault(Code.VALUE_REQUIRED, f"the condition of {place} is empty", _NO_CONDITION_FIX)


def _check_side(conjunction: Any, field: str, place: str, inputs: Types) -> Iterator[Fault]:
    if conjunction.HasField(field):
        yield from check_condition(getattr(conjunction, field), place, inputs)
    else:
        message = f"the condition of {place} has only one side"
        yield Fault(Code.BRANCH_NO_CONDITION, message, "compare on both sides of & and |")


def _check_comparison(comparison: Any, place: str, inputs: Types) -> Iterator[Fault]:
    faults = [fault for side in _SIDES for fault in _check_operand(comparison, side, place, inputs)]
    yield from faults
    if faults:
        return
    left, right = (getattr(comparison, field) for field in _SIDES.values())
    one, other = _type_of(left, inputs), _type_of(right, inputs)
    if one is not None and other is not None and not _comparable(one, other):
        compared = f"{_shown(left)}, {show_type(one)}, with {_shown(right)}, {show_type(other)}"
        fix = "compare values of one type: an int is no float, and an enum no text"
        yield Fault(Code.MISMATCHING_TYPES, f"the condition of {place} compares {compared}", fix)


def _check_operand(comparison: Any, side: str, place: str, inputs: Types) -> Iterator[Fault]:
    operand = getattr(comparison, _SIDES[side])
    given = operand.WhichOneof("val")
    if given is None or (given == "var" and not operand.var):
        message = f"the condition of {place} compares with nothing on its {side}"
        yield Fault(Code.VALUE_REQUIRED, message, "compare an input or an output with another, or with a constant")
    elif given == "var" and operand.var not in inputs:
        message = f"the condition of {place} uses {operand.var!r}; {known('inputs', inputs, operand.var)}"
        yield Fault(Code.VARIABLE_NOT_FOUND, message, f"bind {operand.var!r} on the branch")


def _type_of(operand: Any, inputs: Types) -> Any:
    """None where it is not known, which compares with everything."""
    match operand.WhichOneof("val"):
        case "var":
            return inputs[operand.var]
        case "primitive":
            kind = scalar_type(pb.Scalar(primitive=operand.primitive))
        case _:
            kind = scalar_type(operand.scalar)
    return kind if kind_of(kind) else None


def _comparable(one: Any, other: Any) -> bool:
    """Whether the types are alike, or may be: a Union is compared as what it holds."""
    return any(alike(*pair) for pair in product(_variants(one), _variants(other)))


def _variants(kind: Any) -> Any:
    return kind.union_type.variants if kind_of(kind) == "union_type" else (kind,)


def _shown(operand: Any) -> str:
    match operand.WhichOneof("val"):
        case "var":
            return str(operand.var)
        case "primitive":
            return show(pb.Literal(scalar=pb.Scalar(primitive=operand.primitive)), 60)
    return show(pb.Literal(scalar=operand.scalar), 60)
