"""Roof: what third parties, and we, test with. Never imported by production code."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.testing.blob_suite import BlobSuite
    from volant.testing.launcher_suite import LauncherSuite
    from volant.testing.mocks import task_mock
    from volant.testing.moved_clock import MovedClock
    from volant.testing.plugin_context import make_task
    from volant.testing.plugin_suite import PluginSuite, Work
    from volant.testing.store_suite import StoreSuite

__all__ = [
    "BlobSuite", "LauncherSuite", "MovedClock", "PluginSuite", "StoreSuite", "Work", "make_task", "task_mock",
]  # fmt: skip

_HOMES = {
    "BlobSuite": "blob_suite",
    "LauncherSuite": "launcher_suite",
    "MovedClock": "moved_clock",
    "PluginSuite": "plugin_suite",
    "StoreSuite": "store_suite",
    "Work": "plugin_suite",
    "make_task": "plugin_context",
    "task_mock": "mocks",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
