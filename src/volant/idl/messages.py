"""Our own messages under short names; the only module that imports what `make protos` generated.

They describe custom tasks and travel in `TaskTemplate.custom` in proto3 JSON form.
"""

from typing import TypeVar

from google.protobuf.json_format import ParseError

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.protos.volant.plugins.echo_pb2 import Echo
from volant.idl.protos.volant.plugins.sleep_pb2 import Sleep

__all__ = ["Echo", "Sleep", "from_custom", "to_custom"]

M = TypeVar("M", bound=pb.Message)


def from_custom(task: pb.TaskTemplate, kind: type[M]) -> M:
    """The message a task carries; the empty message where it carries nothing.

    Raises:
        UserError: What it carries is not such a message.
    """
    message = kind()
    if not task.custom.fields:
        return message
    try:
        return pb.ParseDict(pb.MessageToDict(task.custom), message)
    except ParseError as problem:
        raise UserError(
            f"task {task.id.name!r} of type {task.type!r}: its custom part is not a "
            f"{message.DESCRIPTOR.full_name}: {problem}",
            fix=f"let get_custom() return a {message.DESCRIPTOR.full_name} message",
        ) from problem


def to_custom(message: pb.Message) -> pb.Struct:
    """A message as `TaskTemplate.custom` carries it."""
    struct = pb.Struct()
    struct.update(pb.MessageToDict(message))
    return struct
