"""Volant runs Flyte workflows, and lets anyone extend them in Python.

The authoring names, resolved on first use. Nothing inside the package imports this module.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.app import RunFailed, arun, run
    from volant.sdk.context import TaskContext, current_context
    from volant.sdk.decorator import create_node, task
    from volant.sdk.errors import AuthoringError, NonRecoverableError, RecoverableError, WorkflowError
    from volant.sdk.files import Directory, File
    from volant.sdk.interface import Input, Interface
    from volant.sdk.resources import Resources
    from volant.sdk.task import PythonFunctionTask, PythonTask
    from volant.sdk.workflow import Workflow, WorkflowFailurePolicy, workflow

__all__ = [
    "AuthoringError", "Directory", "File", "Input", "Interface", "NonRecoverableError", "PythonFunctionTask",
    "PythonTask", "RecoverableError", "Resources", "RunFailed", "TaskContext", "Workflow", "WorkflowError",
    "WorkflowFailurePolicy", "arun", "create_node", "current_context", "run", "task", "workflow",
]  # fmt: skip

_HOMES = {
    "volant.app": ("RunFailed", "arun", "run"),
    "volant.sdk.context": ("TaskContext", "current_context"),
    "volant.sdk.errors": ("AuthoringError", "NonRecoverableError", "RecoverableError", "WorkflowError"),
    "volant.sdk.files": ("Directory", "File"),
    "volant.sdk.interface": ("Input", "Interface"),
    "volant.sdk.resources": ("Resources",),
    "volant.sdk.decorator": ("create_node", "task"),
    "volant.sdk.task": ("PythonFunctionTask", "PythonTask"),
    "volant.sdk.workflow": ("Workflow", "WorkflowFailurePolicy", "workflow"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'volant' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
