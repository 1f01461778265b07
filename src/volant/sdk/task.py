"""Tasks: what an author decorates or subclasses, and what translation asks of them."""

import inspect
import sys
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, Unpack

from volant.sdk import hooks
from volant.sdk.caller import caller, maker
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface
from volant.sdk.reading_options import Owner, task_options
from volant.sdk.settings import Settings
from volant.sdk.tracing import current_tracer

if TYPE_CHECKING:
    from volant.idl import pb
    from volant.sdk.resolver import TaskResolver
    from volant.sdk.task_keywords import TaskKeywords

P = ParamSpec("P")
R = TypeVar("R")


class PythonTask(Generic[P, R]):
    """A task without a function of the author's: its type's plugin knows what to do.

    Subclass it to add a task type; make instances at the top level of a module. What the template holds is asked
    of `get_custom`, `get_config`, `get_container`, `get_k8s_pod`, `get_sql` and `get_extended_resources`, once
    each per translation.

    Attributes:
        task_type: Picks the plugin that runs it.
        task_type_version: For its plugin: which form of the template this is.
        name: `module.name`, its Flyte name.
        module: The module it is found in.
        task_config: What the author configured it with, or None.
        options: How it runs.
        place: "file:line" where it was written, for errors.

    Source: flytekit `PythonTask` (core/base_task.py).
    """

    task_type: str = ""
    task_type_version: int = 0

    def __init__(
        self,
        name: str,
        interface: Interface | None = None,
        *,
        task_type: str = "",
        task_config: object = None,
        module: str = "",
        **options: "Unpack[TaskKeywords]",
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
        self.place = self._where(frame)
        self.module = module or str(frame.f_globals.get("__name__", "__main__"))
        self.name = f"{self.module}.{name}"
        self.task_type = task_type or type(self).task_type
        self.task_config = task_config
        if not self.task_type:
            raise AuthoringError(f"task {self.name}: it has no task_type", place=self.place)
        owner = Owner(f"task {self.name}", self.place, getattr(self, "function", None))
        self.options = task_options(owner, options)
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
        """What its author wrote about it, or "": its class's docstring, else the option `docs`."""
        own = inspect.getdoc(self) or "" if type(self).__doc__ is not PythonTask.__doc__ else ""
        return own or self.options.documentation

    @property
    def needs_container(self) -> bool:
        """Whether the template says how to start a Python process that calls `execute`."""
        return False

    def get_custom(self, settings: Settings) -> Any:  # noqa: ARG002 - for subclasses
        """The task's own message for its plugin; None for none. Called once per translation.

        A protobuf message, a dataclass, a msgspec Struct or a pydantic model travels as `to_custom` writes it and
        is read with `from_custom`; a dict as it is, its numbers as doubles.
        """
        return None

    def get_config(self, settings: Settings) -> Mapping[str, str]:  # noqa: ARG002 - for subclasses
        """Further texts for the plugin, by name."""
        return {}

    @property
    def task_resolver(self) -> "TaskResolver":
        """Finds it again in another process."""
        from volant.sdk.resolver import default_task_resolver

        return self.options.task_resolver or default_task_resolver

    def get_command(self, settings: Settings) -> list[str]:
        """Program and arguments of its container, with Flyte's placeholders: by default, call `execute`.

        Raises:
            AuthoringError: Another process could not find the task.

        Source: flytekit `get_default_command` (core/python_auto_container.py).
        """
        from volant.sdk.resolver import command

        return command(self, settings)

    def get_image(self, settings: Settings) -> str:  # noqa: ARG002 - for subclasses
        """The image of its container: the option's, else that of this Python."""
        return self.options.container_image or f"volant:py{sys.version_info.major}.{sys.version_info.minor}"

    def own_container(self, settings: Settings) -> "pb.Container":
        """A container that runs its command: its image, resources and environment.

        Raises:
            AuthoringError: As in `get_command`.
        """
        from volant.sdk.targets import container

        image = hooks.text(self, "get_image", self.get_image(settings))
        return container(self.options, image, hooks.texts(self, "get_command", self.get_command(settings)))

    def get_container(self, settings: Settings) -> "pb.Container | None":
        """The template's container: `own_container` where a Python process is needed and no pod is asked for."""
        return self.own_container(settings) if self.needs_container and not self.options.pod_template else None

    def get_k8s_pod(self, settings: Settings) -> "pb.K8sPod | None":
        """The template's pod: `own_container` in the pod that was asked for."""
        if not self.needs_container or not self.options.pod_template:
            return None
        from volant.sdk.targets import pod

        return pod(self.options.pod_template, self.own_container(settings))

    def get_sql(self, settings: Settings) -> "pb.Sql | None":  # noqa: ARG002 - for subclasses
        """The template's query; None for none."""
        return None

    def get_extended_resources(self, settings: Settings) -> "pb.ExtendedResources | None":  # noqa: ARG002 - for subclasses
        """Accelerator and shared memory, as the options say them."""
        from volant.sdk.targets import extended_resources

        return extended_resources(self.options.accelerator, self.options.shared_memory)

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

    def _where(self, frame: FrameType) -> str:
        """Where it is written; `frame` is where it is made."""
        return f"{frame.f_code.co_filename}:{frame.f_lineno}"

    def __repr__(self) -> str:
        return f"<task {self.name}>"
