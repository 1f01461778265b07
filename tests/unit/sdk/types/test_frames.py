"""Tables: written by one library, read by another, in files that flytekit reads too."""

import dataclasses
import functools
import http.server
import re
import subprocess
import sys
import threading
import traceback
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from volant.idl import pb
from volant.sdk.annotations import kwtypes
from volant.sdk.datasets import StructuredDataset
from volant.sdk.errors import ConversionError
from volant.sdk.frames.stored import BATCH_ROWS
from volant.sdk.remote_system import RemoteError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.uris import local_path

COLUMNS = {"a": [1, 2, 3], "b": ["x", None, "z"]}
KINDS: dict[str, tuple[Any, Callable[[], Any], Callable[[Any], dict[str, Any]]]] = {
    "pandas": (pd.DataFrame, lambda: pd.DataFrame(COLUMNS), lambda frame: pa.Table.from_pandas(frame).to_pydict()),
    "polars": (pl.DataFrame, lambda: pl.DataFrame(COLUMNS), lambda frame: frame.to_dict(as_series=False)),
    "lazy": (pl.LazyFrame, lambda: pl.LazyFrame(COLUMNS), lambda frame: frame.collect().to_dict(as_series=False)),
    "pyarrow": (pa.Table, lambda: pa.table(COLUMNS), lambda table: table.to_pydict()),
}
EACH = pytest.mark.parametrize("kind", KINDS)
TO_EACH = pytest.mark.parametrize("other", KINDS)


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData((tmp_path / "raw data").as_uri())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """`x.parquet`, `x.csv`, and `parts`, a folder as Spark leaves one."""
    frame = pd.DataFrame(COLUMNS)
    frame.to_parquet(tmp_path / "x.parquet")
    frame.to_csv(tmp_path / "x.csv", index=False)
    for day in ("1", "2"):
        folder = tmp_path / "parts" / f"day={day}"
        folder.mkdir(parents=True)
        frame.to_parquet(folder / "part-0.parquet")
    (tmp_path / "parts" / "_SUCCESS").touch()
    (tmp_path / "parts" / ".hidden.crc").write_bytes(b"?")
    return tmp_path


@EACH
@TO_EACH
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_what_one_library_writes_every_other_reads(kind: str, other: str, form: str, raw: RawData) -> None:
    given = StructuredDataset(dataframe=KINDS[kind][1]())

    literal = transformer(Annotated[StructuredDataset, form]).to_literal(given, raw)

    wanted, _, values = KINDS[other]
    assert literal.scalar.structured_dataset.metadata.structured_dataset_type.format == form
    assert _texts(values(transformer(wanted).from_literal(literal))) == _texts(COLUMNS)


@EACH
def test_a_frame_is_a_dataset_of_one_parquet_file(kind: str, raw: RawData) -> None:
    hint, make, values = KINDS[kind]

    literal = transformer(hint).to_literal(make(), raw)

    assert transformer(hint).literal_type() == pb.LiteralType(structured_dataset_type=pb.StructuredDatasetType())
    folder = Path(local_path(literal.scalar.structured_dataset.uri))
    assert folder.parent == Path(local_path(raw.prefix))
    assert [each.name for each in folder.iterdir()] == ["00000"]
    assert parquet.read_table(folder / "00000").to_pydict() == COLUMNS
    assert values(transformer(hint).from_literal(literal)) == COLUMNS


def test_csv_lies_where_flytekit_looks_for_it(raw: RawData) -> None:
    given = StructuredDataset(dataframe=pd.DataFrame(COLUMNS))
    literal = transformer(Annotated[StructuredDataset, "csv"]).to_literal(given, raw)
    assert Path(local_path(literal.scalar.structured_dataset.uri), ".csv").read_text() == "a,b\n1,x\n2,\n3,z\n"


def test_pandas_keeps_its_index_and_nanoseconds(raw: RawData) -> None:
    when = pd.to_datetime(["2024-01-01T00:00:00.123456789Z"])
    frame = pd.DataFrame({"a": [1.5], "when": when}, index=pd.Index(["k"], name="key"))
    kind = transformer(pd.DataFrame)
    pd.testing.assert_frame_equal(kind.from_literal(kind.to_literal(frame, raw)), frame)


@EACH
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_consumer_reads_only_the_columns_it_names(kind: str, form: str, raw: RawData) -> None:
    given = StructuredDataset(dataframe=pd.DataFrame(COLUMNS))
    literal = transformer(Annotated[StructuredDataset, form]).to_literal(given, raw)
    hint, _, values = KINDS[kind]

    assert values(transformer(Annotated[hint, kwtypes(a=int)]).from_literal(literal)) == {"a": [1, 2, 3]}


def test_who_names_no_columns_reads_those_the_producer_declares(raw: RawData) -> None:
    literal = transformer(Annotated[pd.DataFrame, kwtypes(b=str)]).to_literal(pd.DataFrame(COLUMNS), raw)
    found = transformer(StructuredDataset).from_literal(literal)
    assert transformer(pl.DataFrame).from_literal(literal).columns == ["b"]
    assert list(found.open(pd.DataFrame).all().columns) == ["b"]


@EACH
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_column_that_is_not_there_is_told_with_those_that_are(kind: str, form: str, files: Path) -> None:
    hint: Any = Annotated[KINDS[kind][0], kwtypes(a=int, zip=str)]
    literal = _literal(str(files / f"x.{form}"), form)

    with pytest.raises(ConversionError) as caught:
        transformer(hint).from_literal(literal)

    assert str(caught.value) == f"the dataset '{files}/x.{form}' has no column 'zip'"
    assert caught.value.fix == "its columns are a, b"


@EACH
def test_a_folder_of_partitions_is_one_table(kind: str, files: Path) -> None:
    hint, _, values = KINDS[kind]
    found = values(transformer(hint).from_literal(_literal(str(files / "parts"))))
    assert (found["a"], [int(each) for each in found["day"]]) == ([1, 2, 3] * 2, [1, 1, 1, 2, 2, 2])


@EACH
def test_a_folder_of_csv_files_is_one_table(kind: str, tmp_path: Path) -> None:
    for name in "01":
        pd.DataFrame(COLUMNS).to_csv(tmp_path / f"{name}.csv", index=False)
    hint, _, values = KINDS[kind]
    assert values(transformer(hint).from_literal(_literal(str(tmp_path), "csv")))["a"] == [1, 2, 3] * 2


@EACH
def test_a_column_of_structs_gives_the_fields_that_are_named(kind: str, raw: RawData) -> None:
    table = pa.table({"point": [{"x": 1.0, "y": 2.0}], "n.m": [1]})
    literal = transformer(pa.Table).to_literal(table, raw)
    hint, _, values = KINDS[kind]
    hint = Annotated[hint, {"point": {"x": float}, "n.m": int}]
    assert values(transformer(hint).from_literal(literal)) == {"x": [1.0], "n.m": [1]}


def test_a_schema_of_older_flytekits_is_a_dataset(files: Path) -> None:
    kind = pb.SchemaType(columns=[pb.SchemaType.SchemaColumn(name="b", type=pb.SchemaType.SchemaColumn.STRING)])
    literal = pb.Literal(scalar=pb.Scalar(schema=pb.Schema(uri=str(files / "x.parquet"), type=kind)))
    assert transformer(pl.DataFrame).from_literal(literal).columns == ["b"]


def test_a_dataset_is_not_read_before_it_is_opened() -> None:
    found = transformer(StructuredDataset).from_literal(_literal("/nowhere"))
    assert (found.uri, found.file_format) == ("/nowhere", "parquet")
    with pytest.raises(ConversionError, match="there is no dataset"):
        found.open(pd.DataFrame).all()


@EACH
@TO_EACH
def test_a_dataset_in_memory_opens_as_any_kind(kind: str, other: str) -> None:
    wanted, _, values = KINDS[other]
    opened = StructuredDataset(dataframe=KINDS[kind][1]()).open(wanted)
    assert values(opened.all()) == COLUMNS
    assert [values(each) for each in opened.iter()] == [COLUMNS]


@EACH
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_large_dataset_is_read_in_batches(kind: str, form: str, raw: RawData) -> None:
    rows = 2 * BATCH_ROWS + 10
    given = StructuredDataset(dataframe=pl.DataFrame({"a": range(rows), "b": ["x"] * rows}))
    literal = transformer(Annotated[StructuredDataset, form]).to_literal(given, raw)
    hint, _, values = KINDS[kind]

    found = transformer(Annotated[StructuredDataset, kwtypes(a=int)]).from_literal(literal).open(hint).iter()

    batches = [values(each)["a"] for each in found]
    assert len(batches) > 2
    assert max(map(len, batches)) <= BATCH_ROWS
    assert [each for batch in batches for each in batch] == list(range(rows))


def test_a_lazy_frame_is_computed_while_it_is_written(raw: RawData) -> None:
    plan = pl.LazyFrame({"a": [1, 2, 3]}).filter(pl.col("a") > 1)
    literal = transformer(pl.LazyFrame).to_literal(plan, raw)
    assert transformer(pl.DataFrame).from_literal(literal)["a"].to_list() == [2, 3]


def test_a_lazy_frame_that_cannot_be_computed_is_told(raw: RawData) -> None:
    plan = pl.LazyFrame({"a": [1]}).select("zip")
    with pytest.raises(ConversionError) as caught:
        transformer(pl.LazyFrame).to_literal(plan, raw)
    told = 'the polars.LazyFrame cannot be written as parquet: unable to find column "zip"; valid columns: ["a"]'
    assert str(caught.value) == told
    assert caught.value.fix == "see whether it can be collected at all"


def test_a_dataset_that_is_passed_on_stays_what_it_was(files: Path, raw: RawData) -> None:
    literal = _literal(str(files / "x.csv"), "csv")
    given = transformer(Annotated[StructuredDataset, kwtypes(a=int)]).from_literal(literal)
    assert transformer(Annotated[StructuredDataset, kwtypes(b=str), "parquet"]).to_literal(given, raw) == literal
    assert transformer(pd.DataFrame).to_literal(given, raw) == literal


def test_files_given_by_path_are_copied_and_those_given_by_uri_are_not(files: Path, raw: RawData) -> None:
    kind = transformer(StructuredDataset)
    by_path = kind.to_literal(StructuredDataset(uri=str(files / "x.csv"), file_format="csv"), raw)
    folder = kind.to_literal(StructuredDataset(uri=str(files / "parts")), raw)
    uri = (files / "x.parquet").as_uri()

    assert kind.to_literal(StructuredDataset(uri=uri), raw).scalar.structured_dataset.uri == uri
    (files / "x.csv").unlink()
    assert by_path.scalar.structured_dataset.uri.startswith(raw.prefix)
    assert transformer(pd.DataFrame).from_literal(by_path)["a"].tolist() == [1, 2, 3]
    assert transformer(pl.DataFrame).from_literal(folder).height == 6


def test_a_frame_is_written_where_its_author_says(tmp_path: Path, raw: RawData) -> None:
    given = StructuredDataset(dataframe=pd.DataFrame(COLUMNS), uri=str(tmp_path / "out"))
    literal = transformer(StructuredDataset).to_literal(given, raw)
    assert literal.scalar.structured_dataset.uri == (tmp_path / "out").as_uri()
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["00000"]


def test_nothing_is_written_where_nothing_may_be(tmp_path: Path) -> None:
    given = StructuredDataset(dataframe=pd.DataFrame(COLUMNS), uri=str(tmp_path / "out"))
    with pytest.raises(ConversionError, match="only a running task may write one"):
        transformer(StructuredDataset).to_literal(given, RawData())
    assert not (tmp_path / "out").exists()


@EACH
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_datasets_elsewhere_are_written_and_read_by_their_uri(kind: str, form: str, raw: RawData) -> None:
    hint, make, values = KINDS[kind]
    uri = f"memory://bucket/{kind}-{form}"
    to = transformer(Annotated[StructuredDataset, kwtypes(a=int), form])

    literal = to.to_literal(StructuredDataset(dataframe=make(), uri=uri), raw)

    assert literal.scalar.structured_dataset.uri == uri
    assert values(to.from_literal(literal).open(hint).all()) == {"a": [1, 2, 3]}
    assert [values(each) for each in to.from_literal(literal).open(hint).iter()] == [{"a": [1, 2, 3]}]


@EACH
def test_a_dataset_elsewhere_that_is_not_there_is_told(kind: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(pl.DataFrame).from_literal(_literal("memory://bucket/nowhere.csv", "csv"))
    assert str(caught.value) == "there is no dataset at 'memory://bucket/nowhere.csv'"
    assert caught.value.fix == "check the URI"


def test_the_other_side_being_down_is_nobodys_mistake() -> None:
    with pytest.raises(RemoteError):
        transformer(pd.DataFrame).from_literal(_literal("http://localhost:1/x.csv", "csv"))


@pytest.fixture
def plain_web_server(files: Path) -> Iterator[str]:
    """Serves `files`, each as a whole."""
    serve = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(files))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_web_server_that_gives_no_parts_of_files_is_told(plain_web_server: str) -> None:
    uri = f"{plain_web_server}/x.parquet"
    with pytest.raises(ConversionError) as caught:
        transformer(pd.DataFrame).from_literal(_literal(uri))
    assert str(caught.value).startswith(f"the dataset {uri!r} cannot be read as parquet: ValueError: The HTTP server")
    assert caught.value.fix == "pass it as a File, which is downloaded, and read that"
    assert transformer(pd.DataFrame).from_literal(_literal(f"{plain_web_server}/x.csv", "csv")).shape == (3, 2)


HIDDEN = "s3cret"


class Busy(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    def do_GET(self) -> None:
        self.send_error(int(self.path.partition("?")[0].strip("/")))

    do_HEAD = do_GET

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def busy() -> Iterator[str]:
    """A web server that serves nothing but statuses; its URI has credentials."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://me:{HIDDEN}@127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("hint", [pd.DataFrame, pl.DataFrame, pa.Table])
def test_what_a_web_server_answers_is_told_without_credentials(busy: str, hint: Any, form: str) -> None:
    told: dict[int, tuple[type[BaseException], str]] = {}
    for status in (404, 403, 503):
        with pytest.raises((ConversionError, RemoteError)) as caught:
            transformer(hint).from_literal(_literal(f"{busy}/{status}?sig={HIDDEN}", form))
        told[status] = type(caught.value), str(caught.value)
        assert HIDDEN not in "".join(traceback.format_exception(caught.value))
    shown = busy.replace(f"me:{HIDDEN}", "[secret]")
    assert told[404] == (ConversionError, f"there is no dataset at '{shown}/404?sig=[secret]'")
    assert told[403][0] is ConversionError
    assert "Permission denied" in told[403][1]
    assert told[503][0] is RemoteError


def test_columns_come_in_the_order_that_was_asked_for(raw: RawData) -> None:
    literal = transformer(Annotated[StructuredDataset, "csv"]).to_literal(StructuredDataset(FRAME), raw)
    wanted = transformer(Annotated[StructuredDataset, kwtypes(b=str, a=int)])
    dataset = wanted.from_literal(literal).open(pd.DataFrame)
    assert [list(each) for each in (dataset.all(), *dataset.iter())] == [["b", "a"], ["b", "a"]]


def test_a_dataset_is_shown_without_credentials() -> None:
    shown = "StructuredDataset(uri='https://[secret]@h/x?sig=[secret]', file_format='')"
    assert repr(StructuredDataset(uri="https://a:b@h/x?sig=c")) == shown
    assert repr(StructuredDataset()) == "StructuredDataset(uri=None, file_format='')"


@dataclasses.dataclass
class Report:
    table: StructuredDataset
    frame: pd.DataFrame
    small: Annotated[pl.DataFrame, kwtypes(a=int)]


def test_datasets_inside_a_dataclass_travel_by_their_place(raw: RawData) -> None:
    kind = transformer(Report)
    frame = pd.DataFrame(COLUMNS)

    literal = kind.to_literal(Report(StructuredDataset(dataframe=frame), frame, pl.DataFrame(COLUMNS)), raw)
    back = kind.from_literal(literal)

    assert re.fullmatch(f"{raw.prefix}/[0-9a-f]{{32}}", back.table.uri)
    pd.testing.assert_frame_equal(back.table.open(pd.DataFrame).all(), back.frame)
    assert back.small.columns == ["a"]
    again = kind.to_literal(back, raw)
    assert kind.from_literal(again).table == back.table


def test_datasets_are_equal_when_they_hold_the_same() -> None:
    frame = pd.DataFrame(COLUMNS)
    assert StructuredDataset(frame) == StructuredDataset(frame)
    assert StructuredDataset(frame) != StructuredDataset(frame.copy())
    assert len({StructuredDataset(uri="a"), StructuredDataset(uri="a"), StructuredDataset(uri="b")}) == 2
    assert repr(StructuredDataset(frame)) == "StructuredDataset(dataframe=…, uri=None, file_format='')"


def test_a_subclass_of_the_dataset_stays_one(files: Path) -> None:
    class Sales(StructuredDataset):
        pass

    assert type(transformer(Sales).from_literal(_literal(str(files)))) is Sales


class Described(typing.TypedDict):
    a: int
    b: "list[float]"


def test_columns_may_be_a_typed_dict() -> None:
    columns = transformer(Annotated[pd.DataFrame, Described]).literal_type().structured_dataset_type.columns
    assert {each.name: each.literal_type for each in columns} == {
        "a": pb.LiteralType(simple=pb.SimpleType.INTEGER),
        "b": pb.LiteralType(collection_type=pb.LiteralType(simple=pb.SimpleType.FLOAT)),
    }


def test_a_union_takes_columns() -> None:
    assert transformer(Annotated[pd.DataFrame, kwtypes(a=int)] | None).literal_type().HasField("union_type")


READ = [("x.parquet", "parquet"), ("x.csv", "csv"), ("parts", "parquet"), ("some", "csv")]


@pytest.mark.parametrize(("name", "form"), READ)
def test_a_person_names_a_file_or_folder(name: str, form: str, files: Path) -> None:
    (files / "some").mkdir()
    (files / "some" / "0.csv").write_text("a,b\n1,x\n")

    given = transformer(pd.DataFrame).parse(name, str(files))

    assert given == StructuredDataset(uri=(files / name).as_uri(), file_format=form)
    assert transformer(pd.DataFrame).read({"uri": name, "file_format": form}, str(files)) == given


def test_a_person_names_a_uri() -> None:
    given = transformer(StructuredDataset).parse("s3://bucket/x.csv", "/")
    assert given == StructuredDataset(uri="s3://bucket/x.csv", file_format="csv")


NAMES = [
    ("a.xls", "'a.xls' is neither .parquet nor .csv"),
    ("a.csv", "there is no file '/a.csv'"),
    (3, "expected DataFrame, got 3 of type int"),
]


@pytest.mark.parametrize(("text", "message"), NAMES)
def test_a_name_that_is_no_dataset_is_refused(text: Any, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(pd.DataFrame).read(text, "/")
    assert (str(caught.value), caught.value.fix) == (message, "name a .parquet or .csv file that exists")


FRAME = pd.DataFrame(COLUMNS)
WRONG: list[tuple[Any, Any, str, str]] = [
    (pd.DataFrame, [1], "expected DataFrame, got [1] of type list", ""),
    (pd.DataFrame, pl.DataFrame(), "expected pandas.DataFrame, got a polars.DataFrame",
     "convert it, or annotate polars.DataFrame"),
    (pl.LazyFrame, pl.DataFrame(), "expected polars.LazyFrame, got a polars.DataFrame",
     "convert it, or annotate polars.DataFrame"),
    (StructuredDataset, FRAME, "expected StructuredDataset, got a pandas.DataFrame",
     "write StructuredDataset(dataframe=…) around it"),
    (StructuredDataset, 3, "expected StructuredDataset, got 3 of type int", ""),
    (StructuredDataset, StructuredDataset(), "a StructuredDataset without frame and URI",
     "give it one: StructuredDataset(dataframe=frame) or StructuredDataset(uri='…')"),
    (StructuredDataset, StructuredDataset(dataframe=[1]), "a list is no frame",
     "use a pandas.DataFrame, polars.DataFrame, polars.LazyFrame or pyarrow.Table"),
    (Annotated[StructuredDataset, "avro"], StructuredDataset(FRAME), "a pandas.DataFrame cannot be written as 'avro'",
     "parquet and csv can be; for others write the files yourself and name their uri"),
    (pd.DataFrame, pd.DataFrame({"n": [1], "m": [[1, "x"]]}),
     "the column 'm' of the pandas.DataFrame cannot be written as parquet: it holds list",
     "give every column one type and a text for a name"),
    (pd.DataFrame, pd.DataFrame({"n": [1, 2, 3], "m": [1, None, "x"]}),
     "the column 'm' of the pandas.DataFrame cannot be written as parquet: it holds int and str",
     "give every column one type and a text for a name"),
    (pd.DataFrame, pd.DataFrame({"n": [1j]}),
     "the column 'n' of the pandas.DataFrame cannot be written as parquet: it holds complex128",
     "give every column one type and a text for a name"),
    (pd.DataFrame, pd.DataFrame([[1, 2]], columns=["a", "a"]), "the pandas.DataFrame has two columns 'a'",
     "give each a name of its own"),
    (pa.Table, pa.table([[1], [2]], names=["a", "a"]), "the pyarrow.Table has two columns 'a'",
     "give each a name of its own"),
    (Annotated[StructuredDataset, "csv"], StructuredDataset(pd.DataFrame([[1, 2]], columns=["a", "a"])),
     "the pandas.DataFrame has two columns 'a'", "give each a name of its own"),
    (Annotated[StructuredDataset, "csv"], StructuredDataset(pd.DataFrame()),
     "a pandas.DataFrame without columns cannot be written as csv", "write it as parquet"),
    (Annotated[StructuredDataset, "csv"], StructuredDataset(pl.DataFrame({"a": [[1]]})),
     "the polars.DataFrame with the columns 'a' cannot be written as csv: CSV format does not support nested data",
     "give every column one type and a text for a name"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "value", "message", "fix"), WRONG, ids=range(len(WRONG)))
def test_a_value_that_does_not_fit_is_refused(hint: Any, value: Any, message: str, fix: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, raw)
    assert (str(caught.value), caught.value.fix) == (message, fix)
    assert [each for each in Path(local_path(raw.prefix)).rglob("*") if each.is_file()] == []


def test_a_relative_path_that_is_not_there_is_told_with_the_folder(raw: RawData, monkeypatch: Any) -> None:
    monkeypatch.chdir("/")
    with pytest.raises(ConversionError) as caught:
        transformer(StructuredDataset).to_literal(StructuredDataset(uri="nowhere.csv"), raw)
    assert str(caught.value) == "there is no dataset at 'nowhere.csv'"
    assert caught.value.fix == "check the path; a relative one starts from '/'"


@EACH
def test_a_file_that_is_something_else_is_told(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_text("nope")

    with pytest.raises(ConversionError) as caught:
        transformer(KINDS[kind][0]).from_literal(_literal(str(path)))

    cause = caught.value.__cause__
    assert cause is not None
    why = f"{type(cause).__name__}: {str(cause).splitlines()[0]}"
    assert str(caught.value) == f"the dataset '{path}' cannot be read as parquet: {why}"
    assert caught.value.fix == "see whether it was written whole, and in this format"


@EACH
def test_a_dataset_that_is_gone_is_told(kind: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(KINDS[kind][0]).from_literal(_literal("file:///no%20where"))
    assert str(caught.value) == "there is no dataset at '/no where'"
    assert caught.value.fix == "check the path; was the run's data removed?"


def test_a_format_we_do_not_read_is_told(files: Path) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(pd.DataFrame).from_literal(_literal(str(files / "x.parquet"), "avro"))
    assert str(caught.value) == f"the dataset '{files}/x.parquet' is of the format 'avro', which Volant cannot read"
    assert caught.value.fix == "parquet and csv can be read; others open with their own library, from its .uri"


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(pl.DataFrame).from_literal(_literal(str(tmp_path)))
    assert str(caught.value) == f"there are no files in '{tmp_path}'"
    assert caught.value.fix == "was the run's data removed?"


def test_a_dataset_opens_as_a_frame_only() -> None:
    with pytest.raises(ConversionError) as caught:
        StructuredDataset(uri="x").open(dict)
    assert str(caught.value) == "a dataset cannot be opened as dict"
    assert caught.value.fix == "open it as pandas.DataFrame, polars.DataFrame, polars.LazyFrame or pyarrow.Table"


def test_a_document_without_a_place_is_no_dataset() -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(StructuredDataset).unpack({"file_format": "csv"})
    assert str(caught.value) == "expected StructuredDataset, got {'file_format': 'csv'} of type dict"


HINTS: list[tuple[Any, str, str]] = [
    (Annotated[pd.DataFrame, kwtypes(a=bytes)], "at ['a']: a dataset's column cannot be bytes",
     "use int, float, bool, str, datetime, timedelta, a list[…] or dict[str, …] of these, or numpy's"),
    (Annotated[StructuredDataset, "csv", "parquet"], "the dataset has two formats, 'csv' and 'parquet'",
     "keep one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "message", "fix"), HINTS)
def test_a_hint_that_says_nonsense_is_refused(hint: Any, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint)
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_without_pyarrow_it_says_what_to_install(raw: RawData, monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConversionError) as caught:
        transformer(pd.DataFrame).to_literal(pd.DataFrame(COLUMNS), raw)
    assert str(caught.value) == "writing a pandas.DataFrame as parquet needs pyarrow, which is not installed"
    assert caught.value.fix == "pip install 'volant[frames]'"
    with pytest.raises(ConversionError) as caught:
        transformer(pd.DataFrame).from_literal(_literal(str(files / "x.parquet")))
    assert str(caught.value) == f"the dataset '{files}/x.parquet' needs pyarrow, which is not installed"
    assert caught.value.fix == "pip install 'volant[frames]'"


def test_polars_needs_no_other_library(tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["pyarrow"] = sys.modules["pandas"] = None
import polars as pl
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
kind = transformer(pl.DataFrame)
literal = kind.to_literal(pl.DataFrame({{"a": [1]}}), RawData({tmp_path.as_uri()!r}))
print(kind.from_literal(literal)["a"].to_list())
"""
    assert _python(program) == "[1]"


def test_a_dataset_loads_no_library_of_frames() -> None:
    program = """
import sys
from volant.sdk.datasets import StructuredDataset
from volant.sdk.annotations import HashMethod, kwtypes
light = not {"flyteidl", "msgspec"} & set(sys.modules)
from volant.sdk.type_engine.engine import transformer
transformer(StructuredDataset).literal_type()
print(light, sorted({"pandas", "polars", "pyarrow", "numpy", "fsspec"} & set(sys.modules)))
"""
    assert _python(program) == "True []"


def _python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _literal(uri: str, form: str = "parquet") -> pb.Literal:
    kind = pb.StructuredDatasetMetadata(structured_dataset_type=pb.StructuredDatasetType(format=form))
    return pb.Literal(scalar=pb.Scalar(structured_dataset=pb.StructuredDataset(uri=uri, metadata=kind)))


def _texts(columns: dict[str, Any]) -> dict[str, Any]:
    """csv does not tell a missing text from an empty one."""
    return {name: [each or "" for each in column] for name, column in columns.items()}
