"""pydantic models as plain values and back."""

import functools
import inspect
import json
from collections.abc import Mapping
from typing import Any

from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.model_fields import RAW_DATA
from volant.sdk.type_engine.msgpack_documents import sorted_by_key
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.sets import rank
from volant.sdk.type_engine.transformer import preview, within

_BASE64 = "for bytes that are no text, set ser_json_bytes and val_json_bytes to 'base64' in model_config"


class _Keeper:
    """Copies files, and remembers what was wrong: pydantic makes a text of errors, and one of that text."""

    def __init__(self, raw: RawData) -> None:
        self.raw = raw
        self.problem: Exception | None = None

    def keep(self, value: Any) -> str:
        try:
            return self.raw.keep(value)
        except Exception as error:
            self.problem = error
            raise


def dumped(value: Any, raw: RawData) -> Any:
    """The JSON form of a model, as pydantic makes it; sets and dicts in a fixed order.

    Raises:
        ConversionError: It has none, or one that would not come back as it went: nan, a secret.
        OSError: A file of it cannot be copied.
        RemoteError: A file of it cannot be uploaded just now.
    """
    keeper = _Keeper(raw)
    try:
        text = value.model_dump_json(context={RAW_DATA: keeper})
    except Exception as error:
        if keeper.problem is not None:
            raise keeper.problem from error
        fix = _BASE64 if "utf-8" in str(error) else ""
        raise ConversionError(f"{show_type(type(value))} has no JSON form: {error}", fix=fix) from error
    return _steady(json.loads(text), value)


def made(kind: Any, plain: Any) -> Any:
    """A model of its JSON form, validated; by names and by aliases.

    Raises:
        ConversionError: It is not valid; the first problem, with its place.
    """
    try:
        text = json.dumps(plain, default=_refuse)
        return kind.model_validate_json(text, strict=False, context={"deserialize": True}, **_names())
    except ConversionError:
        raise
    except Exception as error:  # validators are the author's code
        raise not_valid(kind, error) from error


def _steady(dump: Any, value: Any) -> Any:
    """A dump in a fixed order, told by the value it was made of; where the two differ in shape, as it is."""
    if isinstance(dump, dict) and isinstance(value, Mapping) and len(dump) == len(value):
        pairs = zip(dump.items(), value.values(), strict=True)
        return sorted_by_key({key: within(f"[{key!r}]", _steady, each, one) for (key, each), one in pairs})
    if isinstance(dump, dict):
        fields = _members(value)
        return {key: within(f".{key}", _steady, each, fields.get(key)) for key, each in dump.items()}
    if isinstance(dump, list) and isinstance(value, set | frozenset):
        return sorted(dump, key=rank)
    if isinstance(dump, list) and isinstance(value, list | tuple) and len(dump) == len(value):
        return [within(f"[{index}]", _steady, *pair) for index, pair in enumerate(zip(dump, value, strict=True))]
    _refuse_lost(dump, value)
    return dump


def _members(value: Any) -> dict[str, Any]:
    """Fields of a model or dataclass, by their names and aliases."""
    described = getattr(type(value), "__pydantic_fields__", {})
    named = {name: getattr(value, name, None) for name in described or getattr(value, "__dataclass_fields__", ())}
    aliased = {str(each.serialization_alias): named[name] for name, each in described.items()}
    return {**aliased, **named}


def _refuse_lost(dump: Any, value: Any) -> None:
    if dump is None and isinstance(value, float):
        raise ConversionError(
            f"{value} has no JSON form", fix="set ser_json_inf_nan='constants' in the model's model_config"
        )
    if isinstance(dump, str) and hasattr(value, "get_secret_value"):
        raise ConversionError(
            "a secret is not passed between tasks: it would lie open in the store",
            fix="ask for it where it is used: @task(secret_requests=[Secret(…)])",
        )


def not_valid(kind: Any, error: Exception) -> ConversionError:
    """What pydantic, or a class's own code, has against the members of a value; of several the first."""
    found = error.errors() if hasattr(error, "errors") else []
    if not found:
        return ConversionError(f"{show_type(kind)} could not be made: {type(error).__name__}: {error}")
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    path = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in first["loc"])
    problem = f"{first['msg']}, got {preview(first['input'])}{more}"
    return ConversionError(f"{show_type(kind)} could not be made: {problem}", path=path)


@functools.cache
def _names() -> dict[str, Any]:
    import pydantic

    known = inspect.signature(pydantic.BaseModel.model_validate_json).parameters
    return {"by_name": True, "by_alias": True} if "by_name" in known else {}  # pydantic 2.11


def _refuse(plain: Any) -> Any:
    raise ConversionError(f"JSON has no {preview(plain)}")
