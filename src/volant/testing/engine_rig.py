"""The real engine on a table: memory store, moved clock, one thing after the other, no asyncio.

    rig = Rig()
    rig.script("a", [going(), TaskStatus.retryable_failure("Boom", "no luck")])
    run = rig.create("r1", flow({"a": "", "b": "a"}, a={"retries": 1}), {"a": 0})
    assert rig.play().outputs(run) == {"o": 2}

What happens is always the same: the bell, a turn, a commit, one plugin call; and only when nothing else is left
does time pass, to the next moment something is due. For all that may happen in any order there is `testing.sim`.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, NoReturn, Self

from volant.base.errors import UnsupportedError
from volant.base.ids import ROOT, ActionName, AttemptKey, RunId
from volant.base.log import get_log
from volant.contracts.plugin import PluginProperties, TaskPlugin
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import ActionRow, AttemptRow, EventRow, RunRow, RunSpec, Wish
from volant.engine.context import Facts
from volant.engine.env import Env
from volant.engine.host import method_of
from volant.engine.options import EngineOptions
from volant.engine.outbox import Call
from volant.engine.plugin_table import PluginTable
from volant.engine.propeller import Claimed, Propeller, Returned, Rung, Wished, Woken
from volant.engine.quotas import pools_of
from volant.engine.values import Values, follow
from volant.idl import pb
from volant.stores.blob_memory import MemoryBlobStore
from volant.stores.memory import MemoryStore
from volant.testing import builders
from volant.testing.moved_clock import MovedClock
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.scripted import ScriptedPlugin, Stage, Step

MOST_STEPS = 100_000


class Rig:
    """An engine, its store and its clock.

    Args:
        build: Make the plugins of an engine, beside "scripted"; called again after each crash.
        options: Of the engine.
        properties: Of the scripted plugin.
        quotas: Pools, beside those the plugins declare.

    Attributes:
        store: What is durable.
        clock: Move it if you must; `play` moves it as needed.
        story: Every committed event of every run, and every plugin call, e.g. "start n0#0", "kill n0#0: enough".
    """

    def __init__(
        self,
        *build: Callable[[], TaskPlugin[Any]],
        options: EngineOptions = EngineOptions(),  # noqa: B008  frozen
        properties: PluginProperties = PluginProperties(),  # noqa: B008  frozen
        quotas: Mapping[str, PoolLimits] = {},
    ) -> None:
        self.store = MemoryStore()
        self.blobs = MemoryBlobStore()
        self.clock = MovedClock()
        self.story: list[str] = []
        self._stage = Stage()
        self.options = options
        self.settings: Mapping[str, Any] = {}
        self.launchers: Mapping[str, Any] = {}
        self.log = get_log("rig")
        self.http = NoHttp()
        self.secrets = NoSecrets()
        self._scripted = type("Scripted", (ScriptedPlugin,), {"properties": properties})
        self._build = build
        self._quotas = quotas
        self._rung = False
        self.store.listen(self._ring)
        self._boot()

    # -------------------------------------------------------------------------------------------- a test says

    def script(
        self,
        task: str,
        statuses: Iterable[Step] = (),
        *,
        attempt: int = 0,
        kill: Iterable[Any] = (),
        finalize: Iterable[Any] = (),
        outputs: Iterable[Any] = (),
    ) -> None:
        """What one attempt of a task does.

        Args:
            task: The task's name.
            statuses: What `start_task` and then each look answers or raises; the last status is repeated.
            attempt: 0 for the first.
            kill: What `kill_task` raises before it succeeds, or does.
            finalize: What `finalize` raises before it succeeds, or does.
            outputs: What `read_outputs` answers or raises; the last answer is repeated.
        """
        tracks = {"status": statuses, "kill": kill, "finalize": finalize, "outputs": outputs}
        for method, turns in tracks.items():
            self._stage.script(task, attempt, method, turns)

    def create(
        self, name: str, closure: bytes, inputs: Mapping[str, int] = {}, *, spec: RunSpec | None = None
    ) -> RunId:
        """A run of project "p" and domain "d", made and claimed."""
        row = builders.run_row(f"p:d:{name}", closure, inputs, spec=spec, created_us=self.clock.us)
        self.store.create_run(row, closure, self.lease)
        self.propeller.tell(Claimed(row.run))
        return row.run

    def play(self, until: str = "") -> Self:
        """Go on until every run is over or nothing will ever happen again.

        Args:
            until: Stop right after this event (of any run) or call, e.g. "n0#0 RUNNING" or "start n0#0".
        """
        for _ in range(MOST_STEPS):
            begun = len(self.story)
            if not self._step() or until in self.story[begun:]:
                return self
        raise AssertionError(f"the engine did not come to rest in {MOST_STEPS} steps")

    def crash(self) -> Self:
        """The engine dies without a word; another takes over all its runs at once."""
        self.store.kill(self.lease.engine)
        self._boot()
        return self

    def abort(self, run: RunId, cause: str = "enough") -> bool:
        """Somebody wants the run to end; False where that is too late or was said before."""
        wish = Wish(run=run, kind="abort", cause=cause, principal="rig", at_us=self.clock.us)
        return self.store.wish(wish)

    def turn(self) -> None:
        """One turn, and a commit if it is time; for a script that lets something happen during its call."""
        self._rung = False
        for wish in self.store.wishes(self.lease):
            self.propeller.tell(Wished(wish))
        if self.propeller.heeds_bell:
            self.propeller.tell(Rung())
        self._rung = self.propeller.turn()
        self._calls.extend(self.propeller.calls())
        if self.propeller.wants_commit():
            self._commit()

    def wake(self, key: AttemptKey) -> None:
        """Ask for a look at an attempt. With this, a rig is also what its plugins are set up with."""
        self.propeller.tell(Woken(key))

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> NoReturn:
        """Refuse: there is no loop here.

        Raises:
            UnsupportedError: Always.
        """
        raise UnsupportedError(f"{name}: nothing runs in the background of a rig", fix="use a real engine")

    async def in_thread(self, function: Callable[..., Any], *arguments: Any) -> NoReturn:
        """Refuse: there are no threads here.

        Raises:
            UnsupportedError: Always.
        """
        raise UnsupportedError("a rig has no threads for its plugins", fix="use a real engine")

    # --------------------------------------------------------------------------------------- and finds it out

    def run(self, run: RunId) -> RunRow:
        """The run's row."""
        return self.store.get_run(run)

    def action(self, run: RunId, name: str) -> ActionRow:
        """The row of one action, by its path."""
        return self.store.get_action(run, ActionName(name))

    def attempts(self, run: RunId, name: str) -> list[AttemptRow]:
        """The rows of one action's attempts."""
        return self.store.list_attempts(run, ActionName(name))

    def events(self, run: RunId, about: str = "") -> list[str]:
        """The run's events, e.g. "WF RUNNING", "n0 QUEUED", "n0#0 RUNNING v1"; or those about "WF", "n0" …"""
        told = [compact(event) for event in self.store.events(run, limit=MOST_STEPS)]
        return [event for event in told if not about or event.split()[0] == about]

    def literals(self, run: RunId, name: str = ROOT) -> pb.LiteralMap:
        """The outputs of an action; of the run itself without a name.

        Raises:
            AssertionError: It has none.
        """
        rows = {row.name: row for row in self.store.list_actions(run)}
        ref = rows[ActionName(name)].outputs
        assert ref is not None, f"{name or 'the run'} is {rows[ActionName(name)].phase.name}, without outputs"
        return self.values.parsed(follow(ref, rows, run))

    def outputs(self, run: RunId, name: str = ROOT) -> dict[str, int]:
        """The same, as ints."""
        return {key: value.scalar.primitive.integer for key, value in self.literals(run, name).literals.items()}

    # ------------------------------------------------------------------------------------------------- inside

    def _boot(self) -> None:
        self.lease = self.store.open_engine()
        self.values = Values(self.blobs)
        self.plugins = PluginTable([self._scripted(self._stage), *(build() for build in self._build)])
        for entry in self.plugins.entries.values():
            entry.plugin.initialize(self)
        facts = Facts(self.blobs, self.values, self.secrets, self.http, self.wake, self.log)
        env = Env(
            journal=self.store, lease=self.lease, plugins=self.plugins, facts=facts, clock=self.clock,
            options=self.options, log=self.log,
            pools=pools_of([entry.plugin for entry in self.plugins.entries.values()], self._quotas),
        )  # fmt: skip
        self.propeller = Propeller(env)
        self._calls: deque[Call] = deque()
        for run in self.store.claim(self.lease, limit=MOST_STEPS):
            self.propeller.tell(Claimed(run))

    def _ring(self) -> None:
        self._rung = True

    def _step(self) -> bool:
        """Do the next thing; False if there is none."""
        due = self.propeller.next_us()
        if self._rung or self.propeller.has_news or (due is not None and due <= self.clock.us):
            self.turn()
        elif self._calls:
            self._call(self._calls.popleft())
        elif due is None or not self.propeller.runs:
            return False
        else:
            self.clock.move_to(due)
        return True

    def _commit(self) -> None:
        group = self.propeller.take()
        lost = self.store.commit(self.lease, group.changes)
        written = [change for change in group.changes if change.run not in lost]
        self.story += [compact(event) for change in written for event in change.events]
        self.propeller.committed(group, lost)
        self._calls.extend(self.propeller.calls())

    def _call(self, call: Call) -> None:
        reason = f": {call.live.row.kill_due}" if call.kind == "kill" else ""
        self.story.append(f"{call.kind} {call.live.row.action}#{call.live.row.number}{reason}")
        self.propeller.tell(Returned(call, answer(call)))


def compact(event: EventRow) -> str:
    """An event in one short line."""
    if event.kind == "run":
        return f"WF {event.phase}"
    if event.kind == "action":
        return f"{event.action} {event.phase}"
    version = f" v{event.version}" if event.version else ""
    return f"{event.action}#{event.attempt} {event.phase}{version}"


def answer(call: Call) -> Any:
    """Make a plugin call: what it returns or raises. Async methods must not wait for anything."""
    method, arguments = method_of(call.live, call.kind)
    try:
        result = method(*arguments)
        if hasattr(result, "send"):
            result.send(None)
            result.close()
            raise AssertionError(f"{call.live.entry.id} waits for something in {call.kind}; use a real engine")
    except StopIteration as finished:
        return finished.value
    except Exception as error:  # noqa: BLE001  what a plugin raises is its answer
        return error
    return result
