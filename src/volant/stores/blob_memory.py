"""Blobs in this process's memory, for simulations and tests."""

import threading

from volant.stores.refusals import no_blob, too_large


class MemoryBlobStore:
    """`contracts.blob.BlobStore` over a dict; nothing survives the process.

    Args:
        root: URI under which it keeps its own things.
    """

    def __init__(self, root: str = "memory://blobs") -> None:
        self.root = root
        self._lock = threading.Lock()
        self._blobs: dict[str, bytes] = {}

    def write(self, uri: str, data: bytes) -> None:
        """Put `data` there, replacing what was."""
        with self._lock:
            self._blobs[uri] = bytes(data)

    def read(self, uri: str, limit: int | None = None) -> bytes:
        """All of it."""
        with self._lock:
            data = self._blobs.get(uri)
        if data is None:
            raise no_blob(uri)
        if limit is not None and len(data) > limit:
            raise too_large(uri, len(data), limit)
        return data

    def size(self, uri: str) -> int | None:
        """Its size in bytes; None where there is no such file."""
        with self._lock:
            return len(self._blobs[uri]) if uri in self._blobs else None

    def list(self, prefix: str) -> list[str]:
        """URIs of the files below a folder, sorted."""
        folder = prefix.rstrip("/") + "/"
        with self._lock:
            return sorted(uri for uri in self._blobs if uri.startswith(folder))

    def delete(self, prefix: str) -> None:
        """Remove a file, or a folder with all below."""
        below = self.list(prefix)
        with self._lock:
            for uri in (prefix.rstrip("/"), *below):
                self._blobs.pop(uri, None)

    def local_path(self, uri: str) -> str | None:  # noqa: ARG002 - the contract's name
        """None: nothing of it is in a file system."""
        return None
