"""numpy arrays: blobs in numpy's own format."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pytest

from volant.idl import pb
from volant.sdk.annotations import kwtypes
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.uris import local_path

BLOB = pb.LiteralType(blob=pb.BlobType(format="NumpyArray"))
OBJECTS = np.array([{"a": 1}], dtype=object)
PICKLED = Annotated[np.ndarray, kwtypes(allow_pickle=True)]


@pytest.fixture
def raw(tmp_path: Path) -> RawData:
    return RawData(tmp_path.as_uri())


VALUES = [
    (np.ndarray, np.arange(3)),
    (np.ndarray, np.zeros((2, 0), dtype=np.float32)),
    (np.ndarray, np.array(["x", "yy"])),
    (np.ndarray, np.array(3)),
    (np.ndarray, np.array([(1, 2.0)], dtype=[("n", "i4"), ("x", "f8")])),
    (npt.NDArray[np.float64], np.asfortranarray(np.ones((2, 3)))),
]


@pytest.mark.parametrize(("hint", "value"), VALUES, ids=range(len(VALUES)))
def test_an_array_comes_back_as_it_was(hint: Any, value: np.ndarray, raw: RawData) -> None:
    kind = transformer(hint)
    found = kind.from_literal(kind.to_literal(value, raw))
    assert (found.dtype, found.shape) == (value.dtype, value.shape)
    np.testing.assert_array_equal(found, value)
    assert kind.literal_type() == BLOB


def test_it_lies_in_a_file_that_numpy_opens(raw: RawData) -> None:
    literal = transformer(np.ndarray).to_literal(np.arange(3), raw)
    assert literal.scalar.blob.metadata.type == BLOB.blob
    assert np.load(local_path(literal.scalar.blob.uri)).tolist() == [0, 1, 2]


def test_an_array_may_be_mapped_instead_of_read(raw: RawData) -> None:
    literal = transformer(np.ndarray).to_literal(np.arange(3), raw)
    assert type(transformer(Annotated[np.ndarray, kwtypes(mmap_mode="r")]).from_literal(literal)) is np.memmap


def test_arrays_of_objects_are_pickled_where_both_sides_say_so(raw: RawData) -> None:
    kind = transformer(Annotated[np.ndarray, {"allow_pickle": True}])
    literal = kind.to_literal(OBJECTS, raw)
    assert kind.from_literal(literal).tolist() == [{"a": 1}]

    with pytest.raises(ConversionError) as caught:
        transformer(np.ndarray).from_literal(literal)

    path = local_path(literal.scalar.blob.uri)
    why = "Object arrays cannot be loaded when allow_pickle=False"
    assert str(caught.value) == f"the array {path!r} cannot be read: {why}"
    assert caught.value.fix == "say kwtypes(allow_pickle=True) here too"


def test_an_array_inside_a_document_travels_by_its_place(raw: RawData) -> None:
    kind = transformer(np.ndarray)
    plain = kind.pack(np.arange(3), raw)
    assert list(plain) == ["path"]
    assert kind.unpack(plain).tolist() == [0, 1, 2]


def test_an_array_elsewhere_is_read_by_its_uri() -> None:
    raw = RawData("memory://arrays")
    kind = transformer(np.ndarray)
    literal = kind.to_literal(np.arange(3), raw)
    assert literal.scalar.blob.uri.startswith("memory://arrays/")
    assert kind.from_literal(literal).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("text", "value"), [("[1, 2]", [1, 2]), ("[[1.5], [2]]", [[1.5], [2.0]]), ("x.npy", [7])])
def test_a_person_writes_numbers_or_names_a_file(text: str, value: list[Any], tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([7]))
    assert transformer(np.ndarray).parse(text, str(tmp_path)).tolist() == value


HOW = "write a JSON list of numbers, or the path of a .npy file"
UNREADABLE = [
    ("3", "expected ndarray, got 3 of type int", HOW),
    ("[{}]", "expected ndarray, got [{}] of type list", HOW),
    ("x.csv", "expected ndarray as JSON, got 'x.csv': Expecting value: line 1 column 1 (char 0)",
     "quote it for the shell, e.g. '[1, 2, 3]'"),
    ("[[1], [2, 3]]", "expected ndarray, got [[1], [2, 3]] of type list", "make the lists in it equally long"),
    ("/no/x.npy", "there is no array at '/no/x.npy'", "check the path; was the run's data removed?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "fix"), UNREADABLE)
def test_what_is_no_array_is_refused(text: str, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(np.ndarray).parse(text, "/")
    assert (str(caught.value), caught.value.fix) == (message, fix)


WRONG = [
    ([1, 2], "expected ndarray, got [1, 2] of type list", "write np.asarray(…) around it"),
    (1.5, "expected ndarray, got 1.5 of type float", "write np.asarray(…) around it"),
    (np.ma.array([1], mask=[True]), "a masked array would lose its mask", "return value.filled(…), or value and mask"),
    ("x", "expected ndarray, got 'x' of type str", ""),
    (OBJECTS, "an array of objects has to be pickled",
     "give it another dtype, or annotate it Annotated[np.ndarray, kwtypes(allow_pickle=True)] wherever it is passed"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message", "fix"), WRONG, ids=range(len(WRONG)))
def test_a_value_that_does_not_fit_is_refused(value: Any, message: str, fix: str, raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(np.ndarray).to_literal(value, raw)
    assert (str(caught.value), caught.value.fix) == (message, fix)


@pytest.mark.parametrize("mode", ["r+", "w+", "x"])
def test_a_stored_array_is_not_mapped_to_be_changed(mode: str) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(Annotated[np.ndarray, kwtypes(mmap_mode=mode)])
    assert str(caught.value) == f"an array cannot be mapped as {mode!r}: what is stored must stay as it is"
    assert caught.value.fix == "say 'c', and what you change stays with you, or 'r'"


class Unpicklable:
    def __reduce__(self) -> Any:
        return _no, ()


def _no() -> None:
    raise RuntimeError("not again")


def test_objects_whose_pickle_fails_are_told(raw: RawData) -> None:
    kind = transformer(Annotated[np.ndarray, {"allow_pickle": True}])
    with pytest.raises(ConversionError, match=r"an array of objects cannot be pickled: .*lambda"):
        kind.to_literal(np.array([lambda: 1], dtype=object), raw)
    literal = kind.to_literal(np.array([Unpicklable()], dtype=object), raw)
    with pytest.raises(ConversionError, match=r"the array '.*' cannot be read: .*not again"):
        kind.from_literal(literal)


def test_a_file_that_is_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(b"")
    with pytest.raises(ConversionError) as caught:
        transformer(np.ndarray).from_literal(pb.Literal(scalar=pb.Scalar(blob=pb.Blob(uri=str(path)))))
    assert str(caught.value) == f"the array {str(path)!r} cannot be read: No data left in file"
    assert caught.value.fix == "write it with numpy.save"


def test_a_literal_of_another_kind_is_refused(raw: RawData) -> None:
    with pytest.raises(ConversionError) as caught:
        transformer(np.ndarray).from_literal(transformer(int).to_literal(3, raw))
    assert str(caught.value) == "expected ndarray, got a literal that holds integer"


def test_numpy_is_not_loaded_to_find_that_a_hint_is_no_array() -> None:
    program = """
import sys
from volant.sdk.type_engine.engine import transformer
transformer(list[int]), transformer(type("ndarray", (), {}))
print("numpy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
