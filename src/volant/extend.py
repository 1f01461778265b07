"""What third parties extend Volant with. Semantic versioning covers exactly these names and `volant.testing`.

Engine: `TaskPlugin` and what it says and is told. SDK: `PythonTask`, `PythonFunctionTask`, `TypeTransformer`.
Kit: what plugins are made with. Names are resolved on first use, so that an SDK extension never
loads what only engines need.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.base.errors import (
        Failure,
        FaultKind,
        NotFoundError,
        SystemFault,
        UnsupportedError,
        UserError,
        VolantError,
    )
    from volant.base.ids import AttemptKey, RunId
    from volant.contracts.http import Http, HttpError, HttpRefusedError, HttpUnavailableError, Request, Response
    from volant.contracts.launcher import Job, JobPhase, JobReport, Launcher
    from volant.contracts.plugin import (
        Builder,
        NotYet,
        PluginProperties,
        PluginSetup,
        TaskContext,
        TaskPlugin,
    )
    from volant.contracts.quotas import Grant, PoolLimits, Quotas
    from volant.contracts.rows import LogLink
    from volant.contracts.secrets import SecretSource
    from volant.contracts.status import ExternalResource, StatusPhase, TaskStatus
    from volant.idl import pb
    from volant.idl.literals import primitive
    from volant.idl.messages import from_custom, to_custom
    from volant.kit.auto_refresh_cache import AutoRefreshCache
    from volant.kit.command_job import JobLimits, command_job, command_words
    from volant.kit.quantity import parse_quantity
    from volant.kit.remote_job import JobContext, RemoteJobPlugin
    from volant.kit.remote_job_state import RemoteJob
    from volant.kit.templating import TemplateValues, render
    from volant.sdk.cache import CachePolicy, VersionParameters
    from volant.sdk.errors import ConversionError
    from volant.sdk.function_task import PythonFunctionTask
    from volant.sdk.interface import Input, Interface
    from volant.sdk.resolver import TaskResolver
    from volant.sdk.settings import Settings
    from volant.sdk.task import PythonTask
    from volant.sdk.type_engine.extension import TypeTransformer
    from volant.sdk.type_engine.raw_data import RawData

__all__ = [
    "AttemptKey", "AutoRefreshCache", "Builder", "CachePolicy", "ConversionError", "ExternalResource", "Failure",
    "FaultKind", "Grant", "Http", "HttpError", "HttpRefusedError", "HttpUnavailableError", "Input", "Interface",
    "Job", "JobContext", "JobLimits", "JobPhase", "JobReport", "Launcher", "LogLink", "NotFoundError", "NotYet",
    "PluginProperties", "PluginSetup", "PoolLimits", "PythonFunctionTask", "PythonTask", "Quotas", "RawData",
    "RemoteJob", "RemoteJobPlugin", "Request", "Response", "RunId", "SecretSource", "Settings", "StatusPhase",
    "SystemFault", "TaskContext", "TaskPlugin", "TaskResolver", "TaskStatus", "TemplateValues", "TypeTransformer",
    "UnsupportedError", "UserError", "VersionParameters", "VolantError", "command_job", "command_words",
    "from_custom", "parse_quantity", "pb", "primitive", "render", "to_custom",
]  # fmt: skip

_HOMES = {
    "volant.base.errors": (
        "Failure", "FaultKind", "NotFoundError", "SystemFault", "UnsupportedError", "UserError", "VolantError",
    ),
    "volant.base.ids": ("AttemptKey", "RunId"),
    "volant.contracts.http": ("Http", "HttpError", "HttpRefusedError", "HttpUnavailableError", "Request", "Response"),
    "volant.contracts.launcher": ("Job", "JobPhase", "JobReport", "Launcher"),
    "volant.contracts.plugin": (
        "Builder", "NotYet", "PluginProperties", "PluginSetup", "TaskContext", "TaskPlugin",
    ),
    "volant.contracts.quotas": ("Grant", "PoolLimits", "Quotas"),
    "volant.contracts.rows": ("LogLink",),
    "volant.contracts.secrets": ("SecretSource",),
    "volant.contracts.status": ("ExternalResource", "StatusPhase", "TaskStatus"),
    "volant.idl": ("pb",),
    "volant.idl.literals": ("primitive",),
    "volant.idl.messages": ("from_custom", "to_custom"),
    "volant.kit.auto_refresh_cache": ("AutoRefreshCache",),
    "volant.kit.command_job": ("JobLimits", "command_job", "command_words"),
    "volant.kit.quantity": ("parse_quantity",),
    "volant.kit.remote_job": ("JobContext", "RemoteJobPlugin"),
    "volant.kit.remote_job_state": ("RemoteJob",),
    "volant.kit.templating": ("TemplateValues", "render"),
    "volant.sdk.cache": ("CachePolicy", "VersionParameters"),
    "volant.sdk.errors": ("ConversionError",),
    "volant.sdk.interface": ("Input", "Interface"),
    "volant.sdk.resolver": ("TaskResolver",),
    "volant.sdk.settings": ("Settings",),
    "volant.sdk.function_task": ("PythonFunctionTask",),
    "volant.sdk.task": ("PythonTask",),
    "volant.sdk.type_engine.extension": ("TypeTransformer",),
    "volant.sdk.type_engine.raw_data": ("RawData",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = _HOME_OF[name]
    found = import_module("volant.idl.pb") if name == "pb" else getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
