"""Volant runs Flyte workflows, and lets anyone extend them in Python.

The authoring names, resolved on first use. Nothing inside the package imports this module.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.app import RunFailed, arun, run
    from volant.sdk import accelerators
    from volant.sdk.accelerators import GPUAccelerator
    from volant.sdk.annotations import Annotation, HashMethod, kwtypes
    from volant.sdk.cache import Cache
    from volant.sdk.context import TaskContext, current_context
    from volant.sdk.datasets import StructuredDataset
    from volant.sdk.deck import Deck, DeckField
    from volant.sdk.decorator import create_node, task
    from volant.sdk.documentation import Description, Documentation, SourceCode
    from volant.sdk.errors import AuthoringError, NonRecoverableError, RecoverableError, WorkflowError
    from volant.sdk.files import JSON, Directory, File
    from volant.sdk.function_task import PythonFunctionTask
    from volant.sdk.imperative import ImperativeWorkflow
    from volant.sdk.interface import Input, Interface
    from volant.sdk.launch_plan import LaunchPlan
    from volant.sdk.pod import PodTemplate
    from volant.sdk.references import reference_launch_plan, reference_task, reference_workflow
    from volant.sdk.resources import Resources
    from volant.sdk.secret import Secret
    from volant.sdk.task import PythonTask
    from volant.sdk.workflow import Workflow, WorkflowFailurePolicy, workflow

__all__ = [
    "JSON", "Annotation", "AuthoringError", "Cache", "Deck", "DeckField", "Description", "Directory", "Documentation",
    "File", "GPUAccelerator", "HashMethod", "ImperativeWorkflow", "Input", "Interface", "LaunchPlan",
    "NonRecoverableError", "PodTemplate", "PythonFunctionTask", "PythonTask", "RecoverableError", "Resources",
    "RunFailed", "Secret", "SourceCode", "StructuredDataset", "TaskContext", "Workflow", "WorkflowError",
    "WorkflowFailurePolicy", "accelerators", "arun", "create_node", "current_context", "kwtypes",
    "reference_launch_plan", "reference_task", "reference_workflow", "run", "task", "workflow",
]  # fmt: skip

_HOMES = {
    "volant.app": ("RunFailed", "arun", "run"),
    "volant.sdk.accelerators": ("GPUAccelerator",),
    "volant.sdk.annotations": ("Annotation", "HashMethod", "kwtypes"),
    "volant.sdk.cache": ("Cache",),
    "volant.sdk.context": ("TaskContext", "current_context"),
    "volant.sdk.datasets": ("StructuredDataset",),
    "volant.sdk.deck": ("Deck", "DeckField"),
    "volant.sdk.documentation": ("Description", "Documentation", "SourceCode"),
    "volant.sdk.errors": ("AuthoringError", "NonRecoverableError", "RecoverableError", "WorkflowError"),
    "volant.sdk.files": ("JSON", "Directory", "File"),
    "volant.sdk.imperative": ("ImperativeWorkflow",),
    "volant.sdk.interface": ("Input", "Interface"),
    "volant.sdk.launch_plan": ("LaunchPlan",),
    "volant.sdk.pod": ("PodTemplate",),
    "volant.sdk.references": ("reference_launch_plan", "reference_task", "reference_workflow"),
    "volant.sdk.resources": ("Resources",),
    "volant.sdk.secret": ("Secret",),
    "volant.sdk.decorator": ("create_node", "task"),
    "volant.sdk.function_task": ("PythonFunctionTask",),
    "volant.sdk.task": ("PythonTask",),
    "volant.sdk.workflow": ("Workflow", "WorkflowFailurePolicy", "workflow"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = {"accelerators": "volant.sdk.accelerators"}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF and name not in _MODULES:
        raise AttributeError(f"module 'volant' has no attribute {name!r}")
    from importlib import import_module

    found = import_module(_MODULES[name]) if name in _MODULES else getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
