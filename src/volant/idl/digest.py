"""Digests: of bytes, and of messages as Flyte's catalog takes them.

A message's digest is the objecthash of its proto3 JSON. `object_digest` is that definition, over JSON values;
`message_digest` gives the same for a message without making the JSON first, which is several times quicker.

Source: flytestdlib pbhash and github.com/benlaurie/objecthash; the tests hold the reference's vectors.
"""

import hashlib
import math
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from google.protobuf.descriptor import FieldDescriptor

from volant.base.ids import Digest
from volant.idl import pb

Json: TypeAlias = Mapping[str, Any] | Sequence[Any] | str | float | bool | None
_Encoder: TypeAlias = Callable[[Any], bytes]


def sha256_hex(data: bytes) -> Digest:
    """SHA-256 of `data` in 64 lower case hex digits."""
    return Digest(hashlib.sha256(data).hexdigest())


def base64_text(digest: bytes) -> str:
    """A digest as base64url without padding: 43 characters for 32 bytes."""
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def pbhash(message: pb.Message) -> str:
    """The digest of a message as Flyte writes it: 43 characters of base64url."""
    return base64_text(message_digest(message))


def _sha(tag: bytes, content: bytes) -> bytes:
    return hashlib.sha256(tag + content).digest()


@lru_cache(maxsize=4096)
def _key_digest(text: str) -> bytes:
    return text_digest(text)


def text_digest(text: str) -> bytes:
    """The objecthash of a string: of its NFC form."""
    return _sha(b"u", (text if text.isascii() else unicodedata.normalize("NFC", text)).encode())


def dict_digest(entries: Mapping[str, bytes]) -> bytes:
    """The objecthash of an object whose values have these digests."""
    return _sha(b"d", b"".join(sorted(_key_digest(key) + value for key, value in entries.items())))


def list_digest(items: Iterable[bytes]) -> bytes:
    """The objecthash of a list whose items have these digests."""
    return _sha(b"l", b"".join(items))


def number_digest(value: float) -> bytes:
    """The objecthash of a number; integers count as floats."""
    return _sha(b"f", _normal(float(value)).encode())


def _normal(value: float) -> str:
    """Sign, exponent and binary digits, such that equal numbers give equal text."""
    if value == 0:
        return "+0:"
    mantissa, exponent = math.frexp(abs(value))
    sign = "-" if value < 0 else "+"
    if mantissa == 0.5:  # the reference scales into (0.5, 1], frexp into [0.5, 1)
        return f"{sign}{exponent - 1}:1"
    digits = format(int(math.ldexp(mantissa, 53)), "053b").rstrip("0")
    return f"{sign}{exponent}:0{digits}"


def _bool_digest(value: bool) -> bytes:
    return _sha(b"b", b"1" if value else b"0")


def object_digest(value: Json) -> bytes:
    """The objecthash of a JSON value: 32 bytes."""
    match value:
        case None:
            return _sha(b"n", b"")
        case bool():
            return _bool_digest(value)
        case str():
            return text_digest(value)
        case int() | float():
            return number_digest(value)
        case Mapping():
            return dict_digest({key: object_digest(each) for key, each in value.items()})
    return list_digest(map(object_digest, value))


_FIELDS: dict[FieldDescriptor, tuple[bytes, _Encoder]] = {}


def message_digest(message: pb.Message) -> bytes:
    """The objecthash of a message's proto3 JSON: 32 bytes."""
    if message.DESCRIPTOR.full_name.startswith("google.protobuf."):
        return _well_known(message)
    return _walk(message)


def _walk(message: Any) -> bytes:
    entries = []
    for field, value in message.ListFields():
        key, encode = _FIELDS.get(field) or _learn(field, value)
        entries.append(key + encode(value))
    entries.sort()
    return _sha(b"d", b"".join(entries))


def _well_known(message: pb.Message) -> bytes:
    return object_digest(pb.MessageToDict(message))


def _learn(field: FieldDescriptor, value: Any) -> tuple[bytes, _Encoder]:
    learned = (text_digest(field.json_name), _encoder(field, value))
    _FIELDS[field] = learned
    return learned


def _encoder(field: FieldDescriptor, value: Any) -> _Encoder:
    """How to digest a field; `value` only tells whether it repeats, which versions of protobuf name apart."""
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        inner = _single(kind.fields_by_name["value"])
        return lambda entries: dict_digest({str(key): inner(entries[key]) for key in entries})
    single = _single(field)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return lambda items: list_digest(map(single, items))
    return single


def _single(field: FieldDescriptor) -> _Encoder:
    if field.message_type is not None:
        well_known = field.message_type.full_name.startswith("google.protobuf.")
        return _well_known if well_known else _walk
    if field.enum_type is not None:
        return _enum_encoder(field.enum_type.values_by_number)
    return _SCALARS.get(field.cpp_type, number_digest) if field.type != FieldDescriptor.TYPE_BYTES else _bytes_digest


def _enum_encoder(names: Any) -> _Encoder:
    return lambda number: text_digest(names[number].name) if number in names else number_digest(number)


def _bytes_digest(value: bytes) -> bytes:
    return text_digest(b64encode(value).decode())


def _long_digest(value: int) -> bytes:
    return text_digest(str(value))


def _float_digest(value: float) -> bytes:
    if math.isfinite(value):
        return number_digest(value)
    return text_digest("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")


_SCALARS: dict[int, _Encoder] = {
    FieldDescriptor.CPPTYPE_INT64: _long_digest,
    FieldDescriptor.CPPTYPE_UINT64: _long_digest,
    FieldDescriptor.CPPTYPE_STRING: text_digest,
    FieldDescriptor.CPPTYPE_BOOL: _bool_digest,
    FieldDescriptor.CPPTYPE_DOUBLE: _float_digest,
    FieldDescriptor.CPPTYPE_FLOAT: lambda value: object_digest(pb.MessageToDict(pb.FloatValue(value=value))),
}
