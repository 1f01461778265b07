"""Report pages of a task: `Deck("plots", html)` in a task with `enable_deck=True`."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final


class DeckField(enum.Enum):
    """Decks that are made without the author's doing. Source: flytekit `DeckField` (deck/deck.py)."""

    INPUT = "Input"
    """What the task was given."""
    OUTPUT = "Output"
    """What it returned."""
    SOURCE_CODE = "Source Code"
    """Its function."""
    TIMELINE = "Timeline"
    """How long each part took."""
    DEPENDENCIES = "Dependencies"
    """The packages that are installed where it ran."""


DEFAULT_DECKS: Final = (DeckField.SOURCE_CODE, DeckField.TIMELINE, DeckField.INPUT, DeckField.OUTPUT)
"""Those of a task that names none."""


class Deck:
    """One tab of a task's report page, in HTML; decks of one name share a tab.

    Outside a task, or in one without `enable_deck=True`, a deck is kept and written nowhere.

    Source: flytekit `Deck` (deck/deck.py).
    """

    def __init__(self, name: str, html: str = "", auto_add_to_deck: bool = True) -> None:
        """Begin a tab.

        Args:
            name: Its title.
            html: What it shows at first; the author's own, and shown as it is.
            auto_add_to_deck: Whether it belongs to the page of the task that runs.
        """
        self._name = str(name)
        self._parts = [str(html)]
        if auto_add_to_deck:
            current_report().decks.append(self)

    @property
    def name(self) -> str:
        """Its title."""
        return self._name

    @property
    def html(self) -> str:
        """What it shows."""
        return "\n".join(self._parts)

    def append(self, html: str) -> "Deck":
        """Show this below what is there; returns this deck."""
        self._parts.append(str(html))
        return self

    @staticmethod
    def publish() -> None:
        """Write the page as it is now, for who wants to look before the task is over."""
        current_report().write()


def _nowhere() -> None:
    """A page nobody asked for."""


@dataclass(eq=False)
class Report:
    """The page of one attempt.

    Attributes:
        decks: Its tabs, in order.
        write: Writes the page as it is; does nothing where none was asked for.
    """

    decks: list[Deck] = field(default_factory=list)
    write: Callable[[], None] = _nowhere

    def deck(self, name: str) -> Deck:
        """The tab of this name, made where it is not there yet."""
        found = next((each for each in self.decks if each.name == name), None)
        if found is None:
            self.decks.append(found := Deck(name, auto_add_to_deck=False))
        return found


# Not a ContextVar: a process runs one task at a time, and the threads which that starts are of it too.
_current: Report | None = None


def current_report() -> Report:
    """The report of the task that runs, in whatever thread; outside of one, a report that is written nowhere."""
    global _current
    if _current is None:
        _current = Report()
    return _current


def enter(report: Report | None) -> None:
    """Make this the current report; None for no task."""
    global _current
    _current = report
