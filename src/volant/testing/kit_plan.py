"""How one life of the conformance kit is disturbed: where its engine dies, what fails, when it is aborted."""

import enum
from typing import NamedTuple

from msgspec import Struct


class Moment(enum.StrEnum):
    """Where something can happen, next to a numbered step of a life."""

    BEFORE_COMMIT = "before commit"
    AFTER_COMMIT = "after commit"
    BEFORE_CALL = "before outside call"
    AFTER_CALL = "after outside call"
    """The service has acted; the plugin has not heard."""
    AFTER_PLUGIN = "after plugin call"
    """The plugin has returned; nothing of it is committed."""


class Point(NamedTuple):
    """One place in a life.

    Attributes:
        moment: Next to what.
        number: 1 for the first commit, outside call or plugin call of the life; 0 where `name` says which.
        name: The first call of that method, e.g. "kill_task".
    """

    moment: Moment
    number: int = 0
    name: str = ""


class Fault(enum.StrEnum):
    """How one outside call goes wrong."""

    LOST = "timed out before the service saw it"
    UNHEARD = "timed out after the service acted"
    RESET = "lost its connection after the service acted"
    BUSY = "was answered 429, Retry-After: 7"
    BROKEN = "was answered 500"
    LATE = "arrived 20 s late"
    REPEATED = "reached the service twice"
    STALE = "was given the answer before"


class Plan(Struct, frozen=True, kw_only=True):
    """What disturbs one life; nothing by default.

    Attributes:
        kills: The engine dies here, and another goes on.
        abort: Somebody aborts the run here.
        fault: Number of an outside call, and how it goes wrong.
        twice: Every plugin call is made twice; the second answer counts.
        woken: The attempt is woken after commits, for nothing, at most once a second.
        older: The life begins with this one of the suite's older plugins, until the first kill.
        timeout_s: The node's deadline; 0 for none.
        full: Somebody else holds so many tokens of these pools, all there are, for a while: (pool, tokens).
        lag_s: How much later a second attempt begins, which runs beside the first; None for none.
    """

    kills: frozenset[Point] = frozenset()
    abort: Point | None = None
    fault: tuple[int, Fault] | None = None
    twice: bool = False
    woken: bool = False
    older: int | None = None
    timeout_s: float = 0
    full: tuple[tuple[str, int], ...] = ()
    lag_s: float | None = None

    @property
    def from_the_start(self) -> list[str]:
        """What disturbs it all along, in words."""
        words = {
            "every plugin call made twice": self.twice,
            "woken for nothing after commits": self.woken,
            f"a deadline after {self.timeout_s:g} s": self.timeout_s > 0,
            "begun by an older plugin": self.older is not None,
            f"{' and '.join(f'pool {pool!r}' for pool, _ in self.full)} full at first": bool(self.full),
            f"a second attempt at the same time{f', begun {self.lag_s:g} s later' if self.lag_s else ''}": self.is_pair,
        }
        return [text for text, holds in words.items() if holds]

    @property
    def is_calm(self) -> bool:
        """Whether nothing disturbs it."""
        return self == Plan()

    @property
    def is_pair(self) -> bool:
        """Whether two attempts run at the same time."""
        return self.lag_s is not None

    @property
    def ends_as_ever(self) -> bool:
        """Whether it must end exactly as it would undisturbed: nobody aborted it, and no deadline met it."""
        return self.abort is None and not self.timeout_s


class EngineKilled(BaseException):
    """The engine is dead, or about to be. Not an Exception, so nothing can swallow it."""

    def __str__(self) -> str:
        return "the kit kills the engine here"
