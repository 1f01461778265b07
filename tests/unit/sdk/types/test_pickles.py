"""Pickles, the last resort: they say that they are, and what cannot be one says why."""

import threading
from pathlib import Path
from typing import Any

import pytest

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine import pickles
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.uris import local_path


class Opaque:
    """No other family knows it."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Other(Opaque):
    """Another one."""


class Evil:
    """Cannot come back."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData((tmp_path / "raw").as_uri())


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not pickled yet."""
    monkeypatch.setattr(pickles, "_told", set())


def test_any_other_class_comes_back_as_it_went(raw: RawData) -> None:
    kind = transformer(Opaque)
    back = kind.from_literal(kind.to_literal(Opaque({1, 2}), raw))
    assert (type(back), back.value) == (Opaque, {1, 2})


def test_the_type_on_the_wire_names_the_class_as_flytekit_does() -> None:
    literal_type = transformer(Opaque).literal_type()
    assert literal_type.blob == pb.BlobType(format="PythonPickle")
    assert pb.MessageToDict(literal_type.metadata) == {"python_class_name": str(Opaque)}
    assert pb.MessageToDict(transformer(Any).literal_type().metadata) == {"python_class_name": "typing.Any"}


def test_equal_values_of_a_class_have_one_file_name(raw: RawData) -> None:
    kind = transformer(Opaque)
    names = {kind.to_literal(Opaque(1), raw).scalar.blob.uri.rpartition("/")[2] for _ in range(2)}
    assert len(names) == 1


def test_that_a_type_is_pickled_is_said_once(raw: RawData, capsys: pytest.CaptureFixture[str]) -> None:
    for hint, value in ((Opaque, Opaque(1)), (Opaque, Opaque(2)), (Other, Other(1))):
        transformer(hint).to_literal(value, raw)
    why = "is passed as a pickle, which only the same Python and the same code can read; a dataclass lasts"
    assert capsys.readouterr().err == f"volant: Opaque {why}\nvolant: Other {why}\n"


WRONG: list[tuple[Any, Any, str, str]] = [
    (Opaque, 3, "expected Opaque, got 3 of type int", ""),
    (
        Any,
        threading.Lock(),
        "<unlocked _thread.lock object at ",
        "return plain values, a dataclass, a DataFrame or a File instead",
    ),
]


@pytest.mark.parametrize(("hint", "value", "message", "fix"), WRONG, ids=["another class", "a lock"])
def test_what_cannot_be_pickled_is_refused(hint: Any, value: Any, message: str, fix: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(hint).to_literal(value, raw)
    assert str(caught.value).startswith(message)
    assert caught.value.fix == fix


def test_a_pickle_that_is_gone_is_told(raw: RawData) -> None:
    kind = transformer(Opaque)
    literal = kind.to_literal(Opaque(1), raw)
    Path(local_path(literal.scalar.blob.uri)).unlink()
    with pytest.raises(ConversionError) as caught:
        kind.from_literal(literal)
    assert str(caught.value) == f"there is no pickle {literal.scalar.blob.uri!r}"
    assert caught.value.fix == "was the run's data removed?"


def test_a_pickle_that_cannot_be_read_is_told(raw: RawData) -> None:
    kind = transformer(Evil)
    literal = kind.to_literal(Evil(), raw)
    with pytest.raises(ConversionError, match="cannot be read: ValueError: invalid literal for int"):
        kind.from_literal(literal)


def test_a_pickle_is_no_part_of_a_document_and_no_text() -> None:
    kind = transformer(Opaque)
    with pytest.raises(ConversionError, match="a Opaque cannot be part of a dataclass or dict"):
        kind.pack(Opaque(1), RawData())
    with pytest.raises(ConversionError, match="a Opaque cannot be written as text"):
        kind.parse("x", "/")
