"""`volant completion`: what a shell needs to complete our words."""

import click
from click.shell_completion import get_completion_class

EPILOGUE = """\b
Examples:
  eval "$(volant completion bash)"               now, or in ~/.bashrc
  volant completion fish > ~/.config/fish/completions/volant.fish
"""


@click.command("completion", epilog=EPILOGUE)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "volant", "_VOLANT_COMPLETE").source())
