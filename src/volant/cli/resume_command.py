"""`volant resume`: go on with the same run, its recorded code and everything it has achieved."""

import click

from volant.app.find import find_run
from volant.base.errors import UserError
from volant.base.ids import run_name
from volant.cli.following import finish, follow
from volant.cli.options import home_option, json_option, open_site, run_argument
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
@home_option
@click.pass_context
def command(ctx: click.Context, run: str, quiet: bool, as_json: bool, home: str | None) -> None:
    """Go on with a run that was interrupted.

    It runs the code that was recorded when it began, whatever became of the file since. Tasks that still run
    are found again; what is done is not done again.
    """
    with open_site(home=home) as site:
        row = find_run(site, run)
        _check_open(row)
        row = follow(site, row.run, quiet=quiet, as_json=as_json)
        ctx.exit(finish(site, row, as_json=as_json))


def _check_open(row: RunRow) -> None:
    name, phase = run_name(row.run), row.phase.name.lower()
    if row.phase.is_terminal:
        fix = f"start a new run that reuses what succeeded: volant recover {name}"
        raise UserError(f"run {name} is over: it {phase}", fix=fix)
