"""A run in memory: what the rows say, indexed for the next change. Everything here can be rebuilt from rows.

Rows of actions that are over are dropped; of their outputs only what somebody still waits for is kept.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Literal, NamedTuple, TypeAlias

from volant.base.errors import Failure
from volant.base.ids import ROOT, ActionName, RunId
from volant.base.phases import ActionPhase, Stage
from volant.compiler.plan import START, Graph, NodePlan, Plan, TaskPlan
from volant.contracts.rows import ActionRow, AttemptRow, EventRow, RunRow, ValueRef, Wish
from volant.engine.context import Context
from volant.engine.drivers.dag import Dag
from volant.engine.plugin_table import Entry
from volant.engine.quotas import AttemptQuotas
from volant.idl import pb
from volant.idl.cache_key import CacheKey

CallKind: TypeAlias = Literal["start", "check", "outputs", "kill", "finalize"]


class Ended(NamedTuple):
    """A child is over; its parent must be told."""

    row: ActionRow


class Began(NamedTuple):
    """A workflow action was enqueued; its graph must start."""

    name: ActionName


class Settle(NamedTuple):
    """A workflow action that is failing or aborting may have lost its last live child."""

    name: ActionName


Step: TypeAlias = Ended | Began | Settle


class Live:
    """An attempt whose plugin may still be called.

    Attributes:
        row: As last changed, maybe not committed yet.
        call: The call in flight; at most one.
        again: Woken meanwhile: look once more.
        woken: Asked for by somebody: what was to wait for its moment is due now.
        raises: Calls in a row that raised.
        touched: Whether the plugin may know of it: loaded from a store, or called.
        unsaved: Changes of its row its plugin must find durable and that are not yet; no call until then.
        cache_key: Under which its outputs go into the cache; None for not at all.
        context: What its plugin sees.
        quotas: The same tokens its plugin asks for.
    """

    __slots__ = (
        "again", "cache_key", "call", "context", "entry", "node", "quotas", "raises", "row", "task", "touched",
        "unsaved", "woken",
    )  # fmt: skip

    def __init__(
        self,
        row: AttemptRow,
        node: NodePlan,
        task: TaskPlan,
        entry: Entry,
        context: Context,
        cache_key: CacheKey | None,
        quotas: AttemptQuotas,
    ) -> None:
        self.row = row
        self.node = node
        self.task = task
        self.entry = entry
        self.context = context
        self.cache_key = cache_key
        self.quotas = quotas
        self.call: CallKind | None = None
        self.again = False
        self.woken = False
        self.raises = 0
        self.touched = False
        self.unsaved = 0

    @property
    def key(self) -> tuple[ActionName, int]:
        """(action, number)."""
        return (self.row.action, self.row.number)

    @property
    def is_free(self) -> bool:
        """Whether its plugin may be called at once."""
        return self.call is None and not self.unsaved


class Scope:
    """A workflow action that runs its graph.

    Attributes:
        name: The action.
        order: Its place in the run's plan order; children append their index.
        live: Children that are enqueued and not over.
        outputs: Of ended children somebody below still needs.
        values: The same, parsed.
        consumers: How many children still need each one's outputs.
        errors: Of children that ended badly, by node id.
        result: The graph's outputs, once its end-node has them.
    """

    __slots__ = (
        "consumers", "dag", "errors", "generation", "graph", "live", "name", "order", "outputs", "result", "values",
    )  # fmt: skip

    def __init__(self, name: ActionName, graph: Graph, generation: int, order: tuple[int, ...]) -> None:
        self.name = name
        self.graph = graph
        self.generation = generation
        self.order = order
        self.dag = Dag(graph)
        self.live: set[ActionName] = set()
        self.outputs: dict[str, ValueRef] = {}
        self.values: dict[str, pb.LiteralMap] = {}
        self.consumers = {node.id: len(node.downstream) for node in graph.nodes.values()}
        if graph.failure_node is not None:
            self.consumers[START] += 1  # it waits for nothing, but reads the workflow's inputs
        self.errors: dict[str, Failure] = {}
        self.result: ValueRef | None = None

    def node(self, node_id: str) -> NodePlan:
        """The node of that id, the failure node included."""
        failure = self.graph.failure_node
        return failure if failure is not None and failure.id == node_id else self.graph.nodes[node_id]

    def is_failure_node(self, node_id: str) -> bool:
        """Whether that is the graph's failure node."""
        return self.graph.failure_node is not None and self.graph.failure_node.id == node_id

    def consumed_by(self, node: NodePlan) -> None:
        """`node` has its inputs, or will never need them: forget what nobody else needs."""
        for above in node.upstream:
            self.consumers[above] -= 1
            if self.consumers[above] == 0:
                self.outputs.pop(above, None)
                self.values.pop(above, None)


class RunState:
    """One run this engine owns.

    Attributes:
        row: As last changed, maybe not committed yet.
        seq: Number of the newest event made.
        actions: Rows of actions that are not over.
        scopes: Of workflow actions that began and are not over.
        current: The newest attempt of each live task action.
        lives: Every attempt with something due, by (action, number).
        ready: Heap of leaves to admit: (plan order, scope, node id).
        active: Leaves admitted and not over.
        todo: Steps to take before the next commit.
        cache_waiters: Actions that wait for somebody else's serialized computation, and its key; None where
            an action has none any more, because its plugin was changed while no engine ran.
        reference: Rows of the run it recovers from.
        aborting: The abort asked for.
        ended: How the root ended, once it has.
        resuming: First steps after a restart.
    """

    def __init__(self, row: RunRow, plan: Plan, seq: int) -> None:
        self.row = row
        self.plan = plan
        self.seq = seq
        self.actions: dict[ActionName, ActionRow] = {}
        self.scopes: dict[ActionName, Scope] = {}
        self.current: dict[ActionName, Live] = {}
        self.lives: dict[tuple[ActionName, int], Live] = {}
        self.ready: list[tuple[tuple[int, ...], ActionName, str]] = []
        self.active = 0
        self.todo: deque[Step] = deque()
        self.cache_waiters: dict[ActionName, CacheKey | None] = {}
        self.reference: dict[ActionName, ActionRow] = {}
        self.aborting: Wish | None = None
        self.ended: ActionRow | None = None
        self.resuming: list[Callable[[], None]] = []

    @property
    def id(self) -> RunId:
        """`project:domain:name`."""
        return self.row.run

    @property
    def fail_fast(self) -> bool:
        """The root's policy, which governs nested workflows too, as in Flyte."""
        return self.plan.graphs[self.plan.root].fail_fast

    @property
    def is_aborting(self) -> bool:
        """Whether the root is on its way to ABORTED."""
        root = self.actions.get(ROOT)
        return root is not None and root.stage is Stage.ABORTING

    @property
    def has_room(self) -> bool:
        """Whether another leaf may become active."""
        limit = self.row.spec.max_parallelism
        return limit == 0 or self.active < limit

    def push_ready(self, scope: Scope, node: NodePlan) -> None:
        """A leaf may be admitted."""
        heappush(self.ready, ((*scope.order, node.index), scope.name, node.id))

    def event(
        self,
        now_us: int,
        kind: Literal["run", "action", "attempt"],
        phase: str,
        *,
        action: ActionName = ROOT,
        attempt: int = 0,
        version: int = 0,
        note: str = "",
    ) -> EventRow:
        """The next event of this run."""
        self.seq += 1
        return EventRow(
            run=self.row.run, seq=self.seq, at_us=now_us, kind=kind, phase=phase, action=action, attempt=attempt,
            version=version, note=note,
        )  # fmt: skip

    def action_event(self, now_us: int, row: ActionRow) -> EventRow:
        """The event that says an action's phase."""
        return self.event(now_us, "action", row.phase.name, action=row.name, note=_code(row.error))

    def attempt_event(self, now_us: int, row: AttemptRow) -> EventRow:
        """The event that says an attempt's phase."""
        return self.event(
            now_us, "attempt", row.phase.name, action=row.action, attempt=row.number, version=row.version,
            note=_code(row.error),
        )  # fmt: skip

    def put_action(self, row: ActionRow) -> ActionRow:
        """Keep a live action's newest row; an ended one is forgotten."""
        if row.phase.is_terminal:
            self.actions.pop(row.name, None)
            self.current.pop(row.name, None)
            self.cache_waiters.pop(row.name, None)
        else:
            self.actions[row.name] = row
        return row


def _code(failure: Failure | None) -> str:
    return failure.code if failure else ""


def is_bad_end(phase: ActionPhase) -> bool:
    """Whether a child that ended so fails its parent."""
    return phase in (ActionPhase.FAILED, ActionPhase.TIMED_OUT)
