"""What the engine needs of a store: commit, claim, the feed, the cache. Suite: `volant.testing.store_suite`.

All methods may be called from any thread and return when what they say is true. Reads never wait for a
commit in progress; a commit is visible to every reader once `commit` has returned.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from volant.base.ids import Digest, RunId
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import (
    CacheRow,
    Change,
    EventRow,
    Lease,
    ReservationRow,
    RunRow,
    RunSnapshot,
    Standing,
    TokenRow,
    Wish,
)


class Subscription(Protocol):
    """Something that rings until it is closed."""

    def close(self) -> None:
        """Stop ringing; idempotent."""
        ...


class Journal(Protocol):
    """Durable rows with atomic changes, leases and one feed of events a run."""

    def open_engine(self) -> Lease:
        """Register this process as a live engine, until `close_engine` or its death."""
        ...

    def close_engine(self, lease: Lease) -> None:
        """Give up every run it owns; idempotent. A dead engine's runs are claimable without this."""
        ...

    def create_run(self, run: RunRow, plan: bytes, owner: Lease | None = None) -> None:
        """Store a run without events and, if `owner` is given, already owned; and ring the bell.

        Args:
            run: Its `plan` is the digest of the bytes `plan`, which are stored once for all runs.
            plan: A serialized CompiledWorkflowClosure.
            owner: The engine that will run it; None leaves it to be claimed.

        Raises:
            AlreadyExistsError: A run of this name exists; nothing changed.
            StoreFault: It cannot be written.
        """
        ...

    def claim(self, lease: Lease, *, limit: int, only: RunId | None = None) -> list[RunId]:
        """Take ownership of runs that are not over and have no owner or a dead one, oldest first.

        Args:
            lease: The new owner.
            limit: At most so many.
            only: Just this run, if it is claimable.

        Raises:
            LeaseLostError: This engine was declared dead.
        """
        ...

    def load(self, run: RunId) -> RunSnapshot:
        """Everything needed to go on with a run.

        Raises:
            NotFoundError: No such run.
        """
        ...

    def plan(self, digest: Digest) -> bytes:
        """The compiled closure of that digest.

        Raises:
            NotFoundError: No such plan.
        """
        ...

    def commit(self, lease: Lease, changes: Sequence[Change]) -> frozenset[RunId]:
        """Write the changes durably, in order, each one wholly or not at all; ring the bell.

        Changes of runs that `lease` does not own any more are left out, and those runs returned; the others
        are written. When this returns, a power cut loses nothing of what it wrote.

        Raises:
            LeaseLostError: This engine was declared dead; nothing was written.
            StoreFault: The store cannot be written; nothing of this call was.
        """
        ...

    def wishes(self, lease: Lease) -> list[Wish]:
        """What is asked of the runs this engine owns and was not consumed yet."""
        ...

    def wish(self, wish: Wish) -> bool:
        """Ask something of a run's owner, and ring the bell.

        Returns:
            False where the run is over or the same was asked before; then nothing changed.

        Raises:
            NotFoundError: No such run.
        """
        ...

    def listen(self, ring: Callable[[], None]) -> Subscription:
        """Call `ring`, from a thread of the store's, soon after anyone may have changed anything.

        Rings may be spurious and are merged; a change is never left without a later ring.
        """
        ...

    def events(self, run: RunId, after: int = 0, limit: int = 1000) -> list[EventRow]:
        """A run's events with `seq` above `after`, in order; never past a transaction still open."""
        ...

    def cached(self, key: str) -> CacheRow | None:
        """What the cache holds under `key`."""
        ...

    def reserve(self, lease: Lease, wanted: ReservationRow) -> ReservationRow:
        """Get or take a reservation, atomically.

        Free, held by the same action, held by an action that is over, or by a run whose owner is dead: it is
        `wanted`'s from now on. Else the present holder is returned.
        """
        ...

    def ask(self, lease: Lease, wanted: Sequence[TokenRow], limits: Mapping[str, PoolLimits]) -> list[Standing]:
        """Ask for tokens of pools, in one transaction: each is granted, or stands in line from now on.

        Asking again in the same name changes nothing. Whenever something is asked or let go, whoever fits is
        granted: the project that holds least first, then who asked first. Who does not fit in the pool is not
        overtaken; who does not fit in the limit of its own project lets other projects pass, and who asked for
        more than the pool has now lets everybody pass. Whose turn comes while no living engine has its run leaves
        the line until it asks again. Tokens are let go by a `Change` and by nothing else, so they live exactly as
        long as their attempt.

        Args:
            lease: The engine that owns the attempts' runs.
            wanted: `granted`, `place` and `granted_us` are the journal's to fill in.
            limits: What each pool has from now on.

        Returns:
            One answer for each of `wanted`.

        Raises:
            LeaseLostError: This engine was declared dead, or does not own one of the runs.
            NotFoundError: One of the attempts is over, or was never recorded; nothing was written.
        """
        ...

    def granted(self, pool: str, after: int) -> list[TokenRow]:
        """Tokens of a pool that are held, with `place` above `after`, in the order in which they were granted."""
        ...

    def close(self) -> None:
        """Let go of files and threads; idempotent."""
        ...
