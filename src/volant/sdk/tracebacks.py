"""A user's exception as a person wants to read it: without our frames, with the line that matters."""

import os
import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

from volant.sdk.caller import PACKAGE

MAX_CHARACTERS = 100 << 10
_CUT = "\n… cut …\n"
_LIBRARIES = tuple(
    str(Path(path).absolute()) + os.sep
    for path in {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    if path
)


def shown(error: BaseException) -> str:
    """The traceback, of causes too, without our frames; at most `MAX_CHARACTERS`, head and tail."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    _strip(told)
    return cut(_clean("".join(told.format())))


def summary(error: BaseException) -> str:
    """As "ValueError: text", on as many lines as the text has; notes added to the exception follow."""
    name = type(error).__name__
    text = _text(error)
    notes = getattr(error, "__notes__", None)
    notes = map(_text, notes) if isinstance(notes, list | tuple) else ()
    return cut(_clean("\n".join([f"{name}: {text}" if text else name, *notes])))


def place(error: BaseException) -> str:
    """The deepest frame in the author's code, neither ours nor a library's, as "file:line".

    Where there is none such, the deepest that is not ours; "" where there is none at all.
    """
    lines = _lines(error.__traceback__)
    found = ([each for each in lines if _is_own(each[0])] or lines)[-1:]
    return _clean(f"{found[0][0]}:{found[0][1]}") if found else ""


def is_authors(error: BaseException) -> bool:
    """Whether it came through the author's code."""
    return any(_is_own(file) for file, _ in _lines(error.__traceback__))


def cut(text: str) -> str:
    """A text of at most `MAX_CHARACTERS`: what is in the middle of a longer one goes."""
    if len(text) <= MAX_CHARACTERS:
        return text
    half = (MAX_CHARACTERS - len(_CUT)) // 2
    return text[:half] + _CUT + text[-half:]


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        return "<exception str() failed>"  # as Python's own tracebacks say it


def _clean(text: str) -> str:
    """A text that has a UTF-8 form: half a character, as in undecodable file names, is written as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _is_own(file: str) -> bool:
    return not file.startswith(_LIBRARIES) and not file.startswith("<")


def _lines(trace: TracebackType | None) -> list[tuple[str, int]]:
    found = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(trace)]
    return [each for each in found if not each[0].startswith(PACKAGE)]


def _strip(told: traceback.TracebackException) -> None:
    seen: set[int] = set()
    left: list[traceback.TracebackException | None] = [told]
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.stack = traceback.StackSummary.from_list(_shown_frames(each.stack))
        left += [each.__cause__, each.__context__, *(each.exceptions or ())]


def _shown_frames(stack: traceback.StackSummary) -> list[traceback.FrameSummary]:
    """All but ours, from the author's first on: what called that, such as an event loop, is no news."""
    frames = [frame for frame in stack if not frame.filename.startswith(PACKAGE)]
    first = next((at for at, frame in enumerate(frames) if _is_own(frame.filename)), 0)
    return frames[first:]
