"""Dataclasses, pydantic's too: msgpack documents with the type's fields beside them."""

import dataclasses
import typing
from typing import Any

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine import struct_texts
from volant.sdk.type_engine.pydantic_values import not_valid
from volant.sdk.type_engine.struct_document import NOTHING, Part
from volant.sdk.type_engine.struct_fields import FieldsTransformer
from volant.sdk.type_engine.struct_generics import field_hints
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch


class DataclassTransformer(FieldsTransformer):
    """A dataclass: nested as deep as one likes, also within itself; generic, inherited, frozen, with slots.

    Fields that `__init__` does not take are kept too, and set once the instance is made. `InitVar`s and
    `ClassVar`s are no fields. An instance of a subclass is refused: what it adds would be lost.

    Source: flytekit `DataclassTransformer`; msgpack since 1.14.
    """

    name = "Object-Dataclass-Transformer"

    def make_parts(self) -> dict[str, Part]:
        """Its fields."""
        self._refuse_lost()
        hints = field_hints(self.hint)
        return {each.name: self._part(each, hints[each.name]) for each in dataclasses.fields(self.origin)}

    def members(self, value: Any) -> dict[str, Any]:
        """Of an instance of the very class."""
        if type(value) is not self.origin:
            raise mismatch(value, self.hint, fix=self._fix(value))
        try:
            return {name: getattr(value, name) for name in self.parts}
        except AttributeError as error:
            raise ConversionError(
                f"the field {error.name!r} of {show_type(self.hint)} has no value", fix="set it in __post_init__"
            ) from None

    def make(self, members: dict[str, Any]) -> Any:
        """An instance; `__init__` is called, then what it does not take is set."""
        given = {name: member for name, member in members.items() if self.parts[name].is_given}
        try:
            made = self.origin(**given)
            for name in members.keys() - given.keys():
                object.__setattr__(made, name, members[name])  # also where it is frozen
        except Exception as error:
            raise not_valid(self.hint, error) from error
        return made

    def fits(self, value: Any) -> bool:
        """Instances of the very class; of a generic one, whose members fit."""
        is_one = type(value) is self.origin
        return is_one and (self.origin is self.hint or super().fits(value))

    def title(self) -> str:
        """The class's name."""
        return str(self.origin.__name__)

    def _part(self, field: dataclasses.Field[Any], hint: Any) -> Part:
        has_default, default = _default(self.origin, field)
        return Part(self.find_part(field.name, hint), field.init and not has_default, field.init, default)

    def _refuse_lost(self) -> None:
        """An `InitVar` is not kept; without a default no instance could be made from what is."""
        every = self.origin.__dataclass_fields__
        for name, each in every.items():
            is_lost = each._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined] # noqa: SLF001
            if is_lost and each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
                raise ConversionError(
                    f"{show_type(self.hint)} needs {name!r} to be made, and an InitVar is not kept",
                    fix="give it a default, or make it a field",
                )

    def _fix(self, value: Any) -> str:
        if isinstance(value, self.origin):
            return "what a subclass adds would be lost"
        if isinstance(value, dict):
            return f"write {show_type(self.hint)}(**…) around it"
        is_namesake = show_type(type(value)) == show_type(self.origin)
        return "it is of another class of the same name: import both from one module" if is_namesake else ""


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a dataclass, or of what only has a place in one; None for others."""
    origin = typing.get_origin(hint) or hint
    if isinstance(origin, type) and dataclasses.is_dataclass(origin):
        return DataclassTransformer(hint, find)
    return struct_texts.build(hint)


def _default(owner: type, field: dataclasses.Field[Any]) -> tuple[bool, Any]:
    """Whether a field has a default, and which; a factory's is `NOTHING` that could be told."""
    described = getattr(owner, "__pydantic_fields__", {}).get(field.name)
    if described is not None:  # pydantic's own dataclasses: its description stands where the default would
        return not described.is_required(), NOTHING if described.default_factory else _known(described.default)
    has_default = field.default is not dataclasses.MISSING
    has_factory = field.default_factory is not dataclasses.MISSING
    return has_default or has_factory, field.default if has_default else NOTHING


def _known(default: Any) -> Any:
    return NOTHING if type(default).__name__ == "PydanticUndefinedType" else default
