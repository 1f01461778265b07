"""What the notes on a dataset say: columns, a format, an Arrow schema."""

import dataclasses
import datetime as dt
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.interface import show_type
from volant.sdk.type_engine.transformer import within

_S = pb.SimpleType
_OF_PYTHON = {
    int: _S.INTEGER, float: _S.FLOAT, bool: _S.BOOLEAN, str: _S.STRING,
    dt.datetime: _S.DATETIME, dt.timedelta: _S.DURATION,
}  # fmt: skip
_OF_NUMPY = {
    **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"), _S.INTEGER),
    **dict.fromkeys(("float16", "float32", "float64"), _S.FLOAT),
    **dict.fromkeys(("bool", "bool_"), _S.BOOLEAN),
    **dict.fromkeys(("bytes_", "str_", "object_"), _S.STRING),
    "datetime64": _S.DATETIME,
    "timedelta64": _S.DURATION,
}


def dataset_type(notes: typing.Iterable[Any]) -> pb.StructuredDatasetType:
    """The type that the notes of an `Annotated` describe; notes of other kinds do not count.

    Columns are what `kwtypes`, a dict, a dataclass or a TypedDict lists; the last one counts, as in flytekit.

    Raises:
        ConversionError: Two formats, or a column of a type that datasets do not have.

    Source: flytekit `extract_cols_and_format` (types/structured/structured_dataset.py).
    """
    found = pb.StructuredDatasetType()
    columns: Mapping[str, Any] = {}
    for note in notes:
        if isinstance(note, str):
            found.format = _only_format(found.format, note)
        elif _is_arrow_schema(note):
            found.external_schema_type = "arrow"
            found.external_schema_bytes = note.to_string().encode()
        else:
            columns = _columns(note) or columns
    found.columns.extend(
        pb.StructuredDatasetType.DatasetColumn(name=name, literal_type=within(f"[{name!r}]", _column_type, kind))
        for name, kind in _flat(columns)
    )
    return found


def _only_format(known: str, new: str) -> str:
    if not known:
        return new
    raise ConversionError(f"the dataset has two formats, {known!r} and {new!r}", fix="keep one of them")


def _is_arrow_schema(note: Any) -> bool:
    return type(note).__name__ == "Schema" and type(note).__module__.partition(".")[0] == "pyarrow"


def _columns(note: Any) -> Mapping[str, Any]:
    """Columns by name; empty for what lists none."""
    if isinstance(note, dict):
        return note
    return typing.get_type_hints(note) if isinstance(note, type) else {}


def _flat(columns: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Columns of columns get names with dots."""
    for name, kind in columns.items():
        if isinstance(kind, dict) or (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            yield from _flat(_columns(kind), f"{above}{name}.")
        else:
            yield f"{above}{name}", kind


def _column_type(kind: Any) -> pb.LiteralType:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return pb.LiteralType(collection_type=_column_type(args[0]))
    if origin is dict:
        return pb.LiteralType(map_value_type=_column_type(args[1]))
    simple = _OF_PYTHON.get(kind) if isinstance(kind, type) else None
    if simple is None and getattr(kind, "__module__", "") == "numpy":
        simple = _OF_NUMPY.get(kind.__name__)
    if simple is None:
        raise ConversionError(
            f"a dataset's column cannot be {show_type(kind)}",
            fix="use int, float, bool, str, datetime, timedelta, a list[…] or dict[str, …] of these, or numpy's",
        )
    return pb.LiteralType(simple=simple)
