"""Checks of values against an interface: a run's inputs before it starts, a task's outputs when it ends.

Source: flyteadmin pkg/manager/impl/validation and engine spec 1.7, 13.16.
"""

from collections.abc import Iterator
from typing import Any

from volant.base.errors import UserError
from volant.compiler.check_bindings import check_enum
from volant.compiler.fixes import constant_fix
from volant.compiler.problems import Code, Fault, Problem, known
from volant.idl import pb
from volant.idl.literal_types import castable, kind_of
from volant.idl.literals import literal_type_of
from volant.idl.preview import show
from volant.idl.type_names import show_type


class InputsError(UserError):
    """A run's inputs do not fit the interface; nothing started.

    Attributes:
        problems: Everything found; the node of each is the input's name.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.message for problem in problems))


def check_inputs(
    interface: pb.TypedInterface, inputs: pb.LiteralMap, defaults: pb.LiteralMap | None = None
) -> pb.LiteralMap:
    """The inputs a run starts with: those given, and the defaults of those not given.

    Args:
        interface: Every input of it must have a value in the end, optional or not.
        inputs: As given.
        defaults: For inputs that were not given; names the interface does not have are left out.

    Raises:
        InputsError: An input is unknown, missing or of the wrong type; with every problem found.
    """
    variables = interface.inputs.variables
    complete = pb.LiteralMap()
    for name in variables:
        for source in (inputs, defaults):
            if source is not None and name in source.literals:
                complete.literals[name].CopyFrom(source.literals[name])
                break
    problems = (*_unknown(variables, inputs), *_unfit(variables, complete))
    if problems:
        raise InputsError(problems)
    return complete


def _unknown(variables: Any, inputs: pb.LiteralMap) -> Iterator[Problem]:
    for name in sorted(set(inputs.literals) - set(variables)):
        message = f"there is no input {name!r}; {known('inputs', variables, name)}"
        yield Problem(Code.VARIABLE_NOT_FOUND.value, name, message)


def _unfit(variables: Any, given: pb.LiteralMap) -> Iterator[Problem]:
    for name in sorted(variables):
        kind = variables[name].type
        if name not in given.literals:
            message = f"input {name!r} is missing; it takes {show_type(kind)}"
            yield Problem(Code.NOT_BOUND.value, name, message)
            continue
        found = mismatch(given.literals[name], kind)
        if found is not None:
            yield Problem(found.code.value, name, f"input {name!r} {found.message}", fix=found.fix)


def mismatch(literal: pb.Literal, kind: pb.LiteralType) -> Fault | None:
    """Why a value is not of a type, as the end of a sentence; None where it is."""
    source = literal_type_of(literal)
    if not kind_of(source):
        message = f"holds a value of unknown type, but takes {show_type(kind)}"
        return Fault(Code.INVALID_LITERAL_TYPE, message, "update Volant, or the SDK that made it")
    if not castable(source, kind):
        message = f"is {show(literal, 60)}, {show_type(source)}, but takes {show_type(kind)}"
        return Fault(Code.MISMATCHING_TYPES, message, constant_fix(source, kind))
    if kind_of(kind) == "enum_type":
        return next(check_enum(literal, kind), None)
    return None


def check_outputs(interface: pb.TypedInterface, outputs: pb.LiteralMap) -> str | None:
    """Why these are not a task's outputs, for people; None where they are.

    Every declared output must be there and of its type; what is not declared does not count.
    """
    variables = interface.outputs.variables
    reasons = [reason for name in sorted(variables) if (reason := _bad_output(name, variables, outputs))]
    return "; ".join(reasons) or None


def _bad_output(name: str, variables: Any, outputs: pb.LiteralMap) -> str | None:
    kind = variables[name].type
    if name not in outputs.literals:
        return f"output {name!r}, {show_type(kind)}, is missing"
    found = mismatch(outputs.literals[name], kind)
    return f"output {name!r} {found.message.replace('but takes', 'but is declared as')}" if found else None
