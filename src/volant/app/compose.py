"""Puts an engine together from the parts that belong to this machine."""

import difflib
from collections.abc import Mapping

from volant.app.plugins import usable_plugins
from volant.app.secret_source import LocalSecrets
from volant.app.site import Site
from volant.base.clock import SECOND_US
from volant.base.log import get_log
from volant.contracts.launcher import Launcher
from volant.engine.engine import Engine
from volant.engine.options import EngineOptions
from volant.kit.http_client import HttpClient
from volant.kit.quantity import parse_quantity, round_up
from volant.launchers.pool import PoolLauncher
from volant.launchers.resources import Machine
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.settings import Settings


def make_engine(site: Site) -> Engine:
    """An engine on this data folder, not started.

    Raises:
        BrokenPluginError: A plugin that `--plugin` asks for cannot be used.
        UserError: Two `--plugin` that cannot go together, or a setting that is no amount.
    """
    roster = usable_plugins(site)
    _warn_of_settings_for_nobody(site.settings, roster.ids)
    return Engine(
        journal=site.store,
        blobs=site.blobs,
        plugins=roster.entries(),
        launchers=_launchers(site.settings),
        secrets=LocalSecrets(),
        http=HttpClient(),
        quotas=site.settings.quotas,
        clock=site.clock,
        options=EngineOptions(retry_delay_us=round(site.settings.retry_delay_s * SECOND_US)),
        plugin_settings=roster.tables(site.settings),
    )


def _warn_of_settings_for_nobody(settings: Settings, known: set[str]) -> None:
    # No error: the same file may serve a machine that has that plugin.
    for name in sorted(settings.plugins.keys() - known):
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean [plugins.{near[0]}]?" if near else "see `volant plugins`"
        get_log("settings").warning("nobody reads [plugins.%s]: no plugin has that id; %s", name, advice)


def _launchers(settings: Settings) -> Mapping[str, Launcher]:
    memory = round_up(parse_quantity(settings.memory)) if settings.memory else 0
    machine = Machine(settings.cores, memory)
    return {
        "pool": PoolLauncher(settings.home, machine),
        "subprocess": SubprocessLauncher(settings.home, machine),
    }
