"""What real flytekit makes of types, values and shapes. Imported in the environment that has it only."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import flytekit
from flyteidl.core.identifier_pb2 import ResourceType
from flyteidl.core.literals_pb2 import Literal
from flyteidl.core.types_pb2 import LiteralType
from flytekit.configuration import ImageConfig, SerializationSettings
from flytekit.core.context_manager import FlyteContext, FlyteContextManager
from flytekit.core.data_persistence import FileAccessProvider
from flytekit.core.type_engine import TypeEngine
from flytekit.models.literals import Literal as LiteralModel
from flytekit.models.types import LiteralType as TypeModel
from flytekit.tools.translator import get_serializable

SETTINGS = SerializationSettings(
    project="project", domain="domain", version="version", image_config=ImageConfig.auto(img_name="image:tag")
)


def version() -> str:
    """Of flytekit."""
    return flytekit.__version__


def literal_type(hint: Any) -> LiteralType:
    """The type on the wire."""
    return TypeEngine.to_literal_type(hint).to_flyte_idl()


def literal(value: Any, hint: Any, raw: str) -> Literal:
    """A value on the wire; files go below `raw`."""
    with _context(raw) as context:
        return TypeEngine.to_literal(context, value, hint, TypeEngine.to_literal_type(hint)).to_flyte_idl()


def value(data: bytes, hint: Any, raw: str) -> Any:
    """The Python value of a serialized literal."""
    with _context(raw) as context:
        return TypeEngine.to_python_value(context, LiteralModel.from_flyte_idl(Literal.FromString(data)), hint)


def guess(data: bytes) -> Any:
    """The Python type flytekit makes of a serialized type alone."""
    return TypeEngine.guess_python_type(TypeModel.from_flyte_idl(LiteralType.FromString(data)))


def translated(entity: Any) -> Iterator[tuple[str, str, Any]]:
    """Everything an entity is registered as: its key, the message's short name, the message."""
    found: OrderedDict[Any, Any] = OrderedDict()
    get_serializable(found, SETTINGS, entity)
    for model in found.values():
        message = model.to_flyte_idl() if hasattr(model, "to_flyte_idl") else None
        kind = type(message).__name__
        if kind in ("TaskSpec", "WorkflowSpec"):
            yield _key(message.template.id), type(message.template).__name__, message.template
        elif kind == "LaunchPlan":
            yield _key(message.id), kind, message


def _key(of: Any) -> str:
    return f"{ResourceType.Name(of.resource_type).lower()} {of.name}"


def _context(raw: str) -> Any:
    context: FlyteContext = FlyteContextManager.current_context()
    access = FileAccessProvider(f"{raw}.local", raw)
    return FlyteContextManager.with_context(context.with_file_access(access))
