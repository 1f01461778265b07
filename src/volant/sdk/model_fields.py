"""`File` and `Directory` as fields of pydantic models; imported when pydantic asks for them."""

import os
from collections.abc import Mapping
from typing import Any

RAW_DATA = "volant_raw_data"
"""Where the type engine puts, into pydantic's context, what copies files (`RawData`) while it writes a model."""


def json_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of one of ours, with flytekit's name, so that flytekit makes a class of its own of it."""
    path = {"default": None, "anyOf": [{"type": "string"}, {"type": "string", "format": "path"}]}
    texts = {"type": "string"}
    mapping = {"type": "object", "additionalProperties": texts, "propertyNames": texts}
    metadata = {"metadata": {"default": None, "anyOf": [mapping, {"type": "null"}]}}
    return {
        "type": "object",
        "title": f"Flyte{kind.wire_name}",
        "properties": {"path": path, **(metadata if kind.has_metadata else {})},
        "additionalProperties": False,
    }


def core_schema(kind: type[Any]) -> Any:
    """What pydantic wants of a class: from one of ours, a path, or its JSON form; to `{"path": …}`.

    A model that a task returns has its files on this machine copied like any other; dumped by its author, it only
    names them.

    Source: flytekit `FlyteFile.serialize_flyte_file`, `FlyteDirectory.serialize_flyte_dir`.
    """
    from pydantic_core import core_schema as schemas

    def made(value: Any) -> Any:
        return _made(kind, value)

    # Only its JSON form is told in the schema; what else is taken is a kindness to Python.
    told = schemas.dict_schema(metadata={"pydantic_js_updates": json_schema(kind)})
    return schemas.json_or_python_schema(
        json_schema=schemas.no_info_after_validator_function(made, told),
        python_schema=schemas.no_info_plain_validator_function(made),
        serialization=schemas.plain_serializer_function_ser_schema(_written, info_arg=True, return_schema=told),
    )


def _written(value: Any, info: Any) -> dict[str, Any]:
    raw = (info.context or {}).get(RAW_DATA)
    plain: dict[str, Any] = value.plain(raw.keep(value) if raw else value.uri)
    return plain


def _made(kind: type[Any], value: Any) -> Any:
    if isinstance(value, kind):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("path"), str):
        return kind.of_plain(value)
    if isinstance(value, str | os.PathLike) and not hasattr(value, "of_plain"):  # a File is no Directory
        return kind(value)
    raise ValueError(f'expected a {kind.__name__}, its path, or its JSON form {{"path": …}}')
