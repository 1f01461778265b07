"""Which lives are played: for each kind of disturbance, one at each place where it can come."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from volant.testing.kit_plan import Fault, Moment, Plan, Point
from volant.testing.kit_record import Life, OutsideCall

T = TypeVar("T")
MOST_PLACES = 24
_HEAD, _TAIL = 12, 6


def commit_kills(calm: Life) -> list[Plan]:
    """Killed before, and after, each commit."""
    return [_killed(Point(moment, n)) for n in _commits(calm) for moment in (Moment.BEFORE_COMMIT, Moment.AFTER_COMMIT)]


def call_kills(calm: Life) -> list[Plan]:
    """Killed before each outside call, and after it, while its plugin has not heard."""
    return [_killed(Point(moment, n)) for n in _calls(calm) for moment in (Moment.BEFORE_CALL, Moment.AFTER_CALL)]


def plugin_kills(calm: Life) -> list[Plan]:
    """Killed after each plugin call, before anything of it is committed."""
    return [_killed(Point(Moment.AFTER_PLUGIN, n)) for n in _plugin_calls(calm)]


def double_kills(calm: Life) -> list[Plan]:
    """Killed after a plugin call, and once more when it has been repeated."""
    return [
        _killed(Point(Moment.AFTER_PLUGIN, n), Point(Moment.AFTER_PLUGIN, n + 1)) for n in _plugin_calls(calm)
    ]  # fmt: skip


def faults(calm: Life, fault: Fault) -> list[Plan]:
    """Each outside call that can goes wrong in that way."""
    fits: Callable[[OutsideCall], bool] = _FITS.get(fault, lambda _: True)
    numbers = [call.number for call in calm.outside_calls if fits(call)]
    return [Plan(fault=(n, fault)) for n in _some(numbers)]


def aborts(calm: Life) -> list[Plan]:
    """Aborted after each commit, and around each outside call."""
    points = [Point(Moment.AFTER_COMMIT, n) for n in _commits(calm)]
    points += [Point(moment, n) for n in _calls(calm) for moment in (Moment.BEFORE_CALL, Moment.AFTER_CALL)]
    return [Plan(abort=point) for point in points]


def aborts_and_kills(calm: Life) -> list[Plan]:
    """Aborted; then the engine dies: right then, or after the kill, or after finalize, uncommitted."""
    plans = [plan for plan in aborts(calm) if plan.abort is not None]
    deaths = [Point(Moment.AFTER_PLUGIN, name=name) for name in ("kill_task", "finalize")]
    both = [Plan(abort=plan.abort, kills=frozenset({death})) for plan in plans for death in deaths]
    return both + [Plan(abort=plan.abort, kills=frozenset({plan.abort})) for plan in plans if plan.abort]


def unheard_aborts(calm: Life) -> list[Plan]:
    """Aborted while a call is on its way that the service acts on, and whose answer is lost."""
    changes = _some([call.number for call in calm.outside_calls if not call.is_read])
    return [Plan(abort=Point(Moment.BEFORE_CALL, n), fault=(n, Fault.RESET)) for n in changes]


def twice(_: Life) -> list[Plan]:
    """Every plugin call is made twice."""
    return [Plan(twice=True)]


def wakes(_: Life) -> list[Plan]:
    """Woken for nothing after every commit."""
    return [Plan(woken=True)]


def deadlines(calm: Life) -> list[Plan]:
    """The node's deadline comes in the middle."""
    return [Plan(timeout_s=calm.lasted_s / 2)] if calm.lasted_s >= 1 else []


def upgrades(calm: Life, older: int) -> list[Plan]:
    """Begun by each older plugin, and gone on with by today's, after each commit."""
    kills = [frozenset({Point(Moment.AFTER_COMMIT, n)}) for n in _commits(calm)]
    return [Plan(older=index, kills=kill) for index in range(older) for kill in kills]


def full_pools(calm: Life) -> list[Plan]:
    """Somebody else holds all of each pool it asks for, at first; then its engine dies, or it is aborted, in line."""
    limits = {each.pool: each.limits.total or each.limits.per_project for each in calm.asked}
    full = tuple((pool, tokens) for pool, tokens in limits.items() if tokens)
    if not full:
        return []
    asked, written = Point(Moment.AFTER_PLUGIN, name="start_task"), Point(Moment.AFTER_COMMIT, 2)
    plans = [Plan(full=full), *(Plan(full=full, kills=frozenset({point})) for point in (asked, written))]
    return [*plans, *(Plan(full=full, abort=point) for point in (asked, written)), Plan(full=full, twice=True)]


def pairs(calm: Life) -> list[Plan]:
    """Two attempts at once: begun together; the second late, so that one is over first; and an engine dies."""
    late_s = round(calm.lasted_s * 0.75, 3)
    midway = Point(Moment.AFTER_COMMIT, 1 + len(calm.commits) // 2)
    return [Plan(lag_s=0), Plan(lag_s=late_s), Plan(lag_s=0, kills=frozenset({midway}))]


_FITS: dict[Fault, Callable[[OutsideCall], bool]] = {
    Fault.REPEATED: lambda call: call.may_repeat,
    Fault.STALE: lambda call: call.is_read and call.is_again,
}


def _killed(*points: Point) -> Plan:
    return Plan(kills=frozenset(points))


def _commits(calm: Life) -> Sequence[int]:
    return _some([n for n, _ in enumerate(calm.commits, 1)])


def _calls(calm: Life) -> Sequence[int]:
    return _some([call.number for call in calm.outside_calls])


def _plugin_calls(calm: Life) -> Sequence[int]:
    return _some([call.number for call in calm.plugin_calls])


def _some(places: Iterable[T]) -> list[T]:
    """All of them; of more than `MOST_PLACES` the first, the last, and some between."""
    places = list(places)
    if len(places) <= MOST_PLACES:
        return places
    middle = places[_HEAD:-_TAIL]
    step = len(middle) / (MOST_PLACES - _HEAD - _TAIL)
    return [*places[:_HEAD], *(middle[int(step * n)] for n in range(MOST_PLACES - _HEAD - _TAIL)), *places[-_TAIL:]]
