"""What is on record of one life of the conformance kit. Rules are checked against it, reports made from it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from volant.base.errors import Failure
from volant.base.phases import AttemptPhase, RunPhase
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import AttemptRow, EventRow
from volant.contracts.status import StatusPhase, TaskStatus
from volant.idl import pb
from volant.testing.kit_plan import Plan
from volant.testing.kit_work import NODE, Work
from volant.testing.service import OutsideJob


class PluginCall(Struct, kw_only=True):
    """One call of a plugin's method.

    Attributes:
        number: 1 for the first of the life, whatever engine made it.
        method: E.g. "check_task_status".
        attempt: Which, e.g. "n0#0".
        engine: 1 for the first engine of the life.
        at_us: When it was made.
        status: What it answered, if a status.
        state: The custom state it returned, as JSON; None where it returned none.
        state_problem: Why that state does not survive, or "".
        raised: What it raised, as "Type: text", or "".
        is_not_yet: Whether that was `NotYet`.
        is_lost: Whether an engine died before anything of it was committed.
        mutated: What the plugin changed though it is the engine's: "template", "inputs", or "".
    """

    number: int
    method: str
    attempt: str
    engine: int
    at_us: int
    status: TaskStatus[Any] | None = None
    state: bytes | None = None
    state_problem: str = ""
    raised: str = ""
    is_not_yet: bool = False
    is_lost: bool = False
    mutated: str = ""

    @property
    def name(self) -> str:
        """E.g. "plugin call 2, check_task_status"."""
        return f"plugin call {self.number}, {self.method}"

    @property
    def phase(self) -> StatusPhase | None:
        """Of the status it answered."""
        return self.status.phase if self.status else None

    @property
    def said(self) -> str:
        """Every text of that status: message, error, logs, outside resources, custom info."""
        if (status := self.status) is None:
            return ""
        texts = (status.message, status.error, status.logs, status.external_resources, status.custom_info)
        return msgspec.json.encode(texts, enc_hook=repr).decode()


class OutsideCall(Struct, kw_only=True):
    """One call to the service.

    Attributes:
        number: 1 for the first of the life.
        what: E.g. "POST /jobs".
        is_read: Whether it is a GET.
        may_repeat: Whether HTTP calls its method idempotent (RFC 9110: GET, PUT, DELETE).
        is_again: Whether the very same request was answered before.
        at_us: When it was made.
    """

    number: int
    what: str
    is_read: bool
    may_repeat: bool
    is_again: bool
    at_us: int


class Asked(Struct, kw_only=True):
    """One question for tokens of a pool.

    Attributes:
        pool: Which.
        limits: What it has.
        granted: The answer.
    """

    pool: str
    limits: PoolLimits
    granted: bool


class Life(Struct, kw_only=True):
    """One whole life, from the run's making to its end.

    Attributes:
        plan: What was to disturb it.
        steps: What did, in order, e.g. "killed after outside call 2, POST /jobs".
        works: What ran: one, or two at the same time.
        secrets: Values the plugin has read.
        problem: Why it never came to an end, or "".
        hangs: Whether that was in real time.
        phase: Where the run ended.
        attempts: Their rows, at the end.
        told: Phases of attempts as committed, in order: ("n0#0", phase).
        results: Outputs of each work's node, None where it has none.
        plugin_calls: All of them, in order.
        outside_calls: Likewise.
        commits: What each committed, e.g. "n0#0 RUNNING"; the first is commit 1.
        blocking: What blocked the engine's loop.
        jobs: What was ever started outside.
        leftovers: What is still held outside.
        asked: Every question for tokens.
        tokens: What is still held in quota pools.
        early: What was outside when somebody else let go of the pools; all of it where that never came.
        freed_us: When that was.
        logged: Log lines with a secret in them.
        events: The run's.
        began_us: When it began.
        ended_us: When it was over.
    """

    plan: Plan
    steps: Sequence[str]
    works: Sequence[Work]
    secrets: Sequence[str]
    problem: str
    hangs: bool
    phase: RunPhase
    attempts: Sequence[AttemptRow]
    told: Sequence[tuple[str, AttemptPhase]]
    results: Sequence[pb.LiteralMap | None]
    plugin_calls: Sequence[PluginCall]
    outside_calls: Sequence[OutsideCall]
    commits: Sequence[str]
    blocking: Sequence[str]
    jobs: Sequence[OutsideJob]
    leftovers: Sequence[str]
    asked: Sequence[Asked]
    tokens: Sequence[str]
    early: Sequence[OutsideJob]
    freed_us: int
    logged: Sequence[str]
    events: Sequence[EventRow]
    began_us: int
    ended_us: int

    @property
    def step(self) -> str:
        """What disturbed it, in words."""
        return ", then ".join(self.steps) or "undisturbed"

    @property
    def work(self) -> Work:
        """What ran, or the first of the two."""
        return self.works[0]

    @property
    def outputs(self) -> pb.LiteralMap | None:
        """Of its node, if it has any."""
        return self.results[0]

    @property
    def was_disturbed(self) -> bool:
        """Whether what its plan says has come to pass; of a calm life, nothing has to."""
        return self.plan.is_calm or bool(self.steps)

    def error(self, node: str = NODE) -> Failure | None:
        """Why the last attempt of a node failed."""
        errors = [row.error for row in self.attempts if row.action == node]
        return errors[-1] if errors else None

    def error_code(self, node: str = NODE) -> str:
        """Its code, or ""."""
        error = self.error(node)
        return error.code if error else ""

    @property
    def lasted_s(self) -> float:
        """How long it took, in virtual seconds."""
        return (self.ended_us - self.began_us) / 1_000_000
