"""A data folder, opened: its rows and its blobs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from volant.base.clock import Clock, SystemClock
from volant.base.errors import NotFoundError
from volant.base.ids import RunId
from volant.contracts.blob import BlobStore
from volant.contracts.journal import Journal
from volant.contracts.records import Records
from volant.contracts.rows import ValueRef
from volant.idl import pb
from volant.idl.literals import parse_literal_map
from volant.settings import Settings
from volant.stores.blob_file import FileBlobStore
from volant.stores.sqlite import SqliteStore


class Store(Journal, Records, Protocol):
    """Both halves of a store."""


class Site:
    """One data folder. A context manager: leaving it closes the store.

    Attributes:
        settings: As loaded.
        home: The folder.
        store: Its rows.
        blobs: Its files.
        clock: This machine's.
        plugins: What engines of this process run besides what the settings and packages name, as `--plugin` has it.
    """

    def __init__(self, settings: Settings, plugins: Sequence[str] = ()) -> None:
        """Open it; made where it is missing.

        Raises:
            StoreFault: It cannot be opened: damaged, not writable, or of a newer schema.
        """
        self.settings = settings
        self.plugins = tuple(plugins)
        self.home = Path(settings.home)
        self.store: Store = SqliteStore(self.home)
        self.blobs: BlobStore = FileBlobStore(self.home)
        self.clock: Clock = SystemClock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def wire(self, run: RunId, ref: ValueRef | None) -> bytes:
        """The serialized LiteralMap a reference of that run names; empty for none.

        Raises:
            NotFoundError: A row or a blob it names is gone.
        """
        while ref is not None and ref.row is not None:
            action, side = ref.row
            row = self.store.get_action(run, action)
            ref = row.inputs if side == "inputs" else row.outputs
        if ref is None:
            return b""
        return ref.data if ref.data is not None else self.blobs.read(ref.uri)

    def values(self, run: RunId, ref: ValueRef | None) -> pb.LiteralMap:
        """The same, parsed."""
        return parse_literal_map(self.wire(run, ref))

    def values_if_there(self, run: RunId, ref: ValueRef | None) -> pb.LiteralMap:
        """The same for a preview: empty where what it names is gone."""
        try:
            return self.values(run, ref)
        except NotFoundError:
            return pb.LiteralMap()
