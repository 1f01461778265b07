"""`volant config`: every setting and where it came from."""

import json

import click
import msgspec

from volant.cli.options import home_option, json_option, settings_of

EPILOGUE = """\b
Settings come from, in this order:
  1. options, e.g. --home
  2. the environment, e.g. VOLANT_MAX_PARALLELISM=8
  3. volant.toml, or [tool.volant] in pyproject.toml, in this folder or the nearest one above
  4. defaults

\b
Example of a volant.toml:
  project = "weather"
  max_parallelism = 8
  [plugins.python-task]
  kill_grace_s = 30
  [quotas.warehouse]
  total = 50
  per_project = 10
"""


@click.command("config", epilog=EPILOGUE)
@json_option
@home_option
def command(as_json: bool, home: str | None) -> None:
    """Show every setting and where it came from."""
    found = settings_of(home=home).origins
    origins = [each._replace(value=msgspec.to_builtins(each.value)) for each in found]
    if as_json:
        shown = {each.name: {"value": each.value, "source": each.source} for each in origins}
        click.echo(json.dumps(shown, indent=2))
        return
    texts = [str(each.value) if each.value != "" else "-" for each in origins]
    width = max(map(len, texts))
    for each, text in zip(origins, texts, strict=True):
        click.echo(f"{each.name:<16} {text:<{width}}  {click.style(each.source, dim=True)}")
