"""Paths of this machine behind URIs."""

from urllib.parse import unquote

from volant.base.errors import UnsupportedError

_SCHEME = "file://"


def local_path(uri: str) -> str:
    """The absolute path a `file:///` URI, or a path, means.

    Raises:
        UnsupportedError: It is somewhere else.
    """
    if uri.startswith("/"):
        return uri
    if not uri.startswith(f"{_SCHEME}/"):
        raise UnsupportedError(f"{uri} is no path of this machine", fix="use a file:/// place")
    return unquote(uri.removeprefix(_SCHEME))
