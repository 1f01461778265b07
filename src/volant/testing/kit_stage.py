"""The stage of one life: counts its steps, and makes happen what the plan says when a step comes."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

from volant.base.clock import SECOND_US
from volant.base.ids import RunId
from volant.contracts.rows import Wish
from volant.contracts.status import TaskStatus
from volant.testing.kit_plan import EngineKilled, Moment, Plan, Point
from volant.testing.kit_record import OutsideCall, PluginCall
from volant.testing.kit_store import KitStore
from volant.testing.kit_work import SECOND_NODE

RUN = RunId("kit:tests:life")


class Mortal:
    """One engine's life: everything it could reach the world with asks here first."""

    def __init__(self, number: int, stop: Callable[[], None]) -> None:
        self.number = number
        self.is_dead = False
        self._stop = stop

    def check(self) -> None:
        """Go on, if it lives.

        Raises:
            EngineKilled: It does not.
        """
        if self.is_dead:
            raise EngineKilled

    def die(self) -> None:
        """Be dead from now on; from any thread."""
        if not self.is_dead:
            self.is_dead = True
            self._stop()


class Stage:
    """What all engines of one life share beside the store.

    Attributes:
        mortal: The engine that lives now.
        wake: Ask it for a look.
        service: The double, whose own doings are nobody's fault.
        problem: Why the life cannot come to an end, or "".
        most_calls: So many calls of the plugin, or to the service, and it is broken off.
    """

    def __init__(self, plan: Plan, store: KitStore, now_us: Callable[[], int], most_calls: int) -> None:
        self.plan = plan
        self.store = store
        self.now_us = now_us
        self.mortal = Mortal(0, lambda: None)
        self.wake: Callable[[], None] = lambda: None
        self.service: object = None
        self.problem = ""
        self.steps = list(plan.from_the_start)
        self.plugin_calls: list[PluginCall] = []
        self.outside_calls: list[OutsideCall] = []
        self.commits: list[str] = []
        self.blocking: list[str] = []
        self.most_calls = most_calls
        self._seen: set[str] = set()
        self._open: dict[int, PluginCall] = {}
        self._uncommitted: list[PluginCall] = []
        self._lagged = plan.lag_s is None
        self._woken_us = 0
        self._lock = threading.Lock()
        store.before = self._before_commit
        store.after = self._after_commit

    def reach(self, moment: Moment, number: int, what: str, method: str = "") -> None:
        """A step of the life is here.

        Raises:
            EngineKilled: The plan says so.
        """
        here = {Point(moment, number)}
        if method and method not in self._seen:
            self._seen.add(method)
            here.add(Point(moment, name=method))
        if self.plan.abort in here:
            self.steps.append(f"aborted {moment} {number}, {what}")
            wish = Wish(run=RUN, kind="abort", cause="a test wants it", principal="kit", at_us=self.now_us())
            self.store.wish(wish)
        if here & self.plan.kills:
            self.steps.append(f"killed {moment} {number}, {what}")
            self.kill()

    def kill(self) -> None:
        """Let the engine die here.

        Raises:
            EngineKilled: Always.
        """
        for call in self._uncommitted:
            call.is_lost = True
        self.store.kill_newest()
        self.mortal.die()
        raise EngineKilled

    def break_off(self, problem: str) -> None:
        """This life leads nowhere.

        Raises:
            EngineKilled: Always.
        """
        self.problem = self.problem or problem
        self.kill()

    def lagging(self, action: str) -> TaskStatus[Any] | None:
        """What the engine is told instead of a start, where the second of two attempts begins later."""
        if self._lagged or action != SECOND_NODE:
            return None
        self._lagged = True
        after = dt.timedelta(seconds=max(self.plan.lag_s or 0, 0.001))
        return TaskStatus.not_ready("the other one begins first", check_after=after)

    def plugin_call(self, method: str, attempt: str) -> PluginCall:
        """A call of the plugin begins."""
        with self._lock:
            number = len(self.plugin_calls) + 1
            call = PluginCall(
                number=number, method=method, attempt=attempt, engine=self.mortal.number, at_us=self.now_us()
            )
            self.plugin_calls.append(call)
            self._open[number] = call
        if number > self.most_calls:
            self.break_off(f"it was not over after {self.most_calls} plugin calls")
        return call

    def ended(self, call: PluginCall) -> None:
        """A call of the plugin is over, well or not."""
        self._open.pop(call.number, None)

    def returned(self, call: PluginCall) -> None:
        """A call of the plugin is over; the engine hears of it unless it dies here.

        Raises:
            EngineKilled: It does.
        """
        self._uncommitted.append(call)
        self.reach(Moment.AFTER_PLUGIN, call.number, call.method, call.method)

    def outside_call(self, method: str, path: str, *, is_again: bool) -> OutsideCall:
        """A call to the service begins."""
        with self._lock:
            call = OutsideCall(
                number=len(self.outside_calls) + 1, what=f"{method} {path}", is_read=method == "GET",
                may_repeat=method in ("GET", "PUT", "DELETE"), is_again=is_again, at_us=self.now_us(),
            )  # fmt: skip
            self.outside_calls.append(call)
        if call.number > self.most_calls:
            self.break_off(f"it was not over after {self.most_calls} outside calls")
        return call

    def blocked(self, by: str) -> None:
        """Something blocked the engine's loop."""
        self.blocking.append(f"{by} ({self.where})")

    @property
    def where(self) -> str:
        """What the plugin is called for right now, in words."""
        calls = list(self._open.values())
        return calls[-1].name if calls else "in the background, or at its initialization"

    def _before_commit(self, number: int, what: str) -> None:
        self.reach(Moment.BEFORE_COMMIT, number, what)

    def _after_commit(self, number: int, what: str) -> None:
        self.commits.append(what)
        self._uncommitted.clear()
        if self.plan.woken and self.now_us() >= self._woken_us + SECOND_US:  # each look may bring a commit
            self._woken_us = self.now_us()
            self.wake()
        self.reach(Moment.AFTER_COMMIT, number, what)
