"""What all lives of one suite have in common."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from volant.contracts.blob import BlobStore
from volant.contracts.launcher import Launcher
from volant.contracts.plugin import Builder
from volant.contracts.quotas import PoolLimits
from volant.stores.blob_file import FileBlobStore
from volant.stores.blob_memory import MemoryBlobStore
from volant.testing.kit_record import Life
from volant.testing.kit_work import Work
from volant.testing.service import Service

MOST_CALLS = 500
"""So many calls of a plugin, or outside, in an undisturbed life say that it has no end; in another, some more."""

Launchers: TypeAlias = Callable[[Any], Mapping[str, Launcher]]


class Cast(Struct, kw_only=True):
    """Everything that lives of one suite have in common.

    Attributes:
        build: Makes the plugin.
        work: What to run.
        service: Makes a fresh double; None for none.
        launchers: Makes launchers, not started, over a double.
        older: Builders of the plugin as it was.
        settings: `[plugins.<id>]`.
        quotas: Limits by pool.
        secrets: Values by "group/key".
        root: A folder of the test's own.
        real_time: Whether time is real, and files are.
    """

    build: Builder
    work: Work
    service: Callable[[], Service] | None
    launchers: Launchers
    root: Path
    older: tuple[Builder, ...] = ()
    settings: Mapping[str, Any] = {}
    quotas: Mapping[str, PoolLimits] = {}
    secrets: Mapping[str, str] = {}
    real_time: bool = False


def most_calls(work: Work, calm: Life | None) -> int:
    """How many calls of one life are too many.

    Args:
        work: What runs in it.
        calm: The undisturbed life; None where that is the one.
    """
    calls = max(len(calm.plugin_calls), len(calm.outside_calls)) if calm else 0
    return max(MOST_CALLS + 3 * calls, 2 * work.looks)


def blobs_of(cast: Cast) -> BlobStore:
    """A fresh store of blobs for a life."""
    if cast.real_time:
        return FileBlobStore(Path(tempfile.mkdtemp(dir=cast.root)))
    return MemoryBlobStore(cast.root.absolute().as_uri())
