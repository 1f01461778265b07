"""The options of a task and of a node, checked where they are written."""

from __future__ import annotations  # the classes named here are imported by who uses them, not by everybody

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from volant.sdk.option_checks import NOTHING

if TYPE_CHECKING:
    from volant.sdk.accelerators import GPUAccelerator
    from volant.sdk.deck import DeckField
    from volant.sdk.documentation import Documentation
    from volant.sdk.pod import PodTemplate
    from volant.sdk.resolver import TaskResolver
    from volant.sdk.resources import Resources
    from volant.sdk.secret import Secret

Isolation = Literal["reuse", "fresh"]
SharedMemory: TypeAlias = Literal[True] | str

KEEP: Final[Any] = object()
"""For an option whose None means something."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TaskOptions:
    """How a task runs; every field is a keyword of `@task`, which takes `resources` and a `Cache` too.

    Attributes:
        retries: Further tries after any exception but `NonRecoverableError`; at least 0.
        timeout: How long one try may take; zero for ever.
        cache: Whether outputs are kept and found again by inputs.
        cache_version: Changed by the author when the same inputs shall give something new.
        cache_serialize: Whether equal calls at the same time wait for the first.
        cache_ignore_input_vars: Inputs that do not count.
        interruptible: Whether it may run where it can be taken away; None leaves it to the workflow.
        deprecated: Why nobody should use it any more; "" where they should.
        requests: What it needs at least.
        limits: What it must not exceed.
        environment: Variables of its process.
        isolation: "reuse" shares a warm process with other tasks of its run, "fresh" gets one of its own.
        container_image: Image of its container on a cluster. A run on this machine uses this Python instead.
        accelerator: Device it wants on a cluster.
        shared_memory: Size of its shared memory on a cluster; True for all of its memory.
        secret_requests: Secrets it gets.
        pod_template: Pod it runs in on a cluster.
        pod_template_name: Name of a pod template that the cluster has.
        enable_deck: Whether it writes a report page.
        deck_fields: Decks that are made for that page.
        docs: About it, where its docstring says nothing.
        labels: Of its object on a cluster.
        annotations: Likewise.
        task_resolver: Finds it again in another process; None for the module's top level.
    """

    retries: int = 0
    timeout: dt.timedelta = NOTHING
    cache: bool = False
    cache_version: str = ""
    cache_serialize: bool = False
    cache_ignore_input_vars: tuple[str, ...] = ()
    interruptible: bool | None = None
    deprecated: str = ""
    requests: Resources | None = None
    limits: Resources | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    isolation: Isolation = "reuse"
    container_image: str | None = None
    accelerator: GPUAccelerator | None = None
    shared_memory: SharedMemory | None = None
    secret_requests: tuple[Secret, ...] = ()
    pod_template: PodTemplate | None = None
    pod_template_name: str | None = None
    enable_deck: bool | None = None
    deck_fields: tuple[DeckField, ...] = ()
    docs: str | Documentation | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    task_resolver: TaskResolver | None = None

    @property
    def documentation(self) -> str:
        """What `docs` says, all of it."""
        if self.docs is None or isinstance(self.docs, str):
            return self.docs or ""
        long = self.docs.long_description.value if self.docs.long_description else ""
        return "\n\n".join(text for text in (self.docs.short_description, long) if text)

    @property
    def decks(self) -> tuple[DeckField, ...]:
        """Decks that are made for its page; none where it has no page."""
        from volant.sdk.deck import DEFAULT_DECKS

        return (self.deck_fields or DEFAULT_DECKS) if self.enable_deck else ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Overrides:
    """What one node does differently from its task; None leaves it. See `with_overrides`."""

    node_name: str | None = None
    name: str | None = None
    aliases: Mapping[str, str] | None = None
    retries: int | None = None
    timeout: dt.timedelta | None = None
    interruptible: bool | None = None
    requests: Resources | None = None
    limits: Resources | None = None
    cache: bool | None = None
    cache_version: str | None = None
    cache_serialize: bool | None = None
    container_image: str | None = None
    accelerator: GPUAccelerator | None = None
    shared_memory: SharedMemory | None = None
    pod_template: PodTemplate | None = None


OF_TASKS: Final = ("resources",)
"""Keywords that are no fields: they are made fields of."""
