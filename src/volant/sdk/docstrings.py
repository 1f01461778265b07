"""What a docstring says: in all, and of each input. Google's, NumPy's and Sphinx's ways are read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_GOOGLE = re.compile(r"(args|arguments|parameters|params|returns|yields|raises|examples?|notes?|source):\s*")
_UNDERLINE = re.compile(r"-{3,}\s*")
_SPHINX = re.compile(r":param\s+(?:[^:]*\s)?\*{0,2}(\w+):\s*(.*)")
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w+)(?:\s\([^)]*\))?:(?:\s+(.*))?")
_NUMPY_ITEM = re.compile(r"\*{0,2}(\w+)(?:\s+:.*)?()")
_INPUTS = frozenset({"args", "arguments", "parameters", "params"})


@dataclass(frozen=True)
class Docs:
    """What a docstring says.

    Attributes:
        summary: Its first paragraph, on one line.
        inputs: Of each input, on one line.
    """

    summary: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


def parse(text: str) -> Docs:
    """What a docstring, already without its indentation, says."""
    lines = text.splitlines()
    found = {**dict(_sphinx(lines)), **dict(_items(lines))}
    return Docs(_summary(text), {name: told for name, told in found.items() if name and told})


def _summary(text: str) -> str:
    first = text.strip().split("\n\n")[0]
    is_section = _GOOGLE.fullmatch(first.split("\n")[0].lower()) or first.startswith(":param")
    return "" if is_section else " ".join(first.split())


def _sphinx(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if found := _SPHINX.match(line.strip()):
            yield found[1], found[2].strip()


def _items(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Names and texts of the section on inputs; what is indented further than a name belongs to it.

    The first name is empty.
    """
    taken = _section(lines)
    margin = min((len(line) - len(line.lstrip()) for line in taken), default=0)
    name, words = "", list[str]()
    for line in taken:
        text = line.strip()
        found = _GOOGLE_ITEM.fullmatch(text) or _NUMPY_ITEM.fullmatch(text)
        if found and not line[margin].isspace():
            yield name, " ".join(words)
            name, words = found[1], []
            text = found[2]
        words += [text] if text else []
    yield name, " ".join(words)


def _section(lines: list[str]) -> list[str]:
    taken: list[str] = []
    inside = False
    for index, line in enumerate(lines):
        under = lines[index + 1].strip() if index + 1 < len(lines) else ""
        title = line.strip().lower().rstrip(":")
        if _GOOGLE.fullmatch(line.lower()) or (_UNDERLINE.fullmatch(under) and title):
            inside = title in _INPUTS
        elif inside and line.strip() and not _UNDERLINE.fullmatch(line.strip()):
            taken.append(line)
    return taken
