"""Workflows: graphs of tasks and other workflows. A decorated body is traced once, on first need, into nodes."""

import enum
import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, ParamSpec, Protocol, Self, TypeAlias, TypeVar, overload

from volant.sdk.caller import caller, place_of, returns_at
from volant.sdk.errors import AuthoringError
from volant.sdk.failure_node import failure_node
from volant.sdk.interface import Interface, Unknown, interface_of
from volant.sdk.options import Overrides
from volant.sdk.problems import collecting, is_collecting, report, told_by
from volant.sdk.promise import Abandoned, Node, Promise, Reference
from volant.sdk.returning import returned
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
    """What a workflow is made of.

    Attributes:
        nodes: In the order of their calls.
        outputs: By name: a promise, a value, or lists and dicts of both; `Unknown` after a mistake.
        failure_node: Runs when the workflow fails, or None.
        places: "file:line" where each output is given.
        problems: What its author got wrong, where somebody collects mistakes.
    """

    nodes: Sequence[Node]
    outputs: Mapping[str, Any]
    failure_node: Node | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[AuthoringError, ...] = ()


class Workflow(ABC, Generic[P, R]):
    """A graph of tasks and other workflows. `@workflow` makes these, and `ImperativeWorkflow`.

    Attributes:
        name: Its Flyte name.
        module: The module it is found in.
        failure_policy: What happens to the rest when a node fails.
        interruptible: What its nodes are unless they say otherwise.
        place: "file:line" where it was written, for errors.

    Source: flytekit `WorkflowBase` (core/workflow.py).
    """

    name: str
    module: str
    place: str
    failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY
    interruptible: bool = False

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Refuse to make what is neither of a function nor imperative: flytekit's `Workflow` is the latter."""
        if cls is Workflow:
            raise AuthoringError(
                "Workflow is what @workflow makes of a function; it is not made by hand",
                fix='write ImperativeWorkflow(name="…"), which is what flytekit calls Workflow',
                place=caller(),
            )
        return super().__new__(cls)

    @property
    @abstractmethod
    def interface(self) -> Interface:
        """Its inputs and outputs.

        Raises:
            AuthoringError: They are not said, or not in a way that is possible.
        """

    @property
    @abstractmethod
    def traced(self) -> Traced:
        """What it is made of.

        Raises:
            AuthoringError: It is written in a way that cannot run; not where mistakes are collected.
        """

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def docs(self) -> str:
        """What its author wrote about it, or ""."""
        return ""

    @property
    def options(self) -> Overrides:
        """What a node that runs it says unless told otherwise."""
        return Overrides(interruptible=self.interruptible)

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

    def __repr__(self) -> str:
        return f"<workflow {self.name}>"


Handler: TypeAlias = PythonTask[..., Any] | Workflow[..., Any]
"""What may run when a workflow fails."""


class FunctionWorkflow(Workflow[P, R]):
    """A workflow of a decorated function.

    Attributes:
        function: Its body.
        on_failure: The task or workflow that runs when it fails, or None.

    Source: flytekit `PythonFunctionWorkflow` (core/workflow.py).
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY,
        interruptible: bool = False,
        on_failure: Handler | None = None,
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
        """Its inputs and outputs, as its signature says them."""
        return interface_of(self.function, f"workflow {self.name}")

    @property
    def docs(self) -> str:
        """Its docstring."""
        return inspect.getdoc(self.function) or ""

    @functools.cached_property
    def traced(self) -> Traced:
        """What its body came to, traced on first need.

        Raises:
            AuthoringError: The body does what tracing cannot do; not where mistakes are collected.
            Exception: Whatever else the body raises; likewise.
        """
        if not is_collecting():
            return self._trace(lambda inputs: self._body(**inputs))
        with collecting() as found:
            traced = self._trace(lambda inputs: _survived(lambda: self._body(**inputs), found))
        return replace(traced, problems=tuple(found))

    @property
    def _body(self) -> Callable[..., Any]:
        return self.function

    def _trace(self, body: Callable[[Mapping[str, Any]], Any]) -> Traced:
        wanted = self.interface.inputs
        inputs = {name: Promise(Reference(None, name, each.hint, self.name)) for name, each in wanted.items()}
        with tracing(self.name) as tracer:
            result = body(inputs)
        place = returns_at(self.function.__code__) if self.interface.outputs else self.place
        outputs = returned(result, self.interface, self.name, place)
        return Traced(tuple(tracer.nodes), outputs, self._handler(inputs), dict.fromkeys(outputs, place))

    def _handler(self, inputs: Mapping[str, Any]) -> Node | None:
        if self.on_failure is None:
            return None
        return failure_node(self.name, self.on_failure, inputs, FAILURE_NODE, self.place)

    def __getstate__(self) -> dict[str, Any]:
        """Without what tracing made: it is made again where this is unpickled."""
        return {key: value for key, value in self.__dict__.items() if key not in ("traced", "interface")}


def _survived(body: Callable[[], Any], found: list[AuthoringError]) -> Any:
    """What a body returns; what it raises is told, unless mistakes it made before are the likely cause."""
    try:
        return body()
    except Abandoned:
        return Unknown
    except Exception as error:  # noqa: BLE001 - a body may raise anything
        told = told_by(error)
        is_news = str(told) not in map(str, found)
        if is_news and (told is error or not found):
            report(told)
    return Unknown


class WorkflowDecorator(Protocol):
    """What `workflow(...)` with options returns."""

    def __call__(self, function: Callable[P, R], /) -> FunctionWorkflow[P, R]:
        """Make it."""
        ...


@overload
def workflow(function: Callable[P, R], /) -> FunctionWorkflow[P, R]: ...
@overload
def workflow(
    *,
    failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY,
    interruptible: bool = False,
    on_failure: Handler | None = None,
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


def _make(function: Any, options: Mapping[str, Any]) -> FunctionWorkflow[..., Any]:
    if not inspect.isfunction(function):
        raise AuthoringError(
            f"@workflow: {function!r} is not a function", fix="decorate a function: def name(...)", place=caller()
        )
    owner = f"workflow {function.__module__}.{function.__name__}"
    good = {name: value for name, value in options.items() if is_possible(owner, name, value)}
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        is_async = inspect.iscoroutinefunction(function)
        told = f"{owner}: it is {'an async def' if is_async else 'a generator'}, which cannot be traced"
        fix = (
            "write a plain def; tasks may be async def, and need no await in it" if is_async else "return, do not yield"
        )
        report(wrong := AuthoringError(told, fix=fix, place=place_of(function.__code__)))
        return _Untraceable(wrong, function, **good)
    return FunctionWorkflow(function, **good)


class _Untraceable(FunctionWorkflow[P, R]):
    """A workflow whose body cannot be traced, which is told whenever it is to be."""

    def __init__(self, wrong: AuthoringError, function: Callable[P, R], **options: Any) -> None:
        super().__init__(function, **options)
        self._wrong = wrong

    @property
    def _body(self) -> Callable[..., Any]:
        def body(**_: Any) -> Any:
            report(self._wrong)
            return Unknown

        return body


def is_possible(owner: str, name: str, value: Any) -> bool:
    """Whether a workflow's option can have that value.

    Raises:
        AuthoringError: It cannot, or there is no such option; not where mistakes are collected.
    """
    if name not in _OPTIONS:
        fix = f"the options are {', '.join(_OPTIONS)}"
        report(AuthoringError(f"{owner}: there is no option {name!r}", fix=fix, place=caller()))
        return False
    kinds, fix = _OPTIONS[name]
    if not isinstance(value, kinds):
        report(AuthoringError(f"{owner}: {name}={value!r} is not possible", fix=fix, place=caller()))
        return False
    return True


_OPTIONS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "failure_policy": ((WorkflowFailurePolicy,), "use a member of WorkflowFailurePolicy"),
    "interruptible": ((bool,), "write True or False"),
    "on_failure": ((PythonTask, Workflow, type(None)), "give it a task or a workflow"),
}
