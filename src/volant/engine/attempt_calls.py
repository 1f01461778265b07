"""When an attempt's plugin is called: at its start, at a look, after a restart; never before what it must find is
durable, never twice at a time.
"""

from typing import Any

from msgspec.structs import replace

from volant.base.ids import AttemptKey, generated_name
from volant.compiler.plan import NodePlan, TaskPlan
from volant.contracts.rows import ActionRow, AttemptRow, ValueRef
from volant.contracts.status import TaskStatus
from volant.engine.context import Context
from volant.engine.env import Env
from volant.engine.machine.retries import stays_interruptible
from volant.engine.machine.statuses import details, take_state
from volant.engine.outbox import Effect, Saved
from volant.engine.plugin_table import Entry
from volant.engine.quotas import AttemptQuotas
from volant.engine.run_state import Live, RunState
from volant.idl.cache_key import CacheKey


def make(
    env: Env,
    run: RunState,
    action: ActionRow,
    node: NodePlan,
    task: TaskPlan,
    entry: Entry,
    *,
    cache_key: CacheKey | None = None,
    delay_us: int = 0,
) -> Live:
    """The attempt that `action.attempts` numbers, not recorded yet."""
    now = env.clock.now_us()
    key = AttemptKey(run.id, action.name, action.attempts)
    wanted = _interruptible(run, node)
    row = AttemptRow(
        run=run.id,
        action=action.name,
        number=action.attempts,
        plugin=entry.id,
        generated_name=generated_name(key, entry.properties.generated_name_max_length, made_us=run.row.created_us),
        interruptible=stays_interruptible(wanted, action.system_failures),
        queued_us=now,
        look_us=now + delay_us if delay_us else 0,
    )
    return adopt(env, run, action, row, node, task, entry, cache_key)


def adopt(
    env: Env,
    run: RunState,
    action: ActionRow,
    row: AttemptRow,
    node: NodePlan,
    task: TaskPlan,
    entry: Entry,
    cache_key: CacheKey | None,
) -> Live:
    """An attempt from its row, with what its plugin will see."""
    inputs = action.inputs or ValueRef(data=b"")
    quotas = AttemptQuotas(env.quotas, AttemptKey(run.id, row.action, row.number), row.generated_name)
    resources, tries = node.resources, node.max_attempts
    context = Context(env.facts, run.row, row, entry, task.template, inputs, resources, tries, quotas)
    live = Live(row, node, task, entry, context, cache_key, quotas)
    run.lives[live.key] = live
    if not row.phase.is_terminal:
        run.current[action.name] = live
    return live


def _interruptible(run: RunState, node: NodePlan) -> bool:
    if node.interruptible is not None:
        return node.interruptible
    if run.row.spec.interruptible is not None:
        return run.row.spec.interruptible
    return run.plan.graphs[run.plan.root].interruptible


def begin(env: Env, run: RunState, live: Live) -> tuple[Effect, ...]:
    """What follows once a new attempt is durable: its start, now or after a delay."""
    if live.row.look_us:
        env.timers.set(live.row.look_us, "look", run.id, live.row.action, live.row.number)
    return look_when_saved(run, live)


def resume(env: Env, run: RunState, live: Live) -> None:
    """Go on with an attempt of an engine before us."""
    row, timeout = live.row, live.node.timeout_us
    if row.started_us and timeout:
        env.timers.set(row.started_us + timeout, "deadline", run.id, row.action, row.number)
    if row.kill_due:
        be_patient(env, run, live)
    if not row.begun and row.look_us > env.clock.now_us():
        env.timers.set(row.look_us, "look", run.id, row.action, row.number)
    if run.aborting is None or row.kill_due or row.phase.is_terminal:
        look(env, run, live)  # what is about to be aborted is killed, not started once more


def look(env: Env, run: RunState, live: Live) -> None:
    """Ask the plugin: it was woken, a time came, or the engine restarted."""
    if live.row.phase.is_terminal:
        if live.row.finalize_due:
            env.call(run, live, "finalize")
    elif live.row.kill_due:
        env.call(run, live, "kill")
    elif live.row.begun:
        env.call(run, live, "check")
    elif live.woken or live.row.look_us <= env.clock.now_us():
        live.woken = live.woken and not live.is_free  # put off, it still stands
        env.call(run, live, "start")


def wake(env: Env, run: RunState, live: Live) -> None:
    """Somebody asks for a look now, whatever the plugin said last; one it does not know of it cannot ask for."""
    live.woken = live.touched
    look(env, run, live)


def saved(env: Env, run: RunState, live: Live) -> None:
    """One more change of the attempt's row is durable."""
    live.unsaved -= 1
    look_again(env, run, live)


def look_again(env: Env, run: RunState, live: Live) -> None:
    """Look once more if somebody asked meanwhile, and what the plugin must find is durable."""
    if live.again and live.call is None and not live.unsaved and live.key in run.lives:
        live.again = False
        look(env, run, live)


def look_when_saved(run: RunState, live: Live) -> tuple[Effect, ...]:
    """The plugin is called next when the change being recorded is durable, never before."""
    live.unsaved += 1
    live.again = True
    return (Saved(run, live),)


def be_patient(env: Env, run: RunState, live: Live) -> None:
    """Wait for a kill to be confirmed, but not for ever."""
    due = env.clock.now_us() + env.options.patience_us
    env.timers.set(due, "patience", run.id, live.row.action, live.row.number)


def later(env: Env, run: RunState, live: Live, wait_us: int) -> None:
    """Make the same call again then."""
    due = env.clock.now_us() + wait_us
    env.timers.set(due, "retry_call", run.id, live.row.action, live.row.number)


def close(run: RunState, live: Live, row: AttemptRow) -> tuple[str, ...]:
    """Nothing is due of this attempt any more; what the change that says so lets go of quotas."""
    live.row = live.context.row = row
    run.lives.pop(live.key, None)
    return live.quotas.let_go()


def keep_state(live: Live, state: bytes | None) -> None:
    """The custom state a call returned, if it did; recorded with the next change."""
    if state is not None:
        live.row = live.context.row = take_state(live.row, state, live.entry.state_version)


def keep_details(live: Live, status: TaskStatus[Any]) -> None:
    """What the plugin said at the end, for people; recorded with the next change."""
    live.row = live.context.row = replace(live.row, details=details(live.row.details, status))
