"""`volant quotas`: pools of tokens, who holds them and who waits."""

import json
from typing import Any

import click
import msgspec

from volant.app.quotas import PoolView, pool_views
from volant.base.ids import run_name
from volant.cli.options import home_option, json_option, open_site, plugin_option
from volant.cli.tree import when
from volant.contracts.rows import TokenRow

EPILOGUE = """\b
Examples:
  volant quotas               every pool: its limits, who holds it, who waits
  volant quotas warehouse     one of them

\b
A pool is named by the plugin that asks for it; volant.toml sets its limits:
  [quotas.warehouse]
  total = 50
  per_project = 10
"""


@click.command("quotas", epilog=EPILOGUE)
@click.argument("pool", metavar="[POOL]", default="")
@plugin_option
@json_option
@home_option
def command(pool: str, plugins: tuple[str, ...], as_json: bool, home: str | None) -> None:
    """Show pools of tokens: their limits, who holds them, and the line."""
    with open_site(plugins=plugins, home=home) as site:
        views = pool_views(site, pool)
    if as_json:
        click.echo(json.dumps([_json(view) for view in views], indent=2))
    elif not views:
        click.echo("There are no pools: no plugin asks for tokens, and no [quotas.POOL] is set.")
    else:
        for view in views:
            _print(view)


def _print(view: PoolView) -> None:
    waiting = f", {view.waiting} waiting" if view.waiting else ""
    click.echo(f"{click.style(view.name, bold=True)}  {_held(view)}{waiting}")
    for row in view.holders:
        click.echo(f"  {'holds':<8} {_who(row)}  since {when(row.granted_us)}{_interrupted(view, row)}")
    for place, row in enumerate(view.line, 1):
        click.echo(f"  {f'{place}.':<8} {_who(row)}  waits since {when(row.asked_us)}{_interrupted(view, row)}")
    for row in view.away:
        click.echo(f"  {'away':<8} {_who(row)}  waits since {when(row.asked_us)}{_interrupted(view, row)}")
    for run in sorted(view.idle):
        name = run_name(run)
        click.echo(f"  {name} is interrupted; go on with it: volant resume {name}, or end it: volant abort {name}")


def _interrupted(view: PoolView, row: TokenRow) -> str:
    return "  (interrupted)" if row.run in view.idle else ""


def _held(view: PoolView) -> str:
    total = f" of {view.limits.total}" if view.limits.total else ""
    each = f" (at most {view.limits.per_project} a project)" if view.limits.per_project else ""
    return f"{view.held}{total} tokens held{each}"


def _who(row: TokenRow) -> str:
    return f"{row.amount}  {run_name(row.run)} {row.action}  project {row.project}"


def _json(view: PoolView) -> dict[str, Any]:
    return {
        "pool": view.name,
        "limits": msgspec.to_builtins(view.limits),
        "held": view.held,
        "waiting": view.waiting,
        "holders": [_row_json(row) for row in view.holders],
        "line": [_row_json(row) for row in view.line],
        "away": [_row_json(row) for row in view.away],
        "interrupted": sorted(view.idle),
    }


def _row_json(row: TokenRow) -> dict[str, Any]:
    return {
        "run": row.run,
        "node": row.action,
        "attempt": row.number + 1,
        "project": row.project,
        "amount": row.amount,
        "asked_us": row.asked_us,
        "granted_us": row.granted_us,
    }
