"""Files and directories on this machine: copied and made durable whole, whatever links are in them."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

from volant.kit import durable
from volant.sdk.errors import ConversionError

_AT_ONCE = 8
"""Files on their way to the medium: one after the other, each would wait for a turn of it."""


def contents(top: Path) -> Iterator[tuple[str, bool]]:
    """All that is below a directory, links followed: the name within it, and whether it is a directory itself.

    A directory comes before what is in it.

    Raises:
        ConversionError: A link leads nowhere or back, or something is neither a file nor a directory.
        OSError: It cannot be read.
    """
    return _below(top, "", frozenset((_identity(top),)))


def copy(source: Path, target: Path) -> None:
    """Copy a directory with all below it, durably; what is at the target stays or is written over, file by file.

    Raises:
        ConversionError: As `contents`; or a file cannot be read.
        OSError: It cannot be written.
    """
    found = [("", True), *contents(source)]
    folders = [name for name, is_directory in found if is_directory]
    # Nobody looks at a new one before it is whole: its names may be synced at the end, all at once.
    copied = copy_file if target.exists() else _copy_to_new
    for name in folders:
        durable.make_folder(target / name)
    files = (name for name, is_directory in found if not is_directory)
    _each(lambda name: copied(source / name, target / name), files)
    _each(lambda name: durable.sync_folder(target / name), folders)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, durably.

    Raises:
        ConversionError: It cannot be read.
        OSError: It cannot be written.
    """
    _open(source)
    durable.copy_file(source, target)


def settle(top: Path) -> None:
    """Make a file, or a directory with all below it, durable as it stands.

    What a link in it names outside of it is copied in the link's place: it need not stay there.

    Raises:
        ConversionError: As `copy`.
        OSError: It cannot be written.
    """
    if top.is_symlink():
        _take_in(top)
    for each in _links_out(top):
        _take_in(each)
    below = [top / name for name, _ in contents(top)] if top.is_dir() else []
    _each(_sync, [top, *below])


def _copy_to_new(source: Path, target: Path) -> None:
    _open(source)
    shutil.copyfile(source, target)
    _sync(target)


def _open(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConversionError(f"{str(path)!r} cannot be read: {error.strerror}") from None


def _below(folder: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    for each in sorted(folder.iterdir()):
        name = f"{prefix}{each.name}"
        yield name, each.is_dir()
        if not each.is_dir():
            _check(each)
        elif _identity(each) in above:
            raise _odd(each, "leads back to a directory it lies in, a copy would never end", "remove the link")
        else:
            yield from _below(each, f"{name}/", above | {_identity(each)})


def _check(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        told = f"is a link to {str(path.readlink())!r}, which is not there"
        raise _odd(path, told, "remove it, or make what it names")
    if not path.is_file():
        raise _odd(path, "is neither a file nor a directory", "remove it, or pass files alone")


def _odd(path: Path, told: str, fix: str) -> ConversionError:
    return ConversionError(f"{str(path)!r} {told}", fix=fix)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _links_out(top: Path) -> list[Path]:
    found = (Path(folder, name) for folder, *names in os.walk(top) for name in chain(*names))
    return [each for each in found if each.is_symlink() and not each.resolve().is_relative_to(top.resolve())]


def _take_in(link: Path) -> None:
    if not link.is_dir():
        _check(link)
    named = link.resolve()
    link.unlink()
    (copy if named.is_dir() else copy_file)(named, link)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        durable.sync(handle)
    finally:
        os.close(handle)


def _each(do: Callable[[Any], object], values: Iterable[Any]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(do, values):
            pass
