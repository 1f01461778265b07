"""The durable rows, field by field, and the changes that write them.

Rows are values: a step makes the next row and commits it. A store keeps them, finds them by key and never
asks what a phase means. Moments are microseconds since 1970, UTC (`_us`); 0 means "not yet".
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from volant.base.errors import Failure
from volant.base.ids import ROOT, ActionName, Digest, EngineId, RunId
from volant.base.phases import ActionPhase, AttemptPhase, RunPhase, Stage

MAX_INLINE_BYTES = 32 * 1024
"""A LiteralMap up to this size lives in its row; above, in a blob the row names."""

MAX_CHANGE_ROWS = 16
MAX_STATE_BYTES = 64 * 1024
MOST_HOLDERS = 5


class ValueRef(Struct, frozen=True):
    """Where a serialized LiteralMap is. Exactly one of the three is set.

    Attributes:
        data: The bytes themselves, at most `MAX_INLINE_BYTES`.
        uri: A blob that holds them, durable before the row that names it.
        row: Another row of the same run holds them: (action, side). How a start-node, a sub-workflow or an
            array element shares its parent's values without copying.
    """

    data: bytes | None = None
    uri: str = ""
    row: tuple[ActionName, Literal["inputs", "outputs"]] | None = None


class RunSpec(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for when the run was made; never changes.

    Attributes:
        entity: Name of the workflow or task, e.g. "flights.report".
        source: The file it came from, as the user named it; "" where there is none.
        max_parallelism: Leaves that may be active at once in the whole run; 0 for no limit.
        interruptible: Overrides the workflow's default; None leaves it.
        overwrite_cache: Run everything, then replace what the cache holds.
        environment: Added to every task's environment.
        labels: Shown, and passed on to outside systems.
        raw_prefix: URI under which tasks put raw data; "" for the blob store's default.
        recovered_from: Run whose successes are reused; "" for none.
    """

    entity: str
    source: str = ""
    max_parallelism: int = 0
    interruptible: bool | None = None
    overwrite_cache: bool = False
    environment: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    raw_prefix: str = ""
    recovered_from: str = ""


class RunRow(Struct, frozen=True, kw_only=True):
    """One execution. Key: `run`. `owner` is the store's to write, everything else the owner's.

    Attributes:
        run: `project:domain:name`.
        plan: Digest of the compiled closure.
        code: Digest of the source bundle the tasks run from; "" where tasks bring their own.
        spec: What was asked for.
        inputs: The run's inputs, defaults filled in.
        phase: Where it stands.
        error: Why it failed or was aborted.
        outputs: Set with SUCCEEDED.
    """

    run: RunId
    plan: Digest
    code: str
    spec: RunSpec
    inputs: ValueRef
    phase: RunPhase = RunPhase.UNDEFINED
    error: Failure | None = None
    outputs: ValueRef | None = None
    created_us: int = 0
    started_us: int = 0
    ended_us: int = 0


class CacheStatus(Struct, frozen=True):
    """What the cache had to do with an action.

    Attributes:
        status: Flyte's words. Source: flyteidl core/catalog.proto `CatalogCacheStatus`.
        key: The cache key, "" where none could be made.
        source_run: Run that produced what was served, with a hit.
        source_action: Its action.
    """

    status: Literal["DISABLED", "MISS", "HIT", "POPULATED", "PUT_FAILURE", "SKIPPED"]
    key: str = ""
    source_run: str = ""
    source_action: str = ""


class ActionRow(Struct, frozen=True, kw_only=True):
    """One node of a run's tree. Key: (run, name).

    Attributes:
        name: The path, see `base.ids`. `ROOT` owns the top level.
        parent: Path of the owner; `ROOT`'s is `ROOT`.
        kind: Who decides what comes next.
        spec_node_id: The node's id in its workflow template.
        generation: The parent's attempt when this was enqueued; drivers see only the current one.
        index: Place among siblings in plan order; admission follows it.
        display: The node's human name.
        target: Task or workflow it runs, as "name"; "" for start and end.
        phase: Where it stands; only clients need more than `phase` and `stage`.
        stage: What a non-terminal action with children, or a clean-up, is busy with.
        pending: The error that will be its end, kept while children are aborted or the failure node runs.
        error: Why it ended badly.
        inputs: Resolved inputs; absent before QUEUED.
        outputs: Set with SUCCEEDED and RECOVERED.
        attempts: Number of the current attempt, 0 for the first.
        system_failures: How many attempts failed by no fault of the user's.
        cache: What the cache had to do with it.
        message: Why it waits, or what it last said.
    """

    run: RunId
    name: ActionName
    parent: ActionName
    kind: Literal["start", "end", "task", "workflow"]
    spec_node_id: str
    generation: int = 0
    index: int = 0
    display: str = ""
    target: str = ""
    phase: ActionPhase = ActionPhase.UNDEFINED
    stage: Stage = Stage.NONE
    pending: Failure | None = None
    error: Failure | None = None
    inputs: ValueRef | None = None
    outputs: ValueRef | None = None
    attempts: int = 0
    system_failures: int = 0
    cache: CacheStatus | None = None
    message: str = ""
    queued_us: int = 0
    started_us: int = 0
    ended_us: int = 0


class LogLink(Struct, frozen=True):
    """A log a person can read. Source: flyteidl core/execution.proto `TaskLog`."""

    uri: str
    name: str = ""


class AttemptRow(Struct, frozen=True, kw_only=True):
    """One try of an action. Key: (run, action, number).

    Attributes:
        plugin: Id of the plugin that owns it.
        generated_name: Its stable name in outside systems.
        begun: Whether `start_task` has returned something other than NotReady.
        version: Counts changes within one phase; starts again at 0 with each phase.
        state: The plugin's custom state as JSON; empty for none yet.
        state_version: The plugin's `state_version` that wrote `state`.
        kill_due: Reason for which the plugin must still be asked to kill it; "" for none.
        finalize_due: Whether the plugin must still be asked to finalize it.
        look_us: When to look again, unless woken; 0 for "only when woken".
        interruptible: Whether it may be run where it can be taken away.
        details: JSON object: message, progress, logs, external resources, custom_info.
    """

    run: RunId
    action: ActionName
    number: int
    plugin: str
    generated_name: str
    phase: AttemptPhase = AttemptPhase.UNDEFINED
    version: int = 0
    begun: bool = False
    state: bytes = b""
    state_version: int = 0
    kill_due: str = ""
    finalize_due: bool = False
    look_us: int = 0
    interruptible: bool = False
    error: Failure | None = None
    details: bytes = b""
    queued_us: int = 0
    started_us: int = 0
    ended_us: int = 0


class EventRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One committed change. Key: (run, seq); `seq` is dense and starts at 1. Carries no values.

    Attributes:
        kind: Whose phase changed.
        phase: The new phase's Flyte name, e.g. "DYNAMIC_RUNNING".
        version: An attempt's phase version.
        note: A short reason, e.g. a failure's code.
    """

    run: RunId
    seq: int
    at_us: int
    kind: Literal["run", "action", "attempt"]
    phase: str
    action: ActionName = ROOT
    attempt: int = 0
    version: int = 0
    note: str = ""


class CacheRow(Struct, frozen=True, kw_only=True):
    """A cached result. Key: `key`; holds the producing run's blobs.

    Attributes:
        key: See `idl.cache_key`.
        task: Name of the task, for `why`.
        parts: JSON object of what went into the key, literal by literal, for `why`.
    """

    key: str
    task: str
    parts: bytes
    run: RunId
    action: ActionName
    outputs: ValueRef
    created_us: int


class ReservationRow(Struct, frozen=True):
    """Who is computing a serialized cache key. Key: `key`. Valid while the holder's action is not over."""

    key: str
    run: RunId
    action: ActionName


class TokenRow(Struct, frozen=True, kw_only=True):
    """Tokens of a pool, held or waited for by one attempt. Key: (run, name, pool).

    Attributes:
        name: The attempt's generated name.
        project: The run's; its share is counted.
        amount: At least 1.
        granted: Whether they are held; else the attempt stands in line.
        place: Grows with everyone who joins a line of the pool and with every grant: the order in line of those
            who wait, the order of the grants of those who hold. 0 for who is away: it lost its place because no
            engine had its run, and gets another when it asks again.
        asked_us: When it was asked first.
        granted_us: When they were granted.
    """

    pool: str
    name: str
    run: RunId
    action: ActionName
    number: int
    project: str
    amount: int
    granted: bool = False
    place: int = 0
    asked_us: int = 0
    granted_us: int = 0


class Standing(NamedTuple):
    """What became of a question for tokens.

    Attributes:
        granted: Whether they are held now.
        place: 1 for who has waited longest of all who wait for the pool; 0 when granted.
        held: Tokens held of the pool, in all.
        holders: Projects and how much each holds, most first; at most `MOST_HOLDERS`.
    """

    granted: bool
    place: int
    held: int
    holders: tuple[tuple[str, int], ...]


class HoldRow(Struct, frozen=True):
    """`run` names blobs of `held`; prune spares those. Key: both."""

    run: RunId
    held: RunId


Row: TypeAlias = RunRow | ActionRow | AttemptRow | CacheRow | HoldRow


class Wish(Struct, frozen=True, kw_only=True):
    """What somebody asks of a run's owner. Key: (run, kind); the first one stays.

    Attributes:
        kind: "abort" so far; signals come with the gate node.
        cause: The reason given.
        principal: Who asks.
    """

    run: RunId
    kind: Literal["abort"]
    cause: str
    principal: str
    at_us: int


class Change(NamedTuple):
    """What is written atomically; a store may split between changes, never inside one.

    Attributes:
        run: All rows but `CacheRow`s are this run's.
        rows: Written whole, by key; at most `MAX_CHANGE_ROWS`.
        events: In order of `seq`.
        release: Reservations to drop, by (key) where this run holds them.
        consume: Wishes acted on, by kind.
        tokens: Generated names of this run's attempts that let go of every token they hold or wait for; who is
            next gets them in the same moment.
        at_us: When, for the moments stores write themselves.
    """

    run: RunId
    rows: tuple[Row, ...] = ()
    events: tuple[EventRow, ...] = ()
    release: tuple[str, ...] = ()
    consume: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    at_us: int = 0


class RunSnapshot(NamedTuple):
    """Everything the engine needs to go on with a run.

    Attributes:
        run: Its row.
        actions: In the order in which they were enqueued (parents before children).
        attempts: The newest attempt of each action, and any other with `kill_due` or `finalize_due`.
        wishes: Not consumed yet.
        seq: Number of the run's newest event; 0 for none yet.
        tokens: What its attempts hold or wait for.
    """

    run: RunRow
    actions: tuple[ActionRow, ...]
    attempts: tuple[AttemptRow, ...]
    wishes: tuple[Wish, ...]
    seq: int
    tokens: tuple[TokenRow, ...] = ()


class Lease(NamedTuple):
    """An engine's right to write; handed out by a journal, checked in every transaction.

    Attributes:
        engine: Unique in the store.
        epoch: Grows with every engine that ever opened the store; workers refuse older ones.
    """

    engine: EngineId
    epoch: int
