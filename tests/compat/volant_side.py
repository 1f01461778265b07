"""What Volant makes of types, values and shapes; the counterpart of `flytekit_side`."""

import importlib
from collections.abc import Iterator
from typing import Any

from volant.idl import pb
from volant.sdk.settings import Settings
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

SETTINGS = Settings(project="project", domain="domain", version="version")


def version() -> str:
    """Ours does not matter here."""
    return ""


def literal_type(hint: Any) -> pb.LiteralType:
    """The type on the wire."""
    return transformer(hint).literal_type()


def literal(value: Any, hint: Any, raw: str) -> pb.Literal:
    """A value on the wire; files go below `raw`."""
    return transformer(hint).to_literal(value, RawData(f"file://{raw}"))


def value(data: bytes, hint: Any, raw: str) -> Any:
    """The Python value of a serialized literal."""
    return transformer(hint).from_literal(pb.Literal.FromString(data))


def guess(data: bytes) -> Any:
    """The Python type we make of a serialized type alone."""
    return importlib.import_module("volant.sdk.type_engine.guess").guess(pb.LiteralType.FromString(data))


def translated(entity: Any) -> Iterator[tuple[str, str, Any]]:
    """Everything an entity refers to; a task is itself only, without the workflow that wraps it to run alone."""
    from volant.sdk.translate.workflow import translate  # types can be compared without it

    found = translate(entity, SETTINGS)
    for each in (found, *found.launched):
        alone = each.workflow.id.name.startswith(".flytegen.")
        workflows = each.sub_workflows if alone else [each.workflow, *each.sub_workflows]
        plan = [each.launch_plan] if each.launch_plan is not None else []
        for message in (*each.tasks, *workflows, *plan):
            yield _key(message.id), type(message).__name__, message


def _key(of: pb.Identifier) -> str:
    return f"{pb.ResourceType.Name(of.resource_type).lower()} {of.name}"
