"""Pools of tokens: who may ask for what, who waits here, and whose turn has come.

The journal arbitrates between engines. Kept here is only whom to wake: after a restart whoever waits asks again.
"""

import asyncio
import difflib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from volant.base.clock import Clock
from volant.base.errors import SystemFault, UserError
from volant.base.ids import AttemptKey
from volant.contracts.journal import Journal
from volant.contracts.plugin import TaskPlugin
from volant.contracts.quotas import Grant, PoolLimits
from volant.contracts.rows import Lease, Standing, TokenRow


def pools_of(plugins: Iterable[TaskPlugin[Any]], settings: Mapping[str, PoolLimits]) -> dict[str, PoolLimits]:
    """All pools: what plugins declare, with the limits of the settings where they say any."""
    declared = {pool: limits for plugin in plugins for pool, limits in plugin.quotas.items()}
    return {**declared, **settings}


class Desk:
    """All pools, as one engine sees them. Questions come from any thread, everything else from the loop's.

    Args:
        journal: Keeps the tokens.
        lease: Of this engine.
        clock: Its time.
        pools: What each pool has.
    """

    def __init__(self, journal: Journal, lease: Lease, clock: Clock, pools: Mapping[str, PoolLimits]) -> None:
        self._journal = journal
        self._lease = lease
        self._clock = clock
        self._pools = pools
        self._lines: dict[str, dict[AttemptKey, None]] = {pool: {} for pool in pools}
        self._seen: dict[str, int] = {}
        self._questions: list[_Question] = []
        self._asker: asyncio.Task[None] | None = None

    @property
    def has_waiters(self) -> bool:
        """Whether an attempt of this engine waits for tokens."""
        return any(self._lines.values())

    def forget(self, key: AttemptKey) -> None:
        """Nobody of that name waits here any more; from any thread."""
        for line in self._lines.values():
            line.pop(key, None)

    def heed(self) -> list[AttemptKey]:
        """Who got tokens since the last look. One cheap question for each pool with a line here."""
        woken: list[AttemptKey] = []
        for pool in [pool for pool, line in self._lines.items() if line]:
            for row in self._journal.granted(pool, self._seen.get(pool, 0)):
                self._seen[pool] = row.place
                if self._lines[pool].pop(_key(row), True) is None:
                    woken.append(_key(row))
        return woken

    def ask(self, wanted: TokenRow) -> Grant:
        """Ask, and wait for the answer.

        Raises:
            UserError: No such pool, or more than it will ever have.
            SystemFault: The store cannot be used, or the attempt is not this engine's any more.
        """
        self._expect(wanted)
        (standing,) = self._journal.ask(self._lease, [wanted], self._pools)
        return self._answer(wanted, standing)

    async def ask_on_loop(self, wanted: TokenRow) -> Grant:
        """The same without holding up the loop; what is asked at a time is asked in one transaction."""
        self._expect(wanted)
        question = _Question(wanted, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        if self._asker is None or self._asker.done():
            # A task of its own: whoever asked first may be cancelled, and the others with him.
            self._asker = asyncio.create_task(self._ask_all())
        return self._answer(wanted, await question.standing)

    async def _ask_all(self) -> None:
        while self._questions:
            asked, self._questions = self._questions, []
            await self._ask_together(asked)

    async def _ask_together(self, asked: "list[_Question]") -> None:
        rows = [question.wanted for question in asked]
        try:
            found = await asyncio.to_thread(self._journal.ask, self._lease, rows, self._pools)
        except Exception as error:  # noqa: BLE001  whatever it is, each asker is told
            if len(asked) == 1:
                asked[0].refuse(error)
                return
            for question in asked:  # one of them may have spoiled it for all
                await self._ask_together([question])
        else:
            for question, standing in zip(asked, found, strict=True):
                question.answer(standing)

    def _expect(self, wanted: TokenRow) -> None:
        """Check, and stand in line before the journal knows: no grant may find nobody to wake.

        Where the question then fails it stays in line here: another of the same attempt may go on.
        """
        most = self._limits(wanted.pool).most or max(1, wanted.amount)
        if not 1 <= wanted.amount <= most:
            text = f"{wanted.amount} tokens of pool {wanted.pool!r} were asked for; 1 to {most} can be had"
            raise UserError(text, fix=f"ask for fewer, or raise [quotas.{wanted.pool}]")
        self._lines[wanted.pool][_key(wanted)] = None

    def _limits(self, pool: str) -> PoolLimits:
        found = self._pools.get(pool)
        if found is None:
            near = difflib.get_close_matches(pool, self._pools, n=1)
            fix = f"did you mean {near[0]!r}?" if near else f"add [quotas.{pool}] to the settings"
            known = ", ".join(sorted(self._pools)) or "none"
            raise UserError(f"there is no pool {pool!r}; the pools are: {known}", fix=fix)
        return found

    def _answer(self, wanted: TokenRow, standing: Standing) -> Grant:
        if standing.granted:
            self._lines[wanted.pool].pop(_key(wanted), None)
        holders = tuple(f"{project} {held}" for project, held in standing.holders)
        limits = self._pools[wanted.pool]
        return Grant(standing.granted, wanted.pool, standing.place, holders, standing.held, limits)

    def now_us(self) -> int:
        """The engine's time."""
        return self._clock.now_us()


def _key(row: TokenRow) -> AttemptKey:
    return AttemptKey(row.run, row.action, row.number)


class _Question(NamedTuple):
    wanted: TokenRow
    standing: "asyncio.Future[Standing]"

    def answer(self, standing: Standing) -> None:
        if not self.standing.done():
            self.standing.set_result(standing)

    def refuse(self, error: Exception) -> None:
        if not self.standing.done():
            self.standing.set_exception(error)


class AttemptQuotas:
    """Pools in the name of one attempt. Implements `contracts.quotas.Quotas`.

    Args:
        desk: The engine's.
        key: The attempt.
        name: Its generated name.

    Attributes:
        pools: Of which it may hold tokens, or wait for some.
    """

    def __init__(self, desk: Desk, key: AttemptKey, name: str) -> None:
        self._desk = desk
        self._key = key
        self._name = name
        self.pools: set[str] = set()
        self._is_over = False

    def request(self, pool: str, amount: int = 1) -> Grant:
        """Ask for tokens; for sync methods.

        Raises:
            UserError: No such pool, more than it will ever have, or pools not in the order of their names.
            SystemFault: It was called on the engine's loop.
        """
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            raise SystemFault("ctx.quotas.request would block the engine's loop", fix="use `await arequest` there")
        try:
            return self._desk.ask(self._wanted(pool, amount))
        finally:
            self._forget_if_over()

    async def arequest(self, pool: str, amount: int = 1) -> Grant:
        """The same for async methods.

        Raises:
            UserError: No such pool, more than it will ever have, or pools not in the order of their names.
        """
        try:
            return await self._desk.ask_on_loop(self._wanted(pool, amount))
        finally:
            self._forget_if_over()

    def let_go(self) -> tuple[str, ...]:
        """The attempt is over: what its last change lets go."""
        self._is_over = True
        self._desk.forget(self._key)
        return (self._name,) if self.pools else ()

    def _check_order(self, pool: str) -> None:
        """Two attempts that each hold what the other one waits for would wait for ever."""
        last = max(self.pools, default="")
        if pool < last and pool not in self.pools:
            text = f"pool {pool!r} was asked for after pool {last!r}"
            raise UserError(text, fix="ask for several pools in the order of their names, whatever the task")

    def _forget_if_over(self) -> None:
        """A call past its deadline goes on in its thread, and may ask for an attempt nobody will ever wake."""
        if self._is_over:
            self._desk.forget(self._key)

    def _wanted(self, pool: str, amount: int) -> TokenRow:
        self._check_order(pool)
        # In this order: `let_go` sets the one and reads the other, and a late question must fall on one side.
        self.pools.add(pool)
        if self._is_over:
            raise SystemFault(f"{self._name} is over; it gets no tokens any more")
        run, action, number = self._key
        return TokenRow(
            pool=pool, name=self._name, run=run, action=action, number=number, project=run.split(":")[0],
            amount=amount, asked_us=self._desk.now_us(),
        )  # fmt: skip
