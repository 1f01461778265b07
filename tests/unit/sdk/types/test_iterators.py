"""Iterators and JSON lines: read as they are asked for, written as they come."""

import collections.abc
import typing
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from volant.base.errors import FaultKind
from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.execute import execute
from volant.sdk.files import JSON, File
from volant.sdk.place import Place
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

Lines = Iterator[JSON]
Load = Callable[[str], ModuleType]
NOWHERE = RawData()


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData((tmp_path / "raw").as_uri())


def _passed(hint: Any, value: Any, raw: RawData) -> Any:
    kind = transformer(hint)
    return kind.from_literal(kind.to_literal(value, raw))


@pytest.mark.parametrize("hint", [Iterator[int], typing.Iterator[int], Generator[int, None, None]], ids=str)
@pytest.mark.parametrize("make", [iter, list, tuple, set], ids=["iterator", "list", "tuple", "set"])
def test_an_iterator_is_a_collection_made_from_whatever_one_may_iterate(hint: Any, make: Callable[[Any], Any]) -> None:
    kind = transformer(hint)
    assert kind.literal_type() == transformer(list[int]).literal_type()
    assert list(_passed(hint, make([1, 2]), NOWHERE)) == [1, 2]


def test_values_are_made_when_they_are_asked_for() -> None:
    literal = transformer(list[str]).to_literal(["a", "b"], NOWHERE)
    literal.collection.literals.append(transformer(int).to_literal(3, NOWHERE))
    found = transformer(Iterator[str]).from_literal(literal)
    assert len(found) == 3
    assert next(found) == "a"
    assert len(found) == 2
    assert next(iter(found)) == "b"
    with pytest.raises(ConversionError, match=r"at \[2\]: expected str, got a literal that holds integer"):
        next(found)
    assert list(found) == []


def test_a_list_within_a_document_is_read_as_an_iterator() -> None:
    data = msgspec.msgpack.encode([1, 2])
    literal = pb.Literal(scalar=pb.Scalar(binary=pb.Binary(tag="msgpack", value=data)))
    assert list(transformer(Iterator[int]).from_literal(literal)) == [1, 2]
    assert list(transformer(Lines).from_literal(literal)) == [1, 2]


WRONG: list[tuple[Any, Any, str]] = [
    (Iterator[int], iter([1, "x"]), "at [1]: expected int, got 'x' of type str"),
    (Iterator[int], "12", "expected Iterator[int], got '12' of type str"),
    (Iterator[int], 3, "expected Iterator[int], got 3 of type int"),
    (Lines, {"a": 1}, "expected Iterator[dict[str, Any] | list[Any] | bool | float | int | str], got {'a': 1} of type"),
    (Lines, iter([1, None]), "at [1]: expected dict[str, Any] | list[Any] | bool | float | int | str, got None"),
    (Lines, iter([[1, {2}]]), "at [0]: [1, {2}] is no JSON: Object of type set is not JSON serializable"),
]


@pytest.mark.parametrize(("hint", "value", "message"), WRONG, ids=[each[2][:40] for each in WRONG])
def test_what_does_not_fit_is_refused_with_its_place(hint: Any, value: Any, message: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, raw)
    assert str(caught.value).startswith(message)


def test_an_iterator_of_nothing_in_particular_is_refused() -> None:
    for hint, name in ((typing.Iterator, "Iterator"), (collections.abc.Generator, "Generator")):
        with pytest.raises(ConversionError, match=f"{name} does not say of what") as caught:
            transformer(hint)
        assert caught.value.fix == f"write {name}[int] or the like"


def test_an_iterator_cannot_be_part_of_a_document() -> None:
    for hint in (Iterator[int], Lines):
        with pytest.raises(ConversionError, match="can be read but once and cannot be part of a dataclass") as caught:
            transformer(hint).pack(iter([1]), NOWHERE)
        assert caught.value.fix == "use a list there"
        with pytest.raises(ConversionError):
            transformer(hint).schema()


def test_json_lines_are_a_file_of_one_value_a_line(raw: RawData) -> None:
    literal = transformer(Lines).to_literal(iter([{"b": 1, "a": [None]}, "é", True]), raw)
    assert literal.scalar.blob.metadata.type == pb.BlobType(format="jsonl")
    assert File(literal.scalar.blob.uri).size() == len('{"b": 1, "a": [null]}\n"é"\ntrue\n'.encode())
    assert list(transformer(Lines).from_literal(literal)) == [{"b": 1, "a": [None]}, "é", True]


def test_lines_end_at_line_feeds_alone(raw: RawData) -> None:
    values = ["a\u2028b", "c\x85d", "e\r\nf", "\x0b"]
    assert list(_passed(Lines, iter(values), raw)) == values


def test_half_a_character_and_bytes_of_no_text_are_told(raw: RawData, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"at \[1\]: '.{1,2}ud800' is no JSON: 'utf-8' codec can't encode"):
        transformer(Lines).to_literal(iter(["a", "\ud800"]), raw)
    (tmp_path / "a.jsonl").write_bytes(b'"a"\n"\xff"\n')
    with pytest.raises(ConversionError, match=r"line 2 of '.*' is no JSON: 'utf-8' codec can't decode byte 0xff"):
        list(transformer(Lines).parse("a.jsonl", str(tmp_path)))


def test_an_empty_iterator_is_an_empty_file(raw: RawData) -> None:
    assert list(_passed(Lines, iter([]), raw)) == []


def test_json_as_flytekit_spells_it_is_the_same_type() -> None:
    older = typing.Union[typing.Dict[str, typing.Any], typing.List[typing.Any], bool, float, int, str]  # noqa: UP006, UP007 - flytekit's
    assert transformer(typing.Iterator[older]).literal_type() == transformer(Lines).literal_type()


def test_lines_are_read_one_by_one_and_a_bad_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n\n[2\n3\n')
    found = transformer(Lines).parse("a.jsonl", str(tmp_path))
    assert next(found) == {"a": 1}
    with pytest.raises(ConversionError, match=r"line 3 of 'file:///.*/a\.jsonl' is no JSON: Expecting"):
        next(found)


def test_lines_of_which_none_was_read_are_passed_as_the_file_they_are(tmp_path: Path, raw: RawData) -> None:
    (tmp_path / "a.jsonl").write_text("1\n2\n")
    kind = transformer(Lines)
    whole = kind.parse("a.jsonl", str(tmp_path))
    assert kind.to_literal(whole, NOWHERE).scalar.blob.uri == (tmp_path / "a.jsonl").as_uri()
    next(whole)
    assert list(_passed(Lines, whole, raw)) == [2]


def test_a_person_gives_lines_as_a_list_or_a_file() -> None:
    kind = transformer(Lines)
    assert list(kind.read([1, "a"], "/")) == [1, "a"]
    with pytest.raises(ConversionError, match=r"there is no file '/gone\.jsonl'"):
        kind.parse("gone.jsonl", "/")
    assert list(transformer(Iterator[int]).parse("[1, 2]", "/")) == [1, 2]


def test_lines_may_not_be_written_where_no_file_may() -> None:
    with pytest.raises(ConversionError, match="only a running task may write one"):
        transformer(Lines).to_literal(iter([1]), NOWHERE)


def test_an_iterator_may_be_absent() -> None:
    assert _passed(Iterator[int] | None, None, NOWHERE) is None
    assert list(_passed(Iterator[int] | None, iter([1]), NOWHERE)) == [1]


@pytest.mark.parametrize("hint", ["Iterator[int]", "Iterator[JSON]"])
def test_what_a_task_raises_while_it_yields_is_its_own(load: Load, tmp_path: Path, hint: str) -> None:
    source = f"""
from collections.abc import Iterator
from volant.sdk.files import JSON
@task
def f() -> {hint}:
    yield 1
    raise ValueError("midway")
"""
    module = load(source)
    place = Place("job", str(tmp_path), (tmp_path / "raw").as_uri())
    done = execute(("task-module", module.__name__, "task-name", "f"), b"", place)
    assert done.error is not None
    assert (done.error.message, done.error.kind, done.retryable) == ("ValueError: midway", FaultKind.USER, True)
    assert done.error.place == f"{module.__file__}:{module.f.function.__code__.co_firstlineno + 3}"
    assert [each for each in tmp_path.rglob("*") if each.is_file() and "unfinished" in each.name] == []


def test_a_task_may_yield_its_result(load: Load, tmp_path: Path) -> None:
    source = """
from collections.abc import Iterator
@task
def f() -> Iterator[int]:
    yield 1
    yield 2
"""
    module = load(source)
    place = Place("job", str(tmp_path), (tmp_path / "raw").as_uri())
    done = execute(("task-module", module.__name__, "task-name", "f"), b"", place)
    assert done.outputs is not None, done.error
    literal = pb.LiteralMap.FromString(done.outputs).literals["o0"]
    assert literal == transformer(list[int]).to_literal([1, 2], NOWHERE)
