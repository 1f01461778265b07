"""The table of commands."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from volant.cli.main import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    result = CliRunner().invoke(cli, [name, "--help"], prog_name="volant")

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: volant {name}")


def test_help_lists_every_command():
    output = CliRunner().invoke(cli, ["--help"]).output

    assert all(f"  {name} " in output and text in output for name, text in COMMANDS.items())


def test_help_imports_nothing_but_click():
    program = (
        "import sys\nfrom volant.cli.main import cli\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        "print([name for name in sys.modules if name.startswith('volant.') and 'cli' not in name\n"
        "       and name != 'volant.base' and name != 'volant.base.errors'], file=sys.stderr)"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stderr.strip() == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell):
    result = CliRunner().invoke(cli, ["completion", shell], prog_name="volant")

    assert (result.exit_code, "_VOLANT_COMPLETE" in result.output) == (0, True)


def test_a_command_that_does_not_exist_gets_the_nearest_name():
    result = CliRunner().invoke(cli, ["rnu"], prog_name="volant")

    assert (result.exit_code, "did you mean 'run'?" in result.output) == (2, True)


@pytest.mark.parametrize(("text", "us"), [("90m", 5400), ("12h", 43200), ("30d", 2592000), ("0.5h", 1800)])
def test_ages_are_numbers_with_a_unit(text, us):
    from volant.cli.prune_command import Age

    assert Age().convert(text, None, None) == us * 1_000_000


def test_shells_complete_names_of_runs(tmp_path, monkeypatch):
    from pathlib import Path

    from volant.cli.options import run_argument
    from volant.stores.sqlite import SqliteStore
    from volant.testing.store_rows import PLAN, make_run

    store = SqliteStore(Path(tmp_path))
    for name in ("nightly", "nightly-2", "other"):
        store.create_run(make_run(name), PLAN)
    store.close()
    monkeypatch.setenv("VOLANT_HOME", str(tmp_path))
    ctx = click.Context(click.command("show")(run_argument()(lambda run: run)))

    found = [item.value for item in ctx.command.params[0].shell_complete(ctx, "night")]

    assert sorted(found) == ["nightly", "nightly-2"]
