"""Options that several commands share, and opening the data folder they name."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from volant.app.site import Site
from volant.base.errors import VolantError
from volant.base.ids import run_name
from volant.settings import Loaded, load_settings

F = TypeVar("F", bound=Callable[..., Any])

_COMPLETED = 100


def home_option(function: F) -> F:
    """`--home`: the data folder."""
    return click.option("--home", metavar="FOLDER", help="Data folder, instead of $VOLANT_HOME.")(function)


PLUGIN_HELP = "Use the plugin in this file. Repeatable."


def plugin_option(function: F) -> F:
    """`--plugin FILE`: plugins that go before those of settings and packages."""
    return click.option("--plugin", "plugins", multiple=True, metavar="FILE[:NAME]", help=PLUGIN_HELP)(function)


def run_argument(name: str = "run") -> Callable[[F], F]:
    """`RUN`: a run's name, or `project:domain:name`; shells complete it."""
    return click.argument(name, metavar="RUN", shell_complete=_run_names)


def _run_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    del param
    try:
        with open_site(home=ctx.params.get("home")) as site:
            names = [run_name(row.run) for row in site.store.list_runs(limit=_COMPLETED).runs]
    except VolantError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def json_option(function: F) -> F:
    """`--json`: for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


def settings_of(**flags: Any) -> Loaded:
    """The settings that hold here, under these flags; None counts as not given.

    Raises:
        UserError: A setting is wrong.
    """
    return load_settings(flags, os.environ, Path.cwd())


def open_site(plugins: Sequence[str] = (), **flags: Any) -> Site:
    """The data folder these settings name; engines of ours run these plugins, too.

    Raises:
        UserError: A setting is wrong.
        StoreFault: It cannot be opened.
    """
    return Site(settings_of(**flags).settings, plugins)
