"""TypedDicts: as dataclasses are, without a class to make. Ours: flytekit 1.16 passes none."""

import typing
from typing import Any

from volant.sdk.type_engine.struct_document import Part
from volant.sdk.type_engine.struct_fields import FieldsTransformer
from volant.sdk.type_engine.struct_generics import field_hints
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch


class TypedDictTransformer(FieldsTransformer):
    """A TypedDict: a dict whose keys are known. Keys that are not required may be missing."""

    name = "Typed Dict"
    word = "key"
    optional = "give it a value, or mark it NotRequired"

    def make_parts(self) -> dict[str, Part]:
        """Its keys, those that are required first, as mashumaro has them."""
        required = self.origin.__required_keys__
        hints = sorted(field_hints(self.hint).items(), key=lambda item: item[0] not in required)
        return {name: Part(self.find_part(name, each), name in required) for name, each in hints}

    def members(self, value: Any) -> dict[str, Any]:
        """The values of its keys."""
        if not isinstance(value, dict):
            raise mismatch(value, self.hint, fix="write a dict")
        self.refuse_unknown(value)
        self.refuse_missing(value)
        return {name: value[name] for name in self.parts if name in value}

    def make(self, members: dict[str, Any]) -> dict[str, Any]:
        """A dict."""
        return members

    def schema(self) -> dict[str, Any]:
        """An object without a name; what is required in the order of its letters, as mashumaro has it."""
        found = super().schema()
        return {**found, "required": sorted(found["required"])} if "required" in found else found

    def titled_schema(self) -> dict[str, Any]:
        """An object with the type's name, so that messages can tell it."""
        return {"title": self.origin.__name__, **self.schema()}

    def title(self) -> str:
        """None: to other SDKs it is a dict."""
        return ""

    def step(self, name: str) -> str:
        """As one writes it."""
        return f"[{name!r}]"


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a TypedDict, or of a generic one with its arguments; None for others."""
    return TypedDictTransformer(hint, find) if typing.is_typeddict(typing.get_origin(hint) or hint) else None
