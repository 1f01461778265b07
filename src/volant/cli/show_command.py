"""`volant show`: a run as a tree, or one of its nodes."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click
import msgspec

from volant.app.failure_text import failure_report, for_people
from volant.app.find import display, find_action, find_run
from volant.app.literal_json import map_json
from volant.app.site import Site
from volant.base.clock import SECOND_US
from volant.base.errors import Failure
from volant.base.ids import AttemptKey
from volant.base.phases import RunPhase
from volant.cli.following import run_json
from volant.cli.options import home_option, json_option, open_site, run_argument
from volant.cli.tree import phase_word, show_run, took, when
from volant.contracts.layout import deck_uri, log_uri
from volant.contracts.rows import ActionRow, AttemptRow, RunRow, ValueRef
from volant.engine.machine.retries import last_error
from volant.idl.preview import show

EPILOGUE = """\b
Examples:
  volant show nightly            every node with its phase, attempts and duration
  volant show nightly n2         one node: inputs, outputs, attempts, log and deck files

NODE is a path such as n0/0/n1, or a name that is unique in the run.
"""
_SHOWN = 500
_SHOWN_KINDS = ("task", "workflow")


@click.command("show", epilog=EPILOGUE)
@run_argument()
@click.argument("node", metavar="[NODE]", required=False)
@json_option
@home_option
def command(run: str, node: str | None, as_json: bool, home: str | None) -> None:
    """Show a run's nodes: phases, attempts, durations, errors."""
    with open_site(home=home) as site:
        row = find_run(site, run)
        if node is not None:
            _show_node(site, find_action(site, row.run, node), as_json=as_json)
        elif as_json:
            _print_json({**run_json(site, row), "nodes": _nodes_json(site, row)})
        else:
            _show_run(site, row)


def _show_run(site: Site, row: RunRow) -> None:
    show_run(site, row)
    if row.phase in (RunPhase.FAILED, RunPhase.TIMED_OUT):
        click.echo(f"\n{failure_report(site, row).text()}")


def _nodes_json(site: Site, row: RunRow) -> list[dict[str, Any]]:
    return [_node_json(each) for each in site.store.list_actions(row.run) if each.name and each.kind in _SHOWN_KINDS]


def _node_json(row: ActionRow) -> dict[str, Any]:
    return {
        "node": row.name,
        "parent": row.parent,
        "name": display(row),
        "target": row.target,
        "phase": row.phase.name,
        "attempts": row.attempts + 1,
        "duration_s": (row.ended_us - row.started_us) / SECOND_US if row.started_us and row.ended_us else None,
        "message": row.message,
        "cache": msgspec.to_builtins(row.cache),
        "error": msgspec.to_builtins(row.error),
    }


def _show_node(site: Site, row: ActionRow, *, as_json: bool) -> None:
    attempts = site.store.list_attempts(row.run, row.name)
    if as_json:
        values = {"inputs": _json(site, row, row.inputs), "outputs": _json(site, row, row.outputs)}
        _print_json({**_node_json(row), **values, "decks": _decks(site, attempts)})
        return
    click.echo(f"{row.name}  {display(row)}  {row.target}  {phase_word(row)}")
    if row.message and not row.phase.is_terminal:
        click.echo(f"waits    {row.message}")
    _print_values(site, row, "input", row.inputs)
    _print_values(site, row, "output", row.outputs)
    for attempt in attempts:
        _print_attempt(site, attempt)
    if row.error is not None:
        _print_failure(for_people(site, site.store.get_run(row.run), row, row.error))


def _decks(site: Site, attempts: Iterable[AttemptRow]) -> list[str]:
    uris = (deck_uri(site.blobs.root, AttemptKey(each.run, each.action, each.number)) for each in attempts)
    return [str(site.blobs.local_path(uri)) for uri in uris if site.blobs.size(uri) is not None]


def _print_failure(error: Failure) -> None:
    click.echo(f"error    {error.code}")
    if error.place:
        click.echo(f"at       {error.place}")
    click.echo((error.trace or error.message).rstrip())
    if error.fix:
        click.echo(f"fix      {error.fix}")


def _json(site: Site, row: ActionRow, ref: ValueRef | None) -> Mapping[str, Any] | None:
    return map_json(site.values_if_there(row.run, ref)) if ref else None


def _print_values(site: Site, row: ActionRow, what: str, ref: ValueRef | None) -> None:
    literals = site.values_if_there(row.run, ref).literals
    for name in sorted(literals):
        click.echo(f"{what:<8} {name} = {show(literals[name], _SHOWN)}")


def _print_attempt(site: Site, row: AttemptRow) -> None:
    length = took(row.started_us, row.ended_us, site.clock.now_us())
    said = f"  {last_error(row.error).code}" if row.error else ""
    click.echo(f"attempt  {row.number + 1}  {row.phase.name.lower()}  {when(row.started_us)}  {length}{said}")
    key = AttemptKey(row.run, row.action, row.number)
    for what, uri in (("log", log_uri(site.blobs.root, key)), ("deck", deck_uri(site.blobs.root, key))):
        if site.blobs.size(uri) is not None:
            click.echo(f"{what:<8} {site.blobs.local_path(uri)}")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
