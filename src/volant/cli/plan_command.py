"""`volant plan`: what a run would do, before it does."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click
import msgspec

from volant.app.outlook import NodeOutlook
from volant.app.run_plan import RunPlan, run_plan
from volant.app.source import Code, locate
from volant.cli.inputs import EntityCommand, file_values, given_texts, input_options, spellings
from volant.cli.options import home_option, json_option, open_site, plugin_option
from volant.cli.patience import patience
from volant.cli.tree import when
from volant.contracts.worker_wire import Described
from volant.idl.literals import parse_literal_map

EPILOGUE = """\b
Examples:
  volant plan flights.py report                    the graph, types, what is missing
  volant plan flights.py report --month 3          and what the cache would serve
  volant plan --json flights.py report --month 3   for programs

Inputs are given as to `volant run`. Nothing runs and nothing is stored.
"""
_CACHE = {
    "hit": ("cached", "green"),
    "miss": ("runs, then cached", "yellow"),
    "off": ("runs", "white"),
    "unknown": ("cached? known when its inputs are", "white"),
}


@click.command(
    "plan",
    epilog=EPILOGUE,
    options_metavar="[OPTIONS]",
    context_settings={"allow_interspersed_args": False},
)
@click.option("--inputs-file", metavar="FILE", type=click.Path(), help="Inputs from a JSON or YAML file.")
@json_option
@plugin_option
@home_option
@click.argument("file", metavar="FILE", type=click.Path())
@click.argument("rest", nargs=-1, type=click.UNPROCESSED, metavar="[ENTITY] [INPUTS]…")
def command(
    file: str, rest: tuple[str, ...], inputs_file: str | None, as_json: bool, plugins: tuple[str, ...], home: str | None
) -> None:
    """Show what a run would do: graph, types, cache, what is missing, what changed since the last."""
    entity, words = (rest[0], rest[1:]) if rest and not rest[0].startswith("-") else ("", rest)
    source = locate(file)
    with open_site(plugins, home=home) as site, patience(f"importing {file}"), Code(site.settings.home, source) as code:
        described = code.describe(entity, site.settings.project, site.settings.domain)
        inputs = _inputs(code, described, words, inputs_file)
        found = run_plan(site, code, described, inputs)
        if as_json:
            click.echo(json.dumps(msgspec.to_builtins(found), indent=2, ensure_ascii=False))
        else:
            _print(found, described, is_complete=inputs is not None)


def _inputs(code: Code, described: Described, words: Sequence[str], inputs_file: str | None) -> bytes | None:
    """The inputs as `run` would take them; None where none was given and some have no default."""
    inner = EntityCommand(
        f"volant plan {described.entity}",
        params=list(input_options(described)),
        help=described.docs or f"Plan a run of {described.name}.",
        options_metavar="[INPUTS]",
        context_settings={"help_option_names": _help_names(described)},
    )
    with inner.make_context(inner.name, list(words)) as made:
        texts, values = given_texts(made.params), file_values(inputs_file)
    if not texts and not values and set(described.python_types) - set(parse_literal_map(described.defaults).literals):
        return None
    return code.convert(described.entity, texts, values)


def _help_names(described: Described) -> list[str]:
    taken = {spelling for name in described.python_types for spelling in spellings(name)}
    return ["--help"] if "-h" in taken else ["-h", "--help"]


def _print(found: RunPlan, described: Described, *, is_complete: bool) -> None:
    click.echo(f"{click.style(found.entity, bold=True)}({_pairs(found.inputs)}) → {_pairs(found.outputs) or 'nothing'}")
    _print_nodes(found.nodes)
    for each in found.missing:
        head = f"{click.style('missing', fg='red')}  {each.kind} {each.name}, needed by {each.task}"
        click.echo("; ".join(text for text in (head, each.why, each.fix) if text))
    for note in found.notes:
        click.echo(f"{click.style('note', fg='yellow')}     {note.node}: {note.message}")
    if not is_complete:
        wanted = " ".join(spellings(name)[0] + " …" for name in described.python_types)
        click.echo(click.style(f"give the inputs to see what the cache would serve: {wanted}", dim=True))
    _print_since(found)


def _print_since(found: RunPlan) -> None:
    if found.since is None:
        click.echo("it never ran here")
        return
    head = f"since {found.since.run} of {when(found.since.created_us)}"
    click.echo(f"{head}: nothing changed" if not found.since.changes else f"{head}:")
    for change in found.since.changes:
        click.echo(f"  {change}")


def _print_nodes(nodes: Iterable[NodeOutlook]) -> None:
    rows = list(_rows(nodes, 0))
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for *cells, (word, colour) in rows:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo(f"  {padded}  {click.style(word, fg=colour)}")


def _rows(nodes: Iterable[NodeOutlook], depth: int) -> Iterator[Any]:
    for each in nodes:
        takes = ", ".join(f"{name}: {each.inputs.get(name, '?')} ← {text}" for name, text in each.takes.items())
        gives = ", ".join(each.outputs.values())
        yield (
            f"{'  ' * depth}{each.node.rpartition('/')[2]}",
            f"{each.name}({takes})",
            f"→ {gives}" if gives else "",
            _fate(each),
        )
        yield from _rows(each.nodes, depth + 1)


def _fate(node: NodeOutlook) -> tuple[str, str]:
    if node.nodes:
        return "", "white"
    word, colour = _CACHE[node.cache]
    return (f"{word}, from {node.cached_from}" if node.cached_from else word), colour


def _pairs(types: Any) -> str:
    return ", ".join(f"{name}: {kind}" for name, kind in types.items())
