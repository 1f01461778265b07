"""Files by URI: values too big for a row, raw data, code bundles, logs. Suite: `volant.testing.blob_suite`."""

from typing import Protocol


class BlobStore(Protocol):
    """Whole files, written atomically: a reader sees all of one or nothing.

    URIs are absolute, e.g. "file:///data/runs/...". Safe from any thread.
    """

    root: str
    """URI under which this store keeps its own things; no trailing slash."""

    def write(self, uri: str, data: bytes) -> None:
        """Put `data` there, replacing what was; durable when this returns.

        Raises:
            StoreFault: It cannot be written; what was there stays.
        """
        ...

    def read(self, uri: str, limit: int | None = None) -> bytes:
        """All of it.

        Args:
            uri: The file.
            limit: Refuse more bytes than this.

        Raises:
            NotFoundError: No such file.
            UserError: Larger than `limit`.
            StoreFault: It cannot be read.
        """
        ...

    def size(self, uri: str) -> int | None:
        """Its size in bytes; None where there is no such file."""
        ...

    def list(self, prefix: str) -> list[str]:
        """URIs of the files below a folder, sorted; empty where there is none."""
        ...

    def delete(self, prefix: str) -> None:
        """Remove a file, or a folder with all below; nothing there is fine."""
        ...

    def local_path(self, uri: str) -> str | None:
        """The path of this URI in this machine's file system; None where it has none."""
        ...
