"""Memory limits by the kernel: a cgroup v2 per limited process, where this process may make one.

Elsewhere whoever is the parent of the limited process watches its resident size (the zygote, or the shim).
"""

import os
from pathlib import Path

from volant.kit.processes import is_linux

_MOUNTS = Path("/proc/self/mountinfo")
_OWN = Path("/proc/self/cgroup")


def find_parent(mounts: Path = _MOUNTS, own: Path = _OWN) -> Path | None:
    """A cgroup v2 below which limited groups can be made; None where there is none.

    The own group, or the nearest one above it, that hands the memory controller down and is writable.
    """
    if not is_linux():
        return None
    try:
        root = _mount_point(mounts.read_text())
        path = next(line[3:] for line in own.read_text().splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):
        return None
    if root is None:
        return None
    group = root / path.lstrip("/")
    return next((found for found in (group, *group.parents) if found.is_relative_to(root) and _fits(found)), None)


def make_group(parent: Path, name: str) -> str:
    """A new group without a limit yet; "" where the kernel refuses it."""
    group = parent / f"volant-{name}"
    try:
        group.mkdir()
        (group / "memory.oom.group").write_text("1")
        swap = group / "memory.swap.max"
        if swap.exists():
            swap.write_text("0")
    except OSError:
        return ""
    return str(group)


def _mount_point(mounts: str) -> Path | None:
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        if right.startswith("cgroup2 "):
            return Path(left.split()[4])
    return None


def _fits(group: Path) -> bool:
    try:
        hands_down = "memory" in (group / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
    return hands_down and os.access(group, os.W_OK) and os.access(group / "cgroup.procs", os.W_OK)
