"""Mistakes of authors: raised where they are made, or collected by who wants to hear of them all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from volant.sdk.errors import AuthoringError

_MOST_REPEATS = 1000


class Found(list[AuthoringError]):
    """Mistakes in the order they were found, each once."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = Counter[str]()

    def add(self, error: AuthoringError) -> None:
        """One more; the same text counts once.

        Raises:
            AuthoringError: It was told a thousand times: the loop it is made in has no end.
        """
        key = f"{error}\n{error.fix}"
        self._seen[key] += 1
        if self._seen[key] == 1:
            self.append(error)
        elif self._seen[key] > _MOST_REPEATS:
            raise error


_collected: ContextVar[Found | None] = ContextVar("volant_problems", default=None)


@contextmanager
def collecting() -> Iterator[Found]:
    """Hear of every mistake until the block ends; nothing reported in it raises.

    Who reports goes on as well as can be: with a default, or without the option that was wrong.
    """
    token = _collected.set(found := Found())
    try:
        yield found
    finally:
        _collected.reset(token)


@contextmanager
def strictly() -> Iterator[None]:
    """Until the block ends every mistake raises at its line, though somebody collects outside of it."""
    token = _collected.set(None)
    try:
        yield
    finally:
        _collected.reset(token)


def is_collecting() -> bool:
    """Whether somebody hears of mistakes, so that one can go on after them."""
    return _collected.get() is not None


def report(error: AuthoringError) -> None:
    """Tell of a mistake after which the caller can go on.

    Raises:
        AuthoringError: The mistake itself, where nobody collects.
    """
    found = _collected.get()
    if found is None:
        raise error
    found.add(error)


def told_by(error: Exception) -> AuthoringError:
    """What an author's own code raised, as a mistake to tell; its cause is the exception.

    The mistake is the exception itself where it is one.
    """
    if isinstance(error, AuthoringError):
        return error
    from volant.base.errors import UserError
    from volant.sdk import tracebacks

    if isinstance(error, UserError):
        return AuthoringError(str(error), fix=error.fix)
    told = AuthoringError(tracebacks.summary(error), place=tracebacks.place(error))
    told.__cause__ = error
    return told
