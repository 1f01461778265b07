"""`volant resume`: go on with the same run, its recorded code and everything it has achieved."""

import click

from volant.app.find import find_run
from volant.app.requirements import check_plugins
from volant.base.errors import UserError
from volant.base.ids import run_name
from volant.cli.following import finish, follow
from volant.cli.options import home_option, json_option, open_site, plugin_option, run_argument
from volant.compiler.build import load_plan
from volant.contracts.rows import RunRow

EPILOGUE = """\b
Examples:
  volant resume nightly          after a crash, a reboot, or Ctrl-C
  volant recover nightly         a run that failed is over: start a new one from it
"""


@click.command("resume", epilog=EPILOGUE)
@run_argument()
@click.option("--quiet", "-q", is_flag=True, help="Print the result only.")
@json_option
@plugin_option
@home_option
@click.pass_context
def command(
    ctx: click.Context, run: str, quiet: bool, as_json: bool, plugins: tuple[str, ...], home: str | None
) -> None:
    """Go on with a run that was interrupted.

    It runs the code that was recorded when it began, whatever became of the file since. Tasks that still run
    are found again; what is done is not done again.
    """
    with open_site(plugins, home=home) as site:
        row = find_run(site, run)
        _check_open(row)
        check_plugins(site, load_plan(site.store.plan(row.plan)), row.run)
        row = follow(site, row.run, quiet=quiet, as_json=as_json)
        ctx.exit(finish(site, row, as_json=as_json))


def _check_open(row: RunRow) -> None:
    name, phase = run_name(row.run), row.phase.name.lower()
    if row.phase.is_terminal:
        fix = f"start a new run that reuses what succeeded: volant recover {name}"
        raise UserError(f"run {name} is over: it {phase}", fix=fix)
