"""What `Annotated` says of a type, and what it does not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pytest

from volant.idl import pb
from volant.idl.cache_key import literal_digest
from volant.sdk.annotations import Annotation, HashMethod, kwtypes
from volant.sdk.datasets import StructuredDataset
from volant.sdk.errors import ConversionError
from volant.sdk.files import File
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

FRAME = pd.DataFrame({"a": [1, 2]})


def total(frame: pd.DataFrame) -> str:
    return str(int(frame["a"].sum()))


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData(tmp_path.as_uri())


def test_notes_of_others_change_nothing(raw: RawData) -> None:
    kind = transformer(Annotated[int, "positive", {"ge": 0}, 5])
    assert kind.literal_type() == pb.LiteralType(simple=pb.SimpleType.INTEGER)
    assert kind.from_literal(kind.to_literal(5, raw)) == 5


def test_a_frame_counts_by_its_hash_wherever_it_lies(raw: RawData) -> None:
    kind = transformer(Annotated[pd.DataFrame, kwtypes(a=int), HashMethod(total)])

    one, other = (kind.to_literal(each, raw) for each in (FRAME, FRAME.iloc[::-1]))

    assert one.hash == other.hash == "3"
    assert one.scalar.structured_dataset.uri != other.scalar.structured_dataset.uri
    assert literal_digest(one) == literal_digest(other)


def test_a_frame_that_comes_from_a_file_has_the_same_hash(raw: RawData, tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "x.parquet")
    kind = transformer(Annotated[pd.DataFrame, HashMethod(total)])
    assert kind.to_literal(kind.parse("x.parquet", str(tmp_path)), raw).hash == "3"


def test_a_dataset_is_hashed_without_being_read(raw: RawData) -> None:
    kind = transformer(Annotated[StructuredDataset, HashMethod(repr)])
    literal = kind.to_literal(StructuredDataset(uri="s3://nowhere/x", file_format="csv"), raw)
    assert literal.hash == "StructuredDataset(uri='s3://nowhere/x', file_format='csv')"


def test_what_is_in_a_list_or_dict_is_hashed_one_by_one(raw: RawData) -> None:
    literal = transformer(list[Annotated[int, HashMethod(hex)]]).to_literal([10, 11], raw)
    assert [literal.hash, *(each.hash for each in literal.collection.literals)] == ["", "0xa", "0xb"]
    literal = transformer(dict[str, Annotated[int, HashMethod(hex)]]).to_literal({"k": 10}, raw)
    assert [literal.hash, literal.map.literals["k"].hash] == ["", "0xa"]


def test_a_file_keeps_its_format_beside_its_hash(raw: RawData, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n")
    kind = transformer(Annotated[File, "csv", HashMethod(lambda file: file.name)])
    literal = kind.to_literal(File(str(tmp_path / "x.csv")), raw)
    assert (literal.hash, literal.scalar.blob.metadata.type.format) == ("x.csv", "csv")
    assert Path(kind.from_literal(literal)).read_text() == "a\n"


@dataclass
class Point:
    x: Annotated[int, HashMethod(hex), Annotation({"unit": "mm"})]


def test_inside_a_dataclass_a_hash_does_not_count(raw: RawData) -> None:
    kind = transformer(Point)
    literal = kind.to_literal(Point(3), raw)
    assert literal.hash == ""
    assert kind.from_literal(literal) == Point(3)


def test_an_annotation_travels_with_the_type() -> None:
    data = {"unit": {"of": ["mm", 1, None, True]}}
    kind = transformer(Annotated[int, Annotation(data)]).literal_type()
    assert kind.simple == pb.SimpleType.INTEGER
    assert pb.MessageToDict(kind.annotation.annotations) == data


def test_an_annotation_of_a_dataclass_does_not_hide_how_it_is_written() -> None:
    kind = transformer(Annotated[Point, Annotation({"k": 1})]).literal_type()
    plain = {"k": 1.0, "cache-key-metadata": {"serialization-format": "msgpack"}}
    assert pb.MessageToDict(kind.annotation.annotations) == plain
    assert "k" not in transformer(Point).literal_type().annotation.annotations.fields


def test_an_annotated_type_is_read_and_shown_as_the_type_itself() -> None:
    kind = transformer(Annotated[int, HashMethod(hex)])
    assert (kind.name, kind.parse("3", "/"), kind.read(3, "/"), kind.example()) == (
        "int", 3, 3, transformer(int).example(),
    )  # fmt: skip
    assert (kind.fits(3), kind.fits("x"), kind.schema()) == (True, False, transformer(int).schema())


def test_what_a_variant_says_of_itself_still_fits_a_union(raw: RawData) -> None:
    kind = transformer(Annotated[int, Annotation({"k": 1})] | None)
    assert kind.from_literal(kind.to_literal(3, raw)) == 3
    assert kind.from_literal(kind.to_literal(None, raw)) is None


def broken(value: Any) -> str:
    raise KeyError("k")


def number(value: Any) -> Any:
    return 7


HASHES: list[tuple[Any, str]] = [
    (broken, "the HashMethod broken of int failed: KeyError: 'k'"),
    (number, "the HashMethod number of int gave 7, which is no text"),
]


@pytest.mark.parametrize(("function", "message"), HASHES)
def test_a_hash_method_that_does_not_work_is_told(function: Any, message: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Annotated[int, HashMethod(function)]).to_literal(3, raw)
    assert (str(caught.value), caught.value.fix) == (message, "return a text that is the same for equal values")


HINTS = [
    (Annotated[int, Annotation({"a": 1}), Annotation({"b": 1})], "int has 2 Annotations",
     "merge their data into one"),
    (Annotated[int, Annotation({"cache-key-metadata": 1})], "the Annotation of int has the key 'cache-key-metadata'",
     "use another key: this one says how values count in cache keys"),
    (Annotated[int, Annotation({"a": b"x"})], "the Annotation of int holds b'x', which JSON does not have",
     "use texts, numbers, True, False, None, and lists and dicts of them with texts as keys"),
    (Annotated[int, Annotation({"a": [{1: "x"}]})], "the Annotation of int holds {1: 'x'}, which JSON does not have",
     "use texts, numbers, True, False, None, and lists and dicts of them with texts as keys"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "message", "fix"), HINTS, ids=range(len(HINTS)))
def test_an_annotation_that_cannot_travel_is_refused(hint: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint)
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_columns_keep_their_order_and_can_be_part_of_a_union() -> None:
    assert list(kwtypes(b=int, a=str).items()) == [("b", int), ("a", str)]
    assert hash(kwtypes(a=int)) == hash(kwtypes(a=int))
    assert (Annotated[pd.DataFrame, kwtypes(a=int)] | None) == (Annotated[pd.DataFrame, kwtypes(a=int)] | None)
