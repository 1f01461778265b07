"""Files and directories on this machine: what a task may return, and what the next one gets."""

import os
import pickle
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from pydantic import BaseModel, ValidationError

from volant.idl import pb
from volant.sdk import context
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.uris import below, local_path, name_of

CSV: Any = File["csv"]  # type: ignore[misc] # type checkers know only Annotated
MULTIPART = pb.BlobType.BlobDimensionality.MULTIPART
PNG = b"\x89PNG\r\n\x1a\n and more"


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData((tmp_path / "raw data").as_uri())


@pytest.fixture
def running(tmp_path: Path) -> Iterator[context.TaskContext]:
    """A task that runs, with raw data of its own."""
    folder = context.WorkingDirectory()
    found = context.TaskContext(folder=folder, raw_output_prefix=(tmp_path / "raw data").as_uri())
    context.enter(found)
    yield found
    context.enter(None)
    folder.remove()


def _made(path: Path, data: bytes = b"a\n1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _uri(hint: Any, value: Any, raw: RawData) -> str:
    uri: str = transformer(hint).to_literal(value, raw).scalar.blob.uri
    return uri


def _passed(hint: Any, value: Any, raw: RawData) -> Any:
    kind = transformer(hint)
    return kind.from_literal(kind.to_literal(value, raw))


@pytest.mark.parametrize("given", [File, str, Path])
def test_a_task_may_return_a_file_or_the_bare_path_of_one(given: Any, raw: RawData, tmp_path: Path) -> None:
    original = _made(tmp_path / "a b.csv")
    kept = _passed(File, given(original), raw)
    original.unlink()
    assert kept.uri.startswith(raw.prefix)
    assert (kept.name, kept.size(), kept.exists(), kept.is_remote) == ("a b.csv", 4, True, False)
    with kept.open() as file:
        assert file.read() == "a\n1\n"


def test_a_file_given_by_uri_is_passed_as_it_is(raw: RawData, tmp_path: Path) -> None:
    uri = _made(tmp_path / "a b").as_uri()
    assert _uri(File, File(uri), raw) == uri
    assert _uri(File, uri, raw) == uri


def test_a_file_elsewhere_is_passed_without_a_look_at_it(raw: RawData) -> None:
    for uri in ("s3://bucket/a.csv", "https://example.com/a%20b.csv?x=1", "nobody-knows://this"):
        assert _passed(File, File(uri), raw) == File(uri)


def test_a_file_that_is_not_to_be_copied_is_named_where_it_is(raw: RawData, tmp_path: Path) -> None:
    path = _made(tmp_path / "a")
    assert _uri(File, File(path, remote_path=False), raw) == path.as_uri()
    assert _uri(Directory, Directory(tmp_path, remote_directory=False), raw) == tmp_path.as_uri()


def test_a_file_may_be_copied_to_a_place_of_the_authors(raw: RawData, tmp_path: Path) -> None:
    path, there = _made(tmp_path / "a"), tmp_path / "deep" / "there.csv"
    assert _uri(File, File(path, remote_path=there), raw) == there.as_uri()
    assert there.read_bytes() == b"a\n1\n"


def test_a_directory_copied_to_a_place_of_the_authors_may_be_copied_again(raw: RawData, tmp_path: Path) -> None:
    _made(tmp_path / "d" / "sub" / "a")
    value = Directory(tmp_path / "d", remote_directory=(tmp_path / "there").as_uri())
    _uri(Directory, value, raw)
    _made(tmp_path / "d" / "sub" / "a", b"new")
    assert _uri(Directory, value, raw) == (tmp_path / "there").as_uri()
    assert (tmp_path / "there" / "sub" / "a").read_bytes() == b"new"


def test_metadata_travel_with_a_file(raw: RawData, tmp_path: Path) -> None:
    value = File(_made(tmp_path / "a"), metadata={"origin": "weather"})
    assert _passed(File, value, raw).metadata == {"origin": "weather"}
    kind = transformer(File)
    assert kind.unpack(kind.pack(value, raw)).metadata == {"origin": "weather"}
    assert File(value).metadata == {"origin": "weather"}


@pytest.mark.parametrize("hint", [CSV, File[".csv"], File[typing.TypeVar("csv")], Annotated[File, "csv"]])  # type: ignore[misc]
def test_a_format_is_written_in_several_ways_and_means_one_type(hint: Any) -> None:
    assert transformer(hint).literal_type() == pb.LiteralType(blob=pb.BlobType(format="csv"))


def test_a_directory_has_a_format_too_and_an_empty_one_is_none() -> None:
    pngs = transformer(Directory["png"]).literal_type()  # type: ignore[misc]
    assert pngs == pb.LiteralType(blob=pb.BlobType(format="png", dimensionality=MULTIPART))
    assert File[""] is File  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"File\[3\]: the format is a text, e\.g\. File\['csv'\]"):
        File[3]  # type: ignore[misc]


def test_a_type_with_a_format_makes_files_as_flytekit_code_does(raw: RawData, tmp_path: Path) -> None:
    value = CSV(_made(tmp_path / "a"))
    assert type(value) is File
    assert _passed(CSV, value, raw).format == "csv"


WRONG: list[tuple[Any, Any, str, str]] = [
    (File, 3, "expected File, got 3 of type int", "return a File, or the path of a file"),
    (File, "", "expected File, got '' of type str", "return a File, or the path of a file"),
    (File, Directory("d"), "expected File, got Directory('d') of type Directory", "return a File, or the path of a"),
    (Directory, File("a"), "expected Directory, got File('a') of type File", "return a Directory, or the path of a"),
    (File, File("gone.csv"), "there is no file 'gone.csv'", "check the path; a relative one starts from '"),
    (Directory, "gone", "there is no directory 'gone'", "check the path; a relative one starts from '"),
    (File, File("/tmp"), "'/tmp' is not a file", "declare Directory, or name a file"),
    (Directory, "/etc/hosts", "'/etc/hosts' is not a directory", "declare File, or name a directory"),
    (
        CSV,
        File("s3://b/x", format="parquet"),
        "expected a file of format 'csv', got 's3://b/x' of format 'parquet'",
        "convert it in a task, or declare File['parquet']",
    ),
]


@pytest.mark.parametrize(("hint", "value", "message", "fix"), WRONG, ids=[each[2] for each in WRONG])
def test_what_is_no_such_file_is_refused(hint: Any, value: Any, message: str, fix: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, raw)
    assert str(caught.value) == message
    assert caught.value.fix.startswith(fix)


@pytest.mark.parametrize(
    ("form", "data", "seems"),
    [("png", b"PAR1...", "parquet"), ("parquet", b"a,b\n", "something else"), ("tar.gz", PNG, "png"), ("PDF", b"", "")],
)
def test_a_file_that_begins_otherwise_than_its_format_is_refused(
    form: str, data: bytes, seems: str, raw: RawData, tmp_path: Path
) -> None:
    path = str(_made(tmp_path / "a", data))
    with pytest.raises(ConversionError) as caught:
        transformer(Annotated[File, form]).to_literal(path, raw)
    assert str(caught.value) == f"{path!r} should be {form}, but begins as {seems or 'something else'} does"
    assert caught.value.fix == f"write {form} into it, or declare another format"


def test_a_file_that_begins_as_its_format_does_and_texts_are_fine(raw: RawData, tmp_path: Path) -> None:
    for form, data in (("png", PNG), ("tar.gz", b"\x1f\x8b..."), ("csv", PNG), ("whatever", b"")):
        _passed(Annotated[File, form], str(_made(tmp_path / "a", data)), raw)


def test_a_literal_of_another_format_or_kind_is_refused(raw: RawData) -> None:
    parquet = transformer(Annotated[File, "parquet"]).to_literal("s3://b/x", raw)
    with pytest.raises(ConversionError, match="expected a file of format 'csv', got 's3://b/x' of format 'parquet'"):
        transformer(CSV).from_literal(parquet)
    folder = transformer(Directory).to_literal("s3://b/d", raw)
    with pytest.raises(ConversionError, match="expected a file, got the directory 's3://b/d'"):
        transformer(File).from_literal(folder)
    with pytest.raises(ConversionError, match="expected a directory, got the file 's3://b/x'"):
        transformer(Directory).from_literal(parquet)


def test_a_file_of_a_known_format_satisfies_a_type_without_one(raw: RawData) -> None:
    found = transformer(File).from_literal(transformer(CSV).to_literal("s3://b/x", raw))
    assert (found, found.format) == (File("s3://b/x"), "csv")


@pytest.mark.parametrize("hint", [os.PathLike, os.PathLike[str]])
def test_a_path_like_is_a_file_of_any_class(hint: Any, raw: RawData, tmp_path: Path) -> None:
    assert transformer(hint).literal_type() == transformer(File).literal_type()
    kept = _passed(hint, _made(tmp_path / "a"), raw)
    assert isinstance(kept, File)
    assert kept.uri.startswith(raw.prefix)
    assert transformer(hint).fits(tmp_path)


def test_a_path_is_a_file_that_arrives_as_a_path(raw: RawData, tmp_path: Path) -> None:
    original = _made(tmp_path / "a")
    kept = _passed(Path, original, raw)
    assert isinstance(kept, Path)
    assert kept != original
    assert kept.read_bytes() == b"a\n1\n"


def test_a_path_in_a_dataclass_is_only_a_name(raw: RawData) -> None:
    kind = transformer(Settings)
    literal = kind.to_literal(Settings(Path("data/out")), raw)
    assert msgspec.msgpack.decode(literal.scalar.binary.value) == {"folder": "data/out"}
    assert kind.from_literal(literal) == Settings(Path("data/out"))
    with pytest.raises(ConversionError, match=r"at \.folder: expected Path, got 'x' of type str") as caught:
        kind.to_literal(Settings("x"), raw)  # type: ignore[arg-type]
    assert caught.value.fix == "write Path(…) around it"


@dataclass
class Settings:
    folder: Path


class Model(BaseModel):
    table: File
    plots: Directory | None = None


def test_a_pydantic_model_takes_files_and_passes_them(raw: RawData, tmp_path: Path) -> None:
    back = _passed(Model, Model(table=str(_made(tmp_path / "a")), plots=Directory("s3://b/d")), raw)  # type: ignore[arg-type]
    assert back.table.uri.startswith(raw.prefix)
    assert back.plots == Directory("s3://b/d")
    with pytest.raises(ValidationError, match=r'expected a File, its path, or its JSON form \{"path": …\}'):
        Model(table=3)  # type: ignore[arg-type]


def test_a_pydantic_model_dumped_by_its_author_only_names_its_files() -> None:
    model = Model(table=File("a.csv", metadata={"k": "v"}), plots=Directory("d"))
    assert model.model_dump() == {"table": {"path": "a.csv", "metadata": {"k": "v"}}, "plots": {"path": "d"}}


def test_a_directory_names_what_is_in_it(tmp_path: Path) -> None:
    for name in ("b.txt", "a/one.txt", "a/deep/two.txt"):
        _made(tmp_path / name)
    top = Directory(tmp_path)
    assert list(top) == top.listdir() == [Directory(tmp_path / "a"), File(tmp_path / "b.txt")]
    assert [name for _, name in top.crawl()] == ["a/deep/two.txt", "a/one.txt", "b.txt"]
    assert [name for _, name in top.crawl(maxdepth=1)] == ["b.txt"]
    assert [each.size() for each in top.walk(maxdepth=2)] == [4, 4]
    assert (top / "a" / "one.txt").is_file()
    assert top.directory("a").file("one.txt").exists()


def test_a_directory_is_passed_whole(raw: RawData, tmp_path: Path) -> None:
    _made(tmp_path / "d" / "sub" / "a")
    kept = _passed(Directory, Directory(tmp_path / "d"), raw)
    assert kept.uri.startswith(raw.prefix)
    assert [name for _, name in kept.crawl()] == ["sub/a"]


def test_a_new_file_is_written_straight_into_the_raw_data(running: context.TaskContext) -> None:
    value = File.new("flights 2013.csv")
    with value.open("w") as file:
        file.write("grüße\n")
    raw = RawData(running.raw_output_prefix)
    assert value.uri.startswith(raw.prefix)
    assert _uri(File, value, raw) == value.uri
    assert Path(value).read_text(encoding="utf-8") == "grüße\n"


def test_a_new_file_that_was_never_written_is_told(running: context.TaskContext) -> None:
    value = File.new("a.csv")
    with pytest.raises(ConversionError, match=f"there is no file {value.path!r}"):
        _uri(File, value, RawData(running.raw_output_prefix))


def test_a_new_directory_is_filled_and_passed_as_it_is(running: context.TaskContext) -> None:
    value = Directory.new("plots")
    Path(value.new_file("deep/a.txt")).write_text("1")
    with value.new_dir("more").new_file().open("wb") as file:
        file.write(b"2")
    assert _uri(Directory, value, RawData(running.raw_output_prefix)) == value.uri
    assert len(list(value.walk())) == 2
    assert value.name == "plots"


def test_without_a_run_new_files_are_made_in_the_working_directory() -> None:
    folder = context.WorkingDirectory()
    context.enter(context.TaskContext(folder=folder))
    assert Path(File.new("a").path).is_relative_to(folder.path)
    context.enter(None)
    folder.remove()


@pytest.mark.parametrize("name", ["", "..", "../a", "a/../../b", "/etc/hosts"])
def test_a_name_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no name within a folder: write it relative, without '\.\.'"):
        Directory("d").file(name)


@pytest.mark.parametrize(
    ("uri", "name"),
    [("a/b c.csv", "b c.csv"), ("file:///x/a%20b", "a b"), ("https://h/a%20b?q=1", "a b"), ("s3://b/a%20b/", "a%20b"),
     ("zip://in.csv::s3://b/all.zip", "in.csv"), ("https://h", ""), ("https://h/%2e%2e", ""), ("a::b", "a::b")],
)  # fmt: skip
def test_names_are_those_of_local_copies(uri: str, name: str) -> None:
    assert name_of(uri) == name


def test_a_file_uri_may_name_this_machine_and_names_that_are_no_utf_8(tmp_path: Path) -> None:
    odd = tmp_path / "\udcff"
    assert local_path(odd.as_uri()) == str(odd)
    assert local_path("file://localhost/a%20b") == "/a b"
    assert local_path("FILE:/a") == "/a"


def test_names_are_joined_as_the_scheme_writes_them() -> None:
    assert below("s3://b/d/", "x y") == "s3://b/d/x y"
    assert below("file:///d%20e", "x y") == "file:///d%20e/x%20y"
    assert below("d", "x y") == "d/x y"


def test_a_file_is_pickled_and_compared_by_where_it_is(tmp_path: Path) -> None:
    value = File(_made(tmp_path / "a"))
    assert pickle.loads(pickle.dumps(value)) == value
    assert len({value, File(tmp_path / "a"), File(tmp_path / "b"), Directory(tmp_path / "a")}) == 3
    assert repr(File("a?b=c")) == "File('a?b=c')"
    assert repr(File("https://me:pw@h/a?sig=x")) == "File('https://[secret]@h/a?sig=[secret]')"
    assert File(value).uri == value.uri


def test_a_person_names_a_file_by_path_or_uri(tmp_path: Path) -> None:
    _made(tmp_path / "a.csv")
    assert transformer(CSV).parse("a.csv", str(tmp_path)).uri == (tmp_path / "a.csv").as_uri()
    assert transformer(File).parse("s3://b/x", "/") == File("s3://b/x")
    assert transformer(Path).parse("s3://b/x", "/") == File("s3://b/x")
    assert transformer(Directory).read({"path": "."}, str(tmp_path)).uri == tmp_path.as_uri()
    with pytest.raises(ConversionError, match="expected File, got 3 of type int"):
        transformer(File).read(3, "/")


def test_in_a_union_a_text_is_a_text_and_a_file_a_file(raw: RawData) -> None:
    for value in ("s3://b/x", File("s3://b/x")):
        back = _passed(File | str, value, raw)
        assert (back, type(back)) == (value, type(value))
