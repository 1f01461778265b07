"""Stand-ins for tasks and references in tests that call workflows directly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock, patch

from volant.sdk.function_task import PythonFunctionTask
from volant.sdk.references import ReferenceLaunchPlan, ReferenceWorkflow
from volant.sdk.task import PythonTask


@contextmanager
def task_mock(
    task: PythonTask[..., Any] | ReferenceWorkflow[..., Any] | ReferenceLaunchPlan[..., Any],
) -> Iterator[MagicMock]:
    """Replace what a task does when a workflow is called as plain Python, as long as the body lasts.

    So is what is registered elsewhere, and cannot be called otherwise: `reference_task` and the like.
    Runs of the engine do not see it: their tasks run in processes of their own.

    Example:
        >>> with task_mock(load) as mock:  # doctest: +SKIP
        ...     mock.return_value = 3
        ...     assert report() == 6

    Source: flytekit `task_mock` (core/testing.py).
    """
    interface = task.interface  # read from the function's signature, before a mock hides that
    del interface
    what = "function" if isinstance(task, PythonFunctionTask) else "execute"
    mock = MagicMock(name=task.name)
    with patch.object(task, what, mock):
        yield mock
