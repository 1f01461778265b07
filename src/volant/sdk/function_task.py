"""Tasks that call a function of the author's, and the config classes that pick their kind."""

import functools
import inspect
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar, Unpack

from volant.sdk.caller import caller, place_of
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface, interface_of
from volant.sdk.problems import report
from volant.sdk.task import PythonTask

if TYPE_CHECKING:
    from volant.sdk.task_keywords import TaskKeywords

P = ParamSpec("P")
R = TypeVar("R")


class PythonFunctionTask(PythonTask[P, R]):
    """A task that calls a Python function in a process of the engine's. `@task` makes these.

    Subclass it and `bind` a config class to run functions in another way.

    Source: flytekit `PythonFunctionTask` (core/python_function_task.py).
    """

    task_type = "python-task"
    _bound: ClassVar[dict[type, Callable[..., Any]]] = {}

    def __init__(
        self, function: Callable[P, R], *, task_config: object = None, **options: "Unpack[TaskKeywords]"
    ) -> None:
        """Make a task of a function.

        Args:
            function: The author's.
            task_config: An instance of the bound config class, or None.
            options: Keywords of `@task`.

        Raises:
            AuthoringError: An option is wrong, or it is no function.
        """
        _check_function(function)
        module = "__main__" if function.__module__ is None else function.__module__
        self.function = function
        super().__init__(function.__name__, task_config=task_config, module=module, **options)
        functools.update_wrapper(self, function, updated=())  # what its author hung on it is not ours
        self._check_ignored()

    def _check_ignored(self) -> None:
        known = list(inspect.signature(self.function).parameters)
        for name in self.options.cache_ignore_input_vars:
            if name not in known:
                what = f"task {self.name}: its cache ignores {name!r}, which is no input of it"
                report(AuthoringError(what, fix=f"its inputs are {', '.join(known) or 'none'}", place=self.place))

    def _where(self, frame: FrameType) -> str:  # noqa: ARG002 - the line of its function says more
        return place_of(inspect.unwrap(self.function).__code__)

    @classmethod
    def bind(cls, config: type) -> None:
        """Have `@task(task_config=config(...))` make tasks of this class.

        Raises:
            AuthoringError: Another class is bound to it.
        """
        taken = PythonFunctionTask._bound.setdefault(config, cls)
        if taken is not cls:
            raise AuthoringError(f"{config.__qualname__} is bound to {taken!r} already", place=caller())

    @functools.cached_property
    def interface(self) -> Interface:
        """Its inputs and outputs, as its signature says them."""
        return interface_of(self.function, f"task {self.name}")

    @property
    def docs(self) -> str:
        """Its docstring, else the option `docs`."""
        return inspect.getdoc(self.function) or self.options.documentation

    @property
    def needs_container(self) -> bool:
        """It runs in a Python process."""
        return True

    @property
    def is_async(self) -> bool:
        """Whether its function is a coroutine function."""
        return inspect.iscoroutinefunction(self.function)

    def execute(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        return self.function(*args, **kwargs)


class AsyncFunctionTask(PythonFunctionTask[P, R]):
    """How a task of an `async def` looks to type checkers: in a workflow's body a call gives its value.

    Called directly it returns the coroutine; `task.function(...)` is typed so.
    """

    function: Callable[P, Coroutine[Any, Any, R]]  # type: ignore[assignment]


def _check_function(function: Any) -> None:
    if inspect.isfunction(function):
        return
    raise AuthoringError(
        f"@task: {function!r} is not a function",
        fix="decorate a function: def name(...) at the top level of a module",
        place=caller(),
    )


def class_for(config: object) -> Callable[..., Any]:
    """The class of tasks bound to a config's class; None has the plain one.

    Raises:
        AuthoringError: None is bound to it.
    """
    bound = PythonFunctionTask._bound  # noqa: SLF001 - the registry of the class above
    if config is None:
        return PythonFunctionTask
    for base in type(config).__mro__:
        if base in bound:
            return bound[base]
    known = ", ".join(sorted(each.__qualname__ for each in bound)) or "none"
    raise AuthoringError(
        f"task_config={config!r}: no kind of task is bound to {type(config).__qualname__}",
        fix=f"use one of the bound config classes ({known}), or import the package that binds it",
        place=caller(),
    )
