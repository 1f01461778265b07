"""Every store of the repository passes the store suite."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from volant.contracts.layout import socket_dir
from volant.contracts.rows import Lease
from volant.stores.memory import MemoryStore
from volant.stores.sqlite import SqliteStore
from volant.testing.store_suite import Store, StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        store = MemoryStore()
        yield store
        store.close()

    def doomed_engine(self, store: Store) -> tuple[Lease, Callable[[], None]]:
        assert isinstance(store, MemoryStore)
        lease = store.open_engine()
        return lease, lambda: store.kill(lease.engine)


class TestSqliteStore(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        self.home = tmp_path
        self.handles = [SqliteStore(tmp_path, wal_bytes=0)]
        yield self.handles[0]
        for handle in self.handles:
            handle.close()
        shutil.rmtree(socket_dir(str(tmp_path)), ignore_errors=True)

    def doomed_engine(self, store: Store) -> tuple[Lease, Callable[[], None]]:
        # Closing its handle lets go of the engine's lock and of nothing else, as the kernel does at a death.
        handle = self.reopen(store)
        return handle.open_engine(), handle.close

    def reopen(self, store: Store) -> Store:
        self.handles.append(SqliteStore(self.home, wal_bytes=0))
        return self.handles[-1]
