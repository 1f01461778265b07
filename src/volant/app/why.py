"""Why a node was, or was not, served from the cache: its key beside the nearest earlier one, part by part."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from volant.app.node_plan import node_plan
from volant.app.site import Site
from volant.base.errors import NotFoundError, UserError
from volant.base.ids import run_name
from volant.contracts.rows import ActionRow, CacheRow, RunRow, ValueRef
from volant.idl.cache_key import cache_key
from volant.idl.preview import show

_SHOWN = 60


class Part(Struct, frozen=True):
    """One part of a cache key, here and there.

    Attributes:
        name: "cache version", "inputs' types", "outputs' types", or "input NAME".
        here: For people: the part itself, or the input's value.
        there: The same in the earlier entry.
        differs: Whether it makes the keys differ.
    """

    name: str
    here: str
    there: str
    differs: bool


class Why(Struct, frozen=True, kw_only=True):
    """The answer.

    Attributes:
        verdict: One sentence.
        key: The node's cache key; "" where it has none.
        nearest: "run node" of the earlier entry its parts are compared with; "" for none.
        parts: All parts, in the order of the key.
    """

    verdict: str
    key: str = ""
    nearest: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def first_difference(self) -> Part | None:
        """The first part that differs."""
        return next((part for part in self.parts if part.differs), None)


def why(site: Site, run: RunRow, action: ActionRow) -> Why:
    """Explain what the cache had to do with a task's action.

    Raises:
        UserError: It is no task, or has no inputs yet.
        NotFoundError: Its plan or its inputs are gone.
    """
    planned = node_plan(site, run, action)
    if planned.task is None or action.inputs is None:
        raise UserError(f"node {action.name} is no task that has begun", fix="name a task node that has its inputs")
    status = action.cache.status if action.cache else "DISABLED"
    wanted = planned.task.template.metadata.discoverable if planned.node.cacheable is None else planned.node.cacheable
    if not wanted:
        return Why(verdict=f"{planned.task.name} is not cached: write @task(cache=True, cache_version=…)")
    inputs = site.values(run.run, action.inputs)
    key = cache_key(planned.task.template, planned.task.interface, inputs, planned.node.cache_version)
    nearest = _nearest(site, planned.task.name, action, key.parts)
    parts = _compared(site, key.parts, action, nearest) if nearest else ()
    return Why(
        verdict=_VERDICTS[_asked(run, status)](action, nearest),
        key=key.text,
        nearest=f"{run_name(nearest.run)} {nearest.action}" if nearest else "",
        parts=parts,
    )


def _asked(run: RunRow, status: str) -> str:
    """A status, but that of a node whose entry was written over says that nothing was looked up before."""
    return "SKIPPED" if run.spec.overwrite_cache and status in ("POPULATED", "PUT_FAILURE") else status


def _hit(action: ActionRow, _: CacheRow | None) -> str:
    assert action.cache is not None
    cache = action.cache
    return f"HIT: its outputs come from run {cache.source_run.rpartition(':')[2]}, node {cache.source_action}"


def _miss(action: ActionRow, nearest: CacheRow | None) -> str:
    del action
    if nearest is None:
        return "MISS: nothing was cached for this task before"
    return "MISS: no earlier entry has this key; the nearest one differs"


def _skipped(action: ActionRow, nearest: CacheRow | None) -> str:
    del action, nearest
    return "SKIPPED: the run was told to overwrite the cache, so nothing was looked up"


def _failed(action: ActionRow, nearest: CacheRow | None) -> str:
    return _miss(action, nearest) + "; its own outputs could not be cached"


def _disabled(action: ActionRow, nearest: CacheRow | None) -> str:
    del action, nearest
    return "the cache had no part in it: its plugin does without, it has no outputs, or it has not begun"


_VERDICTS = {
    "HIT": _hit,
    "MISS": _miss,
    "POPULATED": _miss,
    "SKIPPED": _skipped,
    "PUT_FAILURE": _failed,
    "DISABLED": _disabled,
}


def _nearest(site: Site, task: str, action: ActionRow, parts: Mapping[str, Any]) -> CacheRow | None:
    """The earlier entry with the fewest differing parts, the newest among equals."""
    begun = action.queued_us or site.clock.now_us()
    earlier = [row for row in site.store.list_cached(task) if row.created_us <= begun]
    other = [row for row in earlier if (row.run, row.action) != (action.run, action.name)]
    return min(other, key=lambda row: _distance(parts, msgspec.json.decode(row.parts)), default=None)


def _distance(here: Mapping[str, Any], there: Mapping[str, Any]) -> int:
    return sum(one != two for _, one, two in _pairs(here, there))


def _pairs(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    found = [
        ("cache version", here["version"], there["version"]),
        ("inputs' types", here["inputs"], there["inputs"]),
        ("outputs' types", here["outputs"], there["outputs"]),
    ]
    own, other = here["literals"], there["literals"]
    return found + [(f"input {name}", own.get(name), other.get(name)) for name in sorted({*own, *other})]


def _compared(site: Site, parts: Mapping[str, Any], action: ActionRow, nearest: CacheRow) -> tuple[Part, ...]:
    here = _previews(site, action, action.inputs)
    there = _previews_of(site, nearest)
    return tuple(
        Part(
            name,
            here.get(name.removeprefix("input "), str(one)),
            there.get(name.removeprefix("input "), str(two)),
            one != two,
        )
        for name, one, two in _pairs(parts, msgspec.json.decode(nearest.parts))
    )


def _previews_of(site: Site, nearest: CacheRow) -> dict[str, str]:
    try:
        action = site.store.get_action(nearest.run, nearest.action)
    except NotFoundError:
        return {}
    return _previews(site, action, action.inputs)


def _previews(site: Site, action: ActionRow, ref: ValueRef | None) -> dict[str, str]:
    literals = site.values_if_there(action.run, ref).literals
    return {name: show(literals[name], _SHOWN) for name in literals}
