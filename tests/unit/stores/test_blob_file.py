"""What only the store of local files promises."""

from pathlib import Path

import pytest

from volant.base.errors import StoreFault, UserError
from volant.stores.blob_file import FileBlobStore


def test_a_file_that_cannot_be_written_names_its_path_and_a_fix(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path)
    blobs.write(f"{blobs.root}/file", b"x")

    with pytest.raises(StoreFault, match="file/below") as caught:
        blobs.write(f"{blobs.root}/file/below", b"y")

    assert caught.value.fix
    assert blobs.read(f"{blobs.root}/file") == b"x"


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path)
    (tmp_path / "taken").mkdir()

    with pytest.raises(StoreFault):
        blobs.write(f"{blobs.root}/taken", b"y")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_file_left_unfinished_by_a_crash_is_not_listed(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path)
    (tmp_path / ".volant-unfinished-0123").write_bytes(b"half")

    assert blobs.list(blobs.root) == []


def test_files_outside_the_root_can_be_used_too(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path / "root")
    uri = (tmp_path / "elsewhere" / "file").as_uri()

    blobs.write(uri, b"x")

    assert blobs.read(uri) == b"x"
    assert blobs.local_path(uri) == str(tmp_path / "elsewhere" / "file")


@pytest.mark.parametrize("uri", ["s3://bucket/key", "/plain/path", "file://relative", "file:///a\0b"])
def test_a_uri_that_is_no_local_file_is_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(UserError, match="not a file") as caught:
        FileBlobStore(tmp_path).read(uri)

    assert "file:///" in caught.value.fix


def test_deleting_a_link_leaves_what_it_points_to(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path / "root")
    blobs.write((tmp_path / "precious" / "file").as_uri(), b"x")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "precious")

    blobs.delete(f"{blobs.root}/link")

    assert (tmp_path / "precious" / "file").read_bytes() == b"x"
    assert blobs.list(blobs.root) == []
