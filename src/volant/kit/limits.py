"""What holds a job to its limits where its process runs: the size of its log, and the kernel's word on memory."""

import os
from pathlib import Path


class LogCap:
    """Keeps a log file that others append to at a size. It may grow beyond between two calls."""

    def __init__(self, limit: int) -> None:
        """At `limit` bytes, and one line that says so."""
        self._limit = limit
        self._line = b"\n[log capped at %d bytes]\n" % limit
        self._kept = limit

    def apply(self, fd: int) -> None:
        """Cut what is too much; what is appended later is cut by the next call."""
        if os.fstat(fd).st_size > self._kept:
            os.ftruncate(fd, self._limit)
            os.write(fd, self._line)
            self._kept = self._limit + len(self._line)


def ended_by_cgroup(group: str) -> bool:
    """Whether the kernel killed something in this cgroup v2 for its memory; False for no group ("")."""
    try:
        events = Path(group, "memory.events").read_text().split() if group else []
    except OSError:
        return False
    return "oom_kill" in events and int(events[events.index("oom_kill") + 1]) > 0
