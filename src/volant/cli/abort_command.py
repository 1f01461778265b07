"""`volant abort`: ask a run's owner to stop it; where there is none, stop it here."""

import getpass

import click

from volant.app.find import find_run
from volant.app.see_through import Interrupt, see_through
from volant.app.serving import is_served
from volant.app.site import Site
from volant.base.errors import UserError
from volant.base.ids import RunId, run_name
from volant.cli.options import home_option, open_site, run_argument
from volant.cli.patience import patience
from volant.contracts.rows import Wish


@click.command("abort", epilog='\b\nExample:\n  volant abort nightly --reason "wrong month"')
@run_argument()
@click.option("--reason", metavar="TEXT", default="aborted by the user", help="Kept with the run.")
@home_option
def command(run: str, reason: str, home: str | None) -> None:
    """Stop a run. What its tasks have started is killed; what is done stays on record."""
    with open_site(home=home) as site:
        row = find_run(site, run)
        name = run_name(row.run)
        if row.phase.is_terminal:
            raise UserError(f"run {name} is over: it {row.phase.name.lower()}", fix=f"see it: volant show {name}")
        _ask(site, row.run, reason)
        _say(name, is_over=_settle(site, row.run))


def _ask(site: Site, run: RunId, reason: str) -> None:
    wish = Wish(run=run, kind="abort", cause=reason, principal=getpass.getuser(), at_us=site.clock.now_us())
    site.store.wish(wish)


def _settle(site: Site, run: RunId) -> bool:
    """Whether the run is over; one that no engine has is brought to its end here."""
    _, is_alive = site.store.owner(run)
    if not is_alive and not is_served(site):
        with patience("stopping it"):
            see_through(site, run, Interrupt())
    return site.store.get_run(run).phase.is_terminal


def _say(name: str, *, is_over: bool) -> None:
    click.echo(f"run {name} is aborted" if is_over else f"run {name} is being aborted; see: volant show {name}")
