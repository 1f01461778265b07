"""What every blob store must pass: `contracts.blob`, line by line.

Subclass it in your own tests and override the fixture `blobs`.
"""

import threading
from pathlib import Path

import pytest

from volant.base.errors import NotFoundError, UserError
from volant.contracts.blob import BlobStore


class BlobSuite:
    """Behaviour of a blob store that the engine and the SDK rely on."""

    @pytest.fixture
    def blobs(self) -> BlobStore:
        """An empty blob store. Override this."""
        raise NotImplementedError

    def test_the_root_is_a_uri_without_a_slash_at_its_end(self, blobs: BlobStore) -> None:
        """So that names are joined with one."""
        assert "://" in blobs.root
        assert not blobs.root.endswith("/")

    @pytest.mark.parametrize("data", [b"", b"small", bytes(range(256)) * 4096])
    def test_what_was_written_is_read(self, blobs: BlobStore, data: bytes) -> None:
        """Byte for byte, whatever the size; folders need no making."""
        uri = f"{blobs.root}/runs/a/n0/data/inputs.pb"
        blobs.write(uri, data)

        assert blobs.read(uri) == data
        assert blobs.size(uri) == len(data)

    @pytest.mark.parametrize("name", ["a b", "n0~1", "100%", "ü", "a#b?c", ".hidden"])
    def test_names_may_hold_any_letter(self, blobs: BlobStore, name: str) -> None:
        """What `list` says can be read; a file is listed under one name only."""
        blobs.write(f"{blobs.root}/folder/{name}", b"x")

        (listed,) = blobs.list(f"{blobs.root}/folder")

        assert blobs.read(listed) == b"x"
        assert blobs.read(f"{blobs.root}/folder/{name}") == b"x"

    def test_writing_again_replaces_the_whole_file(self, blobs: BlobStore) -> None:
        """Also by fewer bytes."""
        uri = f"{blobs.root}/file"
        blobs.write(uri, b"a long first version")
        blobs.write(uri, b"short")

        assert blobs.read(uri) == b"short"

    def test_a_reader_sees_all_of_one_version(self, blobs: BlobStore) -> None:
        """While another thread replaces it."""
        uri, versions = f"{blobs.root}/file", (b"a" * 100_000, b"b" * 50_000)
        blobs.write(uri, versions[0])

        def replace() -> None:
            for number in range(40):
                blobs.write(uri, versions[number % 2])

        writer = threading.Thread(target=replace)
        writer.start()

        seen = [blobs.read(uri)]
        while writer.is_alive():
            seen.append(blobs.read(uri))
        writer.join()

        assert set(seen) <= set(versions)
        assert blobs.list(blobs.root) == [uri]

    def test_what_is_not_there_is_not_found(self, blobs: BlobStore) -> None:
        """Neither is a folder a file, nor a name below a file one."""
        blobs.write(f"{blobs.root}/folder/file", b"x")

        for name in ("no-such", "folder", "folder/file/below"):
            with pytest.raises(NotFoundError, match=name):
                blobs.read(f"{blobs.root}/{name}")
            assert blobs.size(f"{blobs.root}/{name}") is None

    def test_a_file_over_the_limit_is_refused(self, blobs: BlobStore) -> None:
        """Both sizes are named; one of exactly the limit is read."""
        uri = f"{blobs.root}/file"
        blobs.write(uri, b"12345")

        assert blobs.read(uri, limit=5) == b"12345"
        with pytest.raises(UserError, match=r"5 bytes.* 4 ") as caught:
            blobs.read(uri, limit=4)
        assert not isinstance(caught.value, NotFoundError)

    def test_files_below_a_folder_are_listed_sorted(self, blobs: BlobStore) -> None:
        """However deep; a name that only begins alike is not below it."""
        names = ["a/2", "a/1", "a/b/3", "ab/4"]
        for name in names:
            blobs.write(f"{blobs.root}/{name}", b"x")

        below = [f"{blobs.root}/{name}" for name in ("a/1", "a/2", "a/b/3")]
        assert blobs.list(f"{blobs.root}/a") == below
        assert blobs.list(f"{blobs.root}/a/") == below
        assert blobs.list(f"{blobs.root}/no-such") == []

    def test_a_folder_is_deleted_with_all_below(self, blobs: BlobStore) -> None:
        """Its neighbours stay; what is not there can be deleted."""
        for name in ("a/1", "a/b/2", "ab/3", "c"):
            blobs.write(f"{blobs.root}/{name}", b"x")

        blobs.delete(f"{blobs.root}/a")
        blobs.delete(f"{blobs.root}/c")
        blobs.delete(f"{blobs.root}/no-such")
        blobs.delete(f"{blobs.root}/ab/3/below")

        assert blobs.list(blobs.root) == [f"{blobs.root}/ab/3"]

    def test_a_local_path_holds_the_same_bytes(self, blobs: BlobStore) -> None:
        """Where the store has one at all."""
        uri = f"{blobs.root}/a folder/file"
        blobs.write(uri, b"x")

        path = blobs.local_path(uri)

        assert path is None or Path(path).read_bytes() == b"x"
        assert blobs.local_path("s3://bucket/key") is None
