"""What can be wrong with a workflow, collected: a compile reports everything it finds at once.

Source: flytepropeller pkg/compiler/errors.
"""

import difflib
import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Self

import msgspec

from volant.base.errors import UnsupportedError, UserError

_MOST_NAMES = 200
_SHOWN_NAMES = 8


class Code(enum.StrEnum):
    """Flyte's 31 compile error codes, and UNSUPPORTED, which is ours.

    Two of Flyte's are declared and never raised, there and here: MISMATCHING_INTERFACES and INCONSISTENT_TYPES.
    UNSUPPORTED and NO_ENTRY_NODE come from `compiler.runnable`, all others from `compiler.compile`.

    Source: flytepropeller pkg/compiler/errors/compiler_errors.go; engine spec 1.8.
    """

    CYCLE_DETECTED = "CycleDetected"
    BRANCH_NO_NODE = "BranchNodeIdNotFound"
    BRANCH_NO_CONDITION = "BranchNodeHasNoCondition"
    BRANCH_NO_DEFAULT = "BranchNodeHasNoDefault"
    VALUE_REQUIRED = "ValueRequired"
    INVALID_VALUE = "InvalidValue"
    NODE_NOT_FOUND = "NodeReferenceNotFound"
    TASK_NOT_FOUND = "TaskReferenceNotFound"
    WORKFLOW_NOT_FOUND = "WorkflowReferenceNotFound"
    VARIABLE_NOT_FOUND = "VariableNameNotFound"
    DUPLICATE_ALIAS = "DuplicateAlias"
    DUPLICATE_ID = "DuplicateId"
    MISMATCHING_TYPES = "MismatchingTypes"
    MISMATCHING_BINDINGS = "MismatchingBindings"
    MISMATCHING_INTERFACES = "MismatchingInterfaces"
    INCONSISTENT_TYPES = "InconsistentTypes"
    BOUND_TWICE = "ParameterBoundMoreThanOnce"
    NOT_BOUND = "ParameterNotBound"
    NO_ENTRY_NODE = "NoEntryNodeFound"
    UNREACHABLE_NODES = "UnreachableNodes"
    UNRECOGNIZED_VALUE = "UnrecognizedValue"
    WORKFLOW_BUILD_ERROR = "WorkflowBuildError"
    VALUE_COLLISION = "ValueCollision"
    SYNTAX_ERROR = "SyntaxError"
    NO_NODES_FOUND = "NoNodesFound"
    ILLEGAL_ENUM_VALUE = "IllegalEnumValue"
    AMBIGUOUS_UNION = "AmbiguousBindingUnionValue"
    INCOMPATIBLE_UNION = "IncompatibleBindingUnionValue"
    NO_CONDITION = "NoConditionFound"
    FIELD_NOT_FOUND = "FieldNotFound"
    INVALID_LITERAL_TYPE = "InvalidLiteralType"
    UNSUPPORTED = "Unsupported"


class Fault(NamedTuple):
    """What is wrong with a part of something, before it is known what it is a part of.

    Attributes:
        code: Which kind of mistake.
        message: The end of a sentence that begins with the name of the part.
        fix: What to do about it; "" where the message says it all.
    """

    code: Code
    message: str
    fix: str = ""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    Attributes:
        code: One of `Code`; of a note (`runnable.notes`) "Note".
        node: The node it is about; a task's name for a task, "start-node" for the workflow itself.
        message: What, with the value and what would be right; begins with the workflow's name where that is
            not the primary one.
        workflow: `entity_key` of the workflow it is in; "" for a task.
        fix: What to do about it; "" where the message says it all.
        place: "file:line" of the author's code; "" until somebody who knows it says it.
    """

    code: str
    node: str
    message: str
    workflow: str = ""
    fix: str = ""
    place: str = ""

    def __str__(self) -> str:
        """The problem in Flyte's text form."""
        return f"Code: {self.code}, Node Id: {self.node}, Description: {self.message}"


class CompileError(UserError):
    """The workflow is wrong; nothing ran.

    Attributes:
        problems: Everything found, each once, in the order found.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1)]
        super().__init__("\n".join([f"Collected Errors: {len(lines)}", *lines]))

    def located(self, places: Mapping[str, Mapping[str, str]]) -> Self:
        """The same with the lines of the calls: by `Problem.workflow`, then by node; "" is the workflow's own."""
        return type(self)(_located(each, places) for each in self.problems)


def _located(problem: Problem, places: Mapping[str, Mapping[str, str]]) -> Problem:
    known = places.get(problem.workflow, {})
    return msgspec.structs.replace(problem, place=known.get(problem.node) or known.get("", ""))


class UnsupportedWorkflowError(CompileError, UnsupportedError):
    """The workflow is right, but uses what this Volant cannot run; nothing else is wrong with it."""


class Problems:
    """Collects problems; the same one counts once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._workflow = ""
        self._prefix = ""

    def within(self, workflow: str, prefix: str = "") -> "Problems":
        """A view that adds to the same collection.

        Args:
            workflow: `Problem.workflow` of what is added.
            prefix: Begins every message.
        """
        view = Problems()
        view._found, view._workflow, view._prefix = self._found, workflow, prefix
        return view

    def add(self, code: Code, node: str, message: str, fix: str = "") -> None:
        """One more problem."""
        self._found.setdefault(Problem(code.value, node, self._prefix + message, self._workflow, fix))

    def raise_any(self) -> None:
        """Ends the compile if anything was found.

        Raises:
            CompileError: With everything found.
        """
        if self._found:
            raise CompileError(self._found)


def known(what: str, names: Collection[str], missed: str) -> str:
    """The end of a message about a name that does not exist: the nearest one, or those there are.

    Args:
        what: What the names are, in the plural.
        names: Those that exist; of very many only the number is told, lest a thousand errors take minutes.
        missed: The one that does not.
    """
    if not names:
        return f"there are no {what}"
    if len(names) > _MOST_NAMES:
        return f"none of the {len(names)} {what} is called so"
    near = difflib.get_close_matches(missed, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"the {what} are {shortened(sorted(names))}"


def known_key(what: str, keys: Collection[str], missed: str) -> str:
    """The same about an `entity_key`; nearest is what has the nearest name, of whatever project and version."""
    near = difflib.get_close_matches(_name_in(missed), map(_name_in, keys), n=1) if len(keys) <= _MOST_NAMES else []
    if near:
        return f"did you mean {next(key for key in sorted(keys) if _name_in(key) == near[0])!r}?"
    return f"the {what} are {shortened(sorted(keys))}" if keys else f"there are no {what}"


def _name_in(key: str) -> str:
    return key.split(":")[2]


def shortened(names: Sequence[str]) -> str:
    """The first eight names, quoted, and "…" where there are more."""
    return ", ".join(map(repr, names[:_SHOWN_NAMES])) + (", …" if len(names) > _SHOWN_NAMES else "")
