"""Where an entity of this program comes from: its file, or where it has none a pickle of it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle

from volant.app.source import Code, Source, locate
from volant.sdk.task import PythonTask
from volant.sdk.workflow import Workflow

_PICKLE = "entities.pickle"


def load_entity(home: str, entity: Any, folder: Path) -> Code:
    """A zygote that has an entity of this program, and everything it calls.

    Args:
        home: The data folder.
        entity: A task or a workflow.
        folder: For a pickle, where one is needed: what was typed into a notebook, or defined inside a function
            or below `if __name__ == "__main__"`, is in no file that can be imported.

    Raises:
        RefusedError: It cannot be loaded.
    """
    everything = list(reached(entity))
    file = getattr(sys.modules.get(entity.module), "__file__", None)
    if file and file.endswith(".py") and all(map(_is_found_by_name, everything)):
        code = Code(home, locate(file))
        if _own_names(everything, entity.module) <= {name for name, _ in code.loaded.entities}:
            return code
        code.end()
    return Code(home, _pickled(everything, folder))


def _pickled(everything: list[Any], folder: Path) -> Source:
    path = folder / _PICKLE
    path.write_bytes(cloudpickle.dumps({each.short_name: each for each in everything}))
    return Source(path, folder, "entities", kind="pickle", fallback=str(Path.cwd()))


def reached(entity: Any) -> Iterator[PythonTask[..., Any] | Workflow[..., Any]]:
    """It, and every task and workflow below it, each once.

    Raises:
        AuthoringError: A workflow's body cannot be traced.
    """
    seen: dict[int, Any] = {}
    left = [entity]
    while left:
        each = left.pop()
        if id(each) not in seen:
            seen[id(each)] = each
            left.extend(_called(each))
            yield each


def _called(entity: Any) -> list[Any]:
    if not isinstance(entity, Workflow):
        return []
    traced = entity.traced
    return [node.entity for node in (*traced.nodes, traced.failure_node) if node is not None]


def _own_names(everything: list[Any], module: str) -> set[str]:
    return {each.short_name for each in everything if each.module == module}


def _is_found_by_name(entity: Any) -> bool:
    return getattr(sys.modules.get(entity.module), entity.short_name, None) is entity
