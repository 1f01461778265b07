"""msgpack documents: what dataclasses, models and dicts without types are on the wire."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.raw_data import RawData

MSGPACK = "msgpack"
"""The tag of the binaries they are."""
LESS_DEEP = "pass a list of its parts, each naming the next"
"""What to do about a value that is nested too deeply."""

_decode = msgspec.msgpack.Decoder().decode
_encode = msgspec.msgpack.Encoder().encode


def decode(data: bytes) -> Any:
    """What a document says.

    Raises:
        ConversionError: It is none, or nested too deeply.
    """
    try:
        return _decode(data)
    except RecursionError:
        raise ConversionError("a msgpack document that is nested too deeply to be read") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConversionError(f"a broken msgpack document: {error}") from None


def document(plain: Any) -> pb.Literal:
    """The literal of a plain form."""
    return pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=_encode(plain), tag=MSGPACK)))


def document_type(**parts: Any) -> pb.LiteralType:
    """The type of a document, marked so that caches do not take it for Flyte's older form.

    Source: flytekit core/type_engine.py, annotation "cache-key-metadata".
    """
    note = pb.ParseDict({"cache-key-metadata": {"serialization-format": MSGPACK}}, pb.Struct())
    return pb.LiteralType(simple=pb.SimpleType.STRUCT, annotation=pb.TypeAnnotation(annotations=note), **parts)


def packed(pack: Callable[[Any, RawData], Any], hint: Any, value: Any, raw: RawData) -> pb.Literal:
    """The msgpack document of a value.

    Args:
        pack: Gives its plain form.
        hint: Its type.
        value: The value.
        raw: Where its files go.

    Raises:
        ConversionError: It does not fit the type, or is nested too deeply.
    """
    try:
        return document(pack(value, raw))
    except RecursionError:
        raise ConversionError(
            f"a value of {show_type(hint)} is nested too deeply, or holds itself", fix=LESS_DEEP
        ) from None


def sorted_by_key(items: Mapping[Any, Any]) -> dict[Any, Any]:
    """The same mapping in the order of its keys: how it was filled must not change a cache key."""
    return dict(sorted(items.items(), key=lambda item: _key_rank(item[0])))


def _key_rank(key: Any) -> tuple[str, Any]:
    # The members of tuples need not compare with each other.
    return str(type(key)), _encode(key) if isinstance(key, tuple) else key
