"""Workflows: a body that is traced once, on first need, into nodes."""

import enum
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, ParamSpec, Protocol, TypeVar, get_args, overload

from volant.sdk.caller import caller, place_of
from volant.sdk.errors import AuthoringError, WorkflowError
from volant.sdk.interface import REQUIRED, Interface, interface_of, named, show_type
from volant.sdk.promise import Node, Outputs, Promise, Reference
from volant.sdk.task import PythonTask
from volant.sdk.tracing import current_tracer, tracing

P = ParamSpec("P")
R = TypeVar("R")

FAILURE_NODE = "fn0"


class WorkflowFailurePolicy(enum.Enum):
    """What happens to the rest when a node fails. Source: flytekit `WorkflowFailurePolicy`."""

    FAIL_IMMEDIATELY = 0
    FAIL_AFTER_EXECUTABLE_NODES_COMPLETE = 1


@dataclass(frozen=True)
class Traced:
    """What a body came to.

    Attributes:
        nodes: In the order of their calls.
        outputs: By name: a promise, a value, or lists and dicts of both.
        failure_node: Runs when the workflow fails, or None.
    """

    nodes: Sequence[Node]
    outputs: Mapping[str, Any]
    failure_node: Node | None


class Workflow(Generic[P, R]):
    """A graph of tasks and other workflows. `@workflow` makes these.

    Attributes:
        name: `module.name`, its Flyte name.
        module: The module it is found in.
        function: Its body.
        failure_policy: What happens to the rest when a node fails.
        interruptible: What its nodes are unless they say otherwise.
        on_failure: The task or workflow that runs when it fails, or None.
        place: "file:line" where it was written, for errors.

    Source: flytekit `PythonFunctionWorkflow` (core/workflow.py).
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY,
        interruptible: bool = False,
        on_failure: Any = None,
    ) -> None:
        """Make a workflow of a body; nothing is traced yet."""
        self.module = function.__module__ or "__main__"
        self.name = f"{self.module}.{function.__name__}"
        self.function = function
        self.failure_policy = failure_policy
        self.interruptible = interruptible
        self.on_failure = on_failure
        self.place = place_of(function.__code__)
        functools.update_wrapper(self, function)

    @functools.cached_property
    def interface(self) -> Interface:
        """Its inputs and outputs, as its signature says them.

        Raises:
            AuthoringError: The signature does not say them.
        """
        return interface_of(self.function, f"workflow {self.name}")

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def docs(self) -> str:
        """Its docstring."""
        return inspect.getdoc(self.function) or ""

    @functools.cached_property
    def traced(self) -> Traced:
        """What its body came to, traced on first need.

        Raises:
            AuthoringError: The body does what tracing cannot do; or whatever else it raises.
        """
        interface = self.interface
        inputs: Any = {
            name: Promise(Reference(None, name, each.hint, self.name)) for name, each in interface.inputs.items()
        }
        with tracing(self.name) as tracer:
            body: Callable[..., Any] = self.function
            result = body(**inputs)
        failure_node = self._failure_node(inputs) if self.on_failure is not None else None
        return Traced(tuple(tracer.nodes), self._outputs(result), failure_node)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """In a workflow's body: a node. Elsewhere: its tasks, called one after another in this process."""
        tracer = current_tracer()
        found: Any
        if tracer is not None:
            found = tracer.call(self, self.interface, args, kwargs)
        else:
            from volant.sdk.local import call_workflow

            found = call_workflow(self, args, kwargs)
        return found  # type: ignore[no-any-return]

    def _outputs(self, result: Any) -> Mapping[str, Any]:
        names = list(self.interface.outputs)
        if not names:
            return self._no_outputs(result)
        if not self.interface.many:
            return {names[0]: result}
        if not isinstance(result, tuple) or len(result) != len(names):
            got = f"{len(result)} values" if isinstance(result, tuple) else repr(result)
            raise AuthoringError(
                f"workflow {self.name}: it returns {got}, its annotation says {named(names)}",
                fix="return a tuple of one value for each output",
                place=self.place,
            )
        return dict(zip(names, result, strict=True))

    def _no_outputs(self, result: Any) -> Mapping[str, Any]:
        if isinstance(result, Promise | Outputs) or (result is not None and not isinstance(result, Node)):
            raise AuthoringError(
                f"workflow {self.name}: it returns {result!r}, but is annotated to return nothing",
                fix="annotate what it returns, e.g. -> int",
                place=self.place,
            )
        return {}

    def _failure_node(self, inputs: Mapping[str, Any]) -> Node:
        handler = self.on_failure
        arguments = {
            name: self._failure_argument(name, each, inputs) for name, each in handler.interface.inputs.items()
        }
        return Node(0, handler, handler.interface, arguments, self.name, self.place, default_id=FAILURE_NODE)

    def _failure_argument(self, name: str, wanted: Any, inputs: Mapping[str, Any]) -> Any:
        if name == "err":
            return self._no_error_yet(wanted.hint)
        if name in inputs:
            return inputs[name]
        if wanted.default is not REQUIRED:
            return wanted.default
        raise AuthoringError(
            f"workflow {self.name}: on_failure={self.on_failure.name} has the input {name!r}, which the "
            "workflow has not",
            fix=f"give the workflow an input {name!r}, or {name!r} a default; the error comes as "
            f"err: {WorkflowError.__name__} | None",
            place=self.place,
        )

    def _no_error_yet(self, hint: Any) -> None:
        if {WorkflowError, type(None)} <= set(get_args(hint)):
            return
        raise AuthoringError(
            f"workflow {self.name}: on_failure={self.on_failure.name} takes err as {show_type(hint)}",
            fix=f"annotate it as err: {WorkflowError.__name__} | None",
            place=self.place,
        )

    def __getstate__(self) -> dict[str, Any]:
        """Without what tracing made: it is made again where this is unpickled."""
        return {key: value for key, value in self.__dict__.items() if key not in ("traced", "interface")}

    def __repr__(self) -> str:
        return f"<workflow {self.name}>"


class WorkflowDecorator(Protocol):
    """What `workflow(...)` with options returns."""

    def __call__(self, function: Callable[P, R], /) -> Workflow[P, R]:
        """Make it."""
        ...


@overload
def workflow(function: Callable[P, R], /) -> Workflow[P, R]: ...
@overload
def workflow(
    *,
    failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY,
    interruptible: bool = False,
    on_failure: Any = None,
) -> WorkflowDecorator: ...
def workflow(function: Any = None, /, **options: Any) -> Any:
    """A workflow of a function whose body calls tasks and workflows. With and without parentheses.

    Args:
        function: With every parameter and its result annotated. It runs once, with promises for inputs.
        options: `failure_policy`, `interruptible` (of nodes that do not say) and `on_failure`: a task or
            workflow that takes some of the inputs and, if it likes, `err: WorkflowError | None`.

    Raises:
        AuthoringError: An option cannot have that value.

    Source: flytekit `workflow` (core/workflow.py).
    """
    if function is not None:
        return _make(function, options)
    return lambda function: _make(function, options)


def _make(function: Any, options: Mapping[str, Any]) -> Workflow[..., Any]:
    if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
        raise AuthoringError(
            f"@workflow: {function!r} is not a plain function",
            fix="decorate a def, not an async def",
            place=caller(),
        )
    for name, value in options.items():
        _check(f"workflow {function.__module__}.{function.__name__}", name, value)
    return Workflow(function, **options)


def _check(owner: str, name: str, value: Any) -> None:
    if name not in _OPTIONS:
        raise AuthoringError(
            f"{owner}: there is no option {name!r}", fix=f"the options are {', '.join(_OPTIONS)}", place=caller()
        )
    kinds, fix = _OPTIONS[name]
    if not isinstance(value, kinds):
        raise AuthoringError(f"{owner}: {name}={value!r} is not possible", fix=fix, place=caller())


_OPTIONS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "failure_policy": ((WorkflowFailurePolicy,), "use a member of WorkflowFailurePolicy"),
    "interruptible": ((bool,), "write True or False"),
    "on_failure": ((PythonTask, Workflow, type(None)), "give it a task or a workflow"),
}
