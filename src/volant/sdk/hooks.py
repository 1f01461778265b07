"""What an author's hooks return, checked: it goes into a message, whose own complaints say neither who nor where."""

from collections.abc import Mapping
from typing import Any, TypeVar

from volant.sdk.checked import shown
from volant.sdk.errors import AuthoringError
from volant.sdk.option_checks import is_text

T = TypeVar("T")


def message(task: Any, hook: str, found: Any, kind: type[T]) -> T | None:
    """A message of this kind, or None.

    Raises:
        AuthoringError: It is neither; as of the others.
    """
    if found is None or isinstance(found, kind):
        return found
    raise _wrong(task, hook, found, f"return a pb.{kind.__name__}, or None for none")


def text(task: Any, hook: str, found: Any) -> str:
    """A text that is not empty."""
    if is_text(found) and found:
        return str(found)
    raise _wrong(task, hook, found, "return a text")


def texts(task: Any, hook: str, found: Any) -> list[str]:
    """A list of texts."""
    if isinstance(found, list | tuple) and all(map(is_text, found)):
        return list(found)
    raise _wrong(task, hook, found, "return a list of texts")


def texts_by_name(task: Any, hook: str, found: Any) -> dict[str, str]:
    """Texts by name."""
    if isinstance(found, Mapping) and all(is_text(each) for pair in found.items() for each in pair):
        return dict(found)
    raise _wrong(task, hook, found, "return texts by name, {} for none")


def _wrong(task: Any, hook: str, found: Any, fix: str) -> AuthoringError:
    return AuthoringError(f"task {task.name}: {hook}() returned {shown(found)}", fix=fix, place=task.place)
