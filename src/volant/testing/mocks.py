"""Stand-ins for tasks in tests that call workflows directly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock, patch

from volant.sdk.task import PythonTask


@contextmanager
def task_mock(task: PythonTask[..., Any]) -> Iterator[MagicMock]:
    """Replace what a task does when a workflow is called as plain Python, as long as the body lasts.

    Runs of the engine do not see it: their tasks run in processes of their own.

    Example:
        >>> with task_mock(load) as mock:  # doctest: +SKIP
        ...     mock.return_value = 3
        ...     assert report() == 6

    Source: flytekit `task_mock` (core/testing.py).
    """
    interface = task.interface  # read from the function's signature, before a mock hides that
    del interface
    what = "function" if hasattr(task, "function") else "execute"
    mock = MagicMock(name=task.name)
    with patch.object(task, what, mock):
        yield mock
