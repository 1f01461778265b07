"""Options that several commands share, and opening the data folder they name."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from volant.app.site import Site
from volant.settings import Loaded, load_settings

F = TypeVar("F", bound=Callable[..., Any])


def home_option(function: F) -> F:
    """`--home`: the data folder."""
    return click.option("--home", metavar="FOLDER", help="Data folder, instead of $VOLANT_HOME.")(function)


def json_option(function: F) -> F:
    """`--json`: for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


def settings_of(**flags: Any) -> Loaded:
    """The settings that hold here, under these flags; None counts as not given.

    Raises:
        UserError: A setting is wrong.
    """
    return load_settings(flags, os.environ, Path.cwd())


def open_site(**flags: Any) -> Site:
    """The data folder these settings name.

    Raises:
        UserError: A setting is wrong.
        StoreFault: It cannot be opened.
    """
    return Site(settings_of(**flags).settings)
