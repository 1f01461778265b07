"""What the rules of the conformance kit look for: pure checks over the record of a life, in the rules' order.

Each says in words what it has seen; the second life is the undisturbed one of the same work.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from volant.base.phases import AttemptPhase, RunPhase
from volant.contracts.rows import MAX_STATE_BYTES
from volant.contracts.status import StatusPhase
from volant.idl.literals import wire
from volant.testing.kit_record import Life, PluginCall
from volant.testing.kit_work import NODES

_ORDER = {
    AttemptPhase.WAITING_FOR_RESOURCES: 1,
    AttemptPhase.QUEUED: 2,
    AttemptPhase.INITIALIZING: 3,
    AttemptPhase.RUNNING: 4,
}
_BEGUN = frozenset(StatusPhase) - {
    StatusPhase.NOT_READY, StatusPhase.RETRYABLE_FAILURE, StatusPhase.PERMANENT_FAILURE,
}  # fmt: skip
TIMED_OUT = "TimeoutExpired"
"""The engine's code for an attempt that is out of time."""

_LOOKS = ("start_task", "check_task_status")


def one_job(life: Life, calm: Life) -> Iterator[str]:
    """Rule 1: jobs of one name, or more jobs than attempts."""
    for name, times in Counter(job.name for job in life.jobs).items():
        if times > 1:
            yield f"job {name!r} was started {times} times"
    allowed = life.work.jobs * max(1, len(life.attempts))
    if len(set(life.jobs)) > allowed:
        names = ", ".join(sorted({job.name for job in life.jobs}))
        yield f"{len(life.attempts)} attempts started {len(life.jobs)} jobs: {names}"
    if life.plan.is_pair and calm.jobs and len({job.name for job in life.jobs}) < 2:
        yield f"two attempts at once started {len(life.jobs)} job between them"


def ends_as_expected(life: Life, _: Life) -> Iterator[str]:
    """Rule 2: the run's end, and the code of a failure."""
    if life.problem:
        yield life.problem
        return
    wanted = RunPhase.FAILED if any(work.fails for work in life.works) else RunPhase.SUCCEEDED
    if life.phase is not wanted and not _ended_early(life):
        yield f"it ended {life.phase.name}{_why(life)} instead of {wanted.name}"
    elif life.phase is wanted and life.plan.ends_as_ever:
        for work, node in zip(life.works, NODES, strict=False):
            if (code := life.error_code(node)) != work.fails and work.fails:
                yield f"it failed with {code!r} instead of {work.fails!r}{_why(life, node)}"


def _ended_early(life: Life) -> bool:
    """Whether it was aborted, or out of time, and ended by that."""
    if life.plan.abort:
        return life.phase is RunPhase.ABORTED
    return life.plan.timeout_s > 0 and life.phase is RunPhase.FAILED and life.error_code() == TIMED_OUT


def _why(life: Life, node: str = "") -> str:
    errors = [life.error(each) for each in ((node,) if node else NODES)]
    error = next((each for each in errors if each), None)
    return f" ({error.code}: {error.message})" if error else ""


def outputs(life: Life, _: Life) -> Iterator[str]:
    """Rule 3: what is missing, or other than promised."""
    for work, result in zip(life.works, life.results, strict=True):
        got = dict(result.literals) if result is not None else {}
        for name, wanted in work.outputs.items():
            if name not in got:
                yield f"output {name!r} is missing; there are {sorted(got)}"
            elif got[name] != wanted:
                yield f"output {name!r} is {_short(got[name])} instead of {_short(wanted)}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:200]}…"


def abort_leaves_nothing(life: Life, _: Life) -> Iterator[str]:
    """Rule 4: jobs that run on, and kills that raised."""
    for job in life.jobs:
        if job.is_running:
            yield f"job {job.name!r} still runs"
    yield from _raises(life, lambda method: method == "kill_task")


def _raises(life: Life, concerns: Callable[[str], bool]) -> Iterator[str]:
    calls = [call for call in life.plugin_calls if call.raised and not call.is_not_yet and concerns(call.method)]
    times = Counter(call.method for call in calls)
    for call, what in _first_of_each(calls, lambda call: call.raised):
        more = f"; {times[call.method]} of its calls raised" if times[call.method] > 1 else ""
        yield f"{call.name} raised {what}{more}"


def _first_of_each(calls: Iterable[PluginCall], what: Callable[[PluginCall], str]) -> Iterator[tuple[PluginCall, str]]:
    """For each method the first call of which there is something to say, and what."""
    told: set[str] = set()
    for call in calls:
        if call.method not in told and (text := what(call)):
            told.add(call.method)
            yield call, text


def finalize_leaves_nothing(life: Life, _: Life) -> Iterator[str]:
    """Rule 5: jobs that run on, what is held outside, tokens."""
    if life.phase is not RunPhase.ABORTED:
        for job in life.jobs:
            if job.is_running:
                yield f"job {job.name!r} still runs"
    for left in (*life.leftovers, *life.tokens):
        yield f"{left} is still held"


def state_survives(life: Life, _: Life) -> Iterator[str]:
    """Rule 6: states that come back from JSON changed, or are too large."""
    for call, problem in _first_of_each(life.plugin_calls, _state_problem):
        yield f"{call.name} returned {problem}"


def _state_problem(call: PluginCall) -> str:
    if call.state_problem:
        return f"a state that is lost at a restart: {call.state_problem}"
    size = len(call.state or b"")
    return f"a state of {size:,} bytes" if size > MAX_STATE_BYTES else ""


def never_blocks(life: Life, _: Life) -> Iterator[str]:
    """Rule 7: what blocked, each once."""
    for what, times in Counter(life.blocking).items():
        yield f"{what}{f', {times} times' if times > 1 else ''}"


def never_back(life: Life, _: Life) -> Iterator[str]:
    """Rule 8: phases as they were committed."""
    newest: dict[str, AttemptPhase] = {}
    for attempt, phase in life.told:
        before = newest.get(attempt, phase)
        if _ORDER.get(phase, 9) < _ORDER.get(before, 9):
            yield f"attempt {attempt} went from {before.name} to {phase.name}"
        newest[attempt] = phase


def never_raises(life: Life, _: Life) -> Iterator[str]:
    """Rule 9: calls that raised; of kills after an abort rule 4 speaks."""
    is_aborted = life.phase is RunPhase.ABORTED
    yield from _raises(life, lambda method: not (is_aborted and method == "kill_task"))


def needs_only_state(life: Life, calm: Life) -> Iterator[str]:
    """Rule 10: where it ended otherwise than undisturbed."""
    if life.phase is not calm.phase:
        yield f"it ended {life.phase.name}{_why(life)}, undisturbed {calm.phase.name}"
    elif len(life.attempts) != len(calm.attempts):
        yield f"it took {len(life.attempts)} attempts, undisturbed {len(calm.attempts)}{_lost_attempt(life)}"
    elif life.error_code() != calm.error_code():
        yield f"it failed with {life.error_code()!r}, undisturbed with {calm.error_code()!r}"


def _lost_attempt(life: Life) -> str:
    error = life.attempts[0].error
    return f"; the first failed with {error.code}: {error.message}" if error else ""


def touches_nothing(life: Life, _: Life) -> Iterator[str]:
    """Rule 11: what a call found and left otherwise."""
    for call, what in _first_of_each(life.plugin_calls, lambda call: call.mutated):
        yield f"{call.name} changed its {what}"


def is_patient(life: Life, _: Life) -> Iterator[str]:
    """Rule 12: looks and outside calls beyond one a second."""
    looks = sum(call.method in _LOOKS for call in life.plugin_calls)
    for what, count in (("looks", looks), ("outside calls", len(life.outside_calls))):
        allowed = life.work.looks + int(life.lasted_s)
        if count > allowed:
            yield f"{count} {what} in {life.lasted_s:g} s; at most {allowed}"


def keeps_secrets(life: Life, _: Life) -> Iterator[str]:
    """Rule 13: where a secret that was read is written."""
    for index, secret in enumerate(life.secrets):
        found = _first_of_each(life.plugin_calls, partial(_tells, secret))
        places = [f"the {where} of {call.name}" for call, where in found]
        if any(secret in line for line in life.logged):
            places.append("the log")
        if any(secret.encode() in wire(each) for each in life.results if each is not None):
            places.append("the outputs")
        yield from (f"secret number {index + 1} is in {place}" for place in places)


def _tells(secret: str, call: PluginCall) -> str:
    """Where a call tells a secret, or ""."""
    texts = {"state": (call.state or b"").decode(), "answer": call.said, "exception": call.raised}
    return " and the ".join(where for where, text in texts.items() if secret in text)


def waits_for_its_quota(life: Life, _: Life) -> Iterator[str]:
    """Rule 14: what was begun, and how often it was looked, while somebody else held all tokens."""
    for job in life.early:
        yield f"job {job.name!r} was started while {_full(life)} was full"
    waiting = [call for call in life.plugin_calls if call.at_us < life.freed_us and call.status is not None]
    for call, phase in _first_of_each(waiting, _begun):
        yield f"{call.name} said {phase} while {_full(life)} was full"
    looks, engines = len(waiting), len({call.engine for call in waiting})
    waited_s = (life.freed_us - life.began_us) / 1_000_000
    if looks > engines + waited_s // 60:
        yield f"it looked {looks} times in {waited_s:g} s; it is called by itself once its tokens are granted"


def _begun(call: PluginCall) -> str:
    """The phase it said, if that means that something has begun."""
    return call.phase.name if call.phase in _BEGUN else ""


def _full(life: Life) -> str:
    return " and ".join(f"pool {pool!r}" for pool, _ in life.plan.full)


def was_only_killed(life: Life) -> bool:
    """Whether nothing but deaths, repetitions and an older beginning disturbed it."""
    plan = life.plan
    disturbed = bool(plan.kills or plan.twice or plan.woken) or plan.older is not None
    return disturbed and plan.ends_as_ever and plan.fault is None and not plan.is_pair


def can_leave(life: Life) -> bool:
    """Whether there was anything it could have left."""
    return bool(life.jobs or life.outside_calls or life.leftovers or life.asked)
