"""The engine's asyncio shell: claims runs, commits groups, makes calls, sleeps until something is due.

Commits run on the loop's own thread when nothing else is in flight (no thread hop: the shortest chain), and in
a writer thread otherwise (workers stay fed while the disk is busy). See docs/adr/0005-one-turn.md.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from volant.base.clock import SECOND_US, Clock
from volant.base.errors import LeaseLostError, SystemFault, UserError
from volant.base.ids import AttemptKey, RunId
from volant.base.log import get_log
from volant.base.phases import RunPhase
from volant.contracts.blob import BlobStore
from volant.contracts.http import EngineHttp
from volant.contracts.journal import Journal, Subscription
from volant.contracts.launcher import Launcher
from volant.contracts.plugin import TaskPlugin
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Lease
from volant.contracts.secrets import SecretSource
from volant.engine.background import Background
from volant.engine.context import Facts
from volant.engine.env import Env
from volant.engine.host import Host
from volant.engine.options import EngineOptions
from volant.engine.outbox import Call, Group
from volant.engine.plugin_table import Entry, PluginTable
from volant.engine.propeller import Claimed, Propeller, Returned, Rung, Wished, Woken
from volant.engine.quotas import pools_of
from volant.engine.setup import Setup
from volant.engine.uninitialized import Uninitialized
from volant.engine.values import Values

DEFAULT_OPTIONS = EngineOptions()
CLAIM_LIMIT = 64
CLAIM_EVERY_US = SECOND_US
"""An engine's death rings no bell: its runs are found by asking."""

TURNS_PER_BREATH = 50


class Engine:
    """Runs workflows of one store until it is drained.

    Raises:
        UserError: Two plugins claim one id or one task type.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        blobs: BlobStore,
        plugins: Sequence[TaskPlugin[Any] | Entry],
        launchers: Mapping[str, Launcher],
        secrets: SecretSource,
        http: EngineHttp,
        clock: Clock,
        options: EngineOptions = DEFAULT_OPTIONS,
        plugin_settings: Mapping[str, Mapping[str, Any]] = {},
        quotas: Mapping[str, PoolLimits] = {},
    ) -> None:
        self.launchers = launchers
        self.clock = clock
        self._journal = journal
        self._http = http
        self._log = get_log("engine")
        self._table = PluginTable(plugins)
        self._pools = pools_of([each.plugin for each in self._table.entries.values()], quotas)
        self._facts = Facts(blobs, Values(blobs), secrets, http, self.wake, self._log)
        self._options = options
        self._plugin_settings = plugin_settings
        self._host = Host(self._answered, options.call_deadline_us)
        self._background = Background()
        self._writer = ThreadPoolExecutor(1, "volant-writer")
        self._waiters: dict[RunId, asyncio.Future[RunPhase]] = {}
        self._kick = asyncio.Event()
        self._rung = False
        self._draining = False
        self._claims_all = False
        self._claim_us = 0
        self._committing: asyncio.Future[frozenset[RunId]] | None = None
        self._group = Group([], [])
        self._bell: Subscription | None = None
        self._lease: Lease | None = None
        self._main: asyncio.Task[None] | None = None
        self._beginning: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the lease, initialize plugins and launchers, listen to the store.

        A plugin that cannot be initialized is reported, and fails its own tasks only.

        Raises:
            StoreFault: The store cannot be used.
            UserError: A plugin that has settings refuses them. After any failure nothing goes on, and the lease is
                given back.
        """
        self._loop = asyncio.get_running_loop()
        await self._http.open()
        try:
            self._lease = self._journal.open_engine()
            self._start_parts()
            self._bell = self._journal.listen(self._ring)
        except BaseException:
            await self.drain(stop_jobs=False)
            raise
        self._main = asyncio.create_task(self._run_loop())

    def _start_parts(self) -> None:
        env = Env(
            journal=self._journal, lease=self.lease, plugins=self._table, facts=self._facts, clock=self.clock,
            options=self._options, log=self._log, pools=self._pools,
        )  # fmt: skip
        self._propeller = Propeller(env)
        for launcher in self.launchers.values():
            launcher.start(self._wake_here, self.lease.epoch)
        for entry in self._table.entries.values():
            self._initialize(entry)

    def _initialize(self, entry: Entry) -> None:
        settings = self._plugin_settings.get(entry.id, {})
        try:
            entry.plugin.initialize(
                Setup(entry.id, settings, self.launchers, self.clock, self._facts, self._host, self._background)
            )
        except (Exception, SystemExit) as error:  # a plugin may raise anything; it hurts its own tasks only
            # Somebody wrote these settings: they are told at once, as of any other wrong setting. A plugin that
            # happens to be installed, and misses settings that nobody wrote, must not stop the others.
            if isinstance(error, UserError) and entry.id in self._plugin_settings:
                raise
            self._log.warning("plugin %s cannot be used: %s: %s", entry.id, type(error).__name__, error)
            entry.plugin = Uninitialized(entry.id, error)

    async def run(self, run: RunId) -> RunPhase:
        """Claim one run, and see it through.

        Raises:
            LeaseLostError: Another engine owns it.
            StoreFault: The store failed; nothing committed is lost.
            VolantError: It cannot go on here, e.g. because a plugin it was started with is gone.
        """
        if not self._journal.claim(self.lease, limit=1, only=run):
            raise LeaseLostError(f"{run} belongs to another engine")
        done = self._waiters[run] = self._loop.create_future()
        self._begin_soon(run)
        await self._first_of(done)
        return RunPhase(done.result())

    async def serve(self) -> None:
        """Claim whatever is claimable, until drained.

        Raises:
            StoreFault: The store failed; nothing committed is lost.
        """
        self._claims_all = self._rung = True
        self._kick.set()
        assert self._main is not None
        await self._main

    async def drain(self, *, stop_jobs: bool) -> None:
        """Start nothing new, commit what is pending, give up the lease; idempotent.

        Args:
            stop_jobs: End running processes; their attempts start over on resume, at no cost. Otherwise they
                go on, and the next engine adopts them.
        """
        self._draining = True
        self._kick.set()
        for task in self._beginning:
            task.cancel()
        if self._main is not None:
            await asyncio.wait([self._main])
            if not self._main.cancelled():
                self._main.exception()  # told to whoever is in `run` or `serve`; asked for, or asyncio calls it lost
        for launcher in self.launchers.values():
            await launcher.close(stop_jobs=stop_jobs)
        await self._background.close()
        await self._host.close()
        await self._http.close()
        self._writer.shutdown(wait=True)
        if self._bell is not None:
            self._bell.close()
        if self._lease is not None:
            self._journal.close_engine(self._lease)

    @property
    def lease(self) -> Lease:
        """The right to write, from `start` on.

        Raises:
            LeaseLostError: It was not started.
        """
        if self._lease is None:
            raise LeaseLostError("the engine was not started")
        return self._lease

    def wake(self, key: AttemptKey) -> None:
        """Ask for a look at an attempt; from any thread."""
        self._propeller.tell(Woken(key))
        self._kick_from_anywhere()

    def _wake_here(self, key: AttemptKey) -> None:
        self._propeller.tell(Woken(key))
        self._kick.set()

    def _ring(self) -> None:
        self._rung = True
        self._kick_from_anywhere()

    def _kick_from_anywhere(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._kick.set)

    def _answered(self, call: Call, result: Any) -> None:
        self._propeller.tell(Returned(call, result))
        self._kick.set()

    async def _first_of(self, done: "asyncio.Future[RunPhase]") -> None:
        assert self._main is not None
        either: list[asyncio.Future[Any]] = [done, self._main]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            self._main.result()
            raise LeaseLostError("the engine was drained before the run was over")

    def _begin_soon(self, run: RunId) -> None:
        # A task of its own: one run's unresponsive worker must not hold up the others.
        task = asyncio.create_task(self._begin(run))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, run: RunId) -> None:
        """Count what runs of it, then let it go on."""
        try:
            for launcher in self.launchers.values():
                await launcher.census(run)
        except Exception as error:  # noqa: BLE001  whatever a launcher raises hurts this run alone
            # Nothing of it may be dispatched before the census; the other runs go on.
            self._log.exception("%s: its processes could not be counted", run)
            self._settle(run, SystemFault(f"{run}: its processes could not be counted: {error}"))
            return
        self._propeller.tell(Claimed(run))
        self._kick.set()

    async def _run_loop(self) -> None:
        while not self._draining:
            self._kick.clear()
            self._take_committed()
            if self._rung or (self._claims_all and self.clock.now_us() >= self._claim_us):
                self._heed_bell()
            busy = self._some_turns()
            if busy:
                await asyncio.sleep(0)
            else:
                await self._sleep()
        await self._flush()

    def _some_turns(self) -> bool:
        """Turn until nothing is left to do here; True if only to let others breathe."""
        for _ in range(TURNS_PER_BREATH):
            more = self._propeller.turn()
            self._settle_refused()
            self._make_calls()
            committed = self._commit()
            if not more and not committed and not self._propeller.env.calls and not self._propeller.has_news:
                return False
        return True

    def _make_calls(self) -> None:
        if not self._draining:
            for call in self._propeller.calls():
                self._host.call(call)

    def _commit(self) -> bool:
        """Commit if it is time; whether something became durable here and now."""
        if self._committing is not None or not self._propeller.wants_commit():
            return False
        group = self._propeller.take()
        if self._is_alone():
            self._committed(group, self._journal.commit(self.lease, group.changes))
            return True
        self._group = group
        self._committing = self._loop.run_in_executor(self._writer, self._journal.commit, self.lease, group.changes)
        self._committing.add_done_callback(lambda _: self._kick.set())
        return False

    def _is_alone(self) -> bool:
        """Whether nothing runs that could use the loop while the disk is busy."""
        return self._host.in_flight == 0 and not any(run.active > 1 for run in self._propeller.runs.values())

    def _take_committed(self) -> None:
        if self._committing is not None and self._committing.done():
            done, self._committing = self._committing, None
            self._committed(self._group, done.result())

    def _committed(self, group: Group, lost: frozenset[RunId]) -> None:
        for gone in lost:
            self._settle(gone, LeaseLostError(f"{gone} was taken over by another engine"))
        for run in self._propeller.committed(group, lost):
            for launcher in self.launchers.values():
                launcher.end_run(run.id)
            self._settle(run.id, run.row.phase)
        self._make_calls()

    def _settle_refused(self) -> None:
        while self._propeller.refused:
            self._settle(*self._propeller.refused.pop())

    def _settle(self, run: RunId, how: RunPhase | Exception) -> None:
        waiter = self._waiters.pop(run, None)
        if waiter is None or waiter.done():
            return
        if isinstance(how, Exception):
            waiter.set_exception(how)
        else:
            waiter.set_result(how)

    def _heed_bell(self) -> None:
        self._rung = False
        for wish in self._journal.wishes(self.lease):
            self._propeller.tell(Wished(wish))
        if self._propeller.heeds_bell:
            self._propeller.tell(Rung())
        if self._claims_all:
            self._claim_us = self.clock.now_us() + CLAIM_EVERY_US
            for run in self._journal.claim(self.lease, limit=CLAIM_LIMIT):
                self._begin_soon(run)

    async def _sleep(self) -> None:
        """Wait for a stimulus, a commit, or the next moment something is due."""
        wait_us = self._wait_us()
        timer = None if wait_us is None else self._loop.call_later(wait_us / SECOND_US, self._kick.set)
        await self._kick.wait()
        if timer is not None:
            timer.cancel()

    def _wait_us(self) -> int | None:
        """How long nothing will be due; None for ever."""
        due = self._propeller.next_us(may_commit=self._committing is None)
        if self._claims_all:
            due = self._claim_us if due is None else min(due, self._claim_us)
        return None if due is None else max(0, due - self.clock.now_us())

    async def _flush(self) -> None:
        """Write what is recorded, without carrying out what would follow."""
        if self._committing is not None:
            await asyncio.wait([self._committing])
            self._take_committed()
        while len(self._propeller.env.outbox):
            group = self._propeller.take()
            self._committed(group, self._journal.commit(self.lease, group.changes))
