"""pydantic's JSON schemas, made to stand within others."""

from collections.abc import Mapping
from typing import Any

_DEFINITIONS = "$defs"


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same without definitions: each is put where it is referred to; one within itself is any object."""
    found: dict[str, Any] = _follow(schema, schema.get(_DEFINITIONS, {}), frozenset())
    return found


def _follow(schema: Any, known: Mapping[str, Any], inside: frozenset[str]) -> Any:
    if isinstance(schema, list):
        return [_follow(each, known, inside) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in inside:
        return {"type": "object"}
    rest = {key: _follow(each, known, inside) for key, each in schema.items() if key not in (_DEFINITIONS, "$ref")}
    return {**_follow(known[name], known, inside | {name}), **rest} if name in known else rest
