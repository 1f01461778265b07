"""The options of `volant run` itself, before FILE and behind ENTITY."""

from collections.abc import Sequence

import click

from volant.cli.options import PLUGIN_HELP


def _pairs(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    del ctx
    found = dict(value.partition("=")[::2] for value in values)
    if wrong := [value for value in values if "=" not in value]:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE", param=param)
    return found


class Amount(click.ParamType[int]):
    """A whole number, not below 0."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """From text."""
        if not str(value).isdecimal():
            self.fail(f"{value!r} is no whole number from 0 on", param, ctx)
        return int(str(value))


def run_options() -> list[click.Option]:
    """The options of `run` itself."""
    return [
        click.Option(["--name"], metavar="NAME", help="Name of the run, instead of a random one."),
        click.Option(["--project"], metavar="NAME", help="Its project."),
        click.Option(["--domain"], metavar="NAME", help="Its domain."),
        click.Option(["--inputs-file"], metavar="FILE", help="Inputs from JSON or YAML; options win over it."),
        click.Option(["--max-parallelism"], type=Amount(), metavar="N", help="Tasks at once; 0: any."),
        click.Option(["--interruptible/--no-interruptible"], default=None, help="Instead of the tasks' own word."),
        click.Option(["--overwrite-cache"], is_flag=True, help="Run everything, and replace what is cached."),
        click.Option(["--env"], multiple=True, callback=_pairs, metavar="K=V", help="For every task. Repeatable."),
        click.Option(["--label"], multiple=True, callback=_pairs, metavar="K=V", help="Kept with it. Repeatable."),
        click.Option(["--plugin", "plugins"], multiple=True, metavar="FILE[:NAME]", help=PLUGIN_HELP),
        click.Option(["--detach"], is_flag=True, help="Hand it to a living engine and return at once."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print the result as JSON, for programs."),
        click.Option(["--quiet", "-q"], is_flag=True, help="Print the result only."),
        click.Option(["--home"], metavar="FOLDER", help="Data folder, instead of $VOLANT_HOME."),
    ]
