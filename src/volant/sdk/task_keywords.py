"""The keywords of a task, as type checkers know them where a class passes them on to `PythonTask`."""

from __future__ import annotations  # the classes named here are imported by who uses them, not by everybody

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from volant.sdk.accelerators import GPUAccelerator
    from volant.sdk.cache import Cache
    from volant.sdk.deck import DeckField
    from volant.sdk.documentation import Documentation
    from volant.sdk.options import Isolation, SharedMemory
    from volant.sdk.pod import PodTemplate
    from volant.sdk.resolver import TaskResolver
    from volant.sdk.resources import Resources
    from volant.sdk.secret import Secret


class TaskKeywords(TypedDict, total=False):
    """Keywords of `@task` that every task takes; see `TaskOptions`."""

    retries: int
    timeout: dt.timedelta | float
    cache: bool | Cache
    cache_version: str
    cache_serialize: bool
    cache_ignore_input_vars: tuple[str, ...]
    interruptible: bool | None
    deprecated: str
    requests: Resources | None
    limits: Resources | None
    resources: Resources | None
    environment: Mapping[str, str] | None
    isolation: Isolation
    container_image: str | None
    accelerator: GPUAccelerator | None
    shared_memory: SharedMemory | None
    secret_requests: Sequence[Secret]
    pod_template: PodTemplate | None
    pod_template_name: str | None
    enable_deck: bool | None
    deck_fields: tuple[DeckField, ...]
    docs: str | Documentation | None
    labels: Mapping[str, str] | None
    annotations: Mapping[str, str] | None
    task_resolver: TaskResolver | None
