"""Directories on this machine are copied and made durable whole, whatever links are in them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from volant.sdk import remote, trees
from volant.sdk.errors import ConversionError
from volant.sdk.files import Directory, File
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData


def _made(path: Path, text: str = "1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _files(top: Path) -> dict[str, str]:
    return {str(each.relative_to(top)): each.read_text() for each in top.rglob("*") if each.is_file()}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A directory with a file."""
    return _made(tmp_path / "top" / "a").parent


ODD_NAMES = ["a b", "p%20q", "h#x", "é☃", "new\nline", "q?x=1", "a::b", "back\\slash", "*star[1]", "\udcff"]


def test_names_of_any_kind_and_what_is_empty_are_copied(top: Path, tmp_path: Path) -> None:
    for name in ODD_NAMES:
        _made(top / "deep" / name, name.encode("utf-8", "surrogateescape").hex())
    (top / "nothing").mkdir()
    trees.copy(top, tmp_path / "to")
    assert _files(tmp_path / "to") == _files(top)
    assert (tmp_path / "to" / "nothing").is_dir()


def test_files_of_any_name_are_passed_and_opened(top: Path, tmp_path: Path) -> None:
    for name in ODD_NAMES:
        _made(top / name, "x")
    kind = transformer(Directory)
    passed = kind.from_literal(kind.to_literal(Directory(top), RawData((tmp_path / "raw").as_uri())))
    assert sorted(each.name for each in passed.walk()) == sorted([*ODD_NAMES, "a"])
    for each in passed.walk():
        with each.open() as file:
            assert file.read() in ("x", "1")


def test_what_a_link_names_is_copied_in_its_place(top: Path, tmp_path: Path) -> None:
    (top / "file").symlink_to(_made(tmp_path / "outside" / "b", "2"))
    (top / "folder").symlink_to(tmp_path / "outside")
    trees.copy(top, tmp_path / "to")
    assert _files(tmp_path / "to") == {"a": "1", "file": "2", "folder/b": "2"}
    assert not (tmp_path / "to" / "file").is_symlink()


def _loop(top: Path) -> Path:
    (top / "deep").mkdir()
    (top / "deep" / "odd").symlink_to(top)
    return top / "deep" / "odd"


def _dangling(top: Path) -> Path:
    (top / "odd").symlink_to("/no/where")
    return top / "odd"


def _pipe(top: Path) -> Path:
    os.mkfifo(top / "odd")
    return top / "odd"


ODD = [
    (_loop, "leads back to a directory it lies in, a copy would never end", "remove the link"),
    (_dangling, "is a link to '/no/where', which is not there", "remove it, or make what it names"),
    (_pipe, "is neither a file nor a directory", "remove it, or pass files alone"),
]


@pytest.mark.parametrize(("make", "told", "fix"), ODD, ids=["loop", "dangling", "pipe"])
@pytest.mark.parametrize("where", ["copied", "settled", "uploaded"])
def test_what_cannot_be_copied_is_named(
    make: Callable[[Path], Path], told: str, fix: str, where: str, top: Path, tmp_path: Path
) -> None:
    odd = make(top)
    ways: dict[str, Callable[[], None]] = {
        "copied": lambda: trees.copy(top, tmp_path / "to"),
        "settled": lambda: trees.settle(top),
        "uploaded": lambda: remote.put_tree(top, "memory://never"),
    }
    with pytest.raises(ConversionError) as caught:
        ways[where]()
    assert (str(caught.value), caught.value.fix) == (f"{str(odd)!r} {told}", fix)
    assert not (tmp_path / "to").exists()


def test_a_file_that_goes_while_it_is_passed_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConversionError) as caught:
        trees.copy_file(tmp_path / "gone", tmp_path / "to")
    assert str(caught.value) == f"'{tmp_path}/gone' cannot be read: No such file or directory"


def test_what_is_made_in_the_raw_data_keeps_what_its_links_lead_out_to(tmp_path: Path) -> None:
    raw = RawData((tmp_path / "raw").as_uri())
    made, outside = _made(tmp_path / "raw" / "1" / "top" / "a").parent, _made(tmp_path / "outside" / "b", "2")
    (made / "file").symlink_to(outside)
    (made / "folder").symlink_to(outside.parent)
    (made / "inside").symlink_to("a")
    (tmp_path / "raw" / "one").symlink_to(outside)

    for kind, value in ((Directory, made.as_uri()), (File, (tmp_path / "raw" / "one").as_uri())):
        transformer(kind).to_literal(value, raw)
    outside.unlink()

    assert _files(made) == {"a": "1", "file": "2", "folder/b": "2", "inside": "1"}
    assert (made / "inside").is_symlink()
    assert (tmp_path / "raw" / "one").read_text() == "2"


def test_a_copy_over_an_earlier_one_replaces_file_by_file(top: Path, tmp_path: Path) -> None:
    _made(tmp_path / "to" / "other", "stays")
    _made(tmp_path / "to" / "a", "old")
    trees.copy(top, tmp_path / "to")
    assert _files(tmp_path / "to") == {"a": "1", "other": "stays"}
