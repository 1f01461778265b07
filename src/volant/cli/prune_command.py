"""`volant prune`: forget old runs and free their space."""

import re

import click

from volant.app.prune import Pruned, prune
from volant.base.clock import SECOND_US
from volant.base.ids import RunId, run_name
from volant.cli.options import home_option, open_site

EPILOGUE = """\b
Examples:
  volant prune --older-than 30d --dry-run     what would go
  volant prune --keep 20                      all but the newest twenty
  volant prune                                only what belongs to no run: old code, leftovers of crashes

A run whose outputs a younger run, or the cache, still needs is spared.
"""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NAMES = ["bytes", "KiB", "MiB", "GiB", "TiB"]


class Age(click.ParamType[int]):
    """A length of time such as 90m, 12h, 30d, in microseconds."""

    name = "age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """From text."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", str(value))
        if found is None:
            self.fail(f"{value!r} is no length of time: write 90m, 12h or 30d", param, ctx)
        return round(float(found[1]) * _UNITS[found[2]] * SECOND_US)


@click.command("prune", epilog=EPILOGUE)
@click.option("--older-than", type=Age(), metavar="AGE", help="Only runs that ended so long ago, e.g. 30d.")
@click.option("--keep", type=int, metavar="N", help="Spare the newest N runs.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@home_option
def command(older_than: int | None, keep: int | None, dry_run: bool, home: str | None) -> None:
    """Forget old runs and free their space.

    Runs that are not over are never touched.
    """
    with open_site(home=home) as site:
        _print(prune(site, older_than_us=older_than, keep=keep, dry_run=dry_run), dry_run=dry_run)


def size_text(size: float) -> str:
    """Bytes for people."""
    for name in _NAMES[:-1]:
        if size < 1024:
            return f"{size:.0f} {name}" if name == "bytes" else f"{size:.1f} {name}"
        size /= 1024
    return f"{size:.1f} {_NAMES[-1]}"


def _print(found: Pruned, *, dry_run: bool) -> None:
    for run in found.runs:
        click.echo(f"run {run_name(RunId(run))}")
    for code in found.codes:
        click.echo(f"code {code}")
    for leftover in found.leftovers:
        click.echo(f"leftover {leftover}")
    for run, holders in found.held.items():
        names = ", ".join(run_name(RunId(holder)) for holder in holders)
        click.echo(f"spared {run_name(RunId(run))}: still needed by {names}")
    would = "would free" if dry_run else "freed"
    click.echo(f"{would} {size_text(found.freed)}: {len(found.runs)} runs, {len(found.codes)} code bundles")
