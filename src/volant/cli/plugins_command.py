"""`volant plugins`: what is installed, and what does not work."""

import json
from typing import Any

import click

from volant.app.plugins import Installed, installed_plugins
from volant.cli.options import json_option


@click.command("plugins")
@json_option
def command(as_json: bool) -> None:
    """List installed plugins: their task types, who ships them, and why one does not work."""
    found = installed_plugins()
    if as_json:
        click.echo(json.dumps([_json(each) for each in found], indent=2))
        return
    for each in found:
        _print(each)


def _print(each: Installed) -> None:
    name = click.style(f"{each.found.name:<16}", bold=True)
    if each.plugin is None:
        click.echo(f"{name}{click.style('broken', fg='red')}  {each.problem}")
    else:
        click.echo(f"{name}{', '.join(_types(each))}")
    click.echo(f"{'':<16}{click.style(f'{each.found.distribution}, {each.found.value}', dim=True)}")


def _types(each: Installed) -> list[str]:
    assert each.plugin is not None
    types = sorted(each.plugin.task_types)
    return [*types, "every type nobody else runs"] if each.plugin.default else types


def _json(each: Installed) -> dict[str, Any]:
    return {
        "name": each.found.name,
        "distribution": each.found.distribution,
        "value": each.found.value,
        "task_types": sorted(each.plugin.task_types) if each.plugin else [],
        "default": bool(each.plugin and each.plugin.default),
        "problem": each.problem,
    }
