"""What folders elsewhere hold, by name; nothing is downloaded. Errors are those of `remote`."""

from typing import NamedTuple

from volant.sdk.remote_system import absent, system_of, told
from volant.sdk.uris import below, scheme

_FLAT = frozenset(("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"))
"""Schemes whose folders are but parts of names: one listing tells all below."""


class Entry(NamedTuple):
    """What a folder holds.

    Attributes:
        name: Without the folder.
        is_directory: Whether it is a folder itself.
    """

    name: str
    is_directory: bool


def entries(uri: str) -> list[Entry]:
    """What lies directly in a folder, sorted by name; nothing is downloaded.

    Raises:
        FileNotFoundError: The folder is not there.
        RemoteError: It cannot be reached.
        ConversionError: A library is missing.
    """
    with told("listed", uri):
        system, path = system_of(uri)
        base = path.rstrip("/")
        found = [(each["name"].rstrip("/"), each["type"] == "directory") for each in system.ls(path, detail=True)]
    return sorted(Entry(name.rpartition("/")[2], is_folder) for name, is_folder in found if name != base)


def walk(uri: str, maxdepth: int | None = None) -> list[str]:
    """The files below a folder, relative to it, sorted; nothing is downloaded.

    Args:
        uri: The folder.
        maxdepth: 1 for the folder alone; None for all depths.

    Raises:
        FileNotFoundError: The folder is not there.
        RemoteError: It cannot be reached.
        ConversionError: A library is missing.
    """
    if scheme(uri) in _FLAT:
        return _flat(uri, maxdepth)
    found: list[str] = []
    for name, is_folder in entries(uri):
        if not is_folder:
            found.append(name)
        elif maxdepth is None or maxdepth > 1:
            deeper = walk(below(uri, name), maxdepth and maxdepth - 1)
            found.extend(f"{name}/{each}" for each in deeper)
    return sorted(found)


def _flat(uri: str, maxdepth: int | None) -> list[str]:
    """Walk where folders are but parts of names: one listing tells all."""
    with told("listed", uri):
        system, path = system_of(uri)
        base = path.rstrip("/") + "/"
        found = [each.removeprefix(base) for each in system.find(path) if each.startswith(base)]
        if not found and not system.exists(path):
            raise absent(uri)
    return sorted(each for each in found if maxdepth is None or each.count("/") < maxdepth)
