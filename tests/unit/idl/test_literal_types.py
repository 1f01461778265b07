"""Which value may go where (engine spec 1.4), and how types are called."""

import math

import pytest

from volant.idl import pb
from volant.idl.literal_types import castable, is_optional
from volant.idl.type_names import show_type

T = pb.SimpleType
COLUMN = pb.SchemaType.SchemaColumn


def simple(kind: int, tag: str = "", schema: dict | None = None) -> pb.LiteralType:
    made = pb.LiteralType(simple=kind)
    if tag:
        made.structure.tag = tag
    if schema is not None:
        made.metadata.update(schema)
    return made


def union(*variants: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(union_type=pb.UnionType(variants=variants))


def listed(inner: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(collection_type=inner)


def mapped(inner: pb.LiteralType) -> pb.LiteralType:
    return pb.LiteralType(map_value_type=inner)


def blob(name: str = "", parts: int = 0) -> pb.LiteralType:
    return pb.LiteralType(blob=pb.BlobType(format=name, dimensionality=parts))


def dataset(name: str = "", **columns: pb.LiteralType) -> pb.LiteralType:
    made = [pb.StructuredDatasetType.DatasetColumn(name=key, literal_type=kind) for key, kind in columns.items()]
    return pb.LiteralType(structured_dataset_type=pb.StructuredDatasetType(format=name, columns=made))


def schema(**columns: int) -> pb.LiteralType:
    made = [COLUMN(name=key, type=kind) for key, kind in columns.items()]
    return pb.LiteralType(schema=pb.SchemaType(columns=made))


def enum(*values: str) -> pb.LiteralType:
    return pb.LiteralType(enum_type=pb.EnumType(values=values))


INT, FLOAT, STR, NONE = simple(T.INTEGER), simple(T.FLOAT), simple(T.STRING), simple(T.NONE)
STRUCT = simple(T.STRUCT)


def properties(**types: str) -> dict:
    fields = {name: {"type": kind} for name, kind in types.items()}
    return {"type": "object", "properties": fields, "required": list(fields)}


YES = [
    (INT, INT),
    (simple(T.INTEGER, tag="int"), simple(T.INTEGER, tag="int")),
    (INT, simple(T.INTEGER, tag="int")),
    (union(INT), INT),
    (union(NONE), union(INT, NONE)),
    (listed(INT), listed(INT)),
    (listed(NONE), listed(INT)),
    (listed(listed(NONE)), listed(listed(STR))),
    (mapped(INT), mapped(INT)),
    (mapped(NONE), mapped(INT)),
    (blob(), blob("csv")),
    (blob("csv"), blob()),
    (blob("csv", parts=0), blob("csv", parts=1)),
    (schema(a=COLUMN.INTEGER, b=COLUMN.STRING), schema(a=COLUMN.INTEGER)),
    (schema(), schema(a=COLUMN.INTEGER)),
    (dataset("parquet", a=INT), schema(a=COLUMN.INTEGER)),
    (dataset(), schema()),
    (NONE, dataset()),
    (dataset("CSV"), dataset("csv")),
    (dataset(), dataset("csv")),
    (dataset(a=INT, b=STR), dataset(b=STR)),
    (dataset(a=INT), dataset()),
    (schema(a=COLUMN.INTEGER), dataset("parquet", a=INT)),
    (INT, union(INT, STR)),
    (union(INT, STR), union(STR, INT, NONE)),
    (union(INT), union(INT, simple(T.INTEGER, tag="other"))),
    (union(union(INT)), INT),
    (union(union(INT, STR)), union(STR, INT)),
    (listed(union(INT)), listed(union(INT, STR))),
    (NONE, NONE),
    (enum("a"), STR),
    (STR, enum("a")),
    (enum("a", "b"), enum("a", "b")),
    (STRUCT, simple(T.STRUCT, schema=properties(a="string"))),
    (simple(T.STRUCT, schema=properties(a="string")), simple(T.STRUCT, schema=properties(a="string"))),
    (
        simple(T.STRUCT, schema=properties(a="string", b="integer")),
        simple(T.STRUCT, schema=properties(a="string")),
    ),
    (simple(T.DATETIME, schema={"title": "x"}), simple(T.DATETIME)),
]

NO = [
    (INT, FLOAT),
    (FLOAT, INT),
    (simple(T.INTEGER, tag="mine"), INT),
    (simple(T.INTEGER, tag="mine"), simple(T.INTEGER, tag="yours")),
    (INT, NONE),
    (NONE, INT),
    (INT, listed(INT)),
    (listed(INT), INT),
    (listed(INT), listed(STR)),
    (listed(union(INT)), listed(INT)),
    (listed(INT), mapped(INT)),
    (mapped(INT), mapped(STR)),
    (blob("csv"), blob("json")),
    (STR, blob()),
    (schema(a=COLUMN.INTEGER), schema(b=COLUMN.INTEGER)),
    (schema(a=COLUMN.INTEGER), schema(a=COLUMN.STRING)),
    (dataset("csv"), schema()),
    (INT, schema()),
    (dataset("csv"), dataset("parquet")),
    (dataset(a=INT), dataset(b=INT)),
    (dataset(a=INT), dataset(a=STR)),
    (schema(), dataset("csv")),
    (INT, dataset()),
    (union(INT, STR), union(INT)),
    (union(INT, STR), INT),
    (union(union(INT, STR)), union(INT, FLOAT)),
    (FLOAT, union(INT, STR)),
    (INT, union(INT, simple(T.INTEGER, tag="other"))),
    (enum("a"), enum("b")),
    (enum("a"), INT),
    (
        simple(T.STRUCT, schema=properties(a="string")),
        simple(T.STRUCT, schema=properties(a="string", b="integer")),
    ),
    (simple(T.STRUCT, schema=properties(a="string")), simple(T.STRUCT, schema=properties(a="integer"))),
    (simple(T.STRUCT, schema={"x": math.nan}), simple(T.STRUCT, schema=properties(a="integer"))),
    (schema(a=17), dataset(a=INT)),
]


@pytest.mark.parametrize(("source", "target"), YES, ids=lambda kind: show_type(kind))
def test_a_value_may_go_where_its_type_fits(source, target):
    assert castable(source, target)


@pytest.mark.parametrize(("source", "target"), NO, ids=lambda kind: show_type(kind))
def test_a_value_may_not_go_where_its_type_does_not_fit(source, target):
    assert not castable(source, target)


def test_types_however_deeply_wrapped_are_compared_in_no_time():
    def wrapped(kind: int) -> pb.LiteralType:
        made = simple(kind)
        for _ in range(15):
            made = union(listed(made))
        return made

    assert not castable(wrapped(T.INTEGER), wrapped(T.STRING))
    assert castable(wrapped(T.INTEGER), wrapped(T.INTEGER))


def test_only_a_union_with_none_may_be_left_out():
    assert is_optional(union(INT, NONE))
    assert not is_optional(union(INT, STR))
    assert not is_optional(NONE)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (listed(mapped(INT)), "list[dict[str, int]]"),
        (union(INT, NONE), "Union[int, None]"),
        (enum("red", "blue"), "Enum[red, blue]"),
        (blob("csv"), "File[csv]"),
        (blob("", 1), "Directory"),
        (dataset(a=INT, b=listed(STR)), "StructuredDataset[a: int, b: list[str]]"),
        (dataset("csv"), "StructuredDataset[csv]"),
        (schema(), "Schema"),
        (schema(a=COLUMN.DATETIME), "Schema[a: datetime]"),
        (schema(a=17), "Schema[a: column type 17]"),
        (simple(T.STRUCT, schema={"title": "Point"}), "Point"),
        (simple(T.STRUCT), "struct"),
        (pb.LiteralType(), "an unknown type"),
    ],
)
def test_a_type_is_called_as_people_write_it(kind, shown):
    assert show_type(kind) == shown
