"""Which task the words behind "--" of a command mean: `task-module M task-name N`."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from volant.sdk.errors import AuthoringError
from volant.sdk.task import PythonTask


def address(task: PythonTask[..., Any]) -> tuple[str, str]:
    """The module and the name under which a process will find this task.

    Raises:
        AuthoringError: It is at no module's top level.

    Source: flytekit `DefaultTaskResolver` (core/python_auto_container.py).
    """
    known = vars(sys.modules[task.module]) if task.module in sys.modules else {}
    if known.get(task.short_name) is task:
        return task.module, task.short_name
    for name, value in known.items():
        if value is task:
            return task.module, name
    raise AuthoringError(
        f"task {task.name}: it is not at the top level of the module {task.module}",
        fix="define it outside of functions and classes, so that another process can find it by name",
        place=task.place,
    )


def load(loader: Sequence[str]) -> PythonTask[..., Any]:
    """The task these words mean; its module is imported where it is not yet.

    Raises:
        AuthoringError: They mean no task.
        Exception: Whatever the module raises while it is imported.
    """
    words = dict(zip(loader[::2], loader[1::2], strict=False))
    if len(loader) != 4 or set(words) != {"task-module", "task-name"}:
        raise AuthoringError(f"the words {' '.join(loader)!r} do not name a task")
    module, name = words["task-module"], words["task-name"]
    found = getattr(sys.modules.get(module) or importlib.import_module(module), name, None)
    if not isinstance(found, PythonTask):
        raise AuthoringError(f"module {module} has no task {name!r}", fix="was it renamed since the run was created?")
    return found
