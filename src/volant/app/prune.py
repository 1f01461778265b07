"""Forgets old runs and frees what nobody needs: their blobs, unused code, leftovers of crashes."""

import contextlib
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from volant.app.site import Site
from volant.contracts import layout
from volant.contracts.rows import RunRow
from volant.kit.code_bundle import bundle_folder

_PAGE = 500
_YOUNG_S = 3600.0
"""What is younger may belong to a run that is being made right now."""


class Pruned(Struct, frozen=True, kw_only=True):
    """What was freed, or would be.

    Attributes:
        runs: Identities of the runs that were forgotten.
        held: Runs that are old enough, but whose data a younger run or the cache of one still needs, by their
            holders.
        codes: Digests of code bundles that no run names any more.
        leftovers: Folders, logs and sockets that belong to nothing.
        freed: Bytes of files.
    """

    runs: tuple[str, ...]
    held: dict[str, tuple[str, ...]]
    codes: tuple[str, ...]
    leftovers: tuple[str, ...]
    freed: int


def prune(site: Site, *, older_than_us: int | None, keep: int | None, dry_run: bool) -> Pruned:
    """Forget runs that are over, and whatever belongs to no run.

    A run is old enough when both limits that are given say so; where none is given no run is.

    Args:
        site: Where.
        older_than_us: Only runs that ended at least so long ago, in microseconds.
        keep: Not the newest so many of those that are over.
        dry_run: Only say what would be done.

    Raises:
        StoreFault: The store or the disk failed; what was forgotten until then is.
    """
    return _Broom(site, dry_run=dry_run).sweep(_old_enough(site, older_than_us, keep))


def _old_enough(site: Site, older_than_us: int | None, keep: int | None) -> list[RunRow]:
    if older_than_us is None and keep is None:
        return []
    over = [row for row in _all_runs(site) if row.phase.is_terminal]
    limit_us = site.clock.now_us() - (older_than_us or 0)
    return [row for row in over[keep or 0 :] if row.ended_us <= limit_us]


def _all_runs(site: Site) -> Iterator[RunRow]:
    token = ""
    while True:
        page = site.store.list_runs(limit=_PAGE, token=token)
        yield from page.runs
        token = page.token
        if not token:
            return


class _Broom:
    def __init__(self, site: Site, *, dry_run: bool) -> None:
        self._site = site
        self._dry_run = dry_run
        self._forgotten: dict[str, RunRow] = {}
        self._freed = 0

    def sweep(self, old: list[RunRow]) -> Pruned:
        left = self._forget(old)
        return Pruned(
            runs=tuple(self._forgotten),
            held={row.run: tuple(self._holders(row)) for row in left},
            codes=tuple(self._codes()),
            leftovers=tuple(self._leftovers()),
            freed=self._freed,
        )

    def _forget(self, old: list[RunRow]) -> list[RunRow]:
        """Newest first, and again as long as that frees what an older one was held by; those still held."""
        left, before = list(old), -1
        while left and len(left) != before:
            before = len(left)
            left = [row for row in left if not self._forget_one(row)]
        return left

    def _forget_one(self, row: RunRow) -> bool:
        if self._holders(row):
            return False
        if not self._dry_run and not self._site.store.forget_run(row.run):
            return False
        self._forgotten[row.run] = row
        self._delete_uri(layout.run_prefix(self._site.blobs.root, row.run))
        return True

    def _holders(self, row: RunRow) -> list[str]:
        return [run for run in self._site.store.holders(row.run) if run not in self._forgotten]

    def _codes(self) -> Iterator[str]:
        home = str(self._site.home)
        used = {row.code for row in _all_runs(self._site) if row.run not in self._forgotten}
        for folder in sorted(bundle_folder(home, "x").parent.glob("*")):
            if folder.name not in used and (_is_old(folder) or self._was_used_by_forgotten(folder.name)):
                self._delete(folder)
                yield folder.name

    def _was_used_by_forgotten(self, code: str) -> bool:
        return any(row.code == code for row in self._forgotten.values())

    def _leftovers(self) -> Iterator[str]:
        known = {Path(layout.run_prefix("", row.run)).name for row in _all_runs(self._site)}
        for path in sorted(self._candidates(known)):
            self._delete(path)
            yield str(path)

    def _candidates(self, known: set[str]) -> Iterator[Path]:
        home = self._site.home
        yield from (each for each in home.glob("runs/*") if each.name not in known and _is_old(each))
        sockets = Path(layout.socket_dir(str(home)))
        dead = [each for each in sockets.glob("[zw]-*.sock") if _is_dead(each)]
        yield from dead
        alive = {each.stem for each in sockets.glob("[zw]-*.sock")} - {each.stem for each in dead}
        yield from (log for log in home.glob("workers/*.log") if log.stem not in alive and _is_old(log))

    def _delete_uri(self, uri: str) -> None:
        path = self._site.blobs.local_path(uri)
        if path is not None and Path(path).exists():
            self._delete(Path(path))

    def _delete(self, path: Path) -> None:
        self._freed += _size(path)
        if self._dry_run:
            return
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    total = 0
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            found = file.lstat()
            total += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return total


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > _YOUNG_S
    except FileNotFoundError:
        return False


def _is_dead(path: Path) -> bool:
    """Whether nobody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        except OSError:
            return False
    return False
