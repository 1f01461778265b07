"""Where files are: paths of this machine, and URIs of anywhere."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from volant.base.redacted import redacted_uri
from volant.sdk.errors import ConversionError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_WEB = ("http", "https")


def scheme(uri: str) -> str:
    """The scheme of a URI in small letters; "" of a plain path."""
    found = _SCHEME.match(uri)
    return found[1].lower() if found else ""


def is_remote(uri: str) -> bool:
    """Whether it is a URI whose files no path of this machine names."""
    return scheme(uri) not in ("", "file")


def shown(uri: str) -> str:
    """A URI or path as messages tell it: in quotes, without credentials."""
    return repr(redacted_uri(uri) if is_remote(uri) else uri)


def local_path(uri: str) -> str:
    """The path of a `file:` URI or of a plain path.

    Raises:
        ConversionError: The URI is of another scheme.
    """
    found = _SCHEME.match(uri)
    if not found:
        return uri
    if is_remote(uri):
        raise ConversionError(f"{shown(uri)} is not on this machine", fix="use a path, or a file:/// URI")
    path = uri.removeprefix(found[0][:-1]).removeprefix("//")
    # A name need not be UTF-8: it comes back as it went in.
    return unquote(path.removeprefix("localhost") if path.startswith("localhost/") else path, errors="surrogateescape")


def file_uri(path: str) -> str:
    """The absolute `file:` URI of a path, quoted; what is a URI already stays as it is."""
    return path if _SCHEME.match(path) else Path(path).absolute().as_uri()


def name_of(uri: str) -> str:
    """The last part of a path or URI, as a name for a local file; "" where there is none."""
    if scheme(uri) in _WEB:
        path = unquote(urlsplit(uri).path)
    else:
        path = uri.partition("::")[0] if is_remote(uri) else local_path(uri)
    name = path.rstrip("/").rpartition("/")[2]
    return "" if name in (".", "..") else name


def below(uri: str, name: str) -> str:
    """The path or URI of `name` in the folder `uri`.

    Args:
        uri: A folder.
        name: Relative, its parts joined by "/".

    Raises:
        ValueError: The name leads out of the folder, or is none.
    """
    if not name.strip("/") or name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"{name!r} is no name within a folder: write it relative, without '..'")
    if not scheme(uri):
        return os.path.join(uri, name)  # noqa: PTH118 - a Path would drop what makes the text its own
    if not is_remote(uri):
        return Path(local_path(uri), name).as_uri()
    return f"{uri.rstrip('/')}/{name}"
