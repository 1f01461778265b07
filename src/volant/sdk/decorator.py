"""`@task`, and `create_node`."""

import datetime as dt
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from volant.sdk.caller import caller
from volant.sdk.errors import AuthoringError
from volant.sdk.options import Isolation
from volant.sdk.promise import Node
from volant.sdk.resources import Resources
from volant.sdk.task import AsyncFunctionTask, PythonFunctionTask, class_for
from volant.sdk.tracing import current_tracer

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class TaskDecorator(Protocol):
    """What `task(...)` with options returns."""

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncFunctionTask[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> PythonFunctionTask[P, R]: ...


@overload
def task(function: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncFunctionTask[P, R]: ...
@overload
def task(function: Callable[P, R], /) -> PythonFunctionTask[P, R]: ...
@overload
def task(
    *,
    task_config: object = None,
    retries: int = 0,
    timeout: dt.timedelta | float = 0,
    cache: bool = False,
    cache_version: str = "",
    cache_serialize: bool = False,
    cache_ignore_input_vars: tuple[str, ...] = (),
    interruptible: bool | None = None,
    requests: Resources | None = None,
    limits: Resources | None = None,
    environment: Mapping[str, str] | None = None,
    isolation: Isolation = "reuse",
) -> TaskDecorator: ...
def task(function: Any = None, /, *, task_config: object = None, **options: Any) -> Any:
    """A task of a function: call it in a workflow, or directly as plain Python.

    With and without parentheses; every option is a field of `TaskOptions`.

    Args:
        function: With every parameter and its result annotated.
        task_config: Picks the class the task is of; see `PythonFunctionTask.bind`.
        options: See `TaskOptions`. One differs from flytekit: `retries=3` retries any exception but
            `NonRecoverableError`.

    Raises:
        AuthoringError: An option does not exist or cannot have that value; where it is written.

    Source: flytekit `task` (core/task.py).
    """
    make = class_for(task_config)
    if function is not None:
        return make(function, task_config=task_config, **options)
    return lambda function: make(function, task_config=task_config, **options)


class Entity(Protocol[P, R_co]):
    """Anything that can be called in a workflow's body: a task or a workflow."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it."""
        ...


def create_node(entity: Entity[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Node:
    """The node of a call, instead of the promises of its outputs: for `>>` and `with_overrides`.

    Type checkers take what a call returns for its value; a node they know as one.

    Raises:
        AuthoringError: Outside a workflow's body, or the arguments do not fit.

    Source: flytekit `create_node` (core/node_creation.py).
    """
    tracer = current_tracer()
    if tracer is None:
        raise AuthoringError(
            "create_node makes nodes in a workflow's body only", fix="call it in a workflow", place=caller()
        )
    found: Any = entity
    return tracer.add(found, found.interface, args, kwargs)
