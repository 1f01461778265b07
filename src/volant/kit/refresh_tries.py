"""How the calls about one batch of an `AutoRefreshCache` went, and what their errors say."""

from typing import Generic, TypeVar

from volant.base.errors import SystemFault
from volant.contracts.http import HttpUnavailableError
from volant.kit.refresh_items import Flight

T = TypeVar("T")


class Tries(Generic[T]):
    """The calls about one batch.

    Attributes:
        open: What is not answered about yet.
        is_begun: Whether a call was made.
        poison: Those that failed on their own.
        is_up: Whether a call succeeded: then it is items that make the others fail.
        error: What the last one that failed raised.
    """

    def __init__(self, flights: list[Flight[T]]) -> None:
        self.open = {flight.name: flight for flight in flights}
        self.is_begun = False
        self.poison: set[str] = set()
        self.is_up = False
        self.error: Exception = SystemFault("the call was cancelled")

    @property
    def is_hopeless(self) -> bool:
        """Whether it seems to be the service that fails: two items did on their own, and no call succeeded."""
        return len(self.poison) >= 2 and not self.is_up


def is_throttled(error: Exception) -> bool:
    """Whether a service says that it is asked too much."""
    return isinstance(error, HttpUnavailableError) and (error.status == 429 or error.retry_after is not None)


def asked_to_wait_s(error: Exception) -> float:
    """How long a service asks to be left alone."""
    if isinstance(error, HttpUnavailableError) and error.retry_after is not None:
        return error.retry_after.total_seconds()
    return 0.0
