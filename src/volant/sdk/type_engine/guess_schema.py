"""Python types of JSON schemas, as mashumaro, marshmallow and pydantic write them for dataclasses and models."""

import base64
import dataclasses
import datetime as dt
import json
import keyword
import re
import typing
from collections.abc import Callable, Mapping
from types import GenericAlias
from typing import Any, TypeAlias

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File

Schema: TypeAlias = Mapping[str, Any]
Guess: TypeAlias = "Callable[[pb.LiteralType], Any]"
_TEXTS = {"date-time": dt.datetime, "date": dt.date, "base64": bytes}
_FLYTES = ("FlyteFile", "FlyteDirectory", "StructuredDataset")
_UNKNOWN = pb.LiteralType()
_PICKLE = "PythonPickle"


def of_document(schema: Schema, kinds: Mapping[str, pb.LiteralType], guess: Guess) -> Any:
    """The type of a document: a dataclass of the properties its schema names, a dict where it names none.

    Args:
        schema: Of the whole document; {} where nothing is known.
        kinds: Types on the wire by name of field, as far as there are some.
        guess: What to take for one of these.
    """
    return _Reader(schema, guess).object(schema, kinds)


class _Reader:
    """Reads the parts of one schema, references into it included."""

    def __init__(self, root: Schema, guess: Guess) -> None:
        self.root = root
        self.guess = guess
        self.open: tuple[str, ...] = ()
        self.made: dict[str, Any] = {}

    def of(self, schema: Schema, kind: pb.LiteralType = _UNKNOWN) -> Any:
        """The type of a part: its type on the wire says more of some things, its schema of others."""
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return self._of(schema, kind)
        if reference in self.open:
            return dict  # a class within itself: further down it is what it is
        before, self.open = self.open, (*self.open, reference)
        try:
            return self._of(self._find(reference), kind)
        finally:
            self.open = before

    def _find(self, reference: str) -> Schema:
        found: Any = self.root
        for step in reference.removeprefix("#").split("/"):
            found = found.get(step, {}) if step and isinstance(found, Mapping) else found
        return found if isinstance(found, Mapping) else {}

    def _of(self, schema: Schema, kind: pb.LiteralType) -> Any:
        if "anyOf" in schema:
            return self._union(schema["anyOf"], kind)
        if "enum" in schema:
            return self._enum(schema["enum"], kind)
        match schema.get("type"):
            case "object":
                return self._object(schema, kind)
            case "array":
                return self._array(schema, kind)
            case "string":
                return _TEXTS.get(schema.get("format", ""), str)
            case "number" | "integer" as word:
                return _number(word, schema.get("format"))
            case "boolean":
                return bool
            case "null":
                return None
            case [first, "null"]:  # as marshmallow writes an Optional
                return typing.Optional[self.of({**schema, "type": first}, kind)]  # noqa: UP045 - at run time
        return Any if _is_unsaid(kind) else self.guess(kind)

    def _union(self, schemas: list[Schema], kind: pb.LiteralType) -> Any:
        kinds = list(kind.union_type.variants)
        if len(kinds) != len(schemas):
            kinds = [_UNKNOWN] * len(schemas)
        return typing.Union[tuple(map(self.of, schemas, kinds))]  # noqa: UP007 - of a tuple

    def _enum(self, values: list[Any], kind: pb.LiteralType) -> Any:
        if list(kind.enum_type.values) == values:
            return self.guess(kind)
        return typing.Literal[tuple(map(_whole, values))]

    def _array(self, schema: Schema, kind: pb.LiteralType) -> Any:
        if "prefixItems" in schema:
            return GenericAlias(tuple, tuple(map(self.of, schema["prefixItems"])))
        element = self.of(schema.get("items", {}), kind.collection_type)
        return GenericAlias(set if schema.get("uniqueItems") else list, (element,))

    def _object(self, schema: Schema, kind: pb.LiteralType) -> Any:
        if schema.get("title") in _FLYTES:
            return self.guess(kind) if not _is_unsaid(kind) else _flyte_type(schema["title"])
        if isinstance(schema.get("additionalProperties"), Mapping):
            key = self.of(schema.get("propertyNames", {"type": "string"}))
            return GenericAlias(dict, (key, self.of(schema["additionalProperties"], kind.map_value_type)))
        return self.object(schema, kind.structure.dataclass_type)

    def object(self, schema: Schema, kinds: Mapping[str, pb.LiteralType]) -> Any:
        """A dataclass of the properties, or a dict where there are none, or whose names are no names in Python."""
        if "definitions" in schema and "$ref" in schema:  # as marshmallow has the whole of a class
            return self.of(schema)
        names = _field_names(schema)
        is_empty_class = "title" in schema and schema.get("additionalProperties") is False
        if not all(map(_is_name, names)) or not (names or is_empty_class):
            return dict
        written = json.dumps(schema, sort_keys=True)  # the same class in two places is one class
        if written not in self.made:
            self.made[written] = self._class(schema, names, kinds)
        return self.made[written]

    def _class(self, schema: Schema, names: list[str], kinds: Mapping[str, pb.LiteralType]) -> type:
        required = schema.get("required", ())
        fields = [self._field(each, schema["properties"][each], kinds, optional=each not in required) for each in names]
        return dataclasses.make_dataclass(_class_name(schema.get("title", "")), fields, kw_only=True)

    def _field(self, name: str, schema: Schema, kinds: Mapping[str, pb.LiteralType], *, optional: bool) -> Any:
        hint = self.of(schema, kinds.get(name, _UNKNOWN))
        if "default" in schema:
            return name, hint, _default(hint, schema["default"])
        empty = typing.get_origin(hint) or hint
        is_left_out = optional and empty in (list, dict, set)
        return name, hint, dataclasses.field(default_factory=empty) if is_left_out else dataclasses.field()


def _default(hint: Any, plain: Any) -> Any:
    """A dataclass field with the default a schema says; without one where that is said in a way we do not read."""
    from volant.sdk.type_engine.engine import transformer

    try:
        default = base64.b64decode(plain) if hint is bytes else transformer(hint).unpack(plain)
    except (ConversionError, ValueError, TypeError):
        return dataclasses.field()
    if isinstance(plain, list | dict):
        return dataclasses.field(default_factory=lambda: transformer(hint).unpack(plain))
    return dataclasses.field(default=default)


def _field_names(schema: Schema) -> list[str]:
    """Required ones in their order, for a list keeps it; then the others, of which the wire keeps none."""
    properties = schema.get("properties") or {}
    required = [each for each in schema.get("required", ()) if each in properties]
    return list(dict.fromkeys([*required, *sorted(properties)]))


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _flyte_type(title: str) -> Any:
    if title == "StructuredDataset":
        from volant.sdk.datasets import StructuredDataset

        return StructuredDataset
    return File if title == "FlyteFile" else Directory


def _number(word: str, form: Any) -> Any:
    if form == "time-delta":
        return dt.timedelta
    return int if "integer" in (word, form) else float


def _whole(value: Any) -> Any:
    """JSON's messages know floats alone; a choice of numbers is one of whole ones."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_unsaid(kind: pb.LiteralType) -> bool:
    return not kind.WhichOneof("type") or kind.blob.format == _PICKLE


def _class_name(title: str) -> str:
    name = re.sub(r"\W", "_", title) or "Document"
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name
