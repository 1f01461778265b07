"""The `.proto` files that `volant idl proto` writes: as values, as text, and read again for their numbers."""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from volant.base.errors import UserError

HEADER = "// Written by `volant idl proto`, which keeps the numbers: change the class, not this file."


class Entry(Struct, frozen=True):
    """A field of a message, or a value of an enum.

    Attributes:
        name: As in Python.
        number: Its own for good.
        type: "" for a value of an enum; "repeated X" and "map<string, X>" are types.
        optional: Whether it is told from its zero when it is not set.
        json: Its key in JSON; "" for the one protobuf derives from `name`.
    """

    name: str
    number: int
    type: str = ""
    optional: bool = False
    json: str = ""

    @property
    def key(self) -> str:
        """Its key in JSON."""
        return self.json or derived_key(self.name)


class Block(Struct, frozen=True, kw_only=True):
    """A message or an enum.

    Attributes:
        kind: Which of both.
        name: Of its class.
        comment: Lines above it.
        entries: By number.
        numbers: Those once used, for good.
        names: Likewise.
        line: Where it begins, from 1; 0 for one that was never read.
    """

    kind: Literal["message", "enum"]
    name: str
    comment: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    line: int = 0


class ProtoFile(Struct, frozen=True):
    """One file: its package ("" for none), its imports and its blocks."""

    package: str
    imports: tuple[str, ...]
    blocks: tuple[Block, ...]


def derived_key(name: str) -> str:
    """The JSON key protobuf derives from a field's name. Source: protobuf descriptor.cc `ToJsonName`."""
    return re.sub(r"_+(.?)", lambda found: found[1].upper(), name)


def text(file: ProtoFile) -> str:
    """A file as it is written."""
    parts = [f'{HEADER}\nsyntax = "proto3";']
    parts += [f"package {file.package};"] if file.package else []
    parts += ["\n".join(f'import "{name}";' for name in file.imports)] if file.imports else []
    return "\n\n".join([*parts, *map(_block_text, file.blocks)]) + "\n"


def _block_text(block: Block) -> str:
    comment = [f"// {line}".rstrip() for line in block.comment]
    reserved = [f"  reserved {', '.join(map(str, block.numbers))};"] if block.numbers else []
    reserved += ["  reserved " + ", ".join(f'"{name}"' for name in block.names) + ";"] if block.names else []
    between = [""] if reserved and block.entries else []
    entries = [_entry_text(entry) for entry in block.entries]
    return "\n".join([*comment, f"{block.kind} {block.name} {{", *reserved, *between, *entries, "}"])


def _entry_text(entry: Entry) -> str:
    label = "optional " if entry.optional else ""
    json = f' [json_name = "{entry.json}"]' if entry.type and entry.json not in ("", derived_key(entry.name)) else ""
    return f"  {label}{entry.type}{' ' if entry.type else ''}{entry.name} = {entry.number}{json};"


_ENTRY = re.compile(
    r"(optional )?((?:repeated )?[\w.]+ |map<string, ?[\w.]+> )?(\w+) ?= ?(\d+)(?: ?\[json_name ?= ?\"([^\"]*)\"\])?;"
)
_OPENING = re.compile(r"(message|enum) (\w+) \{(\})?")
_PACKAGE = re.compile(r"package ([\w.]+);")
_IMPORT = re.compile(r'import "([^"]+)";')
_RESERVED = re.compile(r"reserved (.+);")


def parse(content: str, name: str) -> ProtoFile:
    """What a file that `text` made holds; comments of others are let go.

    Args:
        content: Its text.
        name: For errors.

    Raises:
        UserError: It holds what `volant idl proto` does not write; names the line.
    """
    package, imports, blocks = "", [], []
    lines = _lines(content)
    for number, line in lines:
        if opened := _OPENING.fullmatch(line):
            blocks.append(_block(opened, number, lines, name))
        elif found := _PACKAGE.fullmatch(line):
            package = found[1]
        elif found := _IMPORT.fullmatch(line):
            imports.append(found[1])
        elif line != 'syntax = "proto3";':
            raise _unknown(name, number, line)
    return ProtoFile(package, tuple(imports), tuple(blocks))


def _lines(content: str) -> Iterator[tuple[int, str]]:
    """Number and words of each line that says something."""
    for number, line in enumerate(content.splitlines(), 1):
        words = " ".join(line.partition("//")[0].split())
        if words:
            yield number, words


def _block(opened: re.Match[str], start: int, lines: Iterator[tuple[int, str]], name: str) -> Block:
    entries: list[Entry] = []
    reserved: list[str] = []
    closed = bool(opened[3])
    while not closed:
        number, line = next(lines, (start, "}"))
        closed = line == "}"
        if found := _RESERVED.fullmatch(line):
            reserved += found[1].split(",")
        elif found := _ENTRY.fullmatch(line):
            type_ = (found[2] or "").strip().replace(",", ", ").replace(",  ", ", ")
            entries.append(Entry(found[3], int(found[4]), type_, bool(found[1]), found[5] or ""))
        elif not closed:
            raise _unknown(name, number, line)
    words = [word.strip() for word in reserved]
    return Block(
        kind="message" if opened[1] == "message" else "enum",
        name=opened[2],
        entries=tuple(entries),
        numbers=tuple(number for word in words if word[:1].isdigit() for number in _range(word)),
        names=tuple(word.strip('"') for word in words if not word[:1].isdigit()),
        line=start,
    )


def _range(word: str) -> range:
    first, _, last = word.partition(" to ")
    return range(int(first), int(last or first) + 1)


def _unknown(name: str, number: int, line: str) -> UserError:
    return UserError(
        f"{name}:{number}: {line!r} is nothing `volant idl proto` writes, so its numbers cannot be kept",
        fix="write to another --out; a file written by hand is compiled as it is: volant idl compile",
    )
