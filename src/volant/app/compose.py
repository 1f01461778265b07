"""Puts an engine together from the parts that belong to this machine."""

from collections.abc import Mapping

from volant.app.plugins import usable_plugins
from volant.app.secret_source import LocalSecrets
from volant.app.site import Site
from volant.base.clock import SECOND_US
from volant.contracts.launcher import Launcher
from volant.engine.engine import Engine
from volant.engine.options import EngineOptions
from volant.kit.quantity import parse_quantity, round_up
from volant.launchers.pool import PoolLauncher
from volant.launchers.resources import Machine
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.settings import Settings


def make_engine(site: Site) -> Engine:
    """An engine on this data folder, not started.

    Raises:
        UserError: Plugins that cannot go together, or a setting that is no amount.
    """
    return Engine(
        journal=site.store,
        blobs=site.blobs,
        plugins=usable_plugins(),
        launchers=_launchers(site.settings),
        secrets=LocalSecrets(),
        clock=site.clock,
        options=EngineOptions(retry_delay_us=round(site.settings.retry_delay_s * SECOND_US)),
        plugin_settings=site.settings.plugins,
    )


def _launchers(settings: Settings) -> Mapping[str, Launcher]:
    memory = round_up(parse_quantity(settings.memory)) if settings.memory else 0
    machine = Machine(settings.cores, memory)
    return {
        "pool": PoolLauncher(settings.home, machine),
        "subprocess": SubprocessLauncher(settings.home, machine),
    }
