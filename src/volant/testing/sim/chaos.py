"""A plugin that can do anything, and the outside service it drives. Doubles: no real service behaves so."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from volant.base.errors import FaultKind
from volant.base.ids import AttemptKey
from volant.contracts.plugin import NotYet, TaskContext, TaskPlugin, TaskStatus
from volant.contracts.rows import TokenRow
from volant.idl import pb
from volant.testing.builders import integer
from volant.testing.moved_clock import MovedClock
from volant.testing.sim.scripts import POOL, Script, expected

PATIENCE = dt.timedelta(hours=1)
"""Who is refused tokens may say so: a grant comes to it all the same."""

LATE_US = 60_000_000
"""No world has so long a reason to leave alone who was granted his tokens."""

HANG_US = 3_000_000
"""A job that hangs outlives every timeout drawn, but not the world."""


class Job:
    """Something the outside service runs for an attempt.

    Attributes:
        finalized: Whether the plugin said it is done with it.
    """

    def __init__(self, key: AttemptKey, ends_us: int) -> None:
        self.key = key
        self.ends_us = ends_us
        self.killed = False
        self.finalized = False


class Service:
    """The world outside: it outlives every engine, and remembers what was asked of it.

    Attributes:
        jobs: By generated name.
        complaints: Rules a plugin's caller broke, as seen from outside.
        epoch: Of the newest engine it has met; it refuses older ones, as workers do.
    """

    def __init__(self, clock: MovedClock) -> None:
        self.clock = clock
        self.jobs: dict[str, Job] = {}
        self.complaints: list[str] = []
        self.epoch = 0
        self.seen: Counter[tuple[str, str]] = Counter()

    def meet(self, epoch: int) -> None:
        """Refuse an engine that was replaced without knowing.

        Raises:
            ConnectionError: A newer engine was here.
        """
        if epoch < self.epoch:
            raise ConnectionError(f"epoch {epoch} is over")
        self.epoch = epoch

    def create(self, name: str, key: AttemptKey, duration_us: int) -> Job:
        """Start a job, or find it: idempotent on the name."""
        job = self.jobs.get(name)
        if job is None:
            job = self.jobs[name] = Job(key, self.clock.us + duration_us)
        elif job.key != key:
            self.complaints.append(f"{name} was given to {job.key} and to {key}")
        elif job.finalized:
            self.complaints.append(f"{name} was started again after it was finalized")
        return job

    def nth(self, name: str, what: str) -> int:
        """How often that was asked before, this time not counted."""
        self.seen[name, what] += 1
        return self.seen[name, what] - 1


class ChaosState(Struct, frozen=True):
    """The plugin's custom state."""

    job: str
    looks: int = 0
    padding: str = ""


class ChaosPlugin(TaskPlugin[ChaosState]):
    """Follows the script of each attempt."""

    id = "chaos"
    task_types = frozenset({"chaos"})
    state_type = ChaosState

    def __init__(
        self,
        service: Service,
        script: Callable[[AttemptKey, int], Script],
        is_durable: Callable[[AttemptKey], bool],
        tokens: Callable[[AttemptKey], list[TokenRow]],
        epoch: int,
    ) -> None:
        self.epoch = epoch
        self.tokens = tokens
        self.service = service
        self.script = script
        self.is_durable = is_durable

    def start_task(
        self, ctx: TaskContext[ChaosState], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[ChaosState]:
        """Refuse, raise, or create the job."""
        self.service.meet(self.epoch)
        name, script = ctx.generated_name, self.script(ctx.key, ctx.max_attempts)
        if not self.is_durable(ctx.key):
            self.service.complaints.append(f"{name} was started before its attempt was durable")
        if self.service.nth(name, "start") < script.not_ready:
            return TaskStatus.not_ready("the queue is full", check_after=_later(script))
        if script.tokens:
            grant = ctx.quotas.request(POOL, script.tokens)
            if not grant.granted:
                return TaskStatus.not_ready(grant.message, check_after=PATIENCE if script.patient else None)
        self._raise_first(name, "create", script)
        self._check_tokens(ctx, script)
        if any(row.granted_us < self.service.clock.us - LATE_US for row in self.tokens(ctx.key)):
            self.service.complaints.append(f"{name} had its tokens and was left alone")
        job = self.service.create(name, ctx.key, script.duration_us)
        if script.instant and script.end != "hang":
            job.ends_us = min(job.ends_us, self.service.clock.us)
            return self._end(ctx, script, ChaosState(name))
        return TaskStatus.queued(ChaosState(name), check_after=_later(script))

    def check_task_status(self, ctx: TaskContext[ChaosState]) -> TaskStatus[ChaosState]:
        """Look at the job."""
        self.service.meet(self.epoch)
        name, script, state = ctx.generated_name, self.script(ctx.key, ctx.max_attempts), ctx.state
        if state is None or state.job != name or name not in self.service.jobs:
            self.service.complaints.append(f"{name} was looked at with state {state}")
            return TaskStatus.permanent_failure("StateLost", "the state is gone")
        self._raise_first(name, "check", script)
        job = self.service.jobs[name]
        looked = ChaosState(name, state.looks + 1)
        hangs = script.end == "hang" and self.service.clock.us < job.ends_us + HANG_US
        if self.service.clock.us < job.ends_us or hangs:
            return TaskStatus.running(looked, message=f"look {looked.looks}", check_after=_later(script))
        return self._end(ctx, script, looked)

    def kill_task(self, ctx: TaskContext[ChaosState], reason: str) -> None:
        """Stop the job, after a while."""
        self.service.meet(self.epoch)
        name, script = ctx.generated_name, self.script(ctx.key, ctx.max_attempts)
        self._raise_first(name, "kill", script)
        if self.service.nth(name, "not yet") < script.not_yet:
            raise NotYet("still stopping", after=_later(script))
        if name in self.service.jobs:
            self.service.jobs[name].killed = True

    def finalize(self, ctx: TaskContext[ChaosState]) -> None:
        """Let go of the job."""
        self.service.meet(self.epoch)
        name, script = ctx.generated_name, self.script(ctx.key, ctx.max_attempts)
        self._raise_first(name, "finalize", script)
        if name in self.service.jobs:
            self._check_tokens(ctx, script)
            self.service.jobs[name].finalized = True

    def read_outputs(self, ctx: TaskContext[ChaosState]) -> pb.LiteralMap | None:
        """What the attempt left, once it was asked for."""
        script = self.script(ctx.key, ctx.max_attempts)
        return None if script.end == "no_outputs" else _outputs(ctx)

    def _check_tokens(self, ctx: TaskContext[ChaosState], script: Script) -> None:
        """A job works on tokens that are its own until it is finalized."""
        held = sum(row.amount for row in self.tokens(ctx.key))
        if script.tokens and held != script.tokens:
            self.service.complaints.append(f"{ctx.generated_name} works with {held} tokens, not {script.tokens}")

    def _raise_first(self, name: str, what: str, script: Script) -> None:
        times = 100 if script.end == "raise" and what in ("create", "check") else script.raises
        if self.service.nth(name, what) < times:
            raise ConnectionError(f"{what}: connection reset")

    def _end(self, ctx: TaskContext[ChaosState], script: Script, state: ChaosState) -> TaskStatus[ChaosState]:
        if script.end in ("succeed", "hang"):
            left = _outputs(ctx) if state.looks % 2 == 0 else None
            return TaskStatus.succeeded(left, state)
        if script.end == "wrong_outputs":
            return TaskStatus.succeeded(pb.LiteralMap(literals={"other": integer(1)}), state)
        if script.end == "no_outputs":
            return TaskStatus.succeeded(None, state)
        if script.end == "huge_state":
            return TaskStatus.running(ChaosState(state.job, state.looks, "x" * 70_000))
        kind = FaultKind.SYSTEM if script.end == "system" else FaultKind.USER
        fail = TaskStatus.permanent_failure if script.end == "permanent" else TaskStatus.retryable_failure
        return fail("Scripted", f"{script.end} failure", kind)


def _later(script: Script) -> dt.timedelta:
    return dt.timedelta(microseconds=script.look_us)


def _outputs(ctx: TaskContext[ChaosState]) -> pb.LiteralMap:
    values = {name: lit.scalar.primitive.integer for name, lit in ctx.inputs().literals.items()}
    return pb.LiteralMap(literals={"o": integer(expected(values))})
