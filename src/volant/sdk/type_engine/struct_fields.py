"""What is made of named fields: packed, unpacked and described field by field."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_document import NOTHING, DocumentedTransformer, Part, inside
from volant.sdk.type_engine.struct_plain import json_form
from volant.sdk.type_engine.transformer import Transformer, mismatch, within


class FieldsTransformer(DocumentedTransformer):
    """A type whose values are their fields.

    Attributes:
        word: What its fields are called.
        optional: How to do without a required one.
    """

    word: ClassVar[str] = "field"
    optional: ClassVar[str] = "give it a value, or a default in the class"

    def pack(self, value: Any, raw: RawData) -> dict[str, Any]:
        """A dict of plain forms, in the order of the fields."""
        return self._each(self.members(value), lambda kind, member: kind.pack(member, raw))

    def unpack(self, plain: Any) -> Any:
        """A value; fields that are missing get their defaults, others are ignored."""
        given = self._checked(plain)
        members: dict[str, Any] = {}
        name = ""
        # In no function of its own: what is nested as deeply as can be packed must not be too deep to be read.
        try:
            for name, part in self.parts.items():
                if name in given:
                    members[name] = part.kind.unpack(given[name])
        except ConversionError as error:
            raise error.within(self.step(name)) from None
        return self._made(members)

    def read(self, plain: Any, base: str) -> Any:
        """A value; a field the type does not have is an error."""
        given = self._checked(plain)
        self.refuse_unknown(given)
        return self._made(self._each(given, lambda kind, member: kind.read(member, base)))

    def fits(self, value: Any) -> bool:
        """Whether its members fit."""
        try:
            members = self.members(value)
        except ConversionError:
            return False
        return all(self.parts[name].kind.fits(member) for name, member in members.items())

    def schema(self) -> dict[str, Any]:
        """An object; a class within itself is only that."""
        with inside(self.hint, "schema") as known:
            if known:
                return {"type": "object"}
            given = {name: each for name, each in self.parts.items() if each.is_given}
            properties = {name: within(self.step(name), _property, each) for name, each in given.items()}
        required = [name for name, each in given.items() if each.is_required]
        return {
            "type": "object",
            **({"title": title} if (title := self.title()) else {}),
            **({"properties": properties} if properties else {}),
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }

    def example(self) -> str:
        """A JSON object."""
        return f'{{"{next(iter(self.parts), "field")}": …}}'

    @abstractmethod
    def members(self, value: Any) -> dict[str, Any]:
        """The members of a value by name.

        Raises:
            ConversionError: It is not of this type, or not whole.
        """

    @abstractmethod
    def make(self, members: dict[str, Any]) -> Any:
        """A value of these members; what is required is there."""

    @abstractmethod
    def title(self) -> str:
        """What its schema is called; "" where it has no name."""

    def refuse_unknown(self, given: Mapping[str, Any]) -> None:
        """Refuse the first name that is no field's.

        Raises:
            ConversionError: There is one.
        """
        unknown = next((name for name in given if name not in self.parts), None)
        if unknown is not None:
            listed = f"its {self.word}s are {', '.join(self.parts)}" if self.parts else f"it has no {self.word}s"
            raise ConversionError(f"{show_type(self.hint)} has no {self.word} {unknown!r}", fix=listed)

    def refuse_missing(self, given: Mapping[str, Any]) -> None:
        """Refuse what lacks a field that is required.

        Raises:
            ConversionError: It does.
        """
        for name, each in self.parts.items():
            if each.is_required and name not in given:
                raise ConversionError(f"{show_type(self.hint)} lacks the {self.word} {name!r}", fix=self.optional)

    def _made(self, members: dict[str, Any]) -> Any:
        self.refuse_missing(members)
        return self.make(members)

    def _checked(self, plain: Any) -> dict[str, Any]:
        if not isinstance(plain, dict):
            raise mismatch(plain, self.hint)
        return plain

    def _each(self, members: Mapping[str, Any], convert: Callable[[Transformer, Any], Any]) -> dict[str, Any]:
        done: dict[str, Any] = {}
        name = ""
        try:
            for name, member in members.items():
                done[name] = convert(self.parts[name].kind, member)
        except ConversionError as error:
            raise error.within(self.step(name)) from None
        return done


def _property(part: Part) -> dict[str, Any]:
    schema = part.kind.schema()
    if part.default is NOTHING:
        return schema
    try:
        return {**schema, "default": json_form(part.kind.pack(part.default, RawData()))}
    except ConversionError:  # a default that is not of its field's type says so when it is used
        return schema
