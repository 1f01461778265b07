"""`volant recover`: a new run that reuses what an earlier one achieved."""

import click

from volant.app.find import find_run
from volant.app.site import Site
from volant.app.submit import recover
from volant.base.errors import AlreadyExistsError
from volant.base.ids import RunId, run_name
from volant.cli import errors
from volant.cli.following import finish, follow
from volant.cli.options import home_option, json_option, open_site, plugin_option, run_argument
from volant.cli.tree import show_run
from volant.contracts.rows import RunRow


@click.command("recover", epilog="\b\nExample:\n  volant recover nightly --name nightly-2")
@run_argument()
@click.option("--name", metavar="NAME", default="", help="Name of the new run, instead of a random one.")
@click.option("--quiet", "-q", is_flag=True, help="Print the result only.")
@json_option
@plugin_option
@home_option
@click.pass_context
def command(
    ctx: click.Context,
    run: str,
    name: str,
    quiet: bool,
    as_json: bool,
    plugins: tuple[str, ...],
    home: str | None,
) -> None:
    """Run again, reusing what succeeded.

    The new run has the old one's code and inputs. Nodes that succeeded there are taken over with their
    outputs; the others run.
    """
    with open_site(plugins, home=home) as site:
        old = find_run(site, run)
        try:
            row = recover(site, old, name)
        except AlreadyExistsError as error:
            ctx.exit(_taken(site, old, name, error))
        row = follow(site, row.run, quiet=quiet, as_json=as_json)
        ctx.exit(finish(site, row, as_json=as_json))


def _taken(site: Site, old: RunRow, name: str, error: AlreadyExistsError) -> int:
    prefix = old.run.removesuffix(run_name(old.run))
    show_run(site, site.store.get_run(RunId(prefix + name)))
    errors.say_error(str(error), "choose another --name, or leave it out")
    return errors.USAGE
