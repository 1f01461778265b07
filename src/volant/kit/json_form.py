"""The JSON form of an author's own types: dataclasses, msgspec Structs, pydantic models, and what they are made of.

pydantic is recognized by what its models can do, and is never imported here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

T = TypeVar("T")


def to_json(value: Any) -> bytes:
    """A value as JSON.

    Raises:
        TypeError: It has no JSON form.
    """
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json(by_alias=True)).encode()  # by what it reads, too
    return msgspec.json.encode(value)


def from_json(data: bytes, form: type[T]) -> T:
    """The value of that type that a JSON text stands for.

    Raises:
        ValueError: It is of another type, or no JSON.
    """
    model: Any = form
    if hasattr(model, "model_validate_json"):
        made: T = model.model_validate_json(data)
        return made
    return msgspec.json.decode(data, type=form)


def from_table(table: Mapping[str, Any], form: type[T]) -> T:
    """The value of that type made of a table of settings. Names the type does not have are refused.

    Raises:
        ValueError: A value is of another type, missing, or unknown. Names no value: a setting may be a secret.
    """
    names = field_names(form)
    if unknown := sorted(set(table) - names):
        raise ValueError(f"there is no setting {unknown[0]!r}; there are {', '.join(sorted(names)) or 'none'}")
    model: Any = form
    if not hasattr(model, "model_validate"):
        return msgspec.convert(dict(table), form)
    try:
        made: T = model.model_validate(dict(table))
    except ValueError as error:
        raise ValueError(_told(error)) from None  # it repeats the whole table
    return made


def _told(error: Any) -> str:
    """What pydantic says, without the values."""
    if not hasattr(error, "errors"):
        return str(error)
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in found)


def field_names(form: type[Any]) -> frozenset[str]:
    """The names a table of that type may have, as they are written in one."""
    if hasattr(form, "model_fields"):
        by_name = any(form.model_config.get(key) for key in ("populate_by_name", "validate_by_name"))
        return frozenset(
            each for name, field in form.model_fields.items() for each in (*_aliases(name, field), *[name] * by_name)
        )
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        return frozenset(form.__struct_encode_fields__)
    return frozenset(getattr(form, "__dataclass_fields__", ()))


def _aliases(name: str, field: Any) -> Iterator[str]:
    """What pydantic reads a field by: a name, one of several, or the first step of a path."""
    alias = field.validation_alias or field.alias or name
    for each in getattr(alias, "choices", [alias]):
        yield each if isinstance(each, str) else each.path[0]


def has_json_form(form: Any) -> bool:
    """Whether values of that type, and of all it is made of, can be written as JSON and read back."""
    if hasattr(form, "model_validate_json"):
        return True
    try:
        parts = list(_parts(msgspec.inspect.type_info(form), set()))
    except TypeError:
        return False
    return not any(isinstance(part, msgspec.inspect.CustomType) for part in parts)


def _parts(part: Any, seen: set[int]) -> Iterator[Any]:
    """A description of a type and all inside it, each once: types may contain themselves."""
    if id(part) in seen:
        return
    seen.add(id(part))
    yield part
    inside = (
        part if isinstance(part, tuple) else [getattr(part, name) for name in getattr(part, "__struct_fields__", ())]
    )
    for each in inside:
        if isinstance(each, msgspec.inspect.Type | msgspec.inspect.Field | tuple):
            yield from _parts(each, seen)
