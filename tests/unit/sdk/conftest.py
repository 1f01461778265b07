"""Modules written by a test, imported as a user's file is."""

import importlib.util
import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from volant.sdk.launch_plan import LaunchPlan

_numbers = itertools.count()
HEADER = """
import datetime as dt
import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from volant import *
from volant.sdk.workflow import WorkflowFailurePolicy

"""
Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Import this source as a module `user_<n>`; the usual names are imported above it."""
    names: list[str] = []

    def make(source: str) -> ModuleType:
        name = f"user_{next(_numbers)}"
        file = tmp_path / f"{name}.py"
        imports = HEADER.replace("from volant import *", "from volant import " + ", ".join(_AUTHORING))
        file.write_text(imports + textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        spec.loader.exec_module(module)
        return module

    LaunchPlan.made.clear()
    yield make
    LaunchPlan.made.clear()
    for name in names:
        del sys.modules[name]


_AUTHORING = (
    "Directory", "File", "ImperativeWorkflow", "Input", "Interface", "LaunchPlan", "NonRecoverableError",
    "PythonFunctionTask", "PythonTask", "RecoverableError", "Resources", "WorkflowError", "create_node",
    "current_context", "reference_launch_plan", "reference_task", "reference_workflow", "task", "workflow",
)  # fmt: skip
