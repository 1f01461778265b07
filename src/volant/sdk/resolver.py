"""How another process finds a task again: the words behind "--" of its command, and who understands them."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any, Final, Self

from volant.sdk import hooks
from volant.sdk.caller import maker
from volant.sdk.checked import shown
from volant.sdk.errors import AuthoringError
from volant.sdk.settings import Settings

RESOLVER: Final = "volant.sdk.resolver"
"""Location of the default resolver: it understands `task-module M task-name N`."""


class TaskResolver:
    """Finds tasks that are at no module's top level: those made in functions, by factories, from files.

    Make one at the top level of a module and give it to tasks as `task_resolver`. The process that runs the task
    imports that module and asks `load_task` for the task of the words that `loader_args` gave.

    Source: flytekit `TaskResolverMixin` (core/base_task.py).
    """

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """A resolver that knows which module it was made in."""
        made = super().__new__(cls)
        frame = maker(made)
        made._module = str(frame.f_globals.get("__name__", "__main__"))
        made._place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        return made

    _module: str
    _place: str

    @property
    def location(self) -> str:
        """Module and name under which another process finds this resolver, e.g. "flights.resolver".

        Raises:
            AuthoringError: It is at no module's top level.
        """
        for name, value in tuple(vars(sys.modules.get(self._module, self)).items()):
            if value is self:
                return f"{self._module}.{name}"
        raise AuthoringError(
            f"the task resolver {self.name()} is not at the top level of the module {self._module}",
            fix="give it a name there, so that another process can find it",
            place=self._place,
        )

    def name(self) -> str:
        """What people call it."""
        return type(self).__name__

    def load_task(self, loader_args: list[str]) -> Any:  # noqa: ARG002 - for subclasses
        """The task that these words of `loader_args` mean; called once per attempt, in the task's process.

        Raises:
            Exception: There is none; the attempt then fails for good.
        """
        raise self._lacks("load_task")

    def loader_args(self, settings: Settings, task: Any) -> list[str]:  # noqa: ARG002 - for subclasses
        """The words by which `load_task` finds this task again; called once per translation."""
        raise self._lacks("loader_args")

    def _lacks(self, name: str) -> AuthoringError:
        return AuthoringError(
            f"the task resolver {self.name()} has no {name}()", fix="write one in its class", place=self._place
        )


class DefaultTaskResolver(TaskResolver):
    """Finds a task by its module and the name it has there.

    Source: flytekit `DefaultTaskResolver` (core/python_auto_container.py).
    """

    @property
    def location(self) -> str:
        """The same everywhere."""
        return RESOLVER

    def load_task(self, loader_args: list[str]) -> Any:
        """The task at a module's top level; its module is imported where it is not yet.

        Raises:
            AuthoringError: The words mean no task.
            Exception: Whatever the module raises while it is imported.
        """
        words = dict(zip(loader_args[::2], loader_args[1::2], strict=False))
        if len(loader_args) != 4 or set(words) != {"task-module", "task-name"}:
            raise AuthoringError(f"the words {' '.join(loader_args)!r} do not name a task")
        module, name = words["task-module"], words["task-name"]
        found = getattr(sys.modules.get(module) or importlib.import_module(module), name, None)
        if not _is_task(found):
            raise AuthoringError(
                f"module {module} has no task {name!r}", fix="was it renamed since the run was created?"
            )
        return found

    def loader_args(self, settings: Settings, task: Any) -> list[str]:  # noqa: ARG002 - the contract's
        """Its module and its name there.

        Raises:
            AuthoringError: It is at no module's top level.
        """
        module, name = address(task)
        return ["task-module", module, "task-name", name]


default_task_resolver: Final = DefaultTaskResolver()


def command(task: Any, settings: Settings) -> list[str]:
    """Program and arguments by which another process calls a task, with Flyte's placeholders.

    Raises:
        AuthoringError: Its resolver cannot be found, or gives no words.
    """
    resolver = task.task_resolver
    words = hooks.texts(task, f"{type(resolver).__name__}.loader_args", resolver.loader_args(settings, task))
    return [*_COMMAND, "--resolver", resolver.location, "--", *words]


_COMMAND: Final = (
    "volant-execute",
    "--inputs", "{{.input}}",
    "--output-prefix", "{{.outputPrefix}}",
    "--raw-output-data-prefix", "{{.rawOutputDataPrefix}}",
    "--checkpoint-path", "{{.checkpointOutputPrefix}}",
    "--prev-checkpoint", "{{.prevCheckpointPrefix}}",
)  # fmt: skip


def address(task: Any) -> tuple[str, str]:
    """The module and the name under which a process will find this task.

    Raises:
        AuthoringError: It is at no module's top level.
    """
    module, own = str(task.module), str(task.short_name)
    known = vars(sys.modules[module]) if module in sys.modules else {}
    for name in (own, *known):
        if known.get(name) is task:
            return module, name
    raise AuthoringError(
        f"task {task.name}: it is not at the top level of the module {task.module}",
        fix="define it outside of functions and classes, so that another process can find it by name",
        place=task.place,
    )


def load(loader: Sequence[str], location: str = RESOLVER) -> Any:
    """The task that these words mean.

    Args:
        loader: The words behind "--" of the command.
        location: Module and name of the resolver that understands them; "" for the default one.

    Raises:
        AuthoringError: They mean no task, or there is no such resolver.
        Exception: Whatever a module raises while it is imported, or the resolver itself.
    """
    found = _resolver(location).load_task(list(loader))
    if not _is_task(found):
        told = f"the task resolver {location} gave {shown(found)}, which is no task"
        raise AuthoringError(told, fix="return a task from its load_task()")
    return found


def _resolver(location: str) -> Any:
    if location in ("", RESOLVER):
        return default_task_resolver
    module, _, name = location.rpartition(".")
    found = getattr(importlib.import_module(module), name, None) if module else None
    if found is None or not hasattr(found, "load_task"):
        raise AuthoringError(f"there is no task resolver {location}", fix="was it renamed since the run was created?")
    return found


def _is_task(found: object) -> bool:
    # Not by its class: that module needs this one.
    return hasattr(found, "execute") and hasattr(found, "interface")
