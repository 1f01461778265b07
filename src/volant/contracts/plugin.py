"""The engine's extension contract: a plugin owns every attempt of its task types.

The document it serves is Flyte's "Extending Flyte"; the words are its words. What went wrong there and is
decided here: a state left out means unchanged; a changed state is always persisted; outputs travel in the
status; `finalize` is always last; a raise is repeated on the same attempt and never hurts another node.
Source: flyteplugins v1 `go/tasks/v1/types/task.go` (Executor), later `pluginmachinery/core/plugin.go`.
Suite: `volant.testing.plugin_suite`.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from volant.base.clock import Clock
from volant.base.errors import SystemFault
from volant.base.ids import AttemptKey
from volant.base.log import BoundLog
from volant.contracts.http import Http
from volant.contracts.launcher import Launcher
from volant.contracts.quotas import PoolLimits, Quotas
from volant.contracts.secrets import SecretSource
from volant.contracts.status import ExternalResource, State, StatusPhase, TaskStatus
from volant.idl import pb

__all__ = [
    "Builder", "ExternalResource", "NotYet", "PluginProperties", "PluginSetup", "Result", "State", "StatusPhase",
    "TaskContext", "TaskPlugin", "TaskStatus",
]  # fmt: skip

T = TypeVar("T")
Held = TypeVar("Held", covariant=True)
"""A custom state, as a context only hands it out."""

Result: TypeAlias = T | Awaitable[T]
"""Every method may be sync (runs in the plugin's own threads) or async (runs on the engine's loop)."""


class NotYet(SystemFault):
    """Raised by `kill_task` or `finalize`: not over yet. Called again soon; counts as no failure.

    Attributes:
        after: When to call again, unless woken before.
    """

    def __init__(self, message: str, *, after: dt.timedelta = dt.timedelta(milliseconds=100)) -> None:
        super().__init__(message)
        self.after = after


class PluginProperties(Struct, frozen=True):
    """Constant for a plugin. Source: flyteplugins `core/plugin.go` `PluginProperties`.

    Attributes:
        disable_node_level_caching: The engine neither looks up nor writes the cache for its tasks.
        generated_name_max_length: At least 14; 50 is Flyte's.
        inline: Its methods are async and never wait for anything: the engine calls them without a task.
    """

    disable_node_level_caching: bool = False
    generated_name_max_length: int = 50
    inline: bool = False


class PluginSetup(Protocol):
    """What a plugin gets once, before any task."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """`[plugins.<id>]` of the settings; empty where there is none."""
        ...

    @property
    def launchers(self) -> Mapping[str, Launcher]:
        """How to get processes started: "pool" and "subprocess"."""
        ...

    @property
    def clock(self) -> Clock:
        """The engine's time."""
        ...

    @property
    def http(self) -> Http:
        """Outside services, for work that belongs to no attempt."""
        ...

    @property
    def secrets(self) -> SecretSource:
        """Values, fetched when asked for."""
        ...

    @property
    def log(self) -> BoundLog:
        """The plugin's own log."""
        ...

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Run `work()` on the engine's loop from now on, until the engine stops and cancels it.

        Work that raises is logged and begun anew after a wait that doubles up to 30 s; work that returns is done.
        It must not block; its sleeps are asyncio's, so that a test can move the time.
        """
        ...

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a sync function in the plugin's own threads."""
        ...

    def wake(self, key: AttemptKey) -> None:
        """Ask for a look at that attempt soon; from any thread, also when no call is going on."""
        ...


class TaskContext(Protocol[Held]):
    """One attempt, as its plugin sees it during a call. Everything is read on demand; nothing is mutable."""

    @property
    def key(self) -> AttemptKey:
        """(run, action, number)."""
        ...

    @property
    def generated_name(self) -> str:
        """Stable across restarts, new with each attempt; the key of every outside effect."""
        ...

    @property
    def state(self) -> Held | None:
        """The custom state last returned and persisted; None before the first."""
        ...

    @property
    def code(self) -> str:
        """Digest of the source bundle the run was made from; "" for none."""
        ...

    @property
    def input_uri(self) -> str:
        """Where `inputs.pb` of the node is readable."""
        ...

    @property
    def output_prefix(self) -> str:
        """Folder URI of this attempt; a process leaves `outputs.pb` or `error.pb` there."""
        ...

    @property
    def raw_output_prefix(self) -> str:
        """Folder URI for this attempt's raw data."""
        ...

    @property
    def checkpoint_uri(self) -> str:
        """Where this attempt may leave a checkpoint."""
        ...

    @property
    def previous_checkpoint_uri(self) -> str:
        """Where the attempt before left one; "" for the first."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """The task's environment: template, then Flyte's own variables, then the run's; later ones win."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """The run's labels."""
        ...

    @property
    def resources(self) -> pb.Resources:
        """Requests and limits, node overrides applied, requests never above limits."""
        ...

    @property
    def interruptible(self) -> bool:
        """Whether this attempt may run where it can be taken away."""
        ...

    @property
    def max_attempts(self) -> int:
        """How many tries the user allowed."""
        ...

    @property
    def secrets(self) -> SecretSource:
        """Values, fetched when asked for."""
        ...

    @property
    def quotas(self) -> Quotas:
        """Named pools."""
        ...

    @property
    def http(self) -> Http:
        """Outside services."""
        ...

    @property
    def log(self) -> BoundLog:
        """Bound to the attempt."""
        ...

    def template(self) -> pb.TaskTemplate:
        """The task's template, on any call; do not mutate it."""
        ...

    def inputs(self) -> pb.LiteralMap:
        """The node's inputs, on any call; do not mutate them."""
        ...

    def inputs_wire(self) -> bytes:
        """The same, serialized."""
        ...

    def left(self, name: str) -> bytes | None:
        """A file this attempt left under `output_prefix`, e.g. "outputs.pb"; None where there is none."""
        ...

    def wake(self) -> None:
        """Ask for a look at this attempt soon."""
        ...


class TaskPlugin(Generic[State]):
    """Owns every attempt of its task types; a singleton in the engine.

    One call per attempt at a time; calls of different attempts overlap. A sync call past its deadline cannot be
    stopped: it keeps its thread, and the call is made again beside it. Nothing kept in attributes survives a
    restart: the custom state is the only truth, and the generated name the only key for outside effects.
    A call that raises is repeated on the same attempt with back-off; the tenth in a row ends the attempt as a
    SYSTEM failure, code "PluginFailed"; a `UserError` says that repeating cannot help, and ends it at once. A
    failure the user should see is a status, not an exception.

    Attributes:
        id: Unique among plugins.
        task_types: What it is registered for.
        default: Whether it runs every type that nobody is registered for.
        state_type: Dataclass, msgspec Struct or pydantic model; only its JSON form survives.
        state_version: Grows when `state_type` changes; `upgrade_state` reads older ones.
        quotas: Pools it asks for, with the limits that hold unless `[quotas.<pool>]` says others.
        properties: Constant.
    """

    id: ClassVar[str]
    task_types: ClassVar[frozenset[str]]
    default: ClassVar[bool] = False
    state_type: ClassVar[type[Any]]
    state_version: ClassVar[int] = 1
    quotas: ClassVar[Mapping[str, PoolLimits]] = {}
    properties: ClassVar[PluginProperties] = PluginProperties()

    def runs(self, task: pb.TaskTemplate) -> bool:  # noqa: ARG002  overridden
        """Whether it can run a task the engine would give it; asked before a run begins, e.g. by `volant plan`.

        A default plugin says no to what it finds nothing in to run.
        """
        return True

    def initialize(self, setup: PluginSetup) -> None:
        """Once per process, before any task. Heavy work belongs here, never in the constructor."""

    def start_task(
        self, ctx: TaskContext[State], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> Result[TaskStatus[State]]:
        """Start the attempt and return the initial custom state.

        Called after the attempt is committed; called again with the same generated name after a crash before
        its status was, and after NotReady: it must be idempotent on the name.
        """
        raise NotImplementedError

    def check_task_status(self, ctx: TaskContext[State]) -> Result[TaskStatus[State]]:
        """Look again: after `check_after`, when woken, and after a restart. Idempotent and quick."""
        raise NotImplementedError

    def kill_task(self, ctx: TaskContext[State], reason: str) -> Result[None]:
        """Stop what was started; what is gone already is fine. Repeated until it returns."""
        raise NotImplementedError

    def finalize(self, ctx: TaskContext[State]) -> Result[None]:
        """Always last: after success, failure and kill. May be repeated; must succeed when all is gone."""

    def read_outputs(self, ctx: TaskContext[State]) -> Result[pb.LiteralMap | bytes | None]:
        """The outputs, asked once at success if the status gave none; default: the file the attempt left."""
        return ctx.left("outputs.pb")

    def upgrade_state(self, version: int, data: dict[str, Any]) -> State:  # noqa: ARG002  overridden
        """A state of an older version as one of this.

        Raises:
            ValueError: That version is not understood; the row is left alone and the user told.
        """
        raise ValueError(f"{self.id}: no upgrade from state version {version} to {self.state_version}")


Builder: TypeAlias = Callable[[], TaskPlugin[Any]]
"""What an entry point of the group `volant.plugins` names."""
