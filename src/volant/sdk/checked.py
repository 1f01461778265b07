"""What an author says with an object of ours, checked where it is made."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any

from volant.sdk.caller import maker
from volant.sdk.errors import AuthoringError
from volant.sdk.problems import report


def complain(made: Any, what: str, fix: str) -> None:
    """Report a mistake in the arguments of an object that is being made.

    Raises:
        AuthoringError: The mistake, where nobody collects them.
    """
    frame = maker(made)
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    report(AuthoringError(f"{type(made).__name__}: {what}", fix=fix, place=place))


def shown(value: object) -> str:
    """A value as its author wrote it; its class where it cannot say itself."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - an author's __repr__ may raise anything, an int of 5000 digits does
        return f"<{type(value).__name__}>"


def check(made: Any, holds: Iterable[tuple[str, bool, str]]) -> None:
    """Report each field that cannot be, and give it its default instead.

    Args:
        made: A frozen dataclass that is being made.
        holds: Name, whether its value can be, and what to write otherwise.

    Raises:
        AuthoringError: The first mistake, where nobody collects them.
    """
    defaults = {each.name: "" if each.default is MISSING else each.default for each in fields(made)}
    for name, can_be, fix in holds:
        if not can_be:
            complain(made, f"{name}={shown(getattr(made, name))} is not possible", fix)
            object.__setattr__(made, name, defaults[name])
