"""What the engine's parts share: collaborators, time, and the way of changes to the journal."""

from collections import deque
from collections.abc import Iterable, Mapping

from volant.base.clock import Clock
from volant.base.log import BoundLog
from volant.contracts.journal import Journal
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Change, EventRow, Lease, Row
from volant.engine.caching import Caching
from volant.engine.context import Facts
from volant.engine.options import EngineOptions
from volant.engine.outbox import Call, Effect, Outbox
from volant.engine.plugin_table import PluginTable
from volant.engine.quotas import Desk
from volant.engine.run_state import CallKind, Live, RunState
from volant.engine.timers import Timers
from volant.engine.values import Values


class Env:
    """Handed to every step.

    Attributes:
        calls: Plugin calls that need no commit first.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        lease: Lease,
        plugins: PluginTable,
        facts: Facts,
        clock: Clock,
        options: EngineOptions,
        log: BoundLog,
        pools: Mapping[str, PoolLimits] = {},
    ) -> None:
        self.journal = journal
        self.lease = lease
        self.plugins = plugins
        self.facts = facts
        self.values: Values = facts.values
        self.clock = clock
        self.options = options
        self.log = log
        self.caching = Caching(journal, lease, facts.blobs)
        self.quotas = Desk(journal, lease, clock, pools)
        self.timers = Timers()
        self.outbox = Outbox()
        self.calls: deque[Call] = deque()

    def record(
        self,
        run: RunState,
        rows: Iterable[Row],
        events: Iterable[EventRow] = (),
        *,
        effects: Iterable[Effect] = (),
        release: tuple[str, ...] = (),
        consume: tuple[str, ...] = (),
        tokens: tuple[str, ...] = (),
        urgent: bool = True,
    ) -> None:
        """One atomic change, on its way; `effects` follow once it is durable."""
        now = self.clock.now_us()
        change = Change(run.id, tuple(rows), tuple(events), release, consume, tokens, now)
        self.outbox.put(change, effects, urgent=urgent, now_us=now)

    def call(self, run: RunState, live: Live, kind: CallKind) -> None:
        """Call a plugin as soon as its attempt is free: now, or when what it must find is durable."""
        if live.call is not None:
            live.again = True
        elif live.unsaved:
            live.again = True
            self.outbox.hurry()
        else:
            live.call = kind
            self.calls.append(Call(run, live, kind))
