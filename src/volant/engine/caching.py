"""What the cache knows of a node: its key, a hit, a reservation. Source: engine spec 5, corrected by 13."""

import msgspec

from volant.base.ids import ActionName, RunId
from volant.compiler.plan import NodePlan, TaskPlan
from volant.contracts.blob import BlobStore
from volant.contracts.journal import Journal
from volant.contracts.plugin import PluginProperties
from volant.contracts.rows import CacheRow, Lease, ReservationRow, ValueRef
from volant.idl import pb
from volant.idl.cache_key import CacheKey, cache_key


class Caching:
    """The engine's view of the cache."""

    def __init__(self, journal: Journal, lease: Lease, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._journal = journal
        self._lease = lease

    def is_serialized(self, node: NodePlan, task: TaskPlan) -> bool:
        """Whether only one run at a time may compute a key."""
        if node.cache_serializable is not None:
            return node.cache_serializable
        return bool(task.template.metadata.cache_serializable)

    def find(self, key: CacheKey) -> CacheRow | None:
        """What the cache holds; an entry whose blob is gone is no entry."""
        row = self._journal.cached(key.text)
        if row is not None and row.outputs.uri and self._blobs.size(row.outputs.uri) is None:
            return None
        return row

    def reserve(self, key: CacheKey, run: RunId, action: ActionName) -> bool:
        """Whether the reservation is this action's now."""
        holder = self._journal.reserve(self._lease, ReservationRow(key.text, run, action))
        return (holder.run, holder.action) == (run, action)


def key_of(node: NodePlan, task: TaskPlan, properties: PluginProperties, inputs: pb.LiteralMap) -> CacheKey | None:
    """The key of a node that is cacheable and has outputs; None for any other."""
    metadata = task.template.metadata
    wanted = metadata.discoverable if node.cacheable is None else node.cacheable
    if not wanted or properties.disable_node_level_caching or not task.interface.outputs.variables:
        return None
    return cache_key(task.template, task.interface, inputs, node.cache_version)


def cache_row(
    key: CacheKey, task: TaskPlan, run: RunId, action: ActionName, outputs: ValueRef, now_us: int
) -> CacheRow:
    """The entry that a success leaves."""
    return CacheRow(
        key=key.text, task=task.name, parts=msgspec.json.encode(key.parts), run=run, action=action, outputs=outputs,
        created_us=now_us,
    )  # fmt: skip
