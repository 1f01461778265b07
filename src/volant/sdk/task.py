"""Tasks: what an author decorates or subclasses, and what translation asks of them."""

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from volant.sdk.caller import caller, maker, place_of
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface, interface_of
from volant.sdk.options import task_options
from volant.sdk.settings import Settings
from volant.sdk.tracing import current_tracer

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
F = TypeVar("F", bound="type[PythonFunctionTask[..., Any]]")


class PythonTask(Generic[P, R]):
    """A task without a function of the author's: its type's plugin knows what to do.

    Subclass it to add a task type; make instances at the top level of a module.

    Attributes:
        task_type: Picks the plugin that runs it.
        name: `module.name`, its Flyte name.
        module: The module it is found in.
        task_config: What the author configured it with, or None.
        options: How it runs.
        place: "file:line" where it was written, for errors.

    Source: flytekit `PythonTask` (core/base_task.py).
    """

    task_type: str = ""

    def __init__(
        self,
        name: str,
        interface: Interface | None = None,
        *,
        task_type: str = "",
        task_config: object = None,
        module: str = "",
        **options: Any,
    ) -> None:
        """Define a task.

        Args:
            name: Its own name; the module's is put before it.
            interface: Inputs and outputs; None for neither.
            task_type: Instead of the class's.
            task_config: For `get_custom`.
            module: The module it is found in; "" for the caller's.
            options: Keywords of `@task`.

        Raises:
            AuthoringError: It has no task type, or an option is wrong.
        """
        frame = maker(self)
        self.place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        self.module = module or str(frame.f_globals.get("__name__", "__main__"))
        self.name = f"{self.module}.{name}"
        self.task_type = task_type or type(self).task_type
        self.task_config = task_config
        if not self.task_type:
            raise AuthoringError(f"task {self.name}: it has no task_type", place=self.place)
        self.options = task_options(f"task {self.name}", options)
        self._interface = interface or Interface()

    @property
    def interface(self) -> Interface:
        """Its inputs and outputs.

        Raises:
            AuthoringError: The signature does not say them.
        """
        return self._interface

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def docs(self) -> str:
        """What its author wrote about it, or ""."""
        return inspect.getdoc(self) or "" if type(self).__doc__ is not PythonTask.__doc__ else ""

    @property
    def needs_container(self) -> bool:
        """Whether the template says how to start a Python process that calls `execute`."""
        return False

    def get_custom(self, settings: Settings) -> Any:  # noqa: ARG002 - for subclasses
        """The task's own message for its plugin: a protobuf message, a dataclass, a dict, or None for none.

        Called once per translation.
        """
        return None

    def get_config(self, settings: Settings) -> Mapping[str, str]:  # noqa: ARG002 - for subclasses
        """Further texts for the plugin, by name."""
        return {}

    def execute(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What a direct call does.

        Raises:
            AuthoringError: The task has no meaning outside the engine.
        """
        del args, kwargs
        raise AuthoringError(
            f"task {self.name}: a {self.task_type!r} task runs in the engine only",
            fix="call it in a workflow, or give its class an execute() for direct calls",
            place=caller(),
        )

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """In a workflow's body: a node, and promises of its outputs. Elsewhere: plain Python."""
        tracer = current_tracer()
        if tracer is None:
            return self.execute(*args, **kwargs)
        found: R = tracer.call(self, self.interface, args, kwargs)
        return found

    def __repr__(self) -> str:
        return f"<task {self.name}>"


class PythonFunctionTask(PythonTask[P, R]):
    """A task that calls a Python function in a process of the engine's. `@task` makes these.

    Subclass it and `bind` a config class to run functions in another way.

    Source: flytekit `PythonFunctionTask` (core/python_function_task.py).
    """

    task_type = "python-task"
    _bound: ClassVar[dict[type, Callable[..., Any]]] = {}

    def __init__(self, function: Callable[P, R], *, task_config: object = None, **options: Any) -> None:
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
        super().__init__(function.__name__, task_config=task_config, module=module, **options)
        self.place = place_of(function.__code__)
        self.function = function
        functools.update_wrapper(self, function)
        self._check_ignored()

    def _check_ignored(self) -> None:
        known = list(inspect.signature(self.function).parameters)
        for name in self.options.cache_ignore_input_vars:
            if name not in known:
                raise AuthoringError(
                    f"task {self.name}: cache_ignore_input_vars names {name!r}, which is no input of it",
                    fix=f"its inputs are {', '.join(known) or 'none'}",
                    place=self.place,
                )

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
        """Its docstring."""
        return inspect.getdoc(self.function) or ""

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
