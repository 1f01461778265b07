"""`volant plugin`: what authors of plugins do: begin one, test one."""

import json
import shlex
from pathlib import Path

import click

from volant.app.plugin_tests import run_plugin_tests
from volant.app.scaffold import KINDS, names_of, write_plugin
from volant.cli import errors
from volant.cli.options import json_option

NEW_EPILOGUE = "\b\nKinds:\n" + "\n".join(f"  {kind:<11} {what}" for kind, what in KINDS.items())
TEST_EPILOGUE = """\b
Exit codes: 0 every rule holds, 1 one does not, 2 nothing could be run.
"""


@click.group("plugin", subcommand_metavar="COMMAND …")
def command() -> None:
    """Write a plugin of your own, and let the conformance kit try to break it."""


@command.command("new", epilog=NEW_EPILOGUE, short_help="Write a plugin's package: all layers, an example, tests.")
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), default="minimal", show_default=True, help="What it does.")
@click.option("--proto", is_flag=True, help="Describe the task's message by a .proto file, not by a dataclass.")
@click.option("--into", metavar="FOLDER", default=".", help="Where its folder is made, instead of here.")
def new(name: str, kind: str, proto: bool, into: str) -> None:
    """Write a plugin's package: NAME is its task type, its plugin's id and its folder.

    It installs, passes its tests and runs its example as it is.
    """
    written = write_plugin(name, kind, Path(into), proto=proto)
    folder = Path(into) / name
    for file in written:
        click.echo(folder / file)
    click.echo(_next_steps(folder, names_of(name).package))


@command.command("test", epilog=TEST_EPILOGUE, short_help="Run a plugin's tests with the conformance kit.")
@click.argument("path", required=False, default="tests")
@json_option
def test(path: str, as_json: bool) -> None:
    """Run the tests in PATH with the conformance kit: a folder or a file, ./tests by default."""
    verdict = run_plugin_tests(Path(path), quiet=as_json)
    if as_json:
        click.echo(json.dumps(verdict._asdict(), indent=2))
    if not verdict.passed:
        raise click.exceptions.Exit(errors.FAILED)


def _next_steps(folder: Path, package: str) -> str:
    steps = [
        f"cd {shlex.quote(str(folder))}",
        "pip install -e '.[test]'",
        "volant plugin test",
        f"python examples/{package}_example.py",
    ]
    return "\n".join(["", click.style("next:", fg="green"), *(f"  {step}" for step in steps)])
