"""Tasks, workflows and launch plans that are registered elsewhere: only their signature is written here."""

import functools
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, ParamSpec, Protocol, TypeVar, overload

from volant.sdk.caller import caller, place_of
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface, interface_of
from volant.sdk.problems import report
from volant.sdk.task import PythonTask
from volant.sdk.tracing import current_tracer
from volant.sdk.workflow import Traced, Workflow

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class EntityId:
    """What is referred to.

    Attributes:
        project: It is registered in.
        domain: Likewise.
        name: Its Flyte name.
        version: Its.
    """

    project: str
    domain: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.project}:{self.domain}:{self.name}:{self.version}"


class _Reference(Generic[P, R]):
    """What all three have: the signature of a function that is never called."""

    kind: ClassVar[str]
    id: EntityId
    name: str
    function: Callable[P, R]

    @functools.cached_property
    def interface(self) -> Interface:
        """What it takes and gives, as its author here believes."""
        return interface_of(self.function, f"reference {self.kind} {self.name}")

    @property
    def docs(self) -> str:
        """Its docstring here."""
        return inspect.getdoc(self.function) or ""

    def execute(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Refuse.

        Raises:
            AuthoringError: Always.
        """
        del args, kwargs
        raise AuthoringError(
            f"the {self.kind} {self.id} is registered elsewhere: it cannot run here",
            fix="in a test, stand in for it: with task_mock(...) as mock: mock.return_value = ...",
            place=caller(),
        )

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """In a workflow's body: a node. Elsewhere: refused, unless it is mocked."""
        tracer = current_tracer()
        if tracer is None:
            return self.execute(*args, **kwargs)
        found: R = tracer.call(self, self.interface, args, kwargs)
        return found


class ReferenceTask(_Reference[P, R], PythonTask[P, R]):
    """A task that is registered elsewhere. Source: flytekit `ReferenceTask` (core/task.py).

    Attributes:
        id: Which one.
        function: Whose signature it has; it is never called.
    """

    kind = "task"
    task_type = "reference"

    def __init__(self, id: EntityId, function: Callable[P, R]) -> None:
        """Refer to it."""
        super().__init__(function.__name__, module=function.__module__)
        self.id, self.name, self.function = id, id.name, function
        self.place = place_of(function.__code__)


class ReferenceWorkflow(_Reference[P, R], Workflow[P, R]):
    """A workflow that is registered elsewhere. Source: flytekit `ReferenceWorkflow` (core/workflow.py).

    Attributes:
        id: Which one.
        function: Whose signature it has; it is never called.
    """

    kind = "workflow"

    def __init__(self, id: EntityId, function: Callable[P, R]) -> None:
        """Refer to it."""
        self.id, self.name, self.function = id, id.name, function
        self.module, self.place = function.__module__, place_of(function.__code__)

    @property
    def traced(self) -> Traced:
        """Nothing is known of what it is made of."""
        return Traced((), {})


class ReferenceLaunchPlan(_Reference[P, R]):
    """A launch plan that is registered elsewhere. Source: flytekit `ReferenceLaunchPlan` (core/launch_plan.py).

    Attributes:
        id: Which one.
        name: Its Flyte name.
        module: The module it is written in.
        function: Whose signature it has; it is never called.
        place: "file:line" where it was written, for errors.
    """

    kind = "launch plan"

    def __init__(self, id: EntityId, function: Callable[P, R]) -> None:
        """Refer to it."""
        self.id, self.name, self.function = id, id.name, function
        self.module, self.place = function.__module__, place_of(function.__code__)

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<reference launch plan {self.name}>"


class ReferenceTaskDecorator(Protocol):
    """What `reference_task(...)` returns; a call of a task that is an `async def` gives its value, as in `@task`."""

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> ReferenceTask[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> ReferenceTask[P, R]: ...


def reference_task(project: str, domain: str, name: str, version: str) -> ReferenceTaskDecorator:
    """A task that is registered elsewhere, of a function that has its signature; the body does not count.

    Args:
        project: It is registered in.
        domain: Likewise.
        name: Its Flyte name.
        version: Its.

    Raises:
        AuthoringError: One of them is no text.

    Source: flytekit `reference_task` (core/task.py).
    """
    found = _checked("reference_task", project, domain, name, version)

    def refer(function: Callable[..., Any], /) -> Any:
        return ReferenceTask(found, _function("reference_task", function))

    return refer


def reference_workflow(
    project: str, domain: str, name: str, version: str
) -> Callable[[Callable[P, R]], ReferenceWorkflow[P, R]]:
    """A workflow that is registered elsewhere; otherwise as `reference_task`.

    Args:
        project: It is registered in.
        domain: Likewise.
        name: Its Flyte name.
        version: Its.

    Raises:
        AuthoringError: One of them is no text.

    Source: flytekit `reference_workflow` (core/workflow.py).
    """
    found = _checked("reference_workflow", project, domain, name, version)
    return lambda function: ReferenceWorkflow(found, _function("reference_workflow", function))


def reference_launch_plan(
    project: str, domain: str, name: str, version: str
) -> Callable[[Callable[P, R]], ReferenceLaunchPlan[P, R]]:
    """A launch plan that is registered elsewhere; otherwise as `reference_task`.

    Args:
        project: It is registered in.
        domain: Likewise.
        name: Its Flyte name.
        version: Its.

    Raises:
        AuthoringError: One of them is no text.

    Source: flytekit `reference_launch_plan` (core/launch_plan.py).
    """
    found = _checked("reference_launch_plan", project, domain, name, version)
    return lambda function: ReferenceLaunchPlan(found, _function("reference_launch_plan", function))


def _checked(what: str, project: Any, domain: Any, name: Any, version: Any) -> EntityId:
    parts = {"project": project, "domain": domain, "name": name, "version": version}
    for key, value in parts.items():
        if not isinstance(value, str) or not value.strip():
            told = f"@{what}: {key}={value!r} is not possible"
            report(AuthoringError(told, fix=f"write the {key} it is registered with", place=caller()))
    return EntityId(**{key: str(value) for key, value in parts.items()})


def _function(what: str, function: Any) -> Any:
    if not inspect.isfunction(function):
        raise AuthoringError(
            f"@{what}: {function!r} is not a function",
            fix="decorate a function that has the signature of what is referred to",
            place=caller(),
        )
    return function
