"""Roof: what third parties, and we, test with. Never imported by production code."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.testing.mocks import task_mock

__all__ = ["task_mock"]


def __getattr__(name: str) -> Any:
    if name == "task_mock":
        from volant.testing.mocks import task_mock

        return task_mock
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
