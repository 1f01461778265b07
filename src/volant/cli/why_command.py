"""`volant why`: why a node was, or was not, served from the cache."""

import json

import click
import msgspec

from volant.app.find import find_action, find_run
from volant.app.why import Part, Why, why
from volant.cli.options import home_option, json_option, open_site, run_argument


@click.command("why", epilog="\b\nExample:\n  volant why nightly n2")
@run_argument()
@click.argument("node", metavar="NODE")
@json_option
@home_option
def command(run: str, node: str, as_json: bool, home: str | None) -> None:
    """Say why a node was, or was not, served from the cache.

    Its cache key is put beside the nearest earlier one of the same task, part by part.
    """
    with open_site(home=home) as site:
        row = find_run(site, run)
        found = why(site, row, find_action(site, row.run, node))
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2, ensure_ascii=False))
    else:
        _print(found)


def _print(found: Why) -> None:
    click.echo(found.verdict)
    if (first := found.first_difference) is not None:
        click.echo(f"first difference: {first.name}")
    if found.key:
        click.echo(f"key     {found.key}")
    if found.nearest:
        click.echo(f"beside  {found.nearest}")
    for part in found.parts:
        click.echo(_line(part))


def _line(part: Part) -> str:
    if not part.differs:
        return click.style(f"  = {part.name:<20} {part.here}", dim=True)
    return f"  {click.style('≠', fg='yellow')} {part.name:<20} {part.here}   before: {part.there}"
