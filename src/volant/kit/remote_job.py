"""The easy engine contract: a task that is one job of an outside service, for authors who only know the service.

    class Handle(Struct, frozen=True):
        id: str

    class Render(RemoteJobPlugin[Handle, dict[str, Any]]):
        id = "render"
        task_types = frozenset({"render"})

        async def create(self, ctx, task, inputs): ...    # start it, under ctx.generated_name
        async def find(self, ctx): ...                    # the job of that name, if there is one
        async def get(self, jobs): ...                    # what the service knows of many, in one call
        def status(self, ctx, job, seen): ...             # what that means
        async def delete(self, ctx, job): ...             # stop it

It adapts itself to `TaskPlugin` over `AutoRefreshCache` and quotas; nothing polls, the cache wakes its attempts.
Source of the idea: flyteplugins `pluginmachinery/webapi` (Create, Get, Delete, Status), with its faults left out.
"""

import datetime as dt
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from msgspec import UNSET

from volant.base.clock import Clock
from volant.base.errors import SystemFault, UserError
from volant.base.log import BoundLog
from volant.contracts.http import Http, HttpUnavailableError
from volant.contracts.plugin import PluginSetup, Result, TaskContext, TaskPlugin
from volant.contracts.secrets import SecretSource
from volant.contracts.status import TaskStatus
from volant.idl import pb
from volant.kit.auto_refresh_cache import AutoRefreshCache
from volant.kit.json_form import from_table
from volant.kit.refusal import refused
from volant.kit.remote_job_checks import argument_of, check_definition
from volant.kit.remote_job_state import RemoteJob, Watched, decoded, encoded, upgraded
from volant.kit.remote_job_status import going_on, missing, taken, unavailable

J = TypeVar("J")
"""An author's handle of a job."""
S = TypeVar("S")
"""What a service says of a job."""

JobContext: TypeAlias = TaskContext[RemoteJob]
"""What the methods of a `RemoteJobPlugin` get."""

MOST_FAILURES = 10
"""So many failures in a row to ask about a job end its attempt."""

SAFETY_LOOKS = 60
"""An attempt looks at its job every so many refreshes, even if nobody wakes it."""


SHORTEST_WAIT = dt.timedelta(seconds=1)
"""Services that ask for less (some say 0) are asked again after this."""


class RemoteJobPlugin(TaskPlugin[RemoteJob], Generic[J, S]):
    """Owns task types whose attempts are each one job of an outside service.

    Its methods may be sync (they run in the plugin's own threads, and use `self.http.request`) or async (they run
    on the engine's loop, and use `self.http.arequest`). `create`, `find` and `delete` may be called again at any
    time, with the same attempt: they are idempotent on `ctx.generated_name`. A failure of theirs is repeated by
    the engine with back-off; a `UserError` or `HttpRefusedError` out of `create` ends the task.

    An attempt that is killed, fails otherwise, or cannot ask about its job any more has its job deleted; one whose
    `status` said that it is over has not.

    Attributes:
        job_type: What `create` returns, kept in the custom state; default: the first type argument. A dataclass,
            a msgspec Struct, a pydantic model or a plain `str`.
        settings_type: What `[plugins.<id>]` is checked against and made into; None leaves a mapping.
        refresh: How often each job is asked about, at the least.
        batch: Jobs in one `get`, at most.
        calls_per_s: Calls of `get` each second, at most, with bursts of as many (at least 1); 0 for no limit.
        pool: Quota pool of which each attempt takes one token before `create`; "" for none.
        state_version: Grows when `job_type` changes; `upgrade_job` reads older ones.
        settings: From `initialize` on.
        http: Likewise; outside services.
        secrets: Likewise; values, fetched when asked for.
        log: Likewise; the plugin's own.
        clock: Likewise; the engine's time.
    """

    job_type: ClassVar[type[Any]]
    settings_type: ClassVar[type[Any] | None] = None
    state_type: ClassVar[type[Any]] = RemoteJob
    refresh: ClassVar[dt.timedelta] = dt.timedelta(seconds=5)
    batch: ClassVar[int] = 100
    calls_per_s: ClassVar[float] = 0
    pool: ClassVar[str] = ""
    settings: Any
    http: Http
    secrets: SecretSource
    log: BoundLog
    clock: Clock
    _setup: PluginSetup | None = None
    _cache: AutoRefreshCache[Watched]
    _creating: list[str]
    """Generated names of the jobs that threads are just making, also those whose call was given up."""

    def __init_subclass__(cls, **more: Any) -> None:
        """Check an author's definition; a class without an `id` is a base of others.

        Raises:
            UserError: All that is wrong with it.
        """
        super().__init_subclass__(**more)
        if "job_type" not in cls.__dict__ and (found := argument_of(cls, RemoteJobPlugin)) is not None:
            cls.job_type = found
        if hasattr(cls, "id"):
            check_definition(cls, RemoteJobPlugin)

    # ------------------------------------------------------------------------------------- what an author writes

    def create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Result[J]:
        """Start the job, under `ctx.generated_name`, and return its handle.

        Called again after a crash, or after a call that failed: a service that makes a second job of the same
        name is first asked with `find`.

        Raises:
            UserError: It can never run; the task fails, by the user's fault.
            HttpUnavailableError: Not now; with a `retry_after` the attempt waits, uncharged, else it is called again.
        """
        raise NotImplementedError

    def find(self, ctx: JobContext) -> Result[J | None]:
        """The handle of the job named `ctx.generated_name`; None where there is none.

        Asked when an attempt ends whose handle was never recorded.
        """
        raise NotImplementedError

    def get(self, jobs: Sequence[J]) -> Result[Sequence[S | None]]:
        """What the service says of each, in the same order; None for what it does not know.

        One call for at most `batch` jobs of different attempts; uses `self.http`. Nothing else may be done here.
        """
        raise NotImplementedError

    def status(self, ctx: JobContext, job: J, seen: S) -> Result[TaskStatus[J]]:
        """What that means for the attempt.

        Quick and pure: a sync one is called on the engine's loop. A `state` in it replaces the handle. A status
        that ends the attempt says that the job is over, and may bring `outputs`; else `read_outputs` is asked.
        """
        raise NotImplementedError

    def delete(self, ctx: JobContext, job: J) -> Result[None]:
        """Stop the job and remove what it holds. What is over or gone already is fine."""
        raise NotImplementedError

    def watch(self) -> AsyncIterator[str] | None:
        """An async generator of the generated names of jobs that have changed, as the service pushes them.

        Optional: each name is asked about at once, and refreshes go on beside. One that fails or ends is begun anew;
        None: this service, as it is set up, pushes nothing.
        """
        return None

    def upgrade_job(self, version: int, data: Any) -> J:  # noqa: ARG002  overridden
        """A handle of an older `state_version`, as JSON, as one of this.

        Raises:
            ValueError: That version is not understood; the attempt is left alone and the user told.
        """
        raise ValueError(f"{self.id}: no upgrade of a job from version {version} to {self.state_version}")

    # ------------------------------------------------------------------------------------ what the engine calls

    def initialize(self, setup: PluginSetup) -> None:
        """Take what the engine gives, and begin to refresh; an override calls this first.

        Raises:
            UserError: The settings are not what `settings_type` says.
        """
        self.settings = self._settings_of(setup.settings)
        self.http, self.secrets, self.log, self.clock = setup.http, setup.secrets, setup.log, setup.clock
        self._setup = setup
        self._creating = []
        self._cache = AutoRefreshCache(
            self._ask,
            refresh=self.refresh,
            batch=self.batch,
            calls_per_s=self.calls_per_s,
            burst=max(1, round(self.calls_per_s)),
            is_terminal=lambda watched: watched.is_over,
            changed=lambda _, watched: setup.wake(watched.key),
            failure_limit=MOST_FAILURES,
        )
        self._cache.start(setup)
        if type(self).watch is not RemoteJobPlugin.watch:
            setup.background(self._heed, "watch")

    async def start_task(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> TaskStatus[RemoteJob]:
        """Take a token of the pool, and create the job."""
        if self.pool and not (grant := await ctx.quotas.arequest(self.pool)).granted:
            return TaskStatus.not_ready(grant.message)
        try:
            job = await self._create(ctx, task, inputs)
        except UserError as problem:
            return refused(problem)
        except HttpUnavailableError as error:
            if error.retry_after is None:
                raise
            return TaskStatus.not_ready(str(error), check_after=max(error.retry_after, SHORTEST_WAIT))
        state = RemoteJob(encoded(job, self.job_type, f"{self._who}.create"), self.clock.now_us())
        self._watch(ctx, state)
        return TaskStatus.queued(state, message="the job was created", check_after=self._safety)

    async def check_task_status(self, ctx: JobContext) -> TaskStatus[RemoteJob]:
        """What is known of the job by now; the cache wakes the attempt when that changes."""
        state = _recorded(ctx)
        watched = self._watch(ctx, state)
        failing = self._refreshed.failures(ctx.generated_name)
        if failing.times >= MOST_FAILURES:
            return unavailable(failing)
        if watched.seen is UNSET:
            return going_on(state, self._safety)
        if watched.seen is None:
            said_us = self._refreshed.synced_us(ctx.generated_name)
            again = max(self.refresh, SHORTEST_WAIT)
            return missing(state, self.clock.now_us(), said_us, again, self._safety)
        told = self.status(ctx, watched.job, watched.seen)
        told = await told if inspect.isawaitable(told) else told
        status = taken(state, told, self.job_type, self._who, self._safety)
        self._keep(ctx, watched, status)
        return status

    async def kill_task(self, ctx: JobContext, reason: str) -> None:  # noqa: ARG002  the contract's
        """Delete the job, recorded or not."""
        await self._delete(ctx)

    async def finalize(self, ctx: JobContext) -> None:
        """Forget the job, and delete it unless it is known to be over."""
        state, watched = ctx.state, self._refreshed.get(ctx.generated_name)
        is_over = (state is not None and state.is_over) or (watched is not None and watched.is_over)
        if not is_over:
            await self._delete(ctx)
        self._refreshed.forget(ctx.generated_name)

    def upgrade_state(self, version: int, data: dict[str, Any]) -> RemoteJob:
        """A state with a handle of an older version as one of this, by `upgrade_job`."""
        return upgraded(data, lambda job: self.upgrade_job(version, job), self.job_type, f"{self._who}.upgrade_job")

    # --------------------------------------------------------------------------------------------------- inside

    @property
    def _who(self) -> str:
        return type(self).__qualname__

    @property
    def _safety(self) -> dt.timedelta:
        return self.refresh * SAFETY_LOOKS

    @property
    def _refreshed(self) -> AutoRefreshCache[Watched]:
        self._ready()
        return self._cache

    def _ready(self) -> PluginSetup:
        if self._setup is None:
            raise SystemFault(f"{self._who}.initialize was overridden and does not call super().initialize(setup)")
        return self._setup

    def _settings_of(self, table: Mapping[str, Any]) -> Any:
        if self.settings_type is None:
            return table
        try:
            return from_table(table, self.settings_type)
        except ValueError as error:
            raise UserError(f"[plugins.{self.id}]: {error}", fix="correct it in the settings") from error

    def _watch(self, ctx: JobContext, state: RemoteJob) -> Watched:
        """The job in the cache, put there if it is not, or is there with a handle it had before."""
        name, raw = ctx.generated_name, bytes(state.job)
        watched = self._refreshed.get(name)
        if watched is None or watched.raw != raw:
            watched = Watched(ctx.key, raw, decoded(state, self.job_type, self._who))
            self._refreshed.put(name, watched)
        return watched

    def _keep(self, ctx: JobContext, watched: Watched, status: TaskStatus[RemoteJob]) -> None:
        """What a status changes of what is watched."""
        if status.phase.is_terminal:
            self._refreshed.put(ctx.generated_name, watched._replace(is_over=True))
        elif status.state is not UNSET:
            self._watch(ctx, status.state)

    async def _ask(self, items: Mapping[str, Watched]) -> Mapping[str, Watched]:
        """One `get` for many."""
        seen = await self._call(self.get, [watched.job for watched in items.values()])
        if not isinstance(seen, Sequence) or isinstance(seen, str | bytes):
            wanted = "return a list: for each job, in their order, what the service says, or None"
            raise SystemFault(f"{self._who}.get gave a {type(seen).__name__}; {wanted}")
        if len(seen) != len(items):
            raise SystemFault(f"{self._who}.get gave {len(seen)} answers for {len(items)} jobs; give one for each")
        return {name: watched._replace(seen=new) for (name, watched), new in zip(items.items(), seen, strict=True)}

    async def _create(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> J:
        self._check_alone(ctx)
        method = self.create if inspect.iscoroutinefunction(self.create) else self._create_in_thread
        job: J = await self._call(method, ctx, task, inputs)
        return job

    def _create_in_thread(self, ctx: JobContext, task: pb.TaskTemplate, inputs: pb.LiteralMap) -> Result[J]:
        self._creating.append(ctx.generated_name)
        try:
            return self.create(ctx, task, inputs)
        finally:
            self._creating.remove(ctx.generated_name)

    def _check_alone(self, ctx: JobContext) -> None:
        """Refuse to go on while a thread, which nobody can stop, may still make the job."""
        self._ready()
        if ctx.generated_name in self._creating:
            raise SystemFault(f"{self._who}.create, called before and given up, is still under way in its thread")

    async def _delete(self, ctx: JobContext) -> None:
        self._check_alone(ctx)
        state = ctx.state
        if state is None:
            job = await self._call(self.find, ctx)
        else:
            job = decoded(state, self.job_type, self._who)
        if job is not None:
            await self._call(self.delete, ctx, job)
        if (watched := self._refreshed.get(ctx.generated_name)) is not None:
            self._refreshed.put(ctx.generated_name, watched._replace(is_over=True))

    async def _heed(self) -> None:
        names: Any = self.watch()
        names = await names if inspect.isawaitable(names) else names
        if names is None:
            return
        if not hasattr(names, "__aiter__"):
            wanted = "write it as an async generator: async def watch(self), with yield"
            raise SystemFault(f"{self._who}.watch gave a {type(names).__name__}; {wanted}")
        async for name in names:
            self._refreshed.refresh_now(name)
        raise SystemFault("the service ended it")

    async def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """An author's method, sync or async."""
        if inspect.iscoroutinefunction(method):
            return await method(*arguments)
        found = await self._ready().in_thread(method, *arguments)
        return await found if inspect.isawaitable(found) else found


def _recorded(ctx: JobContext) -> RemoteJob:
    state = ctx.state
    assert state is not None, "a job that was created has a state"
    return state
