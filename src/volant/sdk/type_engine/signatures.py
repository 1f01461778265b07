"""How files of well-known formats begin: a file of another kind is found before it is passed on.

Formats that are not listed, and texts, which have no such beginning, are not looked at.
"""

from pathlib import Path

_BEGINNINGS = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpeg": (b"\xff\xd8\xff",),
    "jpg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "pdf": (b"%PDF-",),
    "gz": (b"\x1f\x8b",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "parquet": (b"PAR1", b"PARE"),
    "hdf5": (b"\x89HDF\r\n\x1a\n",),
    "npy": (b"\x93NUMPY",),
    "sqlite": (b"SQLite format 3\0",),
}
_LONGEST = 16


def belies(path: Path, form: str) -> str:
    """What a file seems to be, where it surely is not of this format; "" otherwise.

    Args:
        path: An existing file.
        form: A format as of `File["png"]`; of "tar.gz", the last part counts.

    Returns:
        E.g. "parquet", "something else", or "" where nothing speaks against the format.

    Raises:
        OSError: It cannot be read.
    """
    wanted = _BEGINNINGS.get(form.lower().rpartition(".")[2])
    if not wanted:
        return ""
    with path.open("rb") as file:
        head = file.read(_LONGEST)
    if head.startswith(wanted):
        return ""
    return next((name for name, begins in _BEGINNINGS.items() if head.startswith(begins)), "something else")
