"""Python values to literals and back, type by type."""

import datetime as dt
import enum
import math
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    LiteralString,
    Never,
    NewType,
    NoReturn,
    Optional,
    Self,
    TypeVar,
    Union,
)

import msgspec
import numpy as np
import pandas as pd
import pytest
from typing_extensions import TypeAliasType

from volant.idl import pb
from volant.idl.interfaces import strip
from volant.sdk.errors import ConversionError, WorkflowError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

UTC = dt.UTC
S = pb.SimpleType


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.StrEnum):
    S = "s"


class Size2(enum.IntEnum):
    SMALL = 1


Metres = NewType("Metres", int)


@dataclass(frozen=True)
class Inner:
    when: dt.datetime
    colour: Colour = Colour.RED


@dataclass
class Outer:
    name: str
    inner: Inner
    rate: float = 0.5
    tags: list[str] = field(default_factory=list)
    limits: dict[str, int | None] = field(default_factory=dict)
    span: dt.timedelta | None = None
    corner: tuple[int, float] = (0, 0.0)
    raw: bytes = b""
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.name)


@dataclass
class Tree:
    value: int
    children: list["Tree"] = field(default_factory=list)


@dataclass
class More(Tree):
    extra: int = 0


class Opaque:
    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and other.value == self.value

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData((tmp_path / "raw data").as_uri())


MOMENT = dt.datetime(2024, 1, 31, 8, 0, 0, 123456, UTC)
INNER = Inner(MOMENT, Colour.BLUE)
VALUES: list[tuple[Any, Any]] = [
    (int, 3),
    (int, -(2**63)),
    (float, 0.1),
    (float, math.inf),
    (str, "héllo\n"),
    (bool, True),
    (bool, False),
    (None, None),
    (bytes, b"\x00\xff"),
    (dt.datetime, MOMENT),
    (dt.datetime, dt.datetime(1901, 2, 3, tzinfo=UTC)),
    (dt.date, dt.date(2024, 2, 29)),
    (dt.timedelta, dt.timedelta(days=-1, microseconds=5)),
    (Colour, Colour.BLUE),
    (Size, Size.S),
    (Literal["a", "b"], "b"),
    (Literal[1, 2], 2),
    (list[int], []),
    (list[list[str]], [["a"], []]),
    (dict[str, float], {"b": 1.0, "a": 2.0}),
    (dict[int, Colour], {2: Colour.RED, 1: Colour.BLUE}),
    (dict, {"a": [1, {"b": None}]}),
    (dict[str, Any], {"a": True}),
    (int | None, None),
    (int | None, 4),
    (Union[int, str], "4"),  # noqa: UP007 - the older way must work too
    (int | float, 4),
    (int | float, 4.0),
    (Optional[list[int]], [1]),  # noqa: UP045 - the older way must work too
    (Inner, INNER),
    (Outer, Outer("x", INNER, 1.5, ["a"], {"k": None, "j": 1}, dt.timedelta(seconds=1.5), (1, 2.0), b"\x01")),
    (list[Inner], [INNER, Inner(MOMENT)]),
    (Inner | str, INNER),
    (Tree, Tree(1, [Tree(2), Tree(3, [Tree(4)])])),
    (WorkflowError, WorkflowError("bad", "n0")),
    (Annotated[int, "a note"], 3),
    (Annotated[int, ["an unhashable note"]], 3),
    (Opaque, Opaque(3)),
    (Any, {"anything": Opaque(1)}),
    (list[Opaque], [Opaque(1)]),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=lambda each: str(each)[:40])
def test_a_value_comes_back_as_it_went(hint: Any, value: Any, raw: RawData) -> None:
    kind = transformer(hint)
    sent = pb.Literal.FromString(kind.to_literal(value, raw).SerializeToString())
    back = kind.from_literal(sent)
    assert back == value
    assert type(back) is type(value)


def noted(kind: pb.LiteralType, values: list[Any]) -> pb.LiteralType:
    note = pb.ParseDict({"literal_values": values}, pb.Struct())
    kind.annotation.CopyFrom(pb.TypeAnnotation(annotations=note))
    return kind


TYPES: list[tuple[Any, pb.LiteralType]] = [
    (int, pb.LiteralType(simple=S.INTEGER)),
    (float, pb.LiteralType(simple=S.FLOAT)),
    (str, pb.LiteralType(simple=S.STRING)),
    (bool, pb.LiteralType(simple=S.BOOLEAN)),
    (None, pb.LiteralType(simple=S.NONE)),
    (bytes, pb.LiteralType(simple=S.BINARY)),
    (dt.datetime, pb.LiteralType(simple=S.DATETIME)),
    (dt.date, pb.LiteralType(simple=S.DATETIME)),
    (dt.timedelta, pb.LiteralType(simple=S.DURATION)),
    (list[int], pb.LiteralType(collection_type=pb.LiteralType(simple=S.INTEGER))),
    (dict[str, int], pb.LiteralType(map_value_type=pb.LiteralType(simple=S.INTEGER))),
    (Colour, pb.LiteralType(enum_type=pb.EnumType(values=["red", "blue"]))),
    (Literal["a", "b"], noted(pb.LiteralType(simple=S.STRING), ["a", "b"])),
    (Literal[1, 2], noted(pb.LiteralType(simple=S.INTEGER), [1, 2])),
    (Metres, pb.LiteralType(simple=S.INTEGER)),
    (Sequence[int], pb.LiteralType(collection_type=pb.LiteralType(simple=S.INTEGER))),
    (Mapping[str, int], pb.LiteralType(map_value_type=pb.LiteralType(simple=S.INTEGER))),
    (File, pb.LiteralType(blob=pb.BlobType())),
    (Annotated[File, "csv"], pb.LiteralType(blob=pb.BlobType(format="csv"))),
    (Directory, pb.LiteralType(blob=pb.BlobType(dimensionality=pb.BlobType.BlobDimensionality.MULTIPART))),
    (pd.DataFrame, pb.LiteralType(structured_dataset_type=pb.StructuredDatasetType())),
    (
        Opaque,
        pb.LiteralType(
            blob=pb.BlobType(format="PythonPickle"),
            metadata=pb.ParseDict({"python_class_name": str(Opaque)}, pb.Struct()),
        ),
    ),
    (WorkflowError, pb.LiteralType(simple=S.ERROR, structure=pb.TypeStructure(tag="FlyteError"))),
    (
        int | None,
        pb.LiteralType(
            union_type=pb.UnionType(
                variants=[
                    pb.LiteralType(simple=S.INTEGER, structure=pb.TypeStructure(tag="int")),
                    pb.LiteralType(simple=S.NONE, structure=pb.TypeStructure(tag="none")),
                ]
            )
        ),
    ),
]


@pytest.mark.parametrize(("hint", "expected"), TYPES, ids=lambda each: str(each)[:30])
def test_types_are_flytes(hint: Any, expected: pb.LiteralType) -> None:
    assert transformer(hint).literal_type() == expected


def test_a_dataclass_is_a_struct_with_schema_fields_and_the_msgpack_mark() -> None:
    kind = transformer(Inner).literal_type()
    assert kind.simple == S.STRUCT
    assert dict(kind.structure.dataclass_type) == {
        "when": pb.LiteralType(simple=S.DATETIME),
        "colour": pb.LiteralType(enum_type=pb.EnumType(values=["red", "blue"])),
    }
    assert pb.MessageToDict(kind.annotation.annotations) == {"cache-key-metadata": {"serialization-format": "msgpack"}}
    assert pb.MessageToDict(kind.metadata) == {
        "type": "object",
        "title": "Inner",
        "properties": {
            "when": {"type": "string", "format": "date-time"},
            "colour": {"enum": ["red", "blue"], "default": "red"},
        },
        "additionalProperties": False,
        "required": ["when"],
    }


def test_a_dataclass_is_a_msgpack_document_of_its_fields_in_order(raw: RawData) -> None:
    literal = transformer(Inner).to_literal(INNER, raw)
    assert literal.scalar.binary.tag == "msgpack"
    assert literal.scalar.binary.value == msgspec.msgpack.encode(
        {"when": "2024-01-31T08:00:00.123456+00:00", "colour": "blue"}
    )


def test_a_class_within_itself_comes_to_an_end_and_reads_the_same_each_time() -> None:
    first = transformer(list[Tree]).literal_type()
    assert transformer(Tree).literal_type() == first.collection_type
    assert transformer(list[Tree]).literal_type() == first


def test_the_order_in_which_a_dict_was_filled_does_not_show(raw: RawData) -> None:
    one, other = {"b": {"y": 1, "x": 2}, "a": {}}, {"a": {}, "b": {"x": 2, "y": 1}}
    for hint in (dict, dict[str, dict[str, int]], dict[str, Any]):
        kind = transformer(hint)
        texts = {kind.to_literal(each, raw).SerializeToString(deterministic=True) for each in (one, other)}
        assert len(texts) == 1


def test_the_order_of_a_unions_variants_is_the_authors_own() -> None:
    for hint, tags in ((int | str, ["int", "str"]), (str | int, ["str", "int"]), (list[str | int], ["str", "int"])):
        kind = transformer(hint).literal_type()
        union = kind.collection_type.union_type if kind.HasField("collection_type") else kind.union_type
        assert [each.structure.tag for each in union.variants] == tags


def test_a_union_literal_says_which_variant_it_is(raw: RawData) -> None:
    union = transformer(int | str).to_literal("4", raw).scalar.union
    assert union.type == pb.LiteralType(simple=S.STRING, structure=pb.TypeStructure(tag="str"))
    assert union.value.scalar.primitive.string_value == "4"


def test_a_bare_literal_is_read_as_the_variant_it_is_of(raw: RawData) -> None:
    for value in ("4", 4, None):
        bare = transformer(type(value)).to_literal(value, raw)
        assert transformer(int | str | None).from_literal(bare) == value


def test_a_literal_wrapped_in_a_union_is_unwrapped(raw: RawData) -> None:
    wrapped = transformer(int | None).to_literal(4, raw)
    assert transformer(int).from_literal(wrapped) == 4


def test_an_int_may_stand_for_a_float_on_both_sides(raw: RawData) -> None:
    assert transformer(float).to_literal(3, raw).scalar.primitive.float_value == 3.0
    back = transformer(float).from_literal(transformer(int).to_literal(3, raw))
    assert (back, type(back)) == (3.0, float)


def test_a_datetime_without_a_timezone_is_taken_for_utc(raw: RawData) -> None:
    kind = transformer(dt.datetime)
    naive = MOMENT.replace(tzinfo=None)
    assert kind.from_literal(kind.to_literal(naive, raw)) == MOMENT


@pytest.mark.parametrize(
    ("hint", "plain", "value"),
    [
        (int, 3, 3),
        (float, 3, 3.0),
        (list[int], [1, 2], [1, 2]),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (dt.timedelta, 1.5, dt.timedelta(seconds=1.5)),
        (Colour, "red", Colour.RED),
        (int | None, None, None),
    ],
)
def test_parts_of_documents_are_read_as_what_they_are_bound_to(hint: Any, plain: Any, value: Any) -> None:
    literal = pb.Literal(scalar=pb.Scalar(binary=pb.Binary(tag="msgpack", value=msgspec.msgpack.encode(plain))))
    assert transformer(hint).from_literal(literal) == value


def test_times_from_inside_a_document_arrive_as_texts_and_numbers(raw: RawData) -> None:
    text = transformer(str).to_literal(MOMENT.isoformat(), raw)
    assert transformer(dt.datetime).from_literal(text) == MOMENT
    seconds = transformer(float).to_literal(90.0, raw)
    assert transformer(dt.timedelta).from_literal(seconds) == dt.timedelta(seconds=90)


def test_flytes_older_struct_form_is_read(raw: RawData) -> None:
    struct = pb.ParseDict({"value": 1, "children": [{"value": 2}]}, pb.Struct())
    assert transformer(Tree).from_literal(pb.Literal(scalar=pb.Scalar(generic=struct))) == Tree(1, [Tree(2)])
    broken = pb.ParseDict({"value": 1.5}, pb.Struct())
    with pytest.raises(ConversionError, match=r"at \.value: expected int, got 1\.5"):
        transformer(Tree).from_literal(pb.Literal(scalar=pb.Scalar(generic=broken)))
    names = pb.ParseDict({"when": "2024-01-31T08:00:00Z", "colour": "red"}, pb.Struct())
    found = transformer(Inner).from_literal(pb.Literal(scalar=pb.Scalar(generic=names)))
    assert found == Inner(dt.datetime(2024, 1, 31, 8, tzinfo=UTC))


def _name(part: object) -> str:
    """Without addresses: every process must name a test the same."""
    return re.sub(r" at 0x\w+", "", str(part))[:30]


WRONG: list[tuple[Any, Any, str, str]] = [
    (int, True, "expected int, got True of type bool", "write int(…) around it"),
    (int, 3.5, "expected int, got 3.5 of type float", "write int(…) around it"),
    (int, "3", "expected int, got '3' of type str", ""),
    (int, 2**63, "9223372036854775808 does not fit into 64 bits", "pass it as a str"),
    (float, True, "expected float, got True of type bool", "write float(…) around it"),
    (str, 3, "expected str, got 3 of type int", "write str(…) around it"),
    (bool, 1, "expected bool, got 1 of type int", "write bool(…) around it"),
    (None, 1, "expected None, got 1 of type int", ""),
    (dt.date, MOMENT, "expected date, got datetime.datetime(2024", "write .date() behind it"),
    (Colour, "green", "expected Colour, got 'green' of type str", "use one of Colour.RED, Colour.BLUE"),
    (Literal["a"], "b", "expected Literal['a'], got 'b' of type str", "use one of 'a'"),
    (list[int], (1, 2), "expected list[int], got (1, 2) of type tuple", "write list(…) around it"),
    (list[int], [1, "x"], "at [1]: expected int, got 'x' of type str", ""),
    (dict[str, list[int]], {"a": [None]}, "at ['a'][0]: expected int, got None", ""),
    (dict, {"a": {1, 2}}, "at ['a']: expected a plain value, got {1, 2} of type set", "a dict without types"),
    (int | None, "x", "expected int, got 'x' of type str", ""),
    (int | str, 1.5, "expected int | str, got 1.5 of type float", ""),
    (Outer, Outer("x", INNER, tags=[1]), "at .tags[0]: expected str, got 1 of type int", ""),  # type: ignore[list-item]
    (Tree, More(1), "expected Tree, got More(", "what a subclass adds would be lost"),
    (Opaque, 3, "expected Opaque, got 3 of type int", ""),
    (Opaque, lambda: 3, "expected Opaque, got <function", ""),
    (File, File("nowhere.csv"), "there is no file 'nowhere.csv'", "check the path"),
    (File, File("/tmp"), "'/tmp' is not a file", ""),
    (pd.DataFrame, [1], "expected DataFrame, got [1] of type list", ""),
]


@pytest.mark.parametrize(("hint", "value", "message", "fix"), WRONG, ids=_name)
def test_a_value_that_does_not_fit_is_refused(hint: Any, value: Any, message: str, fix: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, raw)
    assert str(caught.value).startswith(message)
    assert caught.value.fix.startswith(fix)


T = TypeVar("T")
OF_WHAT = "write {}[int] or the like"
VALUE = "write list[int], int | str or the like"
NO_TYPES: list[tuple[Any, str, str]] = [
    (list, "list does not say of what", OF_WHAT.format("list")),
    (Sequence, "Sequence does not say of what", OF_WHAT.format("Sequence")),
    ("int", "'int' is the name of a type, not a type", "write int without quotes"),
    (list["Inner"], "'Inner' is the name of a type, not a type", "write Inner without quotes"),
    (T, "T stands for any type, and values need one of their own", "write the type itself instead of T"),
    (list[T], "T stands for any type, and values need one of their own", "write the type itself instead of T"),
    (
        Final[int],
        "Final[int] is no type of values",
        "write the type alone: inputs and outputs are never assigned twice",
    ),
    (ClassVar[int], "ClassVar[int] is no type of values", "write the type alone"),
    (Never, "Never is no type of values", "annotate -> None, if it returns nothing"),
    (NoReturn, "NoReturn is no type of values", "annotate -> None, if it returns nothing"),
    (Optional, "Optional is no type of values", "write int | None or the like"),
    (Union, "Union is no type of values", "write int | str or the like"),
    (Literal, "Literal is no type of values", 'write Literal["a", "b"] or the like'),
    (Self, "Self is no type of values", "write the class's name"),
    (3, "3 is a value, not a type", VALUE),
    ([int], "[<class 'int'>] is a value, not a type", VALUE),
    ((int, str), "(<class 'int'>, <class 'str'>) is a value, not a type", VALUE),
    (..., "Ellipsis is a value, not a type", VALUE),
]


@pytest.mark.parametrize(("hint", "message", "fix"), NO_TYPES, ids=lambda each: str(each)[:30])
def test_what_is_no_type_of_values_is_refused(hint: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint)
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_a_tuple_is_no_input() -> None:
    with pytest.raises(ConversionError, match="Flyte has no such type"):
        transformer(tuple[int, str]).literal_type()


def test_a_value_that_cannot_be_pickled_is_refused(raw: RawData) -> None:
    import threading

    with pytest.raises(ConversionError, match="cannot be pickled") as caught:
        transformer(Any).to_literal(threading.Lock(), raw)
    assert caught.value.fix == "return plain values, a dataclass, a DataFrame or a File instead"


def test_a_literal_of_another_type_is_refused(raw: RawData) -> None:
    with pytest.raises(ConversionError, match="expected int, got a literal that holds string_value"):
        transformer(int).from_literal(transformer(str).to_literal("3", raw))
    with pytest.raises(ConversionError, match=r"expected list\[int\], got a literal that holds integer"):
        transformer(list[int]).from_literal(transformer(int).to_literal(3, raw))


def test_a_file_is_copied_and_the_copy_stays(raw: RawData, tmp_path: Path) -> None:
    original = tmp_path / "a b.csv"
    original.write_text("x,y\n")

    kept = transformer(File).from_literal(transformer(File).to_literal(File(original), raw))
    original.unlink()

    assert kept.uri.startswith(raw.prefix)
    with kept.open() as file:
        assert file.read() == "x,y\n"
    assert Path(kept).name == "a b.csv"


def test_a_file_given_by_uri_is_passed_as_it_is(raw: RawData, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    uri = (tmp_path / "a").as_uri()
    assert transformer(File).to_literal(File(uri), raw).scalar.blob.uri == uri


def test_a_directory_is_copied_whole(raw: RawData, tmp_path: Path) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "a").write_text("1")

    kept = transformer(Directory).from_literal(transformer(Directory).to_literal(Directory(tmp_path / "d"), raw))

    assert (Path(kept) / "sub" / "a").read_text() == "1"
    assert kept.uri.startswith(raw.prefix)


def test_a_data_frame_keeps_its_index_and_types(raw: RawData) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.Index([5, 6], name="k"))
    kind = transformer(pd.DataFrame)

    literal = kind.to_literal(frame, raw)

    assert literal.scalar.structured_dataset.metadata.structured_dataset_type.format == "parquet"
    pd.testing.assert_frame_equal(kind.from_literal(literal), frame)


def test_a_data_frame_parquet_cannot_hold_is_refused(raw: RawData) -> None:
    with pytest.raises(ConversionError, match="cannot be written as parquet") as caught:
        transformer(pd.DataFrame).to_literal(pd.DataFrame({"a": [1, "x"]}), raw)
    assert caught.value.fix == "give every column one type and a text for a name"
    assert [each for each in Path(raw.prefix[7:].replace("%20", " ")).rglob("*") if each.is_file()] == []


def test_files_inside_a_dataclass_travel_with_it(raw: RawData, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    kind = transformer(Bundle)
    back = kind.from_literal(kind.to_literal(Bundle(File(tmp_path / "a"), pd.DataFrame({"x": [1]})), raw))
    assert Path(back.file).read_text() == "1"
    assert back.frame["x"].tolist() == [1]


@dataclass
class Bundle:
    file: File
    frame: pd.DataFrame


def test_nothing_is_written_where_nothing_may_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    by_reference = transformer(File).to_literal(File(tmp_path / "a"), RawData())
    assert by_reference.scalar.blob.uri == (tmp_path / "a").as_uri()
    with pytest.raises(ConversionError, match="only a running task may write one"):
        transformer(Opaque).to_literal(Opaque(1), RawData())


READ: list[tuple[Any, str, Any]] = [
    (int, "-3", -3),
    (float, "1e3", 1000.0),
    (str, "null", "null"),
    (bool, "Yes", True),
    (bool, "0", False),
    (dt.datetime, "2024-01-31T08:00:00Z", dt.datetime(2024, 1, 31, 8, tzinfo=UTC)),
    (dt.datetime, "2024-01-31", dt.datetime(2024, 1, 31, tzinfo=UTC)),
    (dt.date, "2024-01-31", dt.date(2024, 1, 31)),
    (dt.timedelta, "1h30m", dt.timedelta(minutes=90)),
    (dt.timedelta, "90s", dt.timedelta(seconds=90)),
    (dt.timedelta, "90", dt.timedelta(seconds=90)),
    (dt.timedelta, "-1.5d", dt.timedelta(days=-1.5)),
    (dt.timedelta, "250ms", dt.timedelta(milliseconds=250)),
    (Colour, "RED", Colour.RED),
    (Colour, "red", Colour.RED),
    (Literal[1, 2], "2", 2),
    (list[int], "[1, 2]", [1, 2]),
    (dict[int, str], '{"1": "a"}', {1: "a"}),
    (list[dt.timedelta], '["1m"]', [dt.timedelta(minutes=1)]),
    (int | None, "null", None),
    (int | str, "4", 4),
    (str | int, "x4", "x4"),
    (
        Inner,
        '{"when": "2024-01-31T08:00:00", "colour": "BLUE"}',
        Inner(dt.datetime(2024, 1, 31, 8, tzinfo=UTC), Colour.BLUE),
    ),
    (bytes, "é", "é".encode()),
    (tuple[int, str], '[1, "a"]', (1, "a")),
]


@pytest.mark.parametrize(("hint", "text", "value"), READ, ids=lambda each: str(each)[:30])
def test_what_a_person_types_is_read_by_type(hint: Any, text: str, value: Any) -> None:
    back = transformer(hint).parse(text, "/")
    assert back == value
    assert type(back) is type(value)


MISTYPED: list[tuple[Any, str, str]] = [
    (int, "3.5", "expected int, got '3.5' of type str"),
    (bool, "maybe", "expected bool, got 'maybe' of type str"),
    (dt.datetime, "yesterday", "expected datetime, got 'yesterday' of type str"),
    (dt.timedelta, "1h30", "expected a duration, got '1h30'"),
    (dt.timedelta, "", "expected a duration, got ''"),
    (Colour, "green", "expected Colour, got 'green' of type str"),
    (list[int], "1,2", "expected list[int] as JSON, got '1,2': Extra data: line 1 column 2 (char 1)"),
    (list[int], '["1"]', "at [0]: expected int, got '1' of type str"),
    (Inner, "{}", "Inner lacks the field 'when'"),
    (Inner, '{"color": 1}', "Inner has no field 'color'"),
    (int | float, "x", "expected int | float, got 'x' of type str"),
    (Opaque, "x", "a Opaque cannot be written as text"),
    (File, "nowhere", "there is no file '/nowhere'"),
    (pd.DataFrame, "a.xls", "'a.xls' is neither .parquet nor .csv"),
]


@pytest.mark.parametrize(("hint", "text", "message"), MISTYPED, ids=lambda each: str(each)[:30])
def test_what_cannot_be_read_is_told_with_a_way_out(hint: Any, text: str, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).parse(text, "/")
    assert str(caught.value) == message


def test_paths_are_relative_to_the_base(tmp_path: Path, raw: RawData) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    found = transformer(File).parse("a.csv", str(tmp_path))
    assert found.uri == (tmp_path / "a.csv").as_uri()
    kind = transformer(pd.DataFrame)
    frame = kind.from_literal(kind.to_literal(kind.parse("a.csv", str(tmp_path)), raw))
    assert frame["x"].tolist() == [1]


def test_stripped_types_and_documents_are_the_same_in_every_process() -> None:
    code = """
import hashlib
from dataclasses import dataclass
from volant.idl import pb
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
@dataclass
class D:
    a: dict[str, int]
    b: int | str
kind = transformer(D)
data = kind.literal_type().SerializeToString(deterministic=True)
data += kind.to_literal(D({x: 1 for x in {"p", "q", "r"}}, 1), RawData()).SerializeToString(deterministic=True)
print(hashlib.sha256(data).hexdigest())
"""
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_the_structure_of_a_dataclass_stays_when_an_interface_is_stripped() -> None:
    kind = transformer(Inner).literal_type()
    interface = pb.TypedInterface(inputs=pb.VariableMap(variables={"x": pb.Variable(type=kind)}))
    stripped = strip(interface).inputs.variables["x"].type
    assert not stripped.HasField("metadata")
    assert stripped.annotation == kind.annotation
    assert set(stripped.structure.dataclass_type) == {"when", "colour"}


@pytest.mark.parametrize(
    ("hint", "value", "back"),
    [
        (int, np.int64(3), 3),
        (int, np.uint8(3), 3),
        (float, np.float32(1.5), 1.5),
        (float, np.int16(2), 2.0),
        (bool, np.bool_(True), True),
        (int | str, np.int64(3), 3),
        (float | int, np.int64(3), 3),
        (list[float], [np.float64(0.5)], [0.5]),
        (str, np.str_("a"), "a"),
        (int, Size2.SMALL, 1),
        (dt.datetime, pd.Timestamp("2024-01-31T08:00:00.123456", tz="UTC"), MOMENT),
    ],
)
def test_scalars_of_numpy_and_pandas_stand_for_what_they_hold(hint: Any, value: Any, back: Any, raw: RawData) -> None:
    found = transformer(hint).from_literal(transformer(hint).to_literal(value, raw))
    assert found == back
    assert type(found) is type(back)


EDGES: list[tuple[Any, Any, str, str]] = [
    (int, np.float64(3.0), "expected int, got np.float64(3.0) of type float64", "write int(…) around it"),
    (int, np.uint64(2**63), "9223372036854775808 does not fit into 64 bits", "pass it as a str"),
    (int, np.bool_(True), "expected int, got np.True_ of type bool", "write int(…) around it"),
    (float, 10**400, f"{'1' + '0' * 27}...{'0' * 29} is too large for a float", ""),
    (float, "1.5", "expected float, got '1.5' of type str", ""),
    (bool, np.int64(1), "expected bool, got np.int64(1) of type int64", "write bool(…) around it"),
    (str, "\ud800", "'\\ud800' is no valid Unicode: surrogates not allowed",
     "pass it as bytes, or write text.encode(errors='replace').decode()"),
    (bytes, bytearray(b"a"), "expected bytes, got bytearray(b'a') of type bytearray", "write bytes(…) around it"),
    (dt.datetime, dt.date(2024, 1, 1), "expected datetime, got datetime.date(2024, 1, 1) of type date",
     "write it like 2024-01-31T08:00:00Z"),
    (dt.datetime, pd.NaT, "expected datetime, got NaT, which is no moment",
     "annotate datetime | None, and pass None where there is no moment"),
    (dt.datetime, dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(dt.timedelta(hours=-2))),
     "9999-12-31T23:00:00-02:00 is outside the years 1 to 9999 in UTC", ""),
    (dt.timedelta, dt.timedelta.max,
     "the duration 999999999 days, 23:59:59.999999 is longer than 10,000 years, which Flyte's messages do not hold",
     "pass it as a float of seconds"),
    (dt.timedelta, 3, "expected timedelta, got 3 of type int", "write timedelta(seconds=…)"),
    (list[int], {1}, "expected list[int], got {1} of type set", "write sorted(…) around it"),
    (list[int], "12", "expected list[int], got '12' of type str", ""),
    (list[int], None, "expected list[int], got None", ""),
    (Sequence[str], "ab", "expected Sequence[str], got 'ab' of type str", ""),
    (Collection[int], {1}, "expected Collection[int], got {1} of type set", "write sorted(…) around it"),
    (dict[str, int], {1: 1}, "at (a key): expected str, got 1 of type int", "write str(…) around it"),
    (dict[str, int], [("a", 1)], "expected dict[str, int], got [('a', 1)] of type list", ""),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "value", "message", "fix"), EDGES, ids=_name)
def test_a_value_at_the_edge_is_refused_in_these_words(hint: Any, value: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, RawData())
    assert (str(caught.value), caught.value.fix) == (message, fix)


@pytest.mark.parametrize(
    ("hint", "value", "back"),
    [
        (Sequence[int], (1, 2), [1, 2]),
        (Sequence[int], range(2), [0, 1]),
        (Iterable[int], (each for each in (1, 2)), [1, 2]),
        (Collection[str], ["a"], ["a"]),
        (Mapping[str, int], MappingProxyType({"a": 1}), {"a": 1}),
        (Mapping[int, str], {1: "a"}, {1: "a"}),
        (Mapping, {"a": [1]}, {"a": [1]}),
        (dict[str, object], {"a": None}, {"a": None}),
        (LiteralString, "a", "a"),
        (Metres, Metres(3), 3),
    ],
    ids=_name,
)
def test_abstract_and_other_names_of_types_are_what_they_stand_for(
    hint: Any, value: Any, back: Any, raw: RawData
) -> None:
    found = transformer(hint).from_literal(transformer(hint).to_literal(value, raw))
    assert found == back
    assert type(found) is type(back)


def test_an_alias_is_what_it_stands_for() -> None:
    first, second = TypeVar("first"), TypeVar("second")
    pair = TypeAliasType("Pair", dict[second, list[first]], type_params=(first, second))
    ids = TypeAliasType("Ids", list[Metres])
    assert transformer(ids).literal_type() == transformer(list[int]).literal_type()
    assert transformer(pair[int, str]).literal_type() == transformer(dict[str, list[int]]).literal_type()
    assert transformer(ids | None).literal_type() == transformer(list[int] | None).literal_type()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = …` is of Python 3.12")
def test_a_type_statement_is_what_it_stands_for() -> None:
    names: dict[str, Any] = {}
    exec("type Ids = list[int]\ntype Json = int | list[Json]", names)
    assert transformer(names["Ids"]).literal_type() == transformer(list[int]).literal_type()
    with pytest.raises(ConversionError) as caught:
        transformer(names["Json"])
    assert str(caught.value) == "the type Json is made of itself"
    assert caught.value.fix == "use a dataclass, which may hold itself"


def test_a_hint_that_comes_again_is_not_looked_up_again() -> None:
    hint = dict[str, list[int]]
    assert transformer(hint) is transformer(hint)


def test_a_whole_float_may_stand_for_an_int_on_the_wire(raw: RawData) -> None:
    assert transformer(int).from_literal(transformer(float).to_literal(3.0, raw)) == 3
    with pytest.raises(ConversionError) as caught:
        transformer(int).from_literal(transformer(float).to_literal(3.5, raw))
    assert str(caught.value) == "expected int, got 3.5 of type float"


def test_a_datetime_in_a_dataclass_keeps_its_timezone(raw: RawData) -> None:
    east = dt.timezone(dt.timedelta(hours=5, minutes=30))
    for moment in (MOMENT.astimezone(east), MOMENT.replace(tzinfo=None)):
        back = transformer(Inner).from_literal(transformer(Inner).to_literal(Inner(moment), raw))
        assert back.when == moment
        assert back.when.tzinfo == moment.tzinfo
