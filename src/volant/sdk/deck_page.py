"""A task's report page: one HTML file with a tab per deck, beside the attempt's outputs."""

import html
import inspect
import sys
import time
import typing
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from volant.contracts.layout import DECK_FILE
from volant.kit import durable
from volant.sdk.deck import Deck, DeckField, Report
from volant.sdk.interface import Interface
from volant.sdk.place import Place
from volant.sdk.task import PythonTask
from volant.sdk.type_engine.transformer import preview

T = TypeVar("T")


class Recorder:
    """Sees an attempt go by. This one looks away: its task has no page."""

    def step(self, name: str, call: Callable[[], T]) -> T:  # noqa: ARG002 - for the other one
        """Do one part of the attempt."""
        return call()

    def saw(self, which: DeckField, values: Mapping[str, Any], interface: Interface) -> None:
        """The inputs or the outputs, as Python values by name."""

    def close(self) -> None:
        """The attempt is over, well or not."""


class PageRecorder(Recorder):
    """Makes the decks that a task asks for, and writes its page."""

    def __init__(
        self, task: PythonTask[..., Any], report: Report, place: Place, hidden: Callable[[str], str] = str
    ) -> None:
        """Of an attempt at `place` whose author adds decks to `report`; `Deck.publish` works from now on.

        What is written went through `hidden`, which takes out secrets.
        """
        self._hidden = hidden
        self._wanted = task.options.decks
        self._report = report
        self._title = task.name
        self._file = Path(place.output_prefix, DECK_FILE)
        self._own: dict[DeckField, str] = {}
        self._times: list[tuple[str, float]] = []
        self._make(DeckField.SOURCE_CODE, lambda: _source(task))
        self._make(DeckField.DEPENDENCIES, _dependencies)
        report.write = self._write

    def step(self, name: str, call: Callable[[], T]) -> T:
        """Do it, and note how long it took."""
        begun = time.perf_counter()
        try:
            return call()
        finally:
            self._times.append((name, time.perf_counter() - begun))

    def saw(self, which: DeckField, values: Mapping[str, Any], interface: Interface) -> None:
        """Make a deck of them."""
        inputs = {name: each.hint for name, each in interface.inputs.items()}
        hints = inputs if which is DeckField.INPUT else interface.outputs
        self._make(which, lambda: "".join(_value(name, value, hints.get(name)) for name, value in values.items()))

    def close(self) -> None:
        """Write the page as it is at the end."""
        self._make(DeckField.TIMELINE, lambda: _table(("part", "seconds"), _shown(self._times)))
        self._write()

    def _make(self, which: DeckField, make: Callable[[], str]) -> None:
        if which in self._wanted:
            self._own[which] = _or_why_not(make)

    def _write(self) -> None:
        decks = [Deck(which.value, self._own[which], auto_add_to_deck=False) for which in _ORDER if which in self._own]
        try:
            page = self._hidden(render(self._title, [*self._report.decks, *decks]))
            durable.write_file(self._file, page.encode("utf-8", "backslashreplace"))
        except Exception as error:  # noqa: BLE001 - a report costs nobody his task
            told = f"the deck of {self._title} cannot be written: {type(error).__name__}: {error}\n"
            sys.stderr.write(self._hidden(told))


_ORDER = tuple(DeckField)


def render(title: str, decks: Iterable[Deck]) -> str:
    """One page that needs nothing else: a tab for each name, in the order they first come."""
    bodies: dict[str, str] = {}
    for each in decks:
        bodies[each.name] = f"{bodies[each.name]}\n{each.html}" if each.name in bodies else each.html
    tabs = [_tab(number, name, body) for number, (name, body) in enumerate(bodies.items())]
    return _PAGE.replace("{title}", html.escape(title)).replace("{tabs}", "\n".join(tabs) or "<p>no decks</p>")


def _tab(number: int, name: str, body: str) -> str:
    checked = "" if number else " checked"
    return (
        f'<input type="radio" name="deck" id="deck-{number}"{checked}>'
        f'<label for="deck-{number}">{html.escape(name)}</label>\n<section>{body}</section>'
    )


# Radio buttons need no script, so a page works wherever HTML is shown.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 1.5rem 2rem; color: #222; }
main { display: flex; flex-wrap: wrap; column-gap: 1.2rem; }
input[name=deck] { position: absolute; opacity: 0; }
label { order: 0; padding: .7rem .2rem .4rem; cursor: pointer; color: #666; border-bottom: 3px solid transparent; }
input:checked + label { color: #222; border-color: #5b3fd6; }
input:focus-visible + label { outline: 2px solid #5b3fd6; }
section { order: 1; width: 100%; display: none; overflow-x: auto; border-top: 1px solid #ddd; padding-top: 1rem; }
input:checked + label + section { display: block; }
table { border-collapse: collapse; }
td, th { padding: .25rem .7rem; border: 1px solid #ddd; text-align: left; }
pre { background: #f6f6f8; padding: .8rem; overflow-x: auto; }
</style>
</head>
<body>
<main>
{tabs}
</main>
</body>
</html>
"""


def _or_why_not(make: Callable[[], str]) -> str:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - an author's renderer may raise anything
        return _text(f"this cannot be shown: {type(error).__name__}: {error}")


def _value(name: str, value: Any, hint: Any) -> str:
    return f"<h3>{html.escape(name)}</h3>\n{_or_why_not(lambda: _shown_value(value, hint))}"


def _shown_value(value: Any, hint: Any) -> str:
    """By the renderer its annotation names, else as notebooks show it, else as text."""
    for each in typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ():
        if hasattr(each, "to_html"):
            return str(each.to_html(value))
    own = getattr(value, "_repr_html_", None)
    return str(own()) if callable(own) and not isinstance(value, type) else _text(preview(value))


def _source(task: PythonTask[..., Any]) -> str:
    return _text(inspect.getsource(getattr(task, "function", type(task))))


def _dependencies() -> str:
    found = {(each.metadata["Name"], each.version) for each in metadata.distributions()}
    return _table(("package", "version"), sorted(found, key=lambda each: each[0].lower()))


def _shown(times: Iterable[tuple[str, float]]) -> list[tuple[str, str]]:
    return [(name, f"{seconds:.3f}") for name, seconds in times]


def _text(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    titles = "".join(f"<th>{html.escape(each)}</th>" for each in head)
    lines = ("".join(f"<td>{html.escape(each)}</td>" for each in row) for row in rows)
    return f"<table><tr>{titles}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
