"""`volant get`: list runs, or see one."""

import json

import click

from volant.app.failure_text import previews
from volant.app.find import find_run
from volant.app.site import Site
from volant.base.ids import run_name
from volant.base.phases import RunPhase
from volant.cli.following import finish, run_json
from volant.cli.options import home_option, json_option, open_site, run_argument
from volant.cli.tree import phase_text, took, when
from volant.contracts.rows import RunRow

_PHASES = [phase.name.lower() for phase in RunPhase if phase is not RunPhase.UNDEFINED]


@click.group("get")
def command() -> None:
    """List runs, or see one."""


@command.command("runs", epilog="\b\nExample:\n  volant get runs --phase failed --limit 5")
@click.option("--limit", type=int, default=20, metavar="N", show_default=True, help="At most so many.")
@click.option("--phase", type=click.Choice(_PHASES), multiple=True, help="Only these. Repeatable.")
@click.option("--entity", metavar="NAME", default="", help="Only runs of this workflow, e.g. flights.report.")
@json_option
@home_option
def runs(limit: int, phase: tuple[str, ...], entity: str, as_json: bool, home: str | None) -> None:
    """List runs, newest first."""
    phases = frozenset(RunPhase[name.upper()] for name in phase)
    with open_site(home=home) as site:
        found = site.store.list_runs(limit=limit, phases=phases, entity=entity).runs
        if as_json:
            click.echo(json.dumps([run_json(site, row) for row in found], indent=2, ensure_ascii=False))
        else:
            _print_table(site, found)


@command.command("run", epilog="\b\nExample:\n  volant get run nightly --json")
@run_argument("name")
@json_option
@home_option
def run(name: str, as_json: bool, home: str | None) -> None:
    """See one run: what was asked for, its inputs, and how it ended."""
    with open_site(home=home) as site:
        row = find_run(site, name)
        if as_json:
            click.echo(json.dumps(run_json(site, row), indent=2, ensure_ascii=False))
        else:
            _print_run(site, row)


def _print_table(site: Site, rows: tuple[RunRow, ...]) -> None:
    if not rows:
        click.echo(f"no runs in {site.home}")
        return
    width = max(3, *(len(run_name(row.run)) for row in rows))
    click.echo(f"{'RUN'.ljust(width)}  {'CREATED'.ljust(len(when(rows[0].created_us)))}  {'TOOK':>12}  PHASE")
    for row in rows:
        length = took(row.started_us, row.ended_us, site.clock.now_us())
        name, entity = run_name(row.run).ljust(width), row.spec.entity
        click.echo(f"{name}  {when(row.created_us)}  {length:>12}  {phase_text(site, row)}  {entity}")


def _print_run(site: Site, row: RunRow) -> None:
    facts = {
        "run": row.run,
        "entity": f"{row.spec.entity}  {row.spec.source}",
        "phase": phase_text(site, row),
        "created": when(row.created_us),
        "took": took(row.started_us, row.ended_us, site.clock.now_us()),
        "code": row.code,
        "recovered from": row.spec.recovered_from,
        "labels": ", ".join(f"{key}={value}" for key, value in row.spec.labels.items()),
    }
    for name, value in facts.items():
        if value:
            click.echo(f"{name:<15} {value}")
    for name, value in previews(site, row.run, row.inputs).items():
        click.echo(f"{'input':<15} {name} = {value}")
    if row.phase.is_terminal:
        finish(site, row, as_json=False)
