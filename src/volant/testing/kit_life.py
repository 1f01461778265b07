"""Plays one life: the real engine over a store in memory, killed and begun anew as the plan says."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import FrameType

from volant.base.clock import SystemClock
from volant.base.ids import ActionName, AttemptKey
from volant.base.phases import ActionPhase
from volant.compiler.build import plan_digest
from volant.contracts.launcher import Launcher
from volant.contracts.rows import RunRow, RunSpec, ValueRef
from volant.engine.engine import Engine
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing.kit_blocking import counted
from volant.testing.kit_cast import Cast, blobs_of, most_calls
from volant.testing.kit_http import KitHttp, Line
from volant.testing.kit_loops import AnyLoop, KitRealLoop, KitVirtualLoop, bury, live
from volant.testing.kit_plan import Plan
from volant.testing.kit_record import Life
from volant.testing.kit_secrets import KitSecrets
from volant.testing.kit_stage import RUN, Mortal, Stage
from volant.testing.kit_store import KitStore
from volant.testing.kit_watch import watch
from volant.testing.kit_watchdog import HUNG_S, place_of, place_of_thread, watched
from volant.testing.kit_work import NODE, NODES, closure_of, inputs_of
from volant.testing.moved_clock import MovedClock
from volant.testing.service import OutsideJob

VIRTUAL_DAY_S = 86_400.0
REAL_MINUTE_S = 60.0
FULL_S, REAL_FULL_S = 120.0, 1.0
"""How long pools stay full that are full at first."""


def play(cast: Cast, plan: Plan, calm: Life | None = None) -> Life:
    """One life, from the run's making until nothing of it is due any more.

    Args:
        cast: Of the suite.
        plan: What disturbs it.
        calm: The undisturbed life, which says how many calls are too many.
    """
    return _Playing(cast, plan, most_calls(cast.work, calm)).play()


class _Playing:
    def __init__(self, cast: Cast, plan: Plan, most_calls: int) -> None:
        self.cast = cast
        self.plan = plan
        self.works = (cast.work, cast.work.beside or cast.work) if plan.is_pair else (cast.work,)
        self.clock: MovedClock | SystemClock = SystemClock() if cast.real_time else MovedClock()
        self.began_us = self.clock.now_us()
        self.store = KitStore()
        self.stage = Stage(plan, self.store, self.clock.now_us, most_calls)
        self.service = cast.service() if cast.service else None
        self.stage.service = self.service
        self.secrets = KitSecrets(cast.secrets)
        self.line = Line(self.service, self.stage)
        self.blobs = blobs_of(cast)
        self.engines = 0
        self.ended_us = 0
        self.freed_us = 0
        self.hangs = False
        self.early: Sequence[OutsideJob] | None = None
        self.left: tuple[Sequence[OutsideJob], Sequence[str]] | None = None

    def play(self) -> Life:
        closure = closure_of(self.works, timeout_s=self.plan.timeout_s)
        row = RunRow(
            run=RUN, plan=plan_digest(closure), code="", spec=RunSpec(entity="kit.life"),
            inputs=ValueRef(data=wire(inputs_of(self.works))), created_us=self.began_us,
        )  # fmt: skip
        self.store.create_run(row, closure)
        if self.plan.full:
            self.store.fill(self.plan.full, self.began_us)
        with self.secrets.heard():
            while not (self.stage.problem or self.store.get_run(RUN).phase.is_terminal):
                self._one_engine()
        if self.left is None and not self.hangs:  # the last engine died of its last commit
            loop = self._loop()
            live(loop, self._late_look())
            bury(loop, ())
        return self._record()

    def _loop(self) -> AnyLoop:
        return KitVirtualLoop(self.clock, self.began_us) if isinstance(self.clock, MovedClock) else KitRealLoop()

    def _look_outside(self) -> None:
        """What is left outside, as the double sees it now, on a loop."""
        self.ended_us = self.clock.now_us()
        self.left = (self.service.jobs(), self.service.leftovers()) if self.service else ((), ())

    async def _late_look(self) -> None:
        self._look_outside()

    def _one_engine(self) -> None:
        self.engines += 1
        loop = self._loop()
        self.stage.mortal = Mortal(self.engines, _stopper(loop))
        launchers = self.cast.launchers(self.service)
        try:
            with counted(loop, self.stage), self._watched(loop):
                error = live(loop, self._run(loop, launchers))
            if error is not None and not self.stage.mortal.is_dead:
                self.stage.problem = f"{type(error).__name__}: {error}"
        except AssertionError as stuck:  # of the loop itself: nothing will ever happen again
            self.stage.problem = str(stuck)
            self.hangs = bool(loop.threads.idents)
        finally:
            self._bury(loop, launchers)

    def _bury(self, loop: AnyLoop, launchers: Mapping[str, Launcher]) -> None:
        self.stage.mortal.is_dead = True
        self.store.kill_newest()
        with self._watched(loop):
            bury(loop, launchers.values(), hangs=self.hangs)

    def _watched(self, loop: AnyLoop) -> AbstractContextManager[None]:
        limit_s = HUNG_S + (REAL_MINUTE_S if self.cast.real_time else 0)
        return watched(lambda frame: self._hung(loop, frame, limit_s), limit_s)

    def _hung(self, loop: AnyLoop, frame: FrameType | None, limit_s: float) -> None:
        """Break off this life, which does not go on.

        Raises:
            EngineKilled: Always.
        """
        self.hangs = True
        on_loop = place_of(frame, self.service)
        place = on_loop or place_of_thread(loop.threads.idents, self.service) or "somewhere in the engine"
        if on_loop:
            self.stage.blocked(f"it hangs at {place}")
        loop.abandon()
        self.stage.break_off(f"it was broken off after {limit_s:g} s of real time: {self.stage.where} hangs at {place}")

    async def _run(self, loop: AnyLoop, launchers: Mapping[str, Launcher]) -> None:
        limit_s = REAL_MINUTE_S if self.cast.real_time else VIRTUAL_DAY_S
        loop.call_later(limit_s, self._too_long, limit_s)
        if self.plan.full and self.early is None:
            full_us = int(1_000_000 * (REAL_FULL_S if self.cast.real_time else FULL_S))
            due_us = max(0, self.began_us + full_us - self.clock.now_us())
            loop.call_later(due_us / 1_000_000, self._free_pools)
        engine = self._engine(loop, launchers)
        await engine.start()
        self.stage.wake = lambda: engine.wake(AttemptKey(RUN, ActionName(NODE), self._newest_attempt()))
        await engine.run(RUN)
        await engine.drain(stop_jobs=True)
        self._look_outside()

    def _free_pools(self) -> None:
        """Somebody else lets go of what he holds."""
        self.early = self.service.jobs() if self.service else ()
        self.freed_us = self.clock.now_us()
        self.store.empty(self.freed_us)

    def _engine(self, loop: AnyLoop, launchers: Mapping[str, Launcher]) -> Engine:
        first = self.plan.older is not None and self.engines == 1
        build = self.cast.older[self.plan.older or 0] if first else self.cast.build
        plugin = watch(build(), self.stage)
        return Engine(
            journal=self.store, blobs=self.blobs, plugins=[plugin], launchers=launchers,
            secrets=self.secrets, http=KitHttp(self.line, self.stage, self.stage.mortal, loop),
            clock=self.clock, plugin_settings={plugin.id: self.cast.settings}, quotas=self.cast.quotas,
        )  # fmt: skip

    def _too_long(self, limit_s: float) -> None:
        self.stage.problem = f"it was not over after {limit_s:g} s"
        self.stage.mortal.die()

    def _newest_attempt(self) -> int:
        return max((row.number for row in self.store.list_attempts(RUN) if row.action == NODE), default=0)

    def _record(self) -> Life:
        stage, store = self.stage, self.store
        jobs, leftovers = self.left or ((), ())
        return Life(
            plan=self.plan, steps=stage.steps, works=self.works, secrets=self.secrets.read,
            problem=stage.problem, hangs=self.hangs, phase=store.get_run(RUN).phase,
            attempts=store.list_attempts(RUN), told=store.told,
            results=[self._outputs(node) for node, _ in zip(NODES, self.works, strict=False)],
            plugin_calls=stage.plugin_calls, outside_calls=stage.outside_calls,
            commits=stage.commits, blocking=stage.blocking, jobs=jobs, leftovers=leftovers,
            asked=store.asked, tokens=_tokens(store), early=jobs if self.early is None else self.early,
            freed_us=self.freed_us or self.ended_us, logged=self.secrets.logged,
            events=store.events(RUN), began_us=self.began_us, ended_us=self.ended_us,
        )  # fmt: skip

    def _outputs(self, node: str) -> pb.LiteralMap | None:
        found = [row for row in self.store.list_actions(RUN) if row.name == node]
        if not found or found[0].phase is not ActionPhase.SUCCEEDED:
            return None
        ref = found[0].outputs
        data = b"" if ref is None else (ref.data or b"") if not ref.uri else self.blobs.read(ref.uri)
        return pb.LiteralMap.FromString(data)


def _tokens(store: KitStore) -> list[str]:
    """What attempts still hold, or wait for."""
    rows = store.load(RUN).tokens
    return [f"{row.amount} of pool {row.pool!r} in the name of {row.name}" for row in rows]


def _stopper(loop: AnyLoop) -> Callable[[], None]:
    def stop() -> None:
        loop.call_soon_threadsafe(loop.stop)

    return stop
