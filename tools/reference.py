"""Writes docs/extending/reference.md: every name authors import, with the contract its docstring states."""

import inspect
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import volant.extend
import volant.testing

PAGE = Path(__file__).resolve().parent.parent / "docs" / "extending" / "reference.md"
HEAD = """\
# Reference

Every name of `volant.extend` and `volant.testing`, with its contract. Semantic versioning covers exactly these.
Written by `python tools/reference.py` from the docstrings, which are the law; the suites of `volant.testing` are the
court. The same in a terminal: `python -m pydoc volant.contracts.plugin`.
"""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def main() -> int:
    """The exit status."""
    PAGE.write_text(page())
    return 0


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for module, title in ((volant.extend, "volant.extend"), (volant.testing, "volant.testing")):
        parts.append(f"## {title}\n")
        parts += [entry(name, getattr(module, name)) for name in sorted(module.__all__, key=str.lower)]
    return "\n".join(parts).rstrip() + "\n"


def entry(name: str, value: Any) -> str:
    """One name's section."""
    if isinstance(value, types.ModuleType):
        return f"### {name}\n\n{_prose(inspect.getdoc(value) or '')}\n"
    if not inspect.isclass(value) and not inspect.isroutine(value):
        return f"### {name}\n\n`{name} = {_short(value)}`\n"
    if not inspect.isclass(value):
        kind = f"```text\n{name}{_signature(value)}\n```\n\n" if inspect.isroutine(value) else ""
        return f"### {name}\n\n{kind}{_prose(_own_doc(value))}\n"
    members = "".join(f"- {line}\n" for line in _members(value))
    return f"### {name}\n\n{_prose(_own_doc(value))}\n" + (f"\n{members}" if members else "")


def _short(value: Any) -> str:
    """A type alias, without the modules its parts come from."""
    return re.sub(r"\b[a-z_]+(?:\.[a-z_]+)*\.(?=[A-Z])", "", str(value))


def _own_doc(value: Any) -> str:
    doc = getattr(value, "__doc__", None) or ""
    return inspect.cleandoc(doc) if isinstance(doc, str) else ""


def _members(value: type) -> Iterator[str]:
    """The public methods and properties a class of ours defines, with what each promises first."""
    for name, member in sorted(vars(value).items()):
        if name.startswith("_"):
            continue
        target = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(target, property):
            yield f"`{name}`: {_first(inspect.getdoc(target))}"
        elif inspect.isfunction(target):
            word = "async " if inspect.iscoroutinefunction(target) else ""
            yield f"`{word}{name}{_signature(target)}`: {_first(inspect.getdoc(target))}"


def _signature(target: Any) -> str:
    """Its parameters, without the types, which are long: editors show them."""
    try:
        found = inspect.signature(target)
    except (TypeError, ValueError):
        return "(…)"
    bare = [each.replace(annotation=each.empty) for name, each in found.parameters.items() if name != "self"]
    text = str(found.replace(parameters=bare, return_annotation=found.empty))
    return _ADDRESS.sub("", text)


def _first(doc: str | None) -> str:
    """The first paragraph, in one line."""
    return " ".join((doc or "").partition("\n\n")[0].split())


def _prose(doc: str) -> str:
    """A docstring as Markdown: its sections (Attributes, Args, Raises) become lists."""
    lines: list[str] = []
    listed = False
    for line in doc.splitlines():
        if re.fullmatch(r"(Attributes|Args|Raises|Returns|Yields):", line):
            lines += [f"*{line[:-1]}*", ""]
            listed = True
        elif listed and (item := re.fullmatch(r"    (\w[\w, ]*): (.*)", line)):
            lines.append(f"- `{item[1]}`: {item[2]}")
        elif listed and line.startswith("        "):
            lines.append(f"  {line.strip()}")
        else:
            listed = listed and line.startswith("    ")
            lines.append(line)
    return "\n".join(lines).strip()


if __name__ == "__main__":
    sys.exit(main())
