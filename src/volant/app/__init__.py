"""Roof: the composition root, and what Python programs call: `run`, `arun`, `RunResult`, `RunFailed`.

The one place that knows contracts and implementations. Names are resolved on first use, so that importing this
package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from volant.app.api import NodeResult, RunFailed, RunResult, arun, run

__all__ = ["NodeResult", "RunFailed", "RunResult", "arun", "run"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("volant.app.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
