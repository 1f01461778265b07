"""What is in compiled `.proto` files: which message is a task's own, and what installed packages bring."""

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

from volant.base.errors import UserError

_IMPORT = re.compile(r'^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)\.proto"', re.MULTILINE)
_INSTALLED = ("flyteidl/", "google/")


def installed_imports(files: Iterable[Path], roots: Iterable[Path]) -> bytes:
    """A FileDescriptorSet of what these files import from installed packages that ship no `.proto` files.

    Flyte's own messages come so, and Google's of the package `googleapis-common-protos`.

    Args:
        files: What is compiled; what they import below the roots is read as well.
        roots: Folders imports are relative to.
    """
    found = FileDescriptorSet()
    seen: set[str] = set()
    for name in sorted(_imported(list(files), tuple(roots))):
        module = _module(name)
        if module is not None:
            _add(module.DESCRIPTOR, found, seen)
    return found.SerializeToString()


def _imported(left: list[Path], roots: tuple[Path, ...]) -> set[str]:
    found: set[str] = set()
    while left:
        for name in set(_IMPORT.findall(left.pop().read_text(errors="replace"))) - found:
            found.add(name)
            left += [path for root in roots if (path := root / f"{name}.proto").is_file()][:1]
    return {name for name in found if not any((root / f"{name}.proto").is_file() for root in roots)}


def _module(name: str) -> Any:
    if not name.startswith(_INSTALLED):
        return None
    try:
        return importlib.import_module(f"{name.replace('/', '.')}_pb2")
    except ImportError:
        return None


def _add(descriptor: Any, found: FileDescriptorSet, seen: set[str]) -> None:
    if descriptor.name in seen:
        return
    seen.add(descriptor.name)
    for each in descriptor.dependencies:
        _add(each, found, seen)
    descriptor.CopyToProto(found.file.add())


def own_message(descriptors: bytes, names: Iterable[str], wanted: str = "") -> tuple[str, str]:
    """The message of a task's custom part: its file's name and its full name.

    Args:
        descriptors: A serialized FileDescriptorSet.
        names: The files compiled, as they are called in it.
        wanted: The message's name or full name; "" for the only one that no other refers to.

    Raises:
        UserError: There is none, or more than one could be meant.
    """
    chosen = set(names)
    files = [file for file in FileDescriptorSet.FromString(descriptors).file if file.name in chosen]
    known = {_full(file, message): (file.name, message.name) for file in files for message in file.message_type}
    if wanted:
        return _named(known, wanted)
    used = {name for file in files for message in file.message_type for name in _others(file, message)}
    free = [name for name in known if name not in used]
    if len(free) != 1:
        raise _undecided(list(known), free)
    return known[free[0]][0], free[0]


def _named(known: dict[str, tuple[str, str]], wanted: str) -> tuple[str, str]:
    found = [full for full, (_, name) in known.items() if wanted in (full, name)]
    if len(found) != 1:
        raise UserError(
            f"--message {wanted}: there is no such message" if not found else f"--message {wanted}: there are several",
            fix=f"choose one of {', '.join(known)}" if known else "write a message",
        )
    return known[found[0]][0], found[0]


def _undecided(known: list[str], free: list[str]) -> UserError:
    if not known:
        return UserError("there is no message for a task's custom part", fix="write one: message Order { … }")
    several = ", ".join(free or known)
    why = "no other refers to any of them" if free else "each is referred to by another"
    return UserError(
        f"a task's custom part is one message, and there are several: {several}; {why}",
        fix=f"say which it is: --message {(free or known)[0].rpartition('.')[2]}",
    )


def _full(file: FileDescriptorProto, message: DescriptorProto) -> str:
    return f"{file.package}.{message.name}" if file.package else message.name


def _others(file: FileDescriptorProto, message: DescriptorProto) -> set[str]:
    """Top-level messages a message refers to, itself left out."""
    prefix = f".{file.package}." if file.package else "."
    found = set()
    for type_name in _types(message):
        if type_name.startswith(prefix):
            found.add(prefix[1:] + type_name.removeprefix(prefix).partition(".")[0])
        found.add(type_name[1:])
    return found - {_full(file, message)}


def _types(message: DescriptorProto) -> Iterator[str]:
    for field in message.field:
        if field.type_name:
            yield field.type_name
    for nested in message.nested_type:
        yield from _types(nested)
