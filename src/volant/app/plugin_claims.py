"""Who goes before whom where more than one plugin wants the same id, entry point or task type."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from volant.app.plugin_offers import Offer, Rank
from volant.base.errors import UserError


class Loss(NamedTuple):
    """Why a plugin, or one of its types, is not used.

    Attributes:
        why: For people.
        fix: What to do about it; "" where nothing is wrong.
        to: Who goes before it; None where nobody does.
    """

    why: str
    fix: str = ""
    to: Offer | None = None


def set_aside(found: Sequence[Offer]) -> dict[Offer, Loss]:
    """Those that are not used at all, because of their id or the name of their entry point.

    Raises:
        UserError: Two `--plugin` have one id.
    """
    losses = _id_losses(found)
    return losses | _name_losses([each for each in found if each not in losses])


def _id_losses(found: Sequence[Offer]) -> dict[Offer, Loss]:
    losses: dict[Offer, Loss] = {}
    for name, claims in _grouped((each.id, each) for each in found if each.id).items():
        first = first_of(claims)
        if len(first) > 1:
            losses |= dict.fromkeys(first, _clash(f"the plugin id {name!r}", first))
        for each in claims:
            if each not in first:
                losses[each] = Loss(f"{first[0]} goes before it", to=first[0])
    return losses


def _name_losses(found: Sequence[Offer]) -> dict[Offer, Loss]:
    losses: dict[Offer, Loss] = {}
    installed = [each for each in found if each.rank is Rank.PACKAGE]
    for name, claims in _grouped((each.name, each) for each in installed).items():
        if len(claims) > 1:
            losses |= dict.fromkeys(claims, _clash(f"the entry point {name!r}", claims))
    return losses


def wishes(found: Sequence[Offer], losses: Mapping[Offer, Loss]) -> dict[str, list[Offer]]:
    """Who wants each type. Who lost everything to a plugin that works wants nothing any more."""
    return _grouped(
        (task_type, each)
        for each in found
        for task_type in each.types
        if not ((loss := losses.get(each)) and loss.to and loss.to.plugin)
    )


def type_loss(task_type: str, first: Sequence[Offer], losses: Mapping[Offer, Loss]) -> Loss | None:
    """Why none of those that come first runs a type; None where the only one does."""
    for each in first:
        if loss := losses.get(each):
            return _because_broken(loss.to) if loss.to else loss
    what = f"task type {task_type!r}" if task_type else "every task type that nobody is registered for"
    return _clash(what, first) if len(first) > 1 else None


def _because_broken(offer: Offer) -> Loss:
    # Not whoever is installed under that id: its owner wants this one, and no other.
    told = offer.problem.message if offer.problem else ""
    return Loss(
        f"the plugin {offer.id!r} from {offer.origin} is broken: {told}", "repair it, or remove its `from`", offer
    )


def _clash(what: str, claims: Sequence[Offer]) -> Loss:
    names = [str(each) for each in claims]
    why = f"{what} is claimed by {', '.join(names[:-1])} and {names[-1]}"
    if claims[0].rank is Rank.OPTION:
        raise UserError(why, fix="leave one of them out")
    if claims[0].rank is Rank.SETTINGS:
        return Loss(f"{why}: none gets it", "remove one of the tables")
    working = [each for each in claims if each.plugin] or list(claims)
    choice = f'[plugins.{working[0].id or working[0].name}] from = "{working[0].value}"'
    return Loss(f"{why}: none gets it", f"uninstall one of them, or choose one in volant.toml: {choice}")


def first_of(claims: Sequence[Offer]) -> list[Offer]:
    """Those that go before the others; more than one is a clash."""
    best = min(each.rank for each in claims)
    return [each for each in claims if each.rank is best]


def _grouped(pairs: Iterable[tuple[str, Offer]]) -> dict[str, list[Offer]]:
    groups: dict[str, list[Offer]] = {}
    for key, offer in pairs:
        groups.setdefault(key, []).append(offer)
    return groups
