"""What a docstring says of inputs and outputs, in the words that go on the wire: line breaks stay as they are.

Google's, NumPy's and Sphinx's ways are read.
"""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

Said: TypeAlias = list[tuple[str, str]]

_SPHINX_FIELD = re.compile(r"^:([^:\n]*):(.*?)(?=^:|\Z)", re.MULTILINE | re.DOTALL)
_GOOGLE_INPUTS = re.compile(r"^(?:Arguments|Args|Parameters|Params):[ \t]*\n", re.MULTILINE)
_GOOGLE_OUTPUTS = re.compile(r"^Returns:[ \t]*\n", re.MULTILINE)
_NUMPY_INPUTS = re.compile(r"^(?:Parameters|Params|Arguments|Args)[ \t]*\n-{2,}[ \t]*\n", re.MULTILINE)
_NUMPY_OUTPUTS = re.compile(r"^Returns[ \t]*\n-{2,}[ \t]*\n", re.MULTILINE)
_TITLE = re.compile(r"^\S", re.MULTILINE)
_RULED = re.compile(r"^\S.*\n-{2,}[ \t]*$", re.MULTILINE)
_TYPED = re.compile(r"[^:\s]+:|[^:]*\]:")
_NAME: Final = re.compile(r"\*{0,2}(\w+)")


def input_docs(text: str) -> Mapping[str, str]:
    """What a docstring says of each input.

    Args:
        text: Already without its indentation.

    Source: docstring_parser, by which flytekit reads docstrings.
    """
    found = _sphinx_inputs(text) or _google_inputs(text) or _numpy(text, _NUMPY_INPUTS)
    return {name: said for name, said in found if name and said}


def output_docs(text: str, outputs: Sequence[str]) -> Mapping[str, str]:
    """What a docstring says of outputs; what it says once, it says of all of them.

    Args:
        text: Already without its indentation.
        outputs: Names of the outputs.

    Source: flytekit `remap_shared_output_descriptions` (core/interface.py).
    """
    found = dict(_sphinx_outputs(text) or _google_outputs(text) or _numpy(text, _NUMPY_OUTPUTS))
    return dict.fromkeys(outputs, *found.values()) if len(found) == 1 else found


def _sphinx_inputs(text: str) -> Said:
    fields = ((each[1].split(), each[2]) for each in _SPHINX_FIELD.finditer(text))
    return [(words[-1].lstrip("*"), _cleaned(said)) for words, said in fields if words[:1] == ["param"] and words[1:]]


def _sphinx_outputs(text: str) -> Said:
    fields = ((each[1].split(), each[2]) for each in _SPHINX_FIELD.finditer(text))
    return [("", _cleaned(said)) for words, said in fields if words[:1] in (["return"], ["returns"])]


def _google_inputs(text: str) -> Said:
    found = _GOOGLE_INPUTS.search(text)
    section = textwrap.dedent(_until(_TITLE, text[found.end() :])) if found else ""
    return [(_name(each), _cleaned(each.partition(":")[2])) for each in _parts(section)]


def _google_outputs(text: str) -> Said:
    found = _GOOGLE_OUTPUTS.search(text)
    said = inspect.cleandoc(_until(_TITLE, text[found.end() :])) if found else ""
    if _TYPED.match(said):
        said = _cleaned(said.partition(":")[2])
    return [("", said)] if said else []


def _numpy(text: str, title: re.Pattern[str]) -> Said:
    found = title.search(text)
    named: Callable[[str], str] = _name if title is _NUMPY_INPUTS else _before_colon
    parts = _parts(_until(_RULED, text[found.end() :])) if found else ()
    return [(named(key), inspect.cleandoc(said).strip()) for key, _, said in (each.partition("\n") for each in parts)]


def _parts(section: str) -> Iterator[str]:
    """Lines that are not indented, each with those below it that are."""
    starts = [each.start() for each in _TITLE.finditer(section)]
    for start, end in pairwise([*starts, len(section)]):
        yield section[start:end]


def _name(key: str) -> str:
    found = _NAME.match(key)
    return found[1] if found else ""


def _before_colon(key: str) -> str:
    name, colon, _ = key.partition(":")
    return name.strip() if colon else ""


def _until(end: re.Pattern[str], text: str) -> str:
    found = end.search(text)
    return text[: found.start()] if found else text


def _cleaned(said: str) -> str:
    first, _, rest = said.strip().partition("\n")
    return f"{first}\n{inspect.cleandoc(rest)}" if rest else first
