"""`volant`: the table of commands. Imports nothing but click until a command is called."""

import importlib
import sys

import click

from volant.cli import errors

EPILOGUE = """\b
Examples:
  volant run flights.py report --month 3     run a workflow, see it live
  volant show NAME                           what became of each of its nodes
  volant resume NAME                         go on after a crash or Ctrl-C
  volant debug NAME NODE                     run that one node again, here

\b
Exit codes: 0 ok, 1 failed, 2 usage, 3 aborted, 4 store or engine, 130 interrupted.
"""

COMMANDS = {
    "run": "Run a workflow or a task of a Python file.",
    "check": "Print every problem of a file, before anything of it runs.",
    "plan": "Show what a run would do, and what changed since the last.",
    "get": "List runs, or see one.",
    "show": "Show a run's nodes: phases, attempts, durations, errors.",
    "logs": "Print what tasks printed.",
    "abort": "Stop a run.",
    "resume": "Go on with a run that was interrupted.",
    "recover": "Run again, reusing what succeeded.",
    "debug": "Run one node again in this process, with its recorded inputs.",
    "why": "Say why a node was, or was not, served from the cache.",
    "prune": "Forget old runs and free their space.",
    "engine": "Keep an engine alive for other processes' runs.",
    "plugins": "List installed plugins.",
    "plugin": "Write a plugin of your own, and test it.",
    "idl": "Compile the messages of task types, or write them.",
    "quotas": "Show pools of tokens: who holds them, who waits.",
    "info": "Show paths, sizes, engines and versions.",
    "config": "Show every setting and where it came from.",
    "completion": "Print the completion script of a shell.",
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One command; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"volant.cli.{cmd_name}_command").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a name it does not know gets the nearest one.

        Raises:
            UsageError: There is no such command.
        """
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(errors.no_such("command", args[0], COMMANDS), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=LazyGroup,
    epilog=EPILOGUE,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMAND …",
)
@click.version_option(package_name="volant", message="volant %(version)s")
def cli() -> None:
    """Run Flyte workflows on this machine, durably.

    A run is kept in a data folder ($VOLANT_HOME): look at it, resume it, debug it later.
    """


def main(arguments: list[str] | None = None) -> None:
    """The program. Leaves with the exit code the issue of the command has."""
    errors.set_up_log()
    if sys.platform == "win32":
        errors.say_error("on Windows Volant can only be imported to write workflows", "run them under WSL")
        sys.exit(errors.BROKEN)
    try:
        code = cli.main(arguments, prog_name="volant", standalone_mode=False)
    except BaseException as error:  # noqa: BLE001 - every end has its exit code
        code = errors.report(error)
    sys.exit(code if isinstance(code, int) else 0)
