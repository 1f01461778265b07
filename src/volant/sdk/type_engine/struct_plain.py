"""Plain values, as documents hold them: checked, put in order, and for JSON."""

import base64
import math
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.msgpack_documents import sorted_by_key
from volant.sdk.type_engine.scalars import of_numpy, unicode
from volant.sdk.type_engine.transformer import each_within, mismatch, preview, within, wrong_literal

_AS_IT_IS = (type(None), bool, float, bytes)
_LARGEST_WHOLE = 2**53
_LEAST, _MOST = -(2**63), 2**64 - 1
_FIXES = {
    dict: "a dict without types holds plain values only: write dict[str, …] or use a dataclass",
    "a key": "use texts, numbers, or tuples of them as keys",
    Any: "Any holds plain values only, inside a document: write the class itself",
}


def checked(value: Any, hint: Any) -> Any:
    """The same value, every dict sorted by key, tuples as lists, as flytekit writes them.

    An int, float, str or bytes of a class of its own, and a scalar of numpy, becomes the plain value it is.

    Args:
        value: Plain at every depth: None, bool, int, float, str, bytes, lists, tuples and dicts.
        hint: The type it is spoken of as, when it is not plain.

    Raises:
        ConversionError: Something in it is not plain.
    """
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, dict):
        items = value.items()
        return sorted_by_key({_key(key): within(f"[{key!r}]", checked, each, hint) for key, each in items})
    if isinstance(value, list | tuple):
        return each_within(checked, value, hint)
    return _scalar(value, hint)


def _scalar(value: Any, hint: Any) -> Any:
    plain = of_numpy(value)
    if isinstance(plain, str):
        return unicode(plain)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return _whole(int(plain))
    if isinstance(plain, bool):
        return plain
    if isinstance(plain, float | bytes):
        return float(plain) if isinstance(plain, float) else bytes(plain)
    raise mismatch(value, "a plain value", fix=_FIXES.get(hint, ""))


def _whole(value: int) -> int:
    if not _LEAST <= value <= _MOST:
        raise ConversionError(f"{preview(value)} does not fit into 64 bits", fix="pass it as a str")
    return value


def _key(key: Any) -> Any:
    found = within("(a key)", checked, key, "a key")
    return hashable(found) if isinstance(found, list) else found


def hashable(plain: Any) -> Any:
    """A plain form as a key: lists, which no dict takes for one, are tuples there, also in what was read."""
    return tuple(map(hashable, plain)) if isinstance(plain, list) else plain


def older_form(literal: pb.Literal, hint: Any) -> Any:
    """What a document says in Flyte's older form, a Struct, which knows floats alone: whole ones become int.

    Raises:
        ConversionError: The literal is none, or holds nan or infinity, which JSON does not have.
    """
    if literal.scalar.WhichOneof("value") != "generic":
        raise wrong_literal(literal, hint)
    try:
        return _whole_numbers(pb.MessageToDict(literal.scalar.generic))
    except ValueError as error:
        raise ConversionError(f"expected {show_type(hint)}, got a Struct that JSON cannot say: {error}") from None


def _whole_numbers(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _whole_numbers(each) for key, each in plain.items()}
    if isinstance(plain, list):
        return list(map(_whole_numbers, plain))
    if isinstance(plain, float) and abs(plain) <= _LARGEST_WHOLE and plain.is_integer():
        return int(plain)
    return plain


def json_form(plain: Any) -> Any:
    """A plain form as JSON has it: bytes in base64, keys as texts.

    Raises:
        ConversionError: JSON has no such number.
    """
    if isinstance(plain, dict):
        return {str(key): json_form(each) for key, each in plain.items()}
    if isinstance(plain, list):
        return list(map(json_form, plain))
    if isinstance(plain, bytes):
        return base64.encodebytes(plain).decode()
    if isinstance(plain, float) and not math.isfinite(plain):
        raise ConversionError(f"JSON has no {plain}")
    return plain
