"""Files elsewhere, by URI: whatever scheme fsspec knows. fsspec is imported when it is needed.

What is not there raises `FileNotFoundError`, what one may not see `PermissionError`. A missing library is a
`ConversionError` that says what to install: trying again cannot help. All else that goes wrong is a `RemoteError`: the
world failed, and the next try may succeed. No message tells the credentials in a URI.

Safe from any thread. Storage options (credentials, endpoints) come from the environment of the library behind
the scheme, or from fsspec's own configuration files.
"""

import io
import os
import shutil
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from volant.sdk import trees
from volant.sdk.remote_listing import Entry, entries, walk
from volant.sdk.remote_stream import buffered
from volant.sdk.remote_system import RemoteError, system_of, told
from volant.sdk.uris import below, scheme, shown

__all__ = [
    "Entry", "RemoteError", "entries", "exists", "fetch_file", "fetch_tree", "open_uri", "put_file", "put_tree",
    "size", "walk",
]  # fmt: skip

_UNFINISHED = ".volant-unfinished-"


def open_uri(uri: str, mode: str = "rb", **options: Any) -> IO[Any]:
    """Open a file as a stream: nothing is copied to this machine as a whole.

    Args:
        uri: The file.
        mode: As of `open`; without "+", which needs a local copy.
        options: `encoding`, `errors` and `newline` for texts; all else (`cache_type`, `block_size`) is fsspec's.

    Raises:
        FileNotFoundError: It is not there.
        RemoteError: It cannot be reached; raised in the middle of the stream as well.
        io.UnsupportedOperation: The scheme cannot do this, e.g. write over http.
        ConversionError: A library is missing.
    """
    if "+" in mode:
        raise io.UnsupportedOperation(f"{shown(uri)} is a stream: open its local copy, open(file.path, {mode!r})")
    texts = {key: options.pop(key, None) for key in ("encoding", "errors", "newline")}
    with told("opened", uri):
        system, path = system_of(uri)
        inner = system.open(path, mode.strip("bt") + "b", **options)
    found = buffered(inner, uri, is_read="r" in mode)
    return found if "b" in mode else io.TextIOWrapper(found, **texts)


def exists(uri: str) -> bool:
    """Whether there is a file or folder.

    Raises:
        RemoteError: It cannot be reached.
        ConversionError: A library is missing.
    """
    try:
        with told("looked up", uri):
            system, path = system_of(uri)
            # Not `exists`: for what cannot be reached it says no.
            system.info(path)
    except FileNotFoundError:
        return False
    return True


def size(uri: str) -> int:
    """Bytes of a file.

    Raises:
        FileNotFoundError: It is not there.
        RemoteError: It cannot be reached.
        io.UnsupportedOperation: The other side does not say.
        ConversionError: A library is missing.
    """
    with told("measured", uri):
        system, path = system_of(uri)
        found = system.size(path)
    if found is None:
        raise io.UnsupportedOperation(f"{shown(uri)} has no size that the other side tells: measure its local copy")
    return int(found)


def fetch_file(uri: str, path: Path) -> None:
    """Download a file to `path`, whole or not at all; folders above are made.

    Raises:
        FileNotFoundError: It is not there.
        RemoteError: It cannot be reached, or the connection broke.
        ConversionError: A library is missing.
    """
    unfinished = _beside(path)
    try:
        with told("downloaded", uri):
            system, source = system_of(uri)
            system.get_file(source, str(unfinished))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def fetch_tree(uri: str, path: Path) -> None:
    """Download a folder with all below it to `path`, whole or not at all.

    Raises:
        FileNotFoundError: It is not there.
        RemoteError: It cannot be reached, or the connection broke.
        ConversionError: A library is missing.
    """
    names = walk(uri)
    unfinished = _beside(path)
    unfinished.mkdir()
    targets = [Path(below(str(unfinished), _local(uri, name))) for name in names]
    for folder in {each.parent for each in targets}:
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with told("downloaded", uri):
            system, _ = system_of(uri)
            system.get([system_of(below(uri, name))[1] for name in names], [str(each) for each in targets])
        unfinished.replace(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def put_file(path: Path, uri: str) -> None:
    """Upload a file.

    Raises:
        RemoteError: It cannot be written there.
        ConversionError: A library is missing.
    """
    with told("written", uri):
        system, target = system_of(uri)
        system.put_file(str(path), target)


def put_tree(path: Path, uri: str) -> None:
    """Upload a folder with all below it.

    Raises:
        RemoteError: It cannot be written there.
        ConversionError: A library is missing, or a link in the folder leads nowhere or back.
    """
    names = [name for name, is_directory in trees.contents(path) if not is_directory]
    with told("written", uri):
        system, target = system_of(uri)
        system.makedirs(target, exist_ok=True)
        system.put([str(path / each) for each in names], [f"{target.rstrip('/')}/{each}" for each in names])


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f"{_UNFINISHED}{os.urandom(8).hex()}")


def _local(uri: str, name: str) -> str:
    """A file's name in a folder, as a local name."""
    return unquote(name) if scheme(uri) in ("http", "https") else name
