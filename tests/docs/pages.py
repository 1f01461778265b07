"""The pages, cut into what can be checked: code, commands, links, names of files."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
MADE = ROOT / "docs" / "benchmarks.md"
"""Written by `make bench`; whatever it holds is what was measured."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# file: (\S+)\n")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_QUOTED = re.compile(r"`([^`\n]+)`")


class Block(NamedTuple):
    """One fenced block: its language, its text, and the file it says it is ("" for none)."""

    language: str
    text: str
    file: str


def shown(page):
    return str(page.relative_to(ROOT))


def blocks(page):
    for language, text in _FENCE.findall(page.read_text()):
        named = _FILE.match(text)
        yield Block(language, text[named.end() :] if named else text, named[1] if named else "")


def prose(page):
    return _FENCE.sub("", page.read_text())


def links(page):
    return [link for link in _LINK.findall(prose(page)) if "://" not in link]


def quoted(page):
    return _QUOTED.findall(prose(page))


def table(page, heading):
    """The first cells of the first table after a heading, without backticks."""
    after = page.read_text().partition(f"## {heading}\n")[2]
    rows = re.search(r"((?:^\|.*\n)+)", after, re.MULTILINE)[1].splitlines()[2:]
    return [row.split("|")[1].strip().strip("`") for row in rows]


def commands(page):
    """Every `volant …` of a page, as words: in its blocks at the start of a line, in its prose in backticks."""
    for block in blocks(page):
        if block.language in ("console", "sh"):
            for line in block.text.splitlines():
                if line.removeprefix("$ ").startswith("volant "):
                    yield line.removeprefix("$ ").partition("#")[0].split()
    for text in quoted(page):
        if text.startswith("volant "):
            yield text.split()
