"""Roof: what third parties, and we, test with. Never imported by production code."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.testing.blob_suite import BlobSuite
    from volant.testing.job_script import JobScript
    from volant.testing.job_service import HttpJobService
    from volant.testing.launcher_suite import LauncherSuite
    from volant.testing.memory_launcher import MemoryLauncher, MemoryProcesses
    from volant.testing.mocks import task_mock
    from volant.testing.moved_clock import MovedClock
    from volant.testing.plugin_context import make_task
    from volant.testing.plugin_suite import PluginSuite, Work
    from volant.testing.service import OutsideJob, Service
    from volant.testing.store_suite import StoreSuite
    from volant.testing.virtual_loop import VirtualLoop

__all__ = [
    "BlobSuite", "HttpJobService", "JobScript", "LauncherSuite", "MemoryLauncher", "MemoryProcesses", "MovedClock",
    "OutsideJob", "PluginSuite", "Service", "StoreSuite", "VirtualLoop", "Work", "make_task", "task_mock",
]  # fmt: skip

_HOMES = {
    "BlobSuite": "blob_suite",
    "HttpJobService": "job_service",
    "JobScript": "job_script",
    "LauncherSuite": "launcher_suite",
    "MemoryLauncher": "memory_launcher",
    "MemoryProcesses": "memory_launcher",
    "MovedClock": "moved_clock",
    "OutsideJob": "service",
    "PluginSuite": "plugin_suite",
    "Service": "service",
    "StoreSuite": "store_suite",
    "VirtualLoop": "virtual_loop",
    "Work": "plugin_suite",
    "make_task": "plugin_context",
    "task_mock": "mocks",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
