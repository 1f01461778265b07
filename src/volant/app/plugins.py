"""Which plugins this engine has, and which of them runs a task type.

`--plugin` goes before the settings, the settings before what is installed. Two of one kind that want the same are
a clash: none of them gets it, and what it was about is refused with the names of both. A broken plugin is told of
and stops nothing, unless somebody asked for it by `--plugin`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from volant.app.plugin_claims import Loss, first_of, set_aside, type_loss, wishes
from volant.app.plugin_offers import FROM, OTHERS, Offer, Rank, offers
from volant.app.refused_plugin import RefusedPlugin
from volant.app.site import Site
from volant.base.log import get_log
from volant.engine.plugin_table import Entry
from volant.settings import Settings


class Standing(Struct, frozen=True):
    """What became of an offer.

    Attributes:
        offer: It.
        loss: Why it is not used at all; None where it is, or is broken.
        runs: The types it runs.
        lost: Those it wanted and does not run, with the reason; empty where it is not used at all.
    """

    offer: Offer
    loss: Loss | None
    runs: tuple[str, ...]
    lost: Mapping[str, Loss]


class Roster(Struct, frozen=True):
    """All plugins, and who runs what.

    Attributes:
        standings: One for each offer, those that go before others first.
        refused: The types that nobody runs, with the reason.
    """

    standings: tuple[Standing, ...]
    refused: Mapping[str, Loss]

    @property
    def ids(self) -> set[str]:
        """Those of all plugins, broken ones included where they are known."""
        return {each.offer.id for each in self.standings}

    def tables(self, settings: Settings) -> dict[str, dict[str, Any]]:
        """What each plugin gets as its settings; a plugin that somebody asked for has a table, be it empty."""
        asked: dict[str, dict[str, Any]] = {
            each.offer.id: {} for each in self.standings if each.offer.rank is not Rank.PACKAGE
        }
        own = {name: {k: v for k, v in table.items() if k != FROM} for name, table in settings.plugins.items()}
        return asked | own

    def entries(self) -> list[Entry]:
        """What the engine needs: those that are used, and stand-ins for what is refused."""
        used = [each for each in self.standings if each.loss is None]
        found = [
            Entry(each.offer.plugin, task_types=frozenset(each.runs) - {OTHERS}, default=OTHERS in each.runs)
            for each in used
            if each.offer.plugin is not None
        ]
        return [*found, *(_stand_in(task_type, loss) for task_type, loss in self.refused.items())]


def load_roster(settings: Settings, files: Iterable[str]) -> Roster:
    """Load every plugin anybody names, and decide.

    Args:
        settings: They may say where plugins come from.
        files: As `--plugin` names them.

    Raises:
        BrokenPluginError: A plugin that `--plugin` asks for cannot be used.
        UserError: Two `--plugin` want the same.
    """
    return decide(offers(settings.plugins, files))


def usable_plugins(site: Site) -> Roster:
    """The plugins of an engine here; what is broken or refused is named in the log.

    Raises:
        BrokenPluginError: A plugin that `--plugin` asks for cannot be used.
        UserError: Two `--plugin` want the same.
    """
    roster = load_roster(site.settings, site.plugins)
    log = get_log("plugins")
    for each in roster.standings:
        if each.offer.problem is not None:
            log.warning("plugin %s of %s: %s", each.offer.name, each.offer.origin, each.offer.problem.message)
    for loss in dict.fromkeys(roster.refused.values()):
        if loss.to is None:
            log.warning("%s; %s", loss.why, loss.fix)
    return roster


def decide(found: Sequence[Offer]) -> Roster:
    """Who runs what.

    Raises:
        UserError: Two `--plugin` want the same.
    """
    losses = set_aside(found)
    wins: dict[Offer, list[str]] = {}
    lost: dict[Offer, dict[str, Loss]] = {}
    refused: dict[str, Loss] = {}
    for task_type, claims in wishes(found, losses).items():
        first = first_of(claims)
        loss = type_loss(task_type, first, losses)
        if loss is None:
            wins.setdefault(first[0], []).append(task_type)
            loss = Loss(f"runs in {first[0]}", to=first[0])
        else:
            refused[task_type] = loss
        for each in claims:
            if each is not loss.to and each not in losses:
                lost.setdefault(each, {})[task_type] = loss
    standings = (Standing(each, losses.get(each), tuple(wins.get(each, ())), lost.get(each, {})) for each in found)
    return Roster(tuple(standings), refused)


def _stand_in(task_type: str, loss: Loss) -> Entry:
    plugin = RefusedPlugin(f"refused {task_type or 'others'}", loss.why, loss.fix)
    return Entry(plugin, task_types=frozenset({task_type} - {OTHERS}), default=not task_type)
