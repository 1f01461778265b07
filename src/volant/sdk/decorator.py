"""`@task`, and `create_node`."""

from __future__ import annotations  # the classes of options are imported by who uses them, not by everybody

import datetime as dt
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, overload

from volant.sdk.caller import caller
from volant.sdk.errors import AuthoringError
from volant.sdk.function_task import AsyncFunctionTask, PythonFunctionTask, class_for
from volant.sdk.options import Isolation, SharedMemory
from volant.sdk.promise import Node
from volant.sdk.resources import Resources
from volant.sdk.tracing import current_tracer

if TYPE_CHECKING:
    from volant.sdk.accelerators import GPUAccelerator
    from volant.sdk.cache import Cache
    from volant.sdk.deck import DeckField
    from volant.sdk.documentation import Documentation
    from volant.sdk.pod import PodTemplate
    from volant.sdk.resolver import TaskResolver
    from volant.sdk.secret import Secret

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
    cache: bool | Cache = False,
    cache_version: str = "",
    cache_serialize: bool = False,
    cache_ignore_input_vars: tuple[str, ...] = (),
    interruptible: bool | None = None,
    deprecated: str = "",
    requests: Resources | None = None,
    limits: Resources | None = None,
    resources: Resources | None = None,
    environment: Mapping[str, str] | None = None,
    isolation: Isolation = "reuse",
    container_image: str | None = None,
    accelerator: GPUAccelerator | None = None,
    shared_memory: SharedMemory | None = None,
    secret_requests: Sequence[Secret] = (),
    pod_template: PodTemplate | None = None,
    pod_template_name: str | None = None,
    enable_deck: bool | None = None,
    deck_fields: tuple[DeckField, ...] = (),
    docs: str | Documentation | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    task_resolver: TaskResolver | None = None,
) -> TaskDecorator: ...
def task(function: Any = None, /, *, task_config: object = None, **options: Any) -> Any:
    """A task of a function: call it in a workflow, or directly as plain Python.

    With and without parentheses; every option is a field of `TaskOptions`, or `resources`: requests and limits
    in one. `cache` is True, with `cache_version`, or a `Cache`.

    Args:
        function: With every parameter and its result annotated.
        task_config: Picks the class the task is of; see `PythonFunctionTask.bind`.
        options: See `TaskOptions`. One differs from flytekit: `retries=3` retries any exception but
            `NonRecoverableError`. What speaks of a cluster (image, pod, accelerator, shared memory) is kept in
            the template; a run on this machine calls the function in this Python.

    Raises:
        AuthoringError: An option does not exist or cannot have that value; where it is written.

    Source: flytekit `task` (core/task.py).
    """
    make = class_for(task_config)
    if function is not None:
        return make(function, task_config=task_config, **options)
    return lambda function: make(function, task_config=task_config, **options)


class Entity(Protocol[P, R_co]):
    """Anything that can be called in a workflow's body: a task, a workflow, a launch plan; no plain function."""

    @property
    def short_name(self) -> str:
        """The last part of its name; a plain function has none."""
        ...

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
    if not hasattr(found, "interface"):
        raise AuthoringError(
            f"create_node: {found!r} is neither a task nor a workflow", fix="decorate it with @task", place=caller()
        )
    return tracer.add(found, found.interface, args, kwargs)
