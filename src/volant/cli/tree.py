"""A run's actions as lines of a tree, for the live view and for `show`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import click

from volant.app.find import call_order, display
from volant.app.site import Site
from volant.base.clock import SECOND_US, moment
from volant.base.ids import ROOT, ActionName, run_name
from volant.base.phases import ActionPhase, RunPhase
from volant.contracts.rows import ActionRow, RunRow
from volant.engine.machine.retries import last_error

MOST_CHILDREN = 30
_MOST_SHOWN_OF_MANY = 5

_LOOKS = {
    ActionPhase.QUEUED: ("○", "yellow"),
    ActionPhase.RUNNING: ("●", "cyan"),
    ActionPhase.DYNAMIC_RUNNING: ("●", "cyan"),
    ActionPhase.SUCCEEDED: ("✓", "green"),
    ActionPhase.RECOVERED: ("↺", "green"),
    ActionPhase.FAILED: ("✗", "red"),
    ActionPhase.TIMED_OUT: ("✗", "red"),
    ActionPhase.ABORTED: ("⊘", "magenta"),
    ActionPhase.SKIPPED: ("–", "white"),
}
_WAITING = ("·", "white")
_RUN_COLOURS = {RunPhase.SUCCEEDED: "green", RunPhase.FAILED: "red", RunPhase.ABORTED: "magenta"}


class Line(NamedTuple):
    """One line.

    Attributes:
        depth: 0 for the run's top level.
        glyph: One character for the phase.
        colour: A name click and rich know.
        label: Who.
        detail: How it stands.
    """

    depth: int
    glyph: str
    colour: str
    label: str
    detail: str


def tree_lines(rows: Iterable[ActionRow], now_us: int, *, most: int = MOST_CHILDREN) -> Iterator[Line]:
    """The actions in the order of their calls, children below their parent.

    Args:
        rows: A run's actions; start and end nodes are left out.
        now_us: For how long running ones run.
        most: A parent with more children shows those that run the same task as counts, and of them only a few
            that run or failed.
    """
    children: dict[ActionName, list[ActionRow]] = {}
    for row in rows:
        if row.name != ROOT and row.kind in ("task", "workflow"):
            children.setdefault(row.parent, []).append(row)
    yield from _below(ROOT, 0, children, now_us, most)


def _below(
    parent: ActionName, depth: int, children: Mapping[ActionName, list[ActionRow]], now_us: int, most: int
) -> Iterator[Line]:
    own = sorted(children.get(parent, ()), key=_in_order)
    for alike in _groups(own, most):
        if len(alike) > _MOST_SHOWN_OF_MANY:
            yield Line(depth, "▤", "white", f"{display(alike[0])} × {len(alike)}", _counts(alike))
            alike = [row for row in alike if _is_remarkable(row)][:_MOST_SHOWN_OF_MANY]
        for row in alike:
            yield line_of(row, depth, now_us)
            yield from _below(row.name, depth + 1, children, now_us, most)


def _in_order(row: ActionRow) -> tuple[int, int, int, str]:
    return row.generation, *call_order(row.spec_node_id, row.index), row.name


def _groups(rows: list[ActionRow], most: int) -> list[list[ActionRow]]:
    """Each by itself; of more than `most`, those that run the same together, in the order of the first."""
    groups: dict[str, list[ActionRow]] = {}
    for row in rows:
        groups.setdefault(row.target if len(rows) > most else row.name, []).append(row)
    return list(groups.values())


def line_of(row: ActionRow, depth: int, now_us: int) -> Line:
    """One action's line."""
    glyph, colour = _LOOKS.get(row.phase, _WAITING)
    name = display(row)
    label = name if name == row.name else f"{name} ({row.name})"
    return Line(depth, glyph, colour, label, ", ".join(_details(row, now_us)))


def duration(us: int) -> str:
    """A length of time for people: "0.52 s", "3 min 20 s"."""
    seconds = us / SECOND_US
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def when(us: int) -> str:
    """A moment in this machine's time zone; "" for none."""
    return moment(us).astimezone().strftime("%Y-%m-%d %H:%M:%S") if us else ""


def took(started_us: int, ended_us: int, now_us: int) -> str:
    """How long something took, or has taken so far; "" before it began."""
    return duration((ended_us or now_us) - started_us) if started_us else ""


def phase_word(row: ActionRow) -> str:
    """A phase for people, e.g. "succeeded", "cached"; "waiting" before it began."""
    if row.phase is ActionPhase.UNDEFINED:
        return "waiting"
    if row.cache is not None and row.cache.status == "HIT":
        return "cached"
    return row.phase.name.lower().replace("_", " ")


def phase_text(site: Site, row: RunRow) -> str:
    """A run's phase, coloured; one that is not over and that no engine has is waiting or interrupted."""
    word = row.phase.name.lower()
    if not row.phase.is_terminal and not site.store.owner(row.run)[1]:
        word = "waiting" if row.phase is RunPhase.UNDEFINED else "interrupted"
    return click.style(word, fg=_RUN_COLOURS.get(row.phase, "cyan"))


def show_run(site: Site, row: RunRow) -> None:
    """Print a run: one line about it, then its tree."""
    click.echo(f"{click.style(run_name(row.run), bold=True)}  {row.spec.entity}  {phase_text(site, row)}{_times(row)}")
    now_us = row.ended_us or site.clock.now_us()
    for line in tree_lines(site.store.list_actions(row.run), now_us):
        glyph = click.style(line.glyph, fg=line.colour)
        click.echo(f"  {'  ' * line.depth}{glyph} {line.label}  {click.style(line.detail, dim=True)}")


def _times(row: RunRow) -> str:
    length = took(row.started_us, row.ended_us, row.ended_us)
    return f"  {when(row.created_us)}" + (f"  {length}" if row.ended_us and length else "")


def _details(row: ActionRow, now_us: int) -> Iterator[str]:
    yield phase_word(row)
    if length := took(row.started_us, row.ended_us, now_us):
        yield length
    if row.attempts:
        yield f"attempt {row.attempts + 1}"
    if row.error is not None:
        yield last_error(row.error).code
    elif row.message and not row.phase.is_terminal:
        yield row.message


def _is_remarkable(row: ActionRow) -> bool:
    return not row.phase.is_success and row.phase not in (ActionPhase.QUEUED, ActionPhase.UNDEFINED)


def _counts(rows: list[ActionRow]) -> str:
    counts = Counter(phase_word(row) for row in rows)
    return ", ".join(f"{count} {word}" for word, count in counts.most_common())
