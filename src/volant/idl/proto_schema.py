"""The `.proto` of a class: its fields as a message, with the numbers an earlier file gave them.

The message's proto3 JSON is the class's own (`volant.idl.proto_json`): both read the same custom part.
"""

import enum
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, structs

from volant.base.errors import UserError
from volant.idl.proto_text import Block, Entry, ProtoFile, derived_key
from volant.idl.proto_types import named_by, no_place, type_of
from volant.idl.shapes import NO_DEFAULT, Choice, Maybe, Member, Scalar, is_model, members

_IMPORTS = {
    "google.protobuf.Duration": "google/protobuf/duration.proto",
    "google.protobuf.Timestamp": "google/protobuf/timestamp.proto",
    "google.protobuf.Struct": "google/protobuf/struct.proto",
    "google.protobuf.Value": "google/protobuf/struct.proto",
}
_OWN_NUMBERS: Final = range(19_000, 20_000)
"""Fields may not have protobuf's own numbers."""


class Wrong(Struct, frozen=True):
    """One thing that cannot be written: what, and what to do."""

    message: str
    fix: str


class SchemaError(UserError):
    """A class has no message, or not with the numbers it had.

    Attributes:
        problems: Everything that is wrong.
    """

    def __init__(self, problems: tuple[Wrong, ...]) -> None:
        super().__init__("\n".join(each.message for each in problems), fix=problems[0].fix)
        self.problems = problems


def schema(kind: type, package: str, old: ProtoFile | None = None, old_name: str = "") -> ProtoFile:
    """The file of a class and of every class and enum below it.

    Args:
        kind: A dataclass, msgspec Struct or pydantic model.
        package: Its protobuf package; "" for none.
        old: Numbers, names and what is reserved are kept from it.
        old_name: Its name, for errors.

    Raises:
        SchemaError: Everything that has no place in a message, or would change what a number means.
        UserError: The class cannot be read.
    """
    members(kind)  # whose root is no class with fields has no message
    return _Writer(old, old_name).file(kind, package)


class _Writer:
    """Collects blocks and problems of one file."""

    def __init__(self, old: ProtoFile | None, old_name: str) -> None:
        self._old = {block.name: block for block in old.blocks} if old else {}
        self._old_name = old_name
        self._wrong: list[Wrong] = []

    def file(self, kind: type, package: str) -> ProtoFile:
        found = self._reached(kind)
        self._check_enums(found)
        blocks = tuple(self._message(each) if is_model(each) else self._enum(each) for each in found)
        if self._wrong:
            raise SchemaError(tuple(self._wrong))
        types = {word for block in blocks for each in block.entries for word in re.findall(r"[\w.]+", each.type)}
        return ProtoFile(package, tuple(sorted({_IMPORTS[each] for each in types & _IMPORTS.keys()})), blocks)

    def _reached(self, kind: type) -> list[Any]:
        found: dict[str, Any] = {}
        left = [kind]
        while left:
            each = left.pop(0)
            if found.setdefault(each.__name__, each) is not each:
                other = found[each.__name__]
                self._complain(
                    f"{each.__module__}.{each.__qualname__} and {other.__module__}.{other.__qualname__} "
                    f"would both be message {each.__name__}",
                    "rename one",
                )
            elif is_model(each):
                below = (named_by(member.kind) for member in members(each))
                left += [one for one in below if one is not None and found.get(one.__name__) is not one]
        return list(found.values())

    def _check_enums(self, found: list[Any]) -> None:
        """The values of protobuf's enums share one scope."""
        owners: dict[str, type] = {}
        for kind in found:
            for member in kind if issubclass(kind, enum.Enum) else ():
                other = owners.setdefault(member.name, kind)
                if other is not kind:
                    self._complain(
                        f"enums {other.__name__} and {kind.__name__} both have {member.name}, "
                        "which protobuf has in one scope",
                        f"rename one, for example to {kind.__name__.upper()}_{member.name}",
                    )

    def _message(self, kind: type) -> Block:
        old = self._old.get(kind.__name__)
        wanted = [self._entry(member, f"{kind.__name__}.{member.name}") for member in members(kind)]
        block = Block(kind="message", name=kind.__name__, comment=_comment(kind))
        return self._numbered(block, [each for each in wanted if each], old)

    def _enum(self, kind: type[enum.Enum]) -> Block:
        block = Block(kind="enum", name=kind.__name__, comment=_comment(kind))
        return self._numbered(block, [Entry(each.name, 0) for each in kind], self._old.get(kind.__name__))

    def _entry(self, member: Member, place: str) -> Entry | None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", member.name):
            self._complain(f"{place}: protobuf's names are of ASCII letters, digits and _", "rename the field")
            return None
        if why := no_place(member):
            self._complain(f"{place}: {why[0]}", why[1])
            return None
        json = "" if member.json == derived_key(member.name) else member.json
        return Entry(member.name, 0, type_of(member.kind) or "", self._is_optional(member), json)

    def _is_optional(self, member: Member) -> bool:
        """Whether unset must be told from zero: where the class's default is not zero."""
        kind = member.kind.item if isinstance(member.kind, Maybe) else member.kind
        if not isinstance(kind, Scalar | Choice):
            return False
        default = member.make_default()
        if isinstance(kind, Scalar):
            return isinstance(member.kind, Maybe) or default is NO_DEFAULT or default != kind.type()
        numbers = {each.name: each.number for each in self._enum(kind.type).entries}
        return not isinstance(default, enum.Enum) or numbers.get(default.name) != 0

    def _numbered(self, block: Block, wanted: list[Entry], old: Block | None) -> Block:
        if old is None or old.kind != block.kind:
            old = structs.replace(block, comment=())
        known = {each.name: each for each in old.entries}
        kept = [self._kept(block, each, known[each.name], old) for each in wanted if each.name in known]
        fresh = _fresh(old)
        added = [structs.replace(each, number=next(fresh)) for each in wanted if each.name not in known]
        for each in added:
            if each.name in old.names:
                self._complain(
                    f"{self._at(old)}{block.name}.{each.name} was removed before, and its name is reserved",
                    "choose another name",
                )
        return self._with_reserved(structs.replace(block, entries=_sorted(kept + added)), old)

    def _kept(self, block: Block, new: Entry, old: Entry, old_block: Block) -> Entry:
        for what, was, will in (("", old.type, new.type), ("in JSON ", old.key, new.key)):
            if was != will and block.kind == "message":
                self._complain(
                    f"{self._at(old_block)}{block.name}.{new.name} was {what}{was} and would be {what}{will}, "
                    "which tasks that exist could not be read with",
                    f"leave it, and add a field of another name; without {new.name} in the class "
                    f"its number {old.number} is reserved",
                )
        return structs.replace(new, number=old.number)

    def _with_reserved(self, block: Block, old: Block) -> Block:
        names = {each.name for each in block.entries}
        gone = [each for each in old.entries if each.name not in names]
        if block.kind == "enum" and any(each.number == 0 for each in gone):
            self._complain(
                f"{self._at(old)}{block.name}.{gone[0].name} is number 0, which an enum must have",
                f"keep {gone[0].name} in the enum",
            )
        return structs.replace(
            block,
            numbers=tuple(sorted({*old.numbers, *(each.number for each in gone)})),
            names=tuple(dict.fromkeys((*old.names, *(each.name for each in gone)))),
        )

    def _at(self, old: Block) -> str:
        return f"{self._old_name}:{old.line}: " if old.line else ""

    def _complain(self, message: str, fix: str) -> None:
        wrong = Wrong(message, fix)
        if wrong not in self._wrong:
            self._wrong.append(wrong)


def _sorted(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda each: each.number))


def _fresh(old: Block) -> Iterator[int]:
    """Numbers nobody had."""
    first = 0 if old.kind == "enum" else 1
    number = max([first - 1, *(each.number for each in old.entries), *old.numbers]) + 1
    while True:
        if number not in _OWN_NUMBERS:
            yield number
        number += 1


def _comment(kind: type) -> tuple[str, ...]:
    """The first paragraph its author wrote; dataclasses write one themselves where there is none."""
    written = kind.__dict__.get("__doc__") or ""
    if written.startswith(f"{kind.__name__}("):
        return ()
    return tuple(inspect.cleandoc(written).partition("\n\n")[0].splitlines())
