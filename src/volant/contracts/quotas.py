"""Scarce outside resources: named pools of tokens. A plugin asks, the engine arbitrates, the store keeps tokens.

Source of the idea: flyteplugins `core/resource_manager.go` (Granted, Exhausted, NamespaceQuotaExceeded). What was
missing there is decided here: counting is one transaction, waiting is a line, and a token lives exactly as long
as its attempt is not finalized, through any crash.
"""

from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta, Struct


class PoolLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much a pool has. `[quotas.<pool>]` of the settings.

    Attributes:
        total: Tokens held at once by all projects; 0 for no limit.
        per_project: Tokens held at once by one project; 0 for no limit.
    """

    total: Annotated[int, Meta(ge=0)] = 0
    per_project: Annotated[int, Meta(ge=0)] = 0

    @property
    def most(self) -> int:
        """What one attempt can have at all; 0 for no limit."""
        return min(filter(None, (self.total, self.per_project)), default=0)


class Grant(NamedTuple):
    """The answer to a request.

    Attributes:
        granted: Whether the tokens are held now. They are let go by the engine, once the attempt is finalized.
        pool: Which pool.
        place: 1 for the next in line; 0 when granted.
        holders: Who holds the pool, e.g. "ads 45", "search 5", most first; at most five.
        held: Tokens held of the pool now, in all.
        limits: What it has.
    """

    granted: bool
    pool: str = ""
    place: int = 0
    holders: tuple[str, ...] = ()
    held: int = 0
    limits: PoolLimits = PoolLimits()

    @property
    def message(self) -> str:
        """What a person should know while it waits; "" when granted."""
        if self.granted:
            return ""
        who = f" ({', '.join(self.holders)})" if self.holders else ""
        of = f" of {self.limits.total}" if self.limits.total else ""
        return f"number {self.place} in line for pool {self.pool!r}: {self.held}{of} tokens are held{who}"


class Quotas(Protocol):
    """Named pools of tokens, asked for in the name of one attempt. Asking again is idempotent."""

    def request(self, pool: str, amount: int = 1) -> Grant:
        """Ask for tokens; for sync methods.

        Not granted: return `TaskStatus.not_ready(grant.message)`. The engine calls `start_task` again as soon
        as the tokens are granted; nobody needs to poll. In line, a project that holds less comes first, then
        who asked first; who does not fit is not overtaken, but who waits for a limit of its own project lets
        other projects pass.

        Several pools are asked for in the order of their names: else two attempts could each hold what the other
        one waits for. An amount counts when it is asked for first.

        Raises:
            UserError: No such pool, more than it will ever have, or pools not in the order of their names.
            SystemFault: It was called on the engine's loop, which it would block: use `arequest` there.
        """
        ...

    async def arequest(self, pool: str, amount: int = 1) -> Grant:
        """The same for async methods.

        Raises:
            UserError: No such pool, more than it will ever have, or pools not in the order of their names.
        """
        ...
