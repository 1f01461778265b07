"""What an attempt keeps for the next one."""

from pathlib import Path

from volant.kit.durable import write_file
from volant.kit.local_uri import local_path

CHECKPOINT_FILE = "checkpoint"


class Checkpoint:
    """Bytes a task keeps so that its next attempt need not start anew.

    Source: flytekit `SyncCheckpoint` (core/checkpointer.py).
    """

    def __init__(self, uri: str = "", previous_uri: str = "") -> None:
        self.uri = uri
        self.previous_uri = previous_uri.strip('"')  # an empty placeholder is rendered as two quote characters
        self._kept: bytes | None = None

    def read(self) -> bytes | None:
        """What the attempt before wrote last; None where it wrote nothing, or there was none.

        Outside a run: what this object was given to write.
        """
        if not self.previous_uri:
            return self._kept if not self.uri else None
        path = Path(local_path(self.previous_uri)) / CHECKPOINT_FILE
        return path.read_bytes() if path.exists() else None

    def write(self, data: bytes) -> None:
        """Keep `data` for the next attempt, replacing what was kept; all of it or nothing, durably.

        Raises:
            OSError: It cannot be written.
        """
        if self.uri:
            write_file(Path(local_path(self.uri)) / CHECKPOINT_FILE, data)
        else:
            self._kept = data
