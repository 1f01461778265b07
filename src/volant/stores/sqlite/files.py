"""Where the store's files are."""

from pathlib import Path
from typing import NamedTuple

from volant.base.ids import EngineId


class Files(NamedTuple):
    """The paths of one store.

    Attributes:
        home: The folder that holds them all.
    """

    home: Path

    @property
    def database(self) -> Path:
        """The rows."""
        return self.home / "volant.db"

    @property
    def wal(self) -> Path:
        """SQLite's log of what was committed and not yet copied into `database`."""
        return self.home / "volant.db-wal"

    @property
    def lock(self) -> Path:
        """Held shared by whoever has the store open, exclusively by who prepares it."""
        return self.home / "volant.lock"

    @property
    def engines(self) -> Path:
        """Folder of the engines' locks."""
        return self.home / "engines"

    def engine(self, engine: EngineId) -> Path:
        """The lock an engine holds as long as it lives."""
        return self.engines / f"{engine}.lock"

    def copy(self, schema: int) -> Path:
        """The copy made before a store of that schema is migrated."""
        return self.home / f"volant.db.v{schema}.bak"

    def size(self) -> int:
        """Bytes on disk of the database and its log."""
        parts = (self.home / f"volant.db{suffix}" for suffix in ("", "-wal", "-shm"))
        return sum(part.stat().st_size for part in parts if part.exists())
