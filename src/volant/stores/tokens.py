"""Who gets tokens next: the one rule of all stores. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from volant.base.errors import NotFoundError
from volant.base.ids import RunId
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import MOST_HOLDERS, TokenRow


class Head(NamedTuple):
    """The first of a project's line who asks for no more than the pool has at all.

    Attributes:
        run: Whose tokens, together with `name`: names are unique in a run.
        amount: How many.
        place: Its place in the pool's line.
        held: What its project holds of the pool.
    """

    run: RunId
    name: str
    amount: int
    place: int
    held: int


def next_of(heads: Iterable[Head], held: int, limits: PoolLimits) -> Head | None:
    """Who is granted now; None for nobody.

    The project that holds least first, then who asked first. Who has to wait for its own project's limit is
    passed over; anybody else is waited for, lest it starve.

    Args:
        heads: The first in line of each project.
        held: What all projects hold of the pool.
        limits: What it has.
    """
    for head in sorted(heads, key=lambda head: (head.held, head.place)):
        if limits.per_project and head.held + head.amount > limits.per_project:
            continue
        return head if not limits.total or held + head.amount <= limits.total else None
    return None


def most_first(use: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The projects that hold most."""
    found = sorted(use.items(), key=lambda item: (-item[1], item[0]))
    return tuple((project, held) for project, held in found[:MOST_HOLDERS] if held)


def attempt_is_over(wanted: TokenRow) -> NotFoundError:
    """Nobody would ever let go of these tokens."""
    return NotFoundError(f"{wanted.run} {wanted.action} attempt {wanted.number} is over; it gets no tokens any more")
