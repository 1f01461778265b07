"""Which engines are alive: each holds a lock that the kernel releases at its death, immune to clocks."""

from volant.base.ids import EngineId
from volant.stores.sqlite.filelock import FileLock, is_locked
from volant.stores.sqlite.files import Files


class EngineLocks:
    """The locks of the engines of one store."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._held: dict[EngineId, FileLock] = {}

    def hold(self, engine: EngineId) -> None:
        """Let that engine be alive until `drop` or this process's death."""
        lock = FileLock(self._files.engine(engine))
        lock.exclusive()
        self._held[engine] = lock

    def drop(self, engine: EngineId) -> None:
        """Let that engine be dead; idempotent, and also cleans up after one that died elsewhere."""
        self._files.engine(engine).unlink(missing_ok=True)
        lock = self._held.pop(engine, None)
        if lock is not None:
            lock.close()

    def is_alive(self, engine: EngineId) -> bool:
        """Whether its process holds its lock."""
        return engine != "" and is_locked(self._files.engine(engine))

    def close(self) -> None:
        """Let every engine held here be dead; idempotent."""
        for engine in tuple(self._held):
            self.drop(engine)
