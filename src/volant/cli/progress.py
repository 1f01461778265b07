"""Progress of a run on standard error: a live tree on a terminal, one line for each change elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from volant.app.find import display
from volant.app.node_plan import planned_rows
from volant.app.see_through import View
from volant.app.site import Site
from volant.base.ids import ROOT, ActionName, RunId
from volant.base.phases import ActionPhase
from volant.cli.tree import duration, phase_word, tree_lines
from volant.contracts.rows import ActionRow, EventRow
from volant.engine.machine.retries import EXHAUSTED

_MANY = 200
_SHARE = 10
"""Reading the rows may take a tenth of the time: a view must not slow down what it shows."""


class Picture:
    """A run's actions as last read, kept up to date by events."""

    def __init__(self, site: Site, run: RunId) -> None:
        self.rows: dict[ActionName, ActionRow] = planned_rows(site, site.store.get_run(run))
        self._site = site
        self._run = run
        self._changed: set[ActionName] = set()
        self._not_before = 0.0

    def fold(self, events: Sequence[EventRow]) -> bool:
        """Take in what happened; whether `rows` is up to date now."""
        self._changed.update(event.action for event in events if event.kind != "run")
        is_over = any(event.kind == "run" and _is_end(event) for event in events)
        begun = time.monotonic()
        if begun < self._not_before and not is_over:
            return False
        self._read()
        self._not_before = begun + _SHARE * (time.monotonic() - begun)
        return True

    def _read(self) -> None:
        store = self._site.store
        # Why somebody waits is told in its row alone: a line that moves up is nothing that happened to the run.
        waiting = [name for name, row in self.rows.items() if row.phase is ActionPhase.QUEUED]
        self._changed.update(waiting[:_MANY])
        if len(self._changed) > _MANY:
            self.rows.update({row.name: row for row in store.list_actions(self._run)})
        else:
            self.rows.update({name: store.get_action(self._run, name) for name in self._changed})
        self._changed.clear()


class LiveTree:
    """A tree that is drawn again about ten times a second."""

    def __init__(self, picture: Picture, now_us: Callable[[], int], draw: Callable[[Any], None]) -> None:
        self._picture = picture
        self._now_us = now_us
        self._draw = draw

    def show(self, events: Sequence[EventRow]) -> None:
        """Draw what there is now."""
        from rich.text import Text

        self._picture.fold(events)
        text = Text(no_wrap=True, overflow="ellipsis")
        for line in tree_lines(self._picture.rows.values(), self._now_us()):
            text.append("  " * (line.depth + 1))
            text.append(f"{line.glyph} ", style=line.colour)
            text.append(line.label)
            text.append(f"  {line.detail}\n", style="dim")
        text.rstrip()
        self._draw(text)


class PlainLines:
    """One line for each change of an action: when, who, what."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._waiting: list[EventRow] = []
        self._begun_us = 0

    def show(self, events: Sequence[EventRow]) -> None:
        """Print what changed."""
        self._waiting.extend(events)
        if not self._waiting or not self._picture.fold(events):
            return
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self._begun_us = self._begun_us or event.at_us
            if text := self._line(event):
                click.echo(f"{(event.at_us - self._begun_us) / 1e6:8.2f}s  {text}", err=True)

    def _line(self, event: EventRow) -> str:
        if event.kind == "run":
            return f"run  {event.phase.lower()}" if _is_end(event) else ""
        row = self._picture.rows[event.action]
        if row.name == ROOT or row.kind in ("start", "end") or event.phase == "QUEUED":
            return ""
        name = f"{row.name} {display(row)}"
        if event.kind == "attempt":
            retried = event.phase == "FAILED" and event.attempt < row.attempts
            return f"{name}  attempt {event.attempt + 1} failed: {event.note}" if retried else ""
        return f"{name}  {_told(event, row)}"


@contextmanager
def progress(site: Site, run: RunId) -> Iterator[View]:
    """A view of that run that suits standard error."""
    picture = Picture(site, run)
    if not sys.stderr.isatty():
        yield PlainLines(picture)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), auto_refresh=False, vertical_overflow="ellipsis") as live:
        yield LiveTree(picture, site.clock.now_us, lambda text: live.update(text, refresh=True))


def _told(event: EventRow, row: ActionRow) -> str:
    is_last = event.phase == row.phase.name
    word = phase_word(row) if is_last else event.phase.lower()
    length = f"  {duration(row.ended_us - row.started_us)}" if is_last and row.started_us and row.ended_us else ""
    note = event.note.removeprefix(EXHAUSTED)
    return f"{word}{length}" + (f"  {note}" if note else "")


def _is_end(event: EventRow) -> bool:
    return event.phase in ("SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT")
