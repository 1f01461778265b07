"""`volant check`: every problem of a file, before anything of it runs."""

import json
import os
from pathlib import Path

import click
import msgspec

from volant.app.checkup import Checkup, Finding, check_file
from volant.app.source import locate
from volant.cli import errors
from volant.cli.options import home_option, json_option, open_site, plugin_option
from volant.cli.patience import patience

EPILOGUE = """\b
Examples:
  volant check flights.py
  volant check flights.py --json      one object, for CI and editors

The file is imported, in a process of its own; no task runs. Exit code 1 where something is wrong.
"""


@click.command("check", epilog=EPILOGUE)
@click.argument("file", metavar="FILE", type=click.Path())
@json_option
@plugin_option
@home_option
@click.pass_context
def command(ctx: click.Context, file: str, as_json: bool, plugins: tuple[str, ...], home: str | None) -> None:
    """Print every problem of a file, with its line and its fix.

    Signatures, defaults, calls, types between tasks, what Volant cannot run; and, as notes, what a run would
    need and not find here.
    """
    source = locate(file)
    with open_site(plugins, home=home) as site, patience(f"importing {file}"):
        found = check_file(site, source)
    if as_json:
        click.echo(json.dumps({"file": file, **msgspec.to_builtins(found)}, indent=2, ensure_ascii=False))
    else:
        _print(file, found)
    ctx.exit(errors.FAILED if found.problems else errors.OK)


def _print(file: str, found: Checkup) -> None:
    for problem in found.problems:
        _print_finding(problem, click.style("error:", fg="red", bold=True))
    for note in found.notes:
        _print_finding(note, click.style("note:", fg="yellow"))
    click.echo(f"{file}: {_counted(found)}")


def _print_finding(found: Finding, word: str) -> None:
    if found.trace:
        click.secho(found.trace.rstrip(), dim=True)
    where = f"{_near(found.place)}: " if found.place else ""
    click.echo(f"{click.style(where, bold=True)}{word} {found.message}")
    if found.fix:
        click.echo(f"{click.style('  fix:', fg='green')} {found.fix}")


def _near(place: str) -> str:
    """A place with its path as short as it can be from here, so that terminals and editors open it."""
    path, _, line = place.rpartition(":")
    relative = os.path.relpath(path)
    return f"{relative if len(relative) < len(path) and Path(path).is_absolute() else path}:{line}"


def _counted(found: Checkup) -> str:
    kinds = [kind for _, kind in found.entities]
    counts = [_many(kinds.count(kind), kind) for kind in dict.fromkeys(kinds)]
    problems = _many(len(found.problems), "problem") if found.problems else "no problems"
    return ", ".join([*counts, problems])


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
