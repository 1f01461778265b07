"""What can be wrong with a workflow, collected: a compile reports everything it finds at once.

Source: flytepropeller pkg/compiler/errors.
"""

import difflib
import enum
from collections.abc import Collection, Iterable, Sequence

import msgspec

from volant.base.errors import UnsupportedError, UserError

_MOST_NAMES = 200
_SHOWN_NAMES = 8


class Code(enum.StrEnum):
    """Flyte's compile error codes, as far as Volant raises them, and UNSUPPORTED, which is ours."""

    CYCLE_DETECTED = "CycleDetected"
    UNREACHABLE_NODES = "UnreachableNodes"
    NO_NODES_FOUND = "NoNodesFound"
    VALUE_REQUIRED = "ValueRequired"
    INVALID_VALUE = "InvalidValue"
    UNRECOGNIZED_VALUE = "UnrecognizedValue"
    DUPLICATE_ID = "DuplicateId"
    DUPLICATE_ALIAS = "DuplicateAlias"
    NODE_NOT_FOUND = "NodeReferenceNotFound"
    TASK_NOT_FOUND = "TaskReferenceNotFound"
    WORKFLOW_NOT_FOUND = "WorkflowReferenceNotFound"
    VARIABLE_NOT_FOUND = "VariableNameNotFound"
    FIELD_NOT_FOUND = "FieldNotFound"
    BOUND_TWICE = "ParameterBoundMoreThanOnce"
    NOT_BOUND = "ParameterNotBound"
    MISMATCHING_TYPES = "MismatchingTypes"
    MISMATCHING_BINDINGS = "MismatchingBindings"
    AMBIGUOUS_UNION = "AmbiguousBindingUnionValue"
    INCOMPATIBLE_UNION = "IncompatibleBindingUnionValue"
    ILLEGAL_ENUM_VALUE = "IllegalEnumValue"
    INVALID_LITERAL_TYPE = "InvalidLiteralType"
    SYNTAX_ERROR = "SyntaxError"
    UNSUPPORTED = "Unsupported"


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    Attributes:
        code: One of `Code`.
        node: The node it is about; a task's name for a task, "start-node" for the workflow itself.
        message: What, with the value and what would be right; begins with the workflow's name where that is
            not the primary one.
        workflow: `entity_key` of the workflow it is in; "" for a task.
        fix: What to do about it; "" where the message says it all.
    """

    code: str
    node: str
    message: str
    workflow: str = ""
    fix: str = ""

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


class UnsupportedWorkflowError(CompileError, UnsupportedError):
    """The workflow is right, but uses what this Volant cannot run; nothing else is wrong with it."""


class Problems:
    """Collects problems; the same one counts once."""

    def __init__(self, workflow: str = "") -> None:
        self._found: dict[Problem, None] = {}
        self._prefix = f"in {workflow}: " if workflow else ""

    def within(self, workflow: str) -> "Problems":
        """A view that adds to the same collection and names the workflow in every message."""
        view = Problems(workflow)
        view._found = self._found
        return view

    def add(self, code: Code, node: str, message: str) -> None:
        """One more problem."""
        self._found.setdefault(Problem(code.value, node, self._prefix + message))

    def raise_any(self) -> None:
        """Ends the compile if anything was found.

        Raises:
            CompileError: With everything found.
            UnsupportedWorkflowError: Likewise, where everything found is merely unsupported.
        """
        if not self._found:
            return
        only_unsupported = all(problem.code == Code.UNSUPPORTED for problem in self._found)
        raise (UnsupportedWorkflowError if only_unsupported else CompileError)(self._found)


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


def shortened(names: Sequence[str]) -> str:
    """The first eight names, quoted, and "…" where there are more."""
    return ", ".join(map(repr, names[:_SHOWN_NAMES])) + (", …" if len(names) > _SHOWN_NAMES else "")
