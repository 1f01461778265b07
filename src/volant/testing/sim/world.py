"""One world: engines that come and go on one store, in the order a seed draws."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from volant.base.errors import LeaseLostError
from volant.base.ids import AttemptKey, RunId
from volant.base.log import get_log
from volant.base.phases import RunPhase
from volant.compiler.build import load_plan
from volant.contracts.rows import EventRow, RunSpec, TokenRow, Wish
from volant.engine.context import Facts
from volant.engine.env import Env
from volant.engine.host import method_of
from volant.engine.options import EngineOptions
from volant.engine.outbox import Call
from volant.engine.plugin_table import PluginTable
from volant.engine.propeller import Claimed, Propeller, Returned, Rung, Wished
from volant.engine.values import Values
from volant.stores.blob_memory import MemoryBlobStore
from volant.stores.memory import MemoryStore
from volant.testing import builders
from volant.testing.moved_clock import MovedClock
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.sim import invariants
from volant.testing.sim.chaos import ChaosPlugin, Service
from volant.testing.sim.scripts import POOL, Scenario, script_of

RUN = RunId("p:d:run")
TWIN = RunId("q:d:twin")
RECOVERED = RunId("p:d:recovered")
INPUT = {"a": 1}
MOST_STEPS = 50_000


class CrashError(BaseException):
    """The engine dies here. Not an Exception, so nothing can swallow it."""


class SimEngine:
    """An engine whose commits, calls and answers happen when the world says so.

    Attributes:
        calls: To be made.
        answers: Made, but the engine has not heard yet.
        rung: Whether the store's bell rang since its last turn.
        doomed: Runs that somebody had wanted to end before it claimed them.
    """

    def __init__(self, world: "World") -> None:
        self.world = world
        self.lease = world.store.open_engine()
        facts = Facts(world.blobs, Values(world.blobs), NoSecrets(), NoHttp(), world.wake, get_log("sim"))
        plugin = ChaosPlugin(world.service, world.script, world.is_durable, world.tokens, self.lease.epoch)
        env = Env(
            journal=world.store, lease=self.lease, plugins=PluginTable([plugin]), facts=facts, clock=world.clock,
            options=world.options, log=get_log("sim"), pools={POOL: world.scenario.limits},
        )  # fmt: skip
        self.propeller = Propeller(env)
        self.rung = False
        self.calls: list[Call] = []
        self.answers: list[Returned] = []
        for run in world.store.claim(self.lease, limit=10):
            self.propeller.tell(Claimed(run))
        self.doomed = {wish.run for wish in world.store.wishes(self.lease)}

    def moves(self) -> list[Callable[[], None]]:
        """What could happen next."""
        moves: list[Callable[[], None]] = []
        due = self.propeller.next_us()
        if self.propeller.has_news or self.rung or (due is not None and due <= self.world.clock.us):
            moves.append(self.turn)
        if len(self.propeller.env.outbox):
            moves.append(self.commit)
        if self.calls:
            moves.append(self.make_call)
        if self.answers:
            moves.append(self.hear)
        return moves

    def turn(self) -> None:
        """Hear the bell and take a turn."""
        self.rung = False
        for wish in self.world.store.wishes(self.lease):
            self.propeller.tell(Wished(wish))
        if self.propeller.heeds_bell:
            self.propeller.tell(Rung())
        more = self.propeller.turn()
        self.rung = self.rung or more
        self._take_calls()

    def commit(self) -> None:
        """Commit some of what is recorded."""
        group = self.propeller.env.outbox.take(self.world.rng.choice([1, 2, 5, 250]))
        self.world.crash_point("before commit", self)
        lost = self.world.store.commit(self.lease, group.changes)
        self.world.crash_point("after commit", self)
        self.propeller.committed(group, lost)
        self._take_calls()

    def _take_calls(self) -> None:
        calls = self.propeller.calls()
        if self not in self.world.zombies:
            starts = {call.run.id for call in calls if call.kind == "start"}
            invariants.check_starts(self.world.store, starts, self.doomed)
        self.calls += calls

    def make_call(self) -> None:
        """Make one of the calls."""
        call = self.calls.pop(self.world.rng.randrange(len(self.calls)))
        method, arguments = method_of(call.live, call.kind)
        try:
            result: Any = method(*arguments)
        except Exception as error:  # noqa: BLE001  a scripted raise is an answer
            result = error
        self.world.crash_point("after call", self)
        self.answers.append(Returned(call, result))

    def hear(self) -> None:
        """Let the engine hear one answer."""
        self.propeller.tell(self.answers.pop(self.world.rng.randrange(len(self.answers))))


class World:
    """Everything a seed draws, and the loop that plays it.

    Args:
        seed: Of scripts and of the order of events.
        scenario: What to play.
        crash_at: Crash at these crash points, (where, how many before), instead of drawing them.
    """

    def __init__(self, seed: int, scenario: Scenario, crash_at: frozenset[tuple[str, int]] | None = None) -> None:
        self.seed = seed
        self.scenario = scenario
        self.rng = random.Random(f"order {seed}")
        self.fate = random.Random(f"fate {seed}")
        self.clock = MovedClock()
        self.store = MemoryStore()
        self.blobs = MemoryBlobStore()
        self.service = Service(self.clock)
        self.options = EngineOptions(
            call_retry_us=10_000,
            call_ceiling_us=100_000,
            group_limit=7,
            patience_us=10**15,  # a kill that is forgotten must show, not time out
            retry_delay_us=self.fate.choice([0, 0, 1, 40_000]),
        )
        self.points: Counter[str] = Counter()
        self.crash_at = crash_at
        self.crashes_left = scenario.crashes if crash_at is None else len(crash_at)
        self.engines: list[SimEngine] = []
        self.zombies: list[SimEngine] = []
        self.plan = load_plan(scenario.closure)
        self.runs: list[RunId] = []

    def play(self) -> "World":
        """Play to the end, and hold what is left against the invariants.

        Raises:
            Broken: An invariant does not hold.
        """
        self.store.listen(self._ring)
        self._create(RUN, self.scenario.spec)
        if self.scenario.twin:
            self._create(TWIN, self.scenario.spec)
        self.engines = [SimEngine(self)]
        self._play_on(self.scenario.aborts_at_us)
        if self.scenario.recovers and not self._succeeded(RUN):
            self._create(RECOVERED, replace(self.scenario.spec, recovered_from=RUN))
            for run in self.store.claim(self.engines[0].lease, limit=1):
                self.engines[0].propeller.tell(Claimed(run))
            self._play_on(0)
        for run in self.runs:
            invariants.check(invariants.Evidence(self.store, run, self.plan, self.service))
        invariants.check_shared(self.store, self.runs)
        invariants.check_nothing_held(self.store)
        return self

    def _create(self, run: RunId, spec: RunSpec) -> None:
        self.runs.append(run)
        row = builders.run_row(run, self.scenario.closure, INPUT, spec=spec)
        self.store.create_run(row, self.scenario.closure)

    def _succeeded(self, run: RunId) -> bool:
        return self.store.get_run(run).phase is RunPhase.SUCCEEDED

    def _play_on(self, aborts_after_us: int) -> None:
        abort_us = self.clock.us + aborts_after_us if aborts_after_us else None
        for _ in range(MOST_STEPS):
            if abort_us is not None and self.clock.us >= abort_us:
                abort_us = None
                self.store.wish(Wish(run=RUN, kind="abort", cause="enough", principal="sim", at_us=self.clock.us))
            if not self._step(abort_us):
                break

    @property
    def events(self) -> list[EventRow]:
        """All event logs, run after run."""
        return [event for run in self.runs for event in self.store.events(run, limit=1_000_000)]

    def outcome(self) -> dict[str, tuple[str, int, object]]:
        """How everything ended, without times and without where outputs lie."""
        rows = [row for run in self.runs for row in self.store.list_actions(run)]
        return {f"{row.run} {row.name}": (row.phase.name, row.attempts, row.error) for row in rows}

    def script(self, key: AttemptKey, max_attempts: int) -> Any:
        """What an attempt does."""
        return script_of(self.scenario, self.seed, key.action, key.number, max_attempts)

    def wake(self, key: AttemptKey) -> None:
        """Nobody wakes attempts here: chaos plugins are only looked at."""

    def is_durable(self, key: AttemptKey) -> bool:
        """Whether the store knows an attempt."""
        return any(row.number == key.number for row in self.store.list_attempts(key.run, key.action))

    def tokens(self, key: AttemptKey) -> list[TokenRow]:
        """What an attempt holds."""
        held = [row for row in self.store.list_tokens() if row.granted]
        return [row for row in held if (row.run, row.action, row.number) == key]

    def crash_point(self, where: str, engine: SimEngine) -> None:
        """Die here, if it is time."""
        here = (where, self.points[where])
        self.points[where] += 1
        drawn = self.crashes_left > 0 and self.fate.random() < 0.03
        if engine in self.zombies or not (drawn if self.crash_at is None else here in self.crash_at):
            return
        self.crashes_left -= 1
        raise CrashError(where)

    def _ring(self) -> None:
        invariants.check_tokens(self.store, self.scenario.limits)
        for engine in self.engines + self.zombies:
            engine.rung = True

    def _step(self, abort_us: int | None) -> bool:
        moves = [(engine, move) for engine in self.engines + self.zombies for move in engine.moves()]
        if moves:
            engine, move = moves[self.rng.randrange(len(moves))]
            self._make(engine, move)
            return True
        moments = [due for engine in self.engines if (due := engine.propeller.next_us()) is not None]
        if abort_us is not None and not self.store.get_run(RUN).phase.is_terminal:
            moments.append(abort_us)
        if not moments:
            return False
        self.clock.move_to(max(min(moments), self.clock.us + 1))
        return True

    def _make(self, engine: SimEngine, move: Callable[[], None]) -> None:
        try:
            move()
        except CrashError:
            self._crash(engine)
        except LeaseLostError:
            (self.zombies if engine in self.zombies else self.engines).remove(engine)

    def _crash(self, engine: SimEngine) -> None:
        """The engine dies, or only seems to; another takes over at once."""
        self.store.kill(engine.lease.engine)
        self.engines.remove(engine)
        if self.scenario.zombies:
            self.zombies.append(engine)
        self.clock.move_to(self.clock.us + self.fate.choice([1, 5_000, 2_000_000]))
        self.engines.append(SimEngine(self))
