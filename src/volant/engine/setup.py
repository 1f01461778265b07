"""What a plugin gets once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from volant.base.clock import Clock
from volant.base.log import get_log
from volant.contracts.launcher import Launcher
from volant.engine.background import Background, Work
from volant.engine.context import Facts
from volant.engine.host import Host

T = TypeVar("T")


class Setup:
    """What a plugin gets once. Implements `contracts.plugin.PluginSetup`."""

    def __init__(
        self,
        plugin: str,
        settings: Mapping[str, Any],
        launchers: Mapping[str, Launcher],
        clock: Clock,
        facts: Facts,
        host: Host,
        background: Background,
    ) -> None:
        self.settings = settings
        self.launchers = launchers
        self.clock = clock
        self.http = facts.http
        self.secrets = facts.secrets
        self.wake = facts.wake
        self.log = get_log(f"plugin.{plugin}")
        self._plugin = plugin
        self._host = host
        self._background = background

    def background(self, work: Work, name: str) -> None:
        """Run `work()` on the engine's loop from now on."""
        self._background.begin(work, f"{self._plugin}: {name}", self.log)

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a sync function in the plugin's own threads."""
        return await self._host.in_thread(self._plugin, function, *arguments)
