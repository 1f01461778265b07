"""pydantic models. pydantic is imported by who writes one, never here: a hint that is none costs nothing."""

import sys
from typing import Any

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.pydantic_schemas import inlined
from volant.sdk.type_engine.pydantic_values import dumped, made
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.struct_document import DocumentedTransformer, Part
from volant.sdk.type_engine.struct_generics import fill
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch


class ModelTransformer(DocumentedTransformer):
    """A pydantic model, version 2: by pydantic's own JSON form, schema and validation.

    Source: flytekit `PydanticTransformer` (extras/pydantic_transformer/transformer.py).
    """

    name = "Pydantic Transformer"

    def make_parts(self) -> dict[str, Part]:
        """Its fields; without those whose types have no transformer, for pydantic knows how to pass them."""
        found = {name: self._part(name, each) for name, each in self.origin.model_fields.items()}
        return {name: each for name, each in found.items() if each is not None}

    def pack(self, value: Any, raw: RawData) -> Any:
        """Its JSON form; sets and dicts in a fixed order."""
        if type(value) is not self.hint and not self._is_bare(value):
            raise mismatch(value, self.hint, fix=self._fix(value))
        return dumped(value, raw)

    def unpack(self, plain: Any) -> Any:
        """An instance, validated."""
        return made(self.hint, plain)

    def read(self, plain: Any, base: str) -> Any:  # noqa: ARG002 - pydantic knows no folder
        """An instance, validated; a field it does not have is an error, unless the model says otherwise."""
        names = {each.alias for each in self.origin.model_fields.values()} | set(self.origin.model_fields)
        if isinstance(plain, dict) and not self.origin.model_config.get("extra"):
            unknown = next((name for name in plain if name not in names), None)
            if unknown is not None and not any(each.validation_alias for each in self.origin.model_fields.values()):
                fix = f"its fields are {', '.join(self.origin.model_fields)}"
                raise ConversionError(f"{show_type(self.hint)} has no field {unknown!r}", fix=fix)
        return self.unpack(plain)

    def schema(self) -> dict[str, Any]:
        """As pydantic writes it, definitions put where they are referred to."""
        return inlined(self.titled_schema())

    def titled_schema(self) -> dict[str, Any]:
        """As pydantic writes it."""
        try:
            found: dict[str, Any] = self.hint.model_json_schema()
        except Exception as error:  # pydantic's own, and whatever hooks of the class raise
            raise ConversionError(f"{show_type(self.hint)} has no JSON schema: {error}") from error
        return {"title": self.origin.__name__, **found} if "$ref" in found else found

    def fits(self, value: Any) -> bool:
        """Instances of the very class."""
        return type(value) is self.hint or self._is_bare(value)

    def example(self) -> str:
        """A JSON object."""
        return f'{{"{next(iter(self.origin.model_fields), "field")}": …}}'

    def _part(self, name: str, field: Any) -> Part | None:
        try:
            return Part(self.find_part(name, fill(field.annotation, {})), field.is_required())
        except ConversionError:
            return None

    def _is_bare(self, value: Any) -> bool:
        """Whether it is of this class with arguments, and the class is spoken of without."""
        described = getattr(type(value), "__pydantic_generic_metadata__", {})
        return described.get("origin") is self.hint

    def _fix(self, value: Any) -> str:
        if isinstance(value, self.hint):
            return "what a subclass adds would be lost"
        return f"write {show_type(self.hint)}(**…) around it" if isinstance(value, dict) else ""


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of a pydantic model; None for others, without a look at pydantic if nobody uses it."""
    pydantic: Any = sys.modules.get("pydantic")
    is_model = pydantic is not None and isinstance(hint, type) and issubclass(hint, pydantic.BaseModel)
    return ModelTransformer(hint, find) if is_model else None
