"""Engines that take up any run of a data folder, and how others know that one is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from volant.app.site import Site
from volant.stores.sqlite.filelock import FileLock, is_locked


def is_served(site: Site) -> bool:
    """Whether an engine is alive here that takes up any run; immune to crashes: the kernel drops its lock."""
    return bool(serving_engines(site))


def serving_engines(site: Site) -> list[str]:
    """Ids of the engines that take up any run here."""
    return sorted(path.stem for path in _folder(site).glob("*.lock") if is_locked(path))


@contextmanager
def serving(site: Site, engine: str) -> Iterator[None]:
    """Let others know that `engine` takes up runs here, as long as the body lasts or the process lives."""
    folder = _folder(site)
    folder.mkdir(exist_ok=True)
    path = folder / f"{engine}.lock"
    lock = FileLock(path)
    lock.exclusive()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.close()


def _folder(site: Site) -> Path:
    return site.home / "serving"
