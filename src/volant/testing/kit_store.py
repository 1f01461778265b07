"""A memory store that numbers its commits, so that engines can die before and after each of them.

Its pools can be full of somebody else's tokens.
"""

from collections.abc import Callable, Mapping, Sequence

from volant.base.ids import ActionName, Digest, RunId
from volant.base.phases import AttemptPhase
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import (
    AttemptRow,
    Change,
    Lease,
    RunRow,
    RunSpec,
    Standing,
    TokenRow,
    ValueRef,
)
from volant.stores.memory import MemoryStore
from volant.testing.engine_rig import compact
from volant.testing.kit_record import Asked

_OTHERS = RunId("kit:tests:others")
_ATTEMPT = AttemptRow(run=_OTHERS, action=ActionName("n0"), number=0, plugin="others", generated_name="others-n0-0")


def _nothing(number: int, what: str) -> None:
    """Let it pass."""


class KitStore(MemoryStore):
    """Numbers commits and keeps what they said of attempts.

    Attributes:
        before: Called with a commit's number, and what it says, before it is written.
        after: The same, once it is.
        told: Phases of attempts whose start was answered, as they were committed: ("n0#0", phase).
        asked: Every question for tokens.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[int, str], None] = _nothing
        self.after: Callable[[int, str], None] = _nothing
        self.told: list[tuple[str, AttemptPhase]] = []
        self.asked: list[Asked] = []
        self._commits = 0
        self._newest: Lease | None = None
        self._others: Lease | None = None

    def open_engine(self) -> Lease:
        """Register an engine; it is the newest."""
        self._newest = super().open_engine()
        return self._newest

    def kill_newest(self) -> None:
        """Let the newest engine be dead; nothing it commits from now on is written."""
        if self._newest is not None:
            self.kill(self._newest.engine)

    def commit(self, lease: Lease, changes: Sequence[Change]) -> frozenset[RunId]:
        """Write the changes, between the two bells of this commit."""
        with self._lock:
            self._fence(lease)
        self._commits += 1
        number, what = self._commits, _in_words(changes)
        self.before(number, what)
        lost = super().commit(lease, changes)
        for change in changes:
            begun = [row for row in change.rows if isinstance(row, AttemptRow) and row.begun]
            self.told += [(f"{row.action}#{row.number}", row.phase) for row in begun]
        self.after(number, what)
        return lost

    def ask(self, lease: Lease, wanted: Sequence[TokenRow], limits: Mapping[str, PoolLimits]) -> list[Standing]:
        """Ask for tokens; put it on record."""
        found = super().ask(lease, wanted, limits)
        for row, standing in zip(wanted, found, strict=True):
            self.asked.append(Asked(pool=row.pool, limits=limits[row.pool], granted=standing.granted))
        return found

    def fill(self, pools: Sequence[tuple[str, int]], at_us: int) -> None:
        """Let somebody else hold so many tokens of each pool."""
        self._others = lease = super().open_engine()
        row = RunRow(run=_OTHERS, plan=Digest("others"), code="", spec=RunSpec(entity="others"), inputs=ValueRef(b""))
        self.create_run(row, b"", lease)
        super().commit(lease, [Change(_OTHERS, (_ATTEMPT,))])
        for pool, amount in pools:
            token = TokenRow(
                pool=pool, name=_ATTEMPT.generated_name, run=_OTHERS, action=_ATTEMPT.action, number=0,
                project=_OTHERS.split(":")[0], amount=amount, asked_us=at_us,
            )  # fmt: skip
            super().ask(lease, [token], {pool: PoolLimits(total=amount)})

    def empty(self, at_us: int) -> None:
        """Let them go, to whoever is next."""
        assert self._others is not None, "nobody filled a pool"
        super().commit(self._others, [Change(_OTHERS, tokens=(_ATTEMPT.generated_name,), at_us=at_us)])


def _in_words(changes: Sequence[Change]) -> str:
    events = [compact(event) for change in changes for event in change.events]
    return ", ".join(events) or "no event"
