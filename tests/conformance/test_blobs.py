"""Every blob store of the repository passes the blob suite."""

from pathlib import Path

import pytest

from volant.contracts.blob import BlobStore
from volant.stores.blob_file import FileBlobStore
from volant.stores.blob_memory import MemoryBlobStore
from volant.testing.blob_suite import BlobSuite


class TestMemoryBlobStore(BlobSuite):
    @pytest.fixture
    def blobs(self) -> BlobStore:
        return MemoryBlobStore()


class TestFileBlobStore(BlobSuite):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        return FileBlobStore(tmp_path / "a blob folder")
