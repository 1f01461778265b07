"""Mistakes of authors: raised where they are made, or collected by who wants to hear of them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from volant.sdk.errors import AuthoringError

_collected: ContextVar[list[AuthoringError] | None] = ContextVar("volant_problems", default=None)


@contextmanager
def collecting() -> Iterator[list[AuthoringError]]:
    """Hear of every mistake until the block ends; nothing reported in it raises.

    Who reports goes on as well as can be: with a default, or without the option that was wrong.
    """
    token = _collected.set(found := list[AuthoringError]())
    try:
        yield found
    finally:
        _collected.reset(token)


def report(error: AuthoringError) -> None:
    """Tell of a mistake after which the caller can go on.

    Raises:
        AuthoringError: The mistake itself, where nobody collects.
    """
    found = _collected.get()
    if found is None:
        raise error
    found.append(error)
