"""What is in a value, as JSON that is equal on both sides: a file's bytes, a frame's columns, a model's fields."""

import base64
import collections.abc
import dataclasses
import datetime as dt
import enum
import os
import re
import sys
from pathlib import Path
from typing import Any


def content(value: Any) -> Any:
    """What is in it, files and frames read."""
    for matches, show in _KINDS:
        if matches(value):
            return show(value)
    return re.sub(r"0x[0-9a-f]+", "0x…", repr(value))


def _path(value: Any) -> Any:
    path = Path(os.fspath(value))
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file())
        return {str(each.relative_to(path)): base64.b64encode(each.read_bytes()).decode() for each in files}
    return base64.b64encode(path.read_bytes()).decode()


def _is_from(module: str, *names: str) -> Any:
    def matches(value: Any) -> bool:
        loaded = sys.modules.get(module)
        return loaded is not None and isinstance(value, tuple(getattr(loaded, name) for name in names))

    return matches


def _columns(table: dict[Any, list[Any]]) -> Any:
    return {str(name): [repr(_scalar(each)) for each in column] for name, column in table.items()}


def _scalar(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _dataset(value: Any) -> Any:
    import pandas as pd

    return content(value.open(pd.DataFrame).all())


def _moment(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _fields(value: Any) -> Any:
    return {each.name: content(getattr(value, each.name)) for each in dataclasses.fields(value)}


def _is_dataclass(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


_KINDS = (
    (lambda value: type(value).__name__ == "StructuredDataset", _dataset),
    (lambda value: isinstance(value, os.PathLike), _path),
    (_is_from("pandas", "DataFrame"), lambda value: _columns(value.to_dict("list"))),
    (_is_from("polars", "LazyFrame"), lambda value: _columns(value.collect().to_dict(as_series=False))),
    (_is_from("polars", "DataFrame"), lambda value: _columns(value.to_dict(as_series=False))),
    (_is_from("pyarrow", "Table"), lambda value: _columns(value.to_pydict())),
    (_is_from("numpy", "ndarray"), lambda value: [str(value.dtype), repr(value.tolist())]),
    (_is_from("google.protobuf.message", "Message"), str),
    (_is_from("pydantic", "BaseModel"), lambda value: {name: content(each) for name, each in value}),
    (_is_dataclass, _fields),
    (lambda value: isinstance(value, dt.datetime), lambda value: _moment(value).isoformat()),
    (lambda value: isinstance(value, enum.Enum), lambda value: repr(value.value)),
    (lambda value: isinstance(value, dict), lambda value: sorted([repr(k), content(v)] for k, v in value.items())),
    (lambda value: isinstance(value, set | frozenset), lambda value: sorted(map(repr, value))),
    (lambda value: isinstance(value, list | tuple | collections.abc.Iterator), lambda value: list(map(content, value))),
)
