"""Waiting for processes that are no children of ours: the system offers nothing but looking."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from volant.kit import processes

_LOOK_S = 0.005


async def gone_within(timeout_s: float, wanted: Iterable[processes.Process | None], *, kill: bool) -> None:
    """Return when none of them lives.

    Args:
        timeout_s: How long to be patient.
        wanted: Dead to be.
        kill: Whether those that live after that are killed, with what belongs to them, or left.
    """
    left = [process for process in wanted if process]
    deadline = asyncio.get_running_loop().time() + timeout_s
    while left := [process for process in left if processes.is_alive(process)]:
        if asyncio.get_running_loop().time() >= deadline:
            if not kill:
                return
            processes.kill(member for process in left for member in processes.family(process))
        await asyncio.sleep(_LOOK_S)


async def buried_within(timeout_s: float, sockets: Iterable[str]) -> None:
    """Return when the sockets of dead workers are gone: whoever reaps a worker first writes down its end.

    After `timeout_s` nobody will, and they are removed.
    """
    left = list(sockets)
    deadline = asyncio.get_running_loop().time() + timeout_s
    while left := [path for path in left if _exists(path)]:
        if asyncio.get_running_loop().time() >= deadline:
            for path in left:
                _remove(path)
        await asyncio.sleep(_LOOK_S)


def _exists(path: str) -> bool:
    return Path(path).exists()


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)
