"""How to name a type on the wire for people."""

from collections.abc import Iterable
from typing import Any

from volant.idl import pb
from volant.idl.literal_types import SIMPLE_OF_COLUMN, kind_of

_MOST_SHOWN = 8
_SIMPLE_NAMES = {
    pb.SimpleType.NONE: "None",
    pb.SimpleType.INTEGER: "int",
    pb.SimpleType.FLOAT: "float",
    pb.SimpleType.STRING: "str",
    pb.SimpleType.BOOLEAN: "bool",
    pb.SimpleType.DATETIME: "datetime",
    pb.SimpleType.DURATION: "timedelta",
    pb.SimpleType.BINARY: "bytes",
    pb.SimpleType.ERROR: "FlyteError",
    pb.SimpleType.STRUCT: "struct",
}


def show_type(kind: pb.LiteralType) -> str:
    """A type as people write it, e.g. "list[int]", "Union[int, None]", "File[csv]", or a dataclass's name."""
    match kind_of(kind):
        case "simple":
            return _show_simple(kind)
        case "collection_type":
            return f"list[{show_type(kind.collection_type)}]"
        case "map_value_type":
            return f"dict[str, {show_type(kind.map_value_type)}]"
        case "union_type":
            return f"Union[{', '.join(map(show_type, kind.union_type.variants))}]"
        case "enum_type":
            return f"Enum[{_few(kind.enum_type.values)}]"
        case "blob":
            return _show_blob(kind.blob)
        case "structured_dataset_type":
            return _show_dataset(kind.structured_dataset_type)
        case "schema":
            columns = kind.schema.columns
            return _bracketed("Schema", _few(f"{each.name}: {_show_column(each.type)}" for each in columns))
    return "an unknown type"


def _few(texts: Iterable[str]) -> str:
    """The first eight, and "…" where there are more."""
    found = list(texts)
    return ", ".join(found[:_MOST_SHOWN] + ["…"] * (len(found) > _MOST_SHOWN))


def _bracketed(name: str, *parts: str) -> str:
    inside = "; ".join(filter(None, parts))
    return f"{name}[{inside}]" if inside else name


def _show_simple(kind: Any) -> str:
    title = kind.metadata.fields["title"].string_value if "title" in kind.metadata.fields else ""
    return title or _SIMPLE_NAMES.get(kind.simple, f"simple type {kind.simple}")


def _show_blob(blob: Any) -> str:
    name = "Directory" if blob.dimensionality == pb.BlobType.MULTIPART else "File"
    return f"{name}[{blob.format}]" if blob.format else name


def _show_dataset(dataset: Any) -> str:
    columns = _few(f"{each.name}: {show_type(each.literal_type)}" for each in dataset.columns)
    return _bracketed("StructuredDataset", dataset.format, columns)


def _show_column(number: int) -> str:
    return _SIMPLE_NAMES.get(SIMPLE_OF_COLUMN.get(number, -1), f"column type {number}")
