"""Which line of the author's code we were called from."""

import os
import sys
from types import CodeType, FrameType
from typing import Final

# Not by pathlib: it would be a fifth of what importing the authoring names costs.
PACKAGE: Final = __file__.rsplit(os.sep, 2)[0] + os.sep
"""Folder of all code of ours, with a slash at its end."""


def caller() -> str:
    """The nearest frame that is not ours as "file:line", or "" where there is none."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented, cheap way to a frame
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""


def maker(made: object) -> FrameType:
    """The frame that makes an object: the nearest that is neither ours nor one of its own `__init__`s."""
    frame = sys._getframe(1)  # noqa: SLF001 - the documented, cheap way to a frame
    while frame.f_back is not None:
        is_ours = frame.f_code.co_filename.startswith(PACKAGE)
        if not is_ours and not (frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is made):
            break
        frame = frame.f_back
    return frame


def place_of(code: CodeType) -> str:
    """Where a function is defined, as "file:line"."""
    return f"{code.co_filename}:{code.co_firstlineno}"


def returns_at(code: CodeType) -> str:
    """Where a function returns, as "file:line": where it is defined, unless it has exactly one `return`."""
    import dis

    lines, line = set[int](), code.co_firstlineno
    for each in dis.get_instructions(code):
        line = (each.positions.lineno if each.positions else None) or line
        if each.opname in ("RETURN_VALUE", "RETURN_CONST"):
            lines.add(line)
    return f"{code.co_filename}:{lines.pop() if len(lines) == 1 else code.co_firstlineno}"


def unpacked() -> int:
    """Into how many names the nearest frame that is not ours unpacks what it asks an iterator of; 0 if it does not."""
    import dis

    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented, cheap way to a frame
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    if frame is None:
        return 0
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at + 1] if code[at] == dis.opmap["UNPACK_SEQUENCE"] else 0
