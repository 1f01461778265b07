"""A task's own message in `TaskTemplate.custom`; the only module that imports what `make protos` generated.

It is a protobuf message, or an instance of a dataclass, a msgspec Struct or a pydantic model. All travel in proto3
JSON form; how a class is written: `volant.idl.proto_json`.
"""

from typing import Any, TypeVar

from google.protobuf.json_format import Error, ParseError

from volant.base.errors import UserError
from volant.idl import json_reading, json_writing, pb
from volant.idl.proto_json import MismatchError
from volant.idl.protos.volant.plugins.echo_pb2 import Echo
from volant.idl.protos.volant.plugins.sleep_pb2 import Sleep
from volant.idl.shapes import is_model

__all__ = ["Echo", "Sleep", "from_custom", "to_custom"]

M = TypeVar("M")


def from_custom(task: pb.TaskTemplate, kind: type[M]) -> M:
    """What a task carries, as an instance of `kind`.

    Args:
        task: The template.
        kind: A message class, dataclass, msgspec Struct or pydantic model. Where the task carries nothing: the
            empty message, or the instance with every default.

    Raises:
        UserError: What it carries is no such thing; names the task, its type, the field, the value and the fix.
    """
    found = pb.MessageToDict(task.custom)
    if isinstance(kind, type) and issubclass(kind, pb.Message):
        _parse(task, found, message := kind())
        return message
    try:
        made: M = json_reading.read(found, kind)
    except MismatchError as problem:
        raise UserError(f"{_of(task)} is not a {kind.__qualname__}: {problem}", fix=problem.fix) from problem
    except UserError as problem:
        raise UserError(f"{_of(task)} cannot be read: {problem}", fix=problem.fix) from problem
    return made


def _parse(task: pb.TaskTemplate, found: dict[str, Any], message: pb.Message) -> None:
    try:
        pb.ParseDict(found, message)
    except ParseError as problem:
        name = message.DESCRIPTOR.full_name
        raise UserError(
            f"{_of(task)} is not a {name}: {problem}", fix=f"let get_custom() return a {name} message"
        ) from problem


def _of(task: pb.TaskTemplate) -> str:
    return f"task {task.id.name!r} of type {task.type!r}: its custom part"


def to_custom(value: object) -> pb.Struct:
    """A message, dataclass, Struct or pydantic model as `TaskTemplate.custom` carries it.

    Raises:
        UserError: It is none of them, or a field holds what has no place there; names class, field, value and fix.
    """
    struct = pb.Struct()
    struct.update(_plain(value))
    return struct


def _plain(value: object) -> dict[str, Any]:
    name = type(value).__qualname__
    if isinstance(value, pb.Message):
        return _message(value)
    if not is_model(type(value)):
        raise UserError(
            f"{value!r} is no message for a task's custom part",
            fix="give it a protobuf message, or an instance of a dataclass, a msgspec Struct or a pydantic model",
        )
    try:
        return json_writing.write(value)
    except MismatchError as problem:
        raise UserError(f"{name}.{problem}", fix=problem.fix) from problem


def _message(message: pb.Message) -> dict[str, Any]:
    name = message.DESCRIPTOR.full_name
    try:
        found = pb.MessageToDict(message)
    except (Error, ValueError, TypeError) as problem:
        raise UserError(f"{name}: it has no JSON form: {problem}", fix="import the messages it holds") from problem
    if not isinstance(found, dict):
        raise UserError(
            f"{name}: its JSON form is {found!r}, and a custom part is an object", fix="put it in a message of your own"
        )
    return found
