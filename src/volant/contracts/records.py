"""What people and façades need of a store: look things up, list them, search, forget them.

Reading only, but for `forget_run`. Pages are stable under writes: a token names the last row seen.
Suite: `volant.testing.store_suite`.
"""

from typing import NamedTuple, Protocol

from volant.base.ids import ActionName, RunId
from volant.base.phases import RunPhase
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import ActionRow, AttemptRow, CacheRow, RunRow, TokenRow, Wish


class RunPage(NamedTuple):
    """Some runs, newest first.

    Attributes:
        runs: Empty when there are none left.
        token: Give it back for the next page; "" after the last.
    """

    runs: tuple[RunRow, ...]
    token: str


class Usage(NamedTuple):
    """How much a store holds.

    Attributes:
        bytes: Size on disk; 0 for a store in memory.
        counts: Rows by table, e.g. {"run": 3, "action": 21}.
        schema: Number of the schema.
    """

    bytes: int
    counts: dict[str, int]
    schema: int


class Records(Protocol):
    """Looking things up."""

    def get_run(self, run: RunId) -> RunRow:
        """One run.

        Raises:
            NotFoundError: No such run.
        """
        ...

    def find_runs(self, name: str) -> list[RunRow]:
        """Runs of that name in any project and domain, newest first."""
        ...

    def list_runs(
        self, *, limit: int, token: str = "", phases: frozenset[RunPhase] = frozenset(), entity: str = ""
    ) -> RunPage:
        """Runs, newest first, that are in one of `phases` (empty: any) and run `entity` ("": any)."""
        ...

    def owner(self, run: RunId) -> tuple[str, bool]:
        """The owning engine's id ("" for none) and whether it is alive."""
        ...

    def live_engines(self) -> list[str]:
        """Ids of the engines that are alive on this store."""
        ...

    def abort_wish(self, run: RunId) -> Wish | None:
        """The abort asked for, consumed or not."""
        ...

    def get_action(self, run: RunId, name: ActionName) -> ActionRow:
        """One action.

        Raises:
            NotFoundError: No such action.
        """
        ...

    def list_actions(self, run: RunId, parent: ActionName | None = None) -> list[ActionRow]:
        """A run's actions in the order in which they were enqueued; only `parent`'s children if given."""
        ...

    def list_attempts(self, run: RunId, action: ActionName | None = None) -> list[AttemptRow]:
        """Attempts, by action and number."""
        ...

    def list_cached(self, task: str, limit: int = 100) -> list[CacheRow]:
        """Cache entries of one task, newest first."""
        ...

    def list_tokens(self, pool: str = "") -> list[TokenRow]:
        """Tokens held and waited for, of one pool or of all ("").

        By pool; in each those who hold first, then who is away, then the line, by `place`.
        """
        ...

    def pool_limits(self) -> dict[str, PoolLimits]:
        """What each pool has that was ever asked of, as who asked last said."""
        ...

    def holders(self, run: RunId) -> list[RunId]:
        """Runs and cache entries' runs that name blobs of `run`, other than itself."""
        ...

    def forget_run(self, run: RunId) -> bool:
        """Delete a run that is over, with its rows, events and cache entries.

        Returns:
            False where it is not over, or held by another run; then nothing changed.
        """
        ...

    def used_codes(self) -> set[str]:
        """Digests of the source bundles that some run still names."""
        ...

    def usage(self) -> Usage:
        """How much it holds."""
        ...
