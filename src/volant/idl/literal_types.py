"""Types on the wire: which value may go where. `idl.type_names` names them for people."""

from collections.abc import Callable
from typing import Any

from volant.idl import pb
from volant.idl.json_schema import accepts


def kind_of(kind: pb.LiteralType) -> str:
    """Which of the kinds a type is, e.g. "simple" or "union_type"; "" for a type that says nothing."""
    return kind.WhichOneof("type") or ""


def castable(source: pb.LiteralType, target: pb.LiteralType) -> bool:
    """Whether a value of type `source` may be handed to a variable of type `target`.

    An integer is no float. A value fits a union when it fits exactly one of its variants.

    Source: flytepropeller pkg/compiler/validators/typing.go `AreTypesCastable`.
    """
    if source == target:
        return True
    only = _only_variant(source)
    if only is None:
        return _casts(source, target)
    if kind_of(target) != "union_type":
        return _casts(only, target)
    # A union with one variant fits another union where that variant fits any of the other's, not exactly one.
    fits_any = any(castable(only, each) for each in target.union_type.variants)
    return fits_any or (kind_of(only) == "union_type" and _casts(only, target))


def _only_variant(kind: Any) -> Any:
    """What a union with one variant holds, however often it is wrapped; None for any other type."""
    only = None
    while kind_of(kind) == "union_type" and len(kind.union_type.variants) == 1:
        only = kind = kind.union_type.variants[0]
    return only


def _casts(source: Any, target: Any) -> bool:
    return _RULES.get(kind_of(target), _plain)(source, target)


def _collection(source: Any, target: Any) -> bool:
    if kind_of(source) != "collection_type":
        return False
    return is_none(source.collection_type) or _casts(source.collection_type, target.collection_type)


def _map(source: Any, target: Any) -> bool:
    if kind_of(source) != "map_value_type":
        return False
    return is_none(source.map_value_type) or _casts(source.map_value_type, target.map_value_type)


def is_none(kind: pb.LiteralType) -> bool:
    """Whether a type is that of None."""
    return bool(kind_of(kind) == "simple" and kind.simple == pb.SimpleType.NONE)


def is_optional(kind: pb.LiteralType) -> bool:
    """Whether a variable of this type may be left out: a union with None among its variants."""
    return kind_of(kind) == "union_type" and any(map(is_none, kind.union_type.variants))


def _blob(source: Any, target: Any) -> bool:
    if kind_of(source) != "blob":
        return False
    given, wanted = source.blob.format, target.blob.format
    return not given or not wanted or given == wanted


def _is_parquet(name: str) -> bool:
    return name.lower() in ("", "parquet")


def _schema(source: Any, target: Any) -> bool:
    match kind_of(source):
        case "schema":
            given = {column.name: column.type for column in source.schema.columns}
        case "structured_dataset_type":
            if not _is_parquet(source.structured_dataset_type.format):
                return False
            columns = source.structured_dataset_type.columns
            given = {column.name: _column_type(column.literal_type) for column in columns}
        case _:
            return False
    wanted = target.schema.columns
    return not given or all(given.get(column.name) == column.type for column in wanted)


_COLUMN_TYPES = {
    pb.SimpleType.INTEGER: pb.SchemaType.SchemaColumn.INTEGER,
    pb.SimpleType.FLOAT: pb.SchemaType.SchemaColumn.FLOAT,
    pb.SimpleType.STRING: pb.SchemaType.SchemaColumn.STRING,
    pb.SimpleType.BOOLEAN: pb.SchemaType.SchemaColumn.BOOLEAN,
    pb.SimpleType.DATETIME: pb.SchemaType.SchemaColumn.DATETIME,
    pb.SimpleType.DURATION: pb.SchemaType.SchemaColumn.DURATION,
}
SIMPLE_OF_COLUMN = {column: simple for simple, column in _COLUMN_TYPES.items()}
"""`SimpleType` by the type of a schema's column."""


def _column_type(kind: Any) -> Any:
    return _COLUMN_TYPES.get(kind.simple) if kind_of(kind) == "simple" else None


def _dataset(source: Any, target: Any) -> bool:
    wanted = target.structured_dataset_type
    match kind_of(source):
        case "schema":
            columns = source.schema.columns
            given = {each.name: pb.LiteralType(simple=SIMPLE_OF_COLUMN.get(each.type)) for each in columns}
            formats_fit = _is_parquet(wanted.format)
        case "structured_dataset_type":
            dataset = source.structured_dataset_type
            given = {each.name: each.literal_type for each in dataset.columns}
            formats = {dataset.format.lower(), wanted.format.lower()} - {""}
            formats_fit = len(formats) < 2
        case _:
            return is_none(source)
    return formats_fit and (not given or all(_has_column(given, each) for each in wanted.columns))


def _has_column(given: dict[str, Any], wanted: Any) -> bool:
    return wanted.name in given and castable(given[wanted.name], wanted.literal_type)


def _union(source: Any, target: Any) -> bool:
    wanted = target.union_type.variants
    if kind_of(source) == "union_type":
        return all(any(castable(each, variant) for variant in wanted) for each in source.union_type.variants)
    return sum(castable(source, variant) for variant in wanted) == 1


def _plain(source: Any, target: Any) -> bool:
    if is_none(target):
        return is_none(source)
    if _is_enum_and_text(source, target) or _is_enum_and_text(target, source):
        return True
    if source.structure.tag and source.structure.tag != target.structure.tag:
        return False
    if _is_struct(source) and _is_struct(target):
        return _structs(source, target)
    return alike(source, target)


def _is_simple(kind: Any, simple: int) -> bool:
    return kind_of(kind) == "simple" and bool(kind.simple == simple)


def _is_struct(kind: Any) -> bool:
    return _is_simple(kind, pb.SimpleType.STRUCT)


def _is_enum_and_text(one: Any, other: Any) -> bool:
    return kind_of(one) == "enum_type" and _is_simple(other, pb.SimpleType.STRING)


def _structs(source: Any, target: Any) -> bool:
    if not source.HasField("metadata") or not target.HasField("metadata") or source.metadata == target.metadata:
        return True
    try:
        return accepts(pb.MessageToDict(target.metadata), pb.MessageToDict(source.metadata))
    except ValueError:  # it holds nan or infinity, so it is no JSON schema
        return False


def alike(one: pb.LiteralType, other: pb.LiteralType) -> bool:
    """Whether two types are equal but for their structure, metadata and annotation."""
    return bool(_bare(one) == _bare(other))


def _bare(kind: Any) -> tuple[str, Any]:
    """A type without its structure, metadata and annotation, as something to compare."""
    name = kind_of(kind)
    return name, getattr(kind, name) if name else None


_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "collection_type": _collection,
    "map_value_type": _map,
    "blob": _blob,
    "schema": _schema,
    "structured_dataset_type": _dataset,
    "union_type": _union,
}
