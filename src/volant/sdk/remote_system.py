"""The file system behind a URI, by fsspec, and how its troubles are told. The only importer of fsspec, when needed."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from volant.base.errors import SystemFault, VolantError
from volant.base.redacted import redacted, redacted_uri
from volant.sdk.errors import ConversionError
from volant.sdk.uris import scheme, shown

_LIBRARIES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs",
    "http": "'volant[remote]'", "https": "'volant[remote]'", "sftp": "paramiko", "ssh": "paramiko",
    "hf": "huggingface_hub",
}  # fmt: skip


class RemoteError(SystemFault):
    """A file elsewhere could not be read or written just now; the same call may succeed later."""


def system_of(uri: str) -> tuple[Any, str]:
    """The file system behind a URI, and its own name of the place.

    Raises:
        ConversionError: A library is missing, or nothing knows the scheme.
    """
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]
    except ImportError:
        raise _lacking(uri, "fsspec", "'volant[remote]'") from None
    try:
        system, path = url_to_fs(uri)
        # What another process has written since must be seen.
        system.invalidate_cache()
    except ImportError as error:
        library = _LIBRARIES.get(scheme(uri), "")
        raise _lacking(uri, library.strip("'") or str(error), library) from error
    except ValueError as error:
        if "Protocol not known" not in str(error):
            raise
        known = "correct the URI, or install the package that brings this scheme to fsspec"
        raise ConversionError(f"{shown(uri)}: nothing here knows the scheme {scheme(uri)!r}", fix=known) from None
    return system, path


def _lacking(uri: str, what: str, install: str) -> ConversionError:
    fix = f"pip install {install}" if install else "install what it names"
    return ConversionError(f"{shown(uri)} is not on this machine, and to reach it needs {what}", fix=fix)


@contextmanager
def told(done: str, uri: str) -> Iterator[None]:
    """What goes wrong in the block, as the errors of `remote`; `done` is what was being done, e.g. "listed".

    The library's own exception is quoted, not chained: its text may hold the credentials of the URI.
    """
    try:
        yield
    except (VolantError, IsADirectoryError, NotADirectoryError, MemoryError):
        raise
    except NotImplementedError:
        raise io.UnsupportedOperation(f"{shown(uri)} cannot be {done}: {scheme(uri)} does not offer it") from None
    except Exception as error:  # noqa: BLE001 - libraries raise what they like
        raise _translated(done, uri, error) from None


def absent(uri: str) -> FileNotFoundError:
    """There is nothing at this URI."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), redacted_uri(uri))


def _translated(done: str, uri: str, error: BaseException) -> Exception:
    if isinstance(error, FileNotFoundError):
        # fsspec tells that nobody answered, over http, as if the file were not there.
        cause = error.__cause__
        return absent(uri) if cause is None else _translated(done, uri, cause)
    status = _status(error)
    if status in (404, 410):
        return absent(uri)
    if isinstance(error, PermissionError) or status in (401, 403):
        return PermissionError(errno.EACCES, os.strerror(errno.EACCES), redacted_uri(uri))
    message = f"{shown(uri)} could not be {done}: {type(error).__name__}: {redacted(str(error))}"
    return RemoteError(message, fix="see whether the other side is up and lets you in, then try again")


def _status(error: BaseException) -> int:
    """The status of an HTTP answer; 0 for other errors. Known by name: aiohttp need not be installed."""
    is_web = any(each.__name__ == "ClientError" for each in type(error).__mro__)
    return int(getattr(error, "status", 0)) if is_web else 0
