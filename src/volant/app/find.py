"""Finds what people name: runs by name or identity, actions by path or display name."""

import difflib
from collections.abc import Iterable

from volant.app.site import Site
from volant.base.errors import NotFoundError, UserError
from volant.base.ids import RunId, run_name
from volant.contracts.rows import ActionRow, RunRow

_RECENT = 200


def find_run(site: Site, reference: str) -> RunRow:
    """The run people call so: its name, or `project:domain:name`.

    Raises:
        NotFoundError: There is none; close ones are named.
        UserError: Several projects have one of that name.
    """
    if ":" in reference:
        try:
            return site.store.get_run(RunId(reference))
        except NotFoundError:
            raise _no_run(site, reference) from None
    found = site.store.find_runs(reference)
    if not found:
        raise _no_run(site, reference)
    own = [row for row in found if row.run == f"{site.settings.project}:{site.settings.domain}:{reference}"]
    if len(own or found) > 1:
        names = ", ".join(row.run for row in found)
        raise UserError(f"several runs are called {reference!r}", fix=f"name one of {names}")
    return (own or found)[0]


def find_action(site: Site, run: RunId, reference: str) -> ActionRow:
    """The action people call so: its path, e.g. "n0/0/n1", or its display name where that is unique.

    Raises:
        NotFoundError: There is none; close ones are named.
        UserError: Several have that name.
    """
    rows = [row for row in site.store.list_actions(run) if row.name]
    if exact := [row for row in rows if row.name == reference]:
        return exact[0]
    for names_of in (_display_names, _other_names):
        found = [row for row in rows if reference in names_of(row)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(row.name for row in found[:8])
            raise UserError(f"several nodes of {run_name(run)} are called {reference!r}", fix=f"use {names}")
    raise _no_action(run, reference, rows)


def call_order(node_id: str, index: int) -> tuple[int, int]:
    """Sorts nodes as the author wrote their calls, which ids like "n12" tell; named ones follow by `index`."""
    digits = node_id.removeprefix("n")
    is_numbered = digits.isdecimal() and digits != node_id
    return (0, int(digits)) if is_numbered else (1, index)


def display(row: ActionRow) -> str:
    """What people see for an action: its own name, else the last part of its task's."""
    if row.display and row.display != row.spec_node_id:
        return row.display.rpartition(".")[2]
    return row.target.rpartition(".")[2] or row.spec_node_id or row.display


def _display_names(row: ActionRow) -> Iterable[str]:
    return {display(row), row.display}


def _other_names(row: ActionRow) -> Iterable[str]:
    return {row.spec_node_id, row.target, row.target.rpartition(".")[2]}


def _no_run(site: Site, reference: str) -> NotFoundError:
    recent = site.store.list_runs(limit=_RECENT).runs
    names = [row.run if ":" in reference else run_name(row.run) for row in recent]
    near = difflib.get_close_matches(reference, names, n=3)
    fix = f"did you mean {' or '.join(near)}?" if near else "see what there is: volant get runs"
    return NotFoundError(f"there is no run {reference!r} in {site.home}", fix=fix)


def _no_action(run: RunId, reference: str, rows: list[ActionRow]) -> NotFoundError:
    names = sorted({name for row in rows for name in (row.name, display(row))})
    near = difflib.get_close_matches(reference, names, n=3)
    fix = f"did you mean {' or '.join(near)}?" if near else f"see what there is: volant show {run_name(run)}"
    return NotFoundError(f"run {run_name(run)} has no node {reference!r}", fix=fix)
