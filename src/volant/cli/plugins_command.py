"""`volant plugins`: what there is, where it comes from, which one runs what, and what does not work."""

import json
from collections.abc import Iterator
from typing import Any

import click

from volant.app.plugin_offers import OTHERS, Offer
from volant.app.plugins import Roster, Standing, load_roster
from volant.app.type_roster import InstalledType, installed_types
from volant.cli.options import json_option, plugin_option, settings_of

EPILOGUE = """\b
Examples:
  volant plugins
  volant plugins --plugin sensor.py      as `volant run --plugin sensor.py` would have them

Of those that want the same, the one of --plugin is used before the one of the settings ([plugins.NAME] from = …),
and that before what is installed. What two installed packages want, neither gets.
"""
_WIDTH = 16


@click.command("plugins", epilog=EPILOGUE)
@plugin_option
@json_option
def command(plugins: tuple[str, ...], as_json: bool) -> None:
    """List plugins: the task types each runs, where it comes from, and why one is not used."""
    roster, types = load_roster(settings_of().settings, plugins), installed_types()
    if as_json:
        click.echo(json.dumps(_json(roster, types), indent=2))
        return
    for standing in roster.standings:
        _print(standing)
    for each in types:
        _print_type(each)


def _print(standing: Standing) -> None:
    offer = standing.offer
    click.echo(f"{click.style(f'{offer.id or offer.name:<{_WIDTH - 1}} ', bold=True)}{_headline(standing)}")
    for line in _details(standing):
        click.echo(f"{'':<{_WIDTH}}{line}")


def _headline(standing: Standing) -> str:
    if standing.offer.problem is not None:
        return f"{click.style('broken', fg='red')}  {standing.offer.problem.message}"
    if standing.loss is not None:
        word = click.style("unused", fg="yellow" if standing.loss.to else "red")
        return f"{word}  {standing.loss.why}"
    return ", ".join(map(_said, standing.runs)) or click.style("runs nothing", fg="yellow")


def _details(standing: Standing) -> Iterator[str]:
    yield click.style(_origin(standing.offer), dim=True)
    for task_type, loss in standing.lost.items():
        yield f"{click.style('not', fg='yellow' if loss.to else 'red')} {_said(task_type)}: {loss.why}"
    if fixes := _fixes(standing):
        yield from (f"{click.style('fix:', fg='green')} {fix}" for fix in fixes)


def _fixes(standing: Standing) -> list[str]:
    losses = ([standing.loss] if standing.loss else []) + list(standing.lost.values())
    own = standing.offer.problem.fix if standing.offer.problem else ""
    return [fix for fix in dict.fromkeys([own, *(loss.fix for loss in losses)]) if fix]


def _origin(offer: Offer) -> str:
    return offer.origin if offer.origin.endswith(offer.value) else f"{offer.origin}, {offer.value}"


def _said(task_type: str) -> str:
    return task_type or "every type nobody else runs"


def _print_type(each: InstalledType) -> None:
    state = f"{click.style('broken', fg='red')}  {each.problem}" if each.problem else "values of this class"
    click.echo(f"{click.style(f'{each.name:<{_WIDTH - 1}} ', bold=True)}{state}")
    click.echo(f"{'':<{_WIDTH}}{click.style(f'{each.distribution}, {each.value}', dim=True)}")
    if each.fix:
        click.echo(f"{'':<{_WIDTH}}{click.style('fix:', fg='green')} {each.fix}")


def _json(roster: Roster, types: list[InstalledType]) -> dict[str, Any]:
    winners = {kind: each.offer.id for each in roster.standings for kind in each.runs if kind != OTHERS}
    default = [each.offer.id for each in roster.standings if OTHERS in each.runs]
    return {
        "plugins": [_plugin_json(each) for each in roster.standings],
        "task_types": dict(sorted({**dict.fromkeys(roster.refused), **winners}.items())),
        "default": default[0] if default else None,
        "types": [
            {name: getattr(each, name) for name in ("name", "distribution", "value", "problem", "fix")}
            for each in types
        ],
    }


def _plugin_json(standing: Standing) -> dict[str, Any]:
    offer = standing.offer
    return {
        "name": offer.name,
        "id": offer.id,
        "from": offer.rank.name.lower(),
        "origin": offer.origin,
        "value": offer.value,
        "task_types": [each for each in offer.types if each != OTHERS],
        "default": OTHERS in offer.types,
        "runs": [each for each in standing.runs if each != OTHERS],
        "problem": _problem(standing),
        "lost": {_said(task_type): loss.why for task_type, loss in standing.lost.items()},
        "fix": "; ".join(_fixes(standing)),
    }


def _problem(standing: Standing) -> str:
    if standing.offer.problem is not None:
        return standing.offer.problem.message
    return standing.loss.why if standing.loss else ""
